#include <boost/json/array.hpp>
#include <cstdio>

#include "app/client/api.h"
#include "app/commands.h"

namespace cliffhanger::app {
namespace {

namespace json = boost::json;

// EDITORIAL_STATE_IN_REVIEW → "in review"
std::string words(std::string state, std::string_view prefix) {
  if (state.starts_with(prefix)) state.erase(0, prefix.size());
  for (char& c : state) c = c == '_' ? ' ' : static_cast<char>(std::tolower(c));
  return state;
}

void print_episode(const json::object& episode) {
  std::string media = words(text(episode, "mediaState"), "MEDIA_STATE_");
  if (media == "processing" || media == "provisional") media += " " + std::to_string(number(episode, "mediaPercent")) + " %";
  std::printf("%3lld  %-30s  %-10s  %-18s  %6.1f s  %s\n", static_cast<long long>(number(episode, "number")),
              text(episode, "title").c_str(), words(text(episode, "state"), "EDITORIAL_STATE_").c_str(), media.c_str(),
              static_cast<double>(number(episode, "durationMs")) / 1000, text(episode, "episodeId").c_str());
  if (const auto why = text(episode, "mediaFailure"); !why.empty()) {
    std::printf("     %s: %s\n", why.c_str(), text(episode, "mediaFailureMessage").c_str());
  }
}

Result<void> print_series(Api& api, const std::string& id, const json::object& series) {
  const std::string rating = series.contains("ageRating")
                                 ? "from age " + std::to_string(number(series, "ageRating")) + " on"
                                 : "not rated";
  std::printf("%s (%s, %s)\n", text(series, "title").c_str(),
              words(text(series, "state"), "EDITORIAL_STATE_").c_str(), rating.c_str());
  std::string token;
  do {
    CH_ASSIGN(const auto page, api.call("GET", "/v1/series/" + id + "/episodes" + (token.empty() ? "" : "?pageToken=" + token)));
    if (const auto* items = page.if_contains("episodes"); items && items->is_array()) {
      for (const auto& item : items->as_array()) print_episode(item.as_object());
    }
    token = text(page, "nextPageToken");
  } while (!token.empty());
  return {};
}

Result<void> print(Api& api, const std::string& id) {
  const auto episode = api.call("GET", "/v1/episodes/" + id);
  if (episode) {
    print_episode(object(*episode, "episode"));
    return {};
  }
  const auto series = api.call("GET", "/v1/series/" + id);
  if (series) return print_series(api, id, object(*series, "series"));
  return fail(series.error().reason == "SERIES_NOT_FOUND" ? not_found("NOT_FOUND", "There is no episode or series " + id + ".")
                                                          : series.error());
}

}  // namespace

int status(const Arguments& arguments) {
  if (arguments.size() != 1 || arguments[0].starts_with("-")) {
    std::fputs("cliffhanger status ID: shows an episode, or a series with all its episodes\n", stderr);
    return 2;
  }
  return run_as_caller([&](Api& api) { return print(api, arguments[0]).map([] { return 0; }); });
}

}  // namespace cliffhanger::app
