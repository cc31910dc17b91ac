#include "libs/simulate/films.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

namespace cliffhanger::simulate {
namespace {

constexpr double kShortest = 3, kLongest = 600;
constexpr std::size_t kMostFilms = 1'000'000;

// Fields of a line; tags of several numbers may be quoted.
std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> out(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"')
      quoted = !quoted;
    else if (c == ',' && !quoted)
      out.emplace_back();
    else if (c != '\r')
      out.back() += c;
  }
  return out;
}

}  // namespace

Result<std::vector<Film>> read_films(const std::string& path) {
  std::ifstream in(path);
  if (!in) return fail(not_found("NO_FILE", "There is no " + path + "."));
  std::string line;
  std::getline(in, line);
  const auto names = fields_of(line);
  const auto column = [&](const char* name) {
    return static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
  };
  const auto duration = column("video_duration"), tag = column("tag");
  if (duration == names.size() || tag == names.size())
    return fail(invalid("BAD_FILE", path + " has no columns video_duration and tag."));
  std::vector<std::pair<double, std::string>> films;
  std::map<std::string, int> counts;
  while (std::getline(in, line) && films.size() < kMostFilms) {
    const auto fields = fields_of(line);
    if (fields.size() <= std::max(duration, tag)) continue;
    const double seconds = std::strtod(fields[duration].c_str(), nullptr) / 1000;
    if (!(seconds >= kShortest && seconds <= kLongest)) continue;
    films.emplace_back(seconds, fields[tag].substr(0, fields[tag].find(',')));
    ++counts[films.back().second];
  }
  if (films.empty()) return fail(invalid("BAD_FILE", path + " has no films."));
  std::vector<std::pair<int, std::string>> order;
  for (const auto& [name, count] : counts) order.emplace_back(-count, name);
  std::sort(order.begin(), order.end());
  std::map<std::string, int> topics;
  for (std::size_t i = 0; i < order.size(); ++i)
    topics[order[i].second] = std::min(static_cast<int>(i), kTopics - 1);
  std::vector<Film> out;
  for (const auto& [seconds, name] : films) out.push_back({seconds, topics.at(name)});
  return out;
}

}  // namespace cliffhanger::simulate
