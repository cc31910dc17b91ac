#include <charconv>
#include <cstdio>
#include <optional>

#include "app/client/api.h"
#include "app/commands.h"
#include "libs/core/id.h"

namespace cliffhanger::app {
namespace {

namespace json = boost::json;

constexpr int kMostRating = 18;
constexpr char kHelp[] =
    R"(cliffhanger rate SERIES AGE: says from which age on a series of yours is meant to be seen

SERIES is its id, AGE a number of years from 0 to 18, or `none` to say nothing. Who is in minors' mode is shown what their guardian allows;
what has no rating counts as 18 for them. It holds at once for what is begun from then on.

CLIFFHANGER_URL names the server (http://127.0.0.1:8080). CLIFFHANGER_TOKEN, or CLIFFHANGER_EMAIL with
CLIFFHANGER_PASSWORD or CLIFFHANGER_PASSWORD_FILE, say who you are.
)";

// Years; nothing for what is no rating.
std::optional<int> years(const std::string& text) {
  int out = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (fault != std::errc() || end != text.data() + text.size() || out < 0 || out > kMostRating)
    return std::nullopt;
  return out;
}

Result<int> rate(Api& api, const std::string& series, std::optional<int> rating) {
  json::object body{{"updateMask", "ageRating"}};
  if (rating) body["ageRating"] = *rating;
  CH_ASSIGN(const auto answer, api.call("PATCH", "/v1/series/" + series, body));
  const auto& now = object(answer, "series");
  if (now.contains("ageRating"))
    std::printf("%s: from age %lld on\n", text(now, "title").c_str(),
                static_cast<long long>(number(now, "ageRating")));
  else
    std::printf("%s: not rated\n", text(now, "title").c_str());
  return 0;
}

}  // namespace

int rate(const Arguments& arguments) {
  const bool none = arguments.size() == 2 && arguments[1] == "none";
  const auto rating = arguments.size() == 2 ? years(arguments[1]) : std::nullopt;
  const bool understood = arguments.size() == 2 && Uuid::parse(arguments[0]) && (none || rating);
  if (const auto code = explained(arguments, kHelp, understood)) return *code;
  return run_as_caller([&](Api& api) { return rate(api, arguments[0], rating); });
}

}  // namespace cliffhanger::app
