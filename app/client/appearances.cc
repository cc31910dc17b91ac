#include <boost/json/array.hpp>
#include <cstdio>

#include "app/client/api.h"
#include "app/commands.h"
#include "libs/core/id.h"

namespace cliffhanger::app {
namespace {

namespace json = boost::json;

constexpr char kHelp[] =
    R"(cliffhanger appearances EPISODE: lists the cuts that show parts of an episode's film

EPISODE is its id. Operators see all of their tenant, creators their own. A line for each cut, newest first, and one for each part that it shows:
where that is in the film, and where in the cut. What is withheld, since a film in it was taken down, says so.

CLIFFHANGER_URL names the server (http://127.0.0.1:8080). CLIFFHANGER_TOKEN, or CLIFFHANGER_EMAIL with
CLIFFHANGER_PASSWORD or CLIFFHANGER_PASSWORD_FILE, say who you are.
)";

// Minutes, seconds and tenths.
std::string clock_text(std::int64_t ms) {
  char out[32];
  std::snprintf(out, sizeof out, "%lld:%02lld.%lld", static_cast<long long>(ms / 60'000),
                static_cast<long long>(ms / 1000 % 60), static_cast<long long>(ms / 100 % 10));
  return out;
}

const json::array& list(const json::object& from, std::string_view name) {
  static const json::array kNone;
  const auto* found = from.if_contains(name);
  return found && found->is_array() ? found->get_array() : kNone;
}

void print(const json::object& appearance) {
  const auto& cut = object(appearance, "revision");
  const std::string withheld = text(cut, "withheldReason");
  const std::string state = text(cut, "state") == "REVISION_STATE_READY" ? "ready" : "being made";
  std::printf("%s  of episode %s, account %s: %s\n", text(cut, "revisionId").c_str(),
              text(cut, "episodeId").c_str(), text(appearance, "ownerId").c_str(),
              (withheld.empty() ? state : "withheld, " + withheld).c_str());
  for (const auto& one : list(appearance, "parts")) {
    const auto& part = one.as_object();
    std::printf("    %s to %s of film %s, at %s\n", clock_text(number(part, "fromMs")).c_str(),
                clock_text(number(part, "toMs")).c_str(), text(part, "filmRevisionId").c_str(),
                clock_text(number(part, "atMs")).c_str());
  }
}

Result<int> run(Api& api, const std::string& episode) {
  const std::string path = "/v1/episodes/" + episode + "/appearances?pageSize=100";
  std::string next;
  std::size_t cuts = 0;
  do {
    CH_ASSIGN(const auto page, api.call("GET", path + (next.empty() ? "" : "&pageToken=" + next)));
    for (const auto& one : list(page, "appearances")) {
      print(one.as_object());
      ++cuts;
    }
    next = text(page, "nextPageToken");
  } while (!next.empty());
  if (cuts == 0) std::puts("No cut shows it.");
  return 0;
}

}  // namespace

int appearances(const Arguments& arguments) {
  const bool understood = arguments.size() == 1 && Uuid::parse(arguments[0]);
  if (const auto code = explained(arguments, kHelp, understood)) return *code;
  return run_as_caller([&](Api& api) { return run(api, arguments[0]); });
}

}  // namespace cliffhanger::app
