#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <optional>
#include <thread>

#include "app/client/api.h"
#include "app/commands.h"

namespace cliffhanger::app {
namespace {

namespace json = boost::json;

constexpr char kHelp[] =
    R"(cliffhanger collect [--dry-run] [--most-percent N]

Looks for objects of the store that nobody needs, has them removed, and prints what it found; as an operator, over
CLIFFHANGER_URL. Ends with 1 if the run stopped, and tells why.

  --dry-run          removes nothing, and names what would go (of the operator's tenant)
  --most-percent N   the largest share that may go, instead of the deployment's
)";

struct Wish {
  bool dry_run = false;
  int most_percent = 0;
};

std::optional<Wish> wish_of(const Arguments& arguments) {
  Wish out;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--dry-run") {
      out.dry_run = true;
      continue;
    }
    if (arguments[i] != "--most-percent" || ++i == arguments.size()) return std::nullopt;
    const auto& text = arguments[i];
    const auto read = std::from_chars(text.data(), text.data() + text.size(), out.most_percent);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size() || out.most_percent < 1 || out.most_percent > 100)
      return std::nullopt;
  }
  return out;
}

bool is_over(const json::object& run) {
  const auto state = text(run, "state");
  return state == "COLLECTION_STATE_DONE" || state == "COLLECTION_STATE_STOPPED";
}

void print(const json::object& run) {
  const auto line = [&](const char* what, const char* name, const char* bytes = nullptr) {
    std::printf("%-10s %12lld", what, static_cast<long long>(number(run, name)));
    if (bytes) std::printf("  %15lld bytes", static_cast<long long>(number(run, bytes)));
    std::printf("\n");
  };
  line("seen", "seenObjects", "seenBytes");
  line("claimed", "claimedObjects");
  line("young", "youngObjects");
  line("foreign", "foreignObjects");
  line("condemned", "condemnedObjects", "condemnedBytes");
  line("named", "namedObjects");
  line("removed", "removedObjects", "removedBytes");
  line("spared", "sparedObjects");
  line("unfinished", "unfinishedWrites");
}

Result<void> print_objects(Api& api, const std::string& id) {
  std::string token;
  do {
    CH_ASSIGN(const auto page, api.call("GET", "/v1/collections/" + id + "/objects?pageSize=1000" +
                                                   (token.empty() ? "" : "&pageToken=" + token)));
    if (const auto* items = page.if_contains("objects"); items && items->is_array()) {
      for (const auto& item : items->as_array()) {
        if (const auto* object = item.if_object(); object && text(*object, "outcome") != "CONDEMNED_OUTCOME_NAMED")
          std::printf("%15lld  %s\n", static_cast<long long>(number(*object, "bytes")), text(*object, "key").c_str());
      }
    }
    token = text(page, "nextPageToken");
  } while (!token.empty());
  return {};
}

// Until it is over. Tells on standard error what it waits for.
Result<json::object> follow(Api& api, const std::string& id) {
  for (std::string told;; std::this_thread::sleep_for(std::chrono::milliseconds(500))) {
    CH_ASSIGN(const auto answer, api.call("GET", "/v1/collections/" + id));
    const auto& run = object(answer, "collection");
    if (is_over(run)) return run;
    const auto why = text(run, "reason");
    if (why != told && !why.empty()) std::fprintf(stderr, "waits: %s: %s\n", why.c_str(), text(run, "message").c_str());
    told = why;
  }
}

Result<int> run(Api& api, const Wish& wish) {
  const json::object body{{"dryRun", wish.dry_run}, {"mostPercent", wish.most_percent}};
  CH_ASSIGN(const auto begun, api.call("POST", "/v1/collections", body));
  const auto id = text(object(begun, "collection"), "collectionId");
  CH_ASSIGN(const auto over, follow(api, id));
  if (wish.dry_run) CH_TRY(print_objects(api, id));
  print(over);
  if (text(over, "state") == "COLLECTION_STATE_DONE") return 0;
  std::fprintf(stderr, "%s: %s\n", text(over, "reason").c_str(), text(over, "message").c_str());
  return 1;
}

}  // namespace

int collect(const Arguments& arguments) {
  const auto wish = wish_of(arguments);
  if (!wish) {
    std::fputs(kHelp, stderr);
    return 2;
  }
  return run_as_caller([&](Api& api) { return run(api, *wish); });
}

}  // namespace cliffhanger::app
