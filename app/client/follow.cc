#include "app/client/follow.h"

#include <boost/json/array.hpp>
#include <thread>

#include "libs/core/id.h"

namespace cliffhanger::app {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

int percent_of(std::int64_t part, std::int64_t whole) {
  return whole > 0 ? static_cast<int>(part * 100 / whole) : -1;
}

}  // namespace

Result<std::string> find_series(Api& api, const SeriesChoice& choice) {
  if (Uuid::parse(choice.series)) return choice.series;
  std::string token;
  do {
    CH_ASSIGN(const auto page, api.call("GET", "/v1/series?mine=true&pageSize=100" +
                                                   (token.empty() ? "" : "&pageToken=" + token)));
    if (const auto* items = page.if_contains("series"); items && items->is_array()) {
      for (const auto& item : items->as_array()) {
        if (text(item.as_object(), "title") == choice.series) return text(item.as_object(), "seriesId");
      }
    }
    token = text(page, "nextPageToken");
  } while (!token.empty());
  SystemRandom random;
  const json::object wanted{
      {"title", choice.series}, {"language", choice.language}, {"synopsis", choice.synopsis}};
  CH_ASSIGN(const auto made,
            api.call("POST", "/v1/series", wanted, Uuid::v7(SystemClock().now(), random).text()));
  return text(object(made, "series"), "seriesId");
}

Result<void> Follow::until_verified(const std::string& upload_id) {
  while (true) {
    const auto answer = api_.call("GET", "/v1/uploads/" + upload_id);
    if (!answer && answer.error().reason == "UPLOAD_NOT_FOUND") return {};  // long ago: the episode knows
    if (!answer) return fail(answer.error());
    const auto& upload = object(*answer, "upload");
    const std::string state = text(upload, "state");
    if (state == "UPLOAD_STATE_REJECTED")
      return fail(precondition(text(upload, "failureReason"), text(upload, "failureMessage")));
    const auto& import_status = object(upload, "importStatus");
    const bool fetching = state == "UPLOAD_STATE_RECEIVING" && !import_status.empty();
    if (state == "UPLOAD_STATE_TERMINATED" && !import_status.empty())
      return fail(precondition("UPLOAD_TERMINATED", "The import was given up."));
    source_ = text(upload, "sourceId");
    if (!fetching && state != "UPLOAD_STATE_VERIFYING") return {};
    const std::string trouble = text(import_status, "troubleReason");
    if (fetching)
      show_(trouble.empty() ? "fetching" : "waiting: " + trouble,
            percent_of(number(upload, "offset"), number(upload, "length")));
    else
      show_("checking", -1);
    std::this_thread::sleep_for(300ms);
  }
}

Result<void> Follow::until_ready() {
  while (true) {
    CH_ASSIGN(const auto answer, api_.call("GET", "/v1/episodes/" + episode_));
    const auto& episode = object(answer, "episode");
    const std::string state = text(episode, "mediaState");
    if (state == "MEDIA_STATE_READY") return {};
    if (state == "MEDIA_STATE_FAILED") {
      CH_ASSIGN(const bool ours, newest_is_ours());
      if (ours)
        return fail(precondition(text(episode, "mediaFailure"), text(episode, "mediaFailureMessage")));
    }
    show_(state == "MEDIA_STATE_PROVISIONAL" ? "encoding, its head plays" : "encoding",
          static_cast<int>(number(episode, "mediaPercent")));
    std::this_thread::sleep_for(500ms);
  }
}

// Whether the episode's newest revision is of this file and failed: otherwise the failure is that of an
// earlier one.
Result<bool> Follow::newest_is_ours() {
  if (source_.empty()) return true;
  CH_ASSIGN(const auto page, api_.call("GET", "/v1/episodes/" + episode_ + "/revisions?pageSize=1"));
  const auto* all = page.if_contains("revisions");
  if (!all || !all->is_array() || all->as_array().empty()) return false;
  const auto& newest = all->as_array()[0].as_object();
  return text(newest, "sourceId") == source_ && text(newest, "state") == "REVISION_STATE_FAILED";
}

}  // namespace cliffhanger::app
