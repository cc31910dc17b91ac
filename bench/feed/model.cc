// bench_feed_model IDS DIMENSIONS OUT: a model of the series whose ids are the lines of the file IDS,
// ascending, with factors and lists that nobody trained.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "bench/fold-in/factors.h"
#include "services/recommendation/domain/model_file.h"

namespace cliffhanger::bench {
namespace {

constexpr int kListed = 50;  // of what is similar and what comes next, as a training lists

int write(const std::string& ids, int dimensions, const std::string& out) {
  std::vector<SeriesId> series;
  std::ifstream from(ids);
  for (std::string line; std::getline(from, line);) {
    const auto id = SeriesId::parse(line);
    if (!id) return std::fprintf(stderr, "no id: %s\n", line.c_str()), 1;
    series.push_back(*id);
  }
  std::mt19937_64 random(1);
  const auto count = static_cast<int>(series.size());
  auto model = model_of(count, dimensions, random);
  model.series = series;
  model.popularity.assign(series.size(), 1);
  model.viewers = 1000;
  model.viewer_gram = learn::Dense::Identity(dimensions, dimensions);
  for (int i = 0; i < count; ++i) {
    std::vector<learn::Index> items;
    std::vector<float> scores;
    for (int j = 0; j < kListed; ++j) {
      items.push_back(static_cast<learn::Index>(random() % series.size()));
      scores.push_back(1 - static_cast<float>(j) / kListed);
    }
    model.similar.add_row(items, scores);
    model.next.add_row(items, scores);
  }
  const auto bytes = recommendation::to_file(model);
  std::ofstream to(out, std::ios::binary);
  to.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return to.flush() ? 0 : 1;
}

}  // namespace
}  // namespace cliffhanger::bench

int main(int count, char** words) {
  if (count != 4) return std::fprintf(stderr, "usage: bench_feed_model IDS DIMENSIONS OUT\n"), 64;
  return cliffhanger::bench::write(words[1], std::atoi(words[2]), words[3]);
}
