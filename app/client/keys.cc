#include <boost/json/array.hpp>
#include <charconv>
#include <cstdio>
#include <optional>

#include "app/client/api.h"
#include "app/commands.h"
#include "libs/core/id.h"

namespace cliffhanger::app {
namespace {

namespace json = boost::json;

constexpr int kMostDays = 730, kMostPerSecond = 1000;
constexpr std::string_view kScope = "API_KEY_SCOPE_", kState = "API_KEY_STATE_";
constexpr char kHelp[] =
    R"(cliffhanger keys create NAME --scopes LIST   make an API key, and print it alone on standard output
cliffhanger keys list                        the keys there are, and those that ended in the last 90 days
cliffhanger keys end ID                      end a key; it is refused everywhere within ten seconds

A key is shown once and stored nowhere: keep the output. LIST is one or more of read, upload and publish with commas between them.

  --days N           how long the key is good for, 1 to 730 (90)
  --per-second N     a limit of requests of its own, below the general one
  --account USER     operators: the account (its user id) whose key it is or whose keys are listed; it sees who made and who ended them

CLIFFHANGER_URL names the server (http://127.0.0.1:8080). CLIFFHANGER_EMAIL with CLIFFHANGER_PASSWORD or CLIFFHANGER_PASSWORD_FILE, or an
access token in CLIFFHANGER_TOKEN, say who you are; `create` needs the password in any case. With an API key nobody manages keys.
)";

struct Wish {
  std::string verb, subject, account;  // subject: a name or an id
  json::array scopes;
  int days = 0, per_second = 0;
};

// From 1 to `most`.
std::optional<int> number_of(const std::string& text, int most) {
  int out = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (fault != std::errc() || end != text.data() + text.size() || out < 1 || out > most) return std::nullopt;
  return out;
}

// "read,upload"
std::optional<json::array> scopes_of(const std::string& text) {
  json::array out;
  for (std::size_t from = 0; from <= text.size();) {
    const auto comma = std::min(text.find(',', from), text.size());
    const auto word = text.substr(from, comma - from);
    if (word == "read")
      out.emplace_back("API_KEY_SCOPE_READ");
    else if (word == "upload")
      out.emplace_back("API_KEY_SCOPE_UPLOAD");
    else if (word == "publish")
      out.emplace_back("API_KEY_SCOPE_PUBLISH");
    else
      return std::nullopt;
    from = comma + 1;
  }
  return out;
}

// Whether the option is one, with a value that will do.
bool take(Wish& wish, const std::string& option, const std::string& value) {
  const bool create = wish.verb == "create";
  if (option == "--account" && wish.verb != "end") {
    wish.account = value;
    return Uuid::parse(value).has_value();
  }
  if (option == "--scopes" && create) {
    const auto scopes = scopes_of(value);
    if (scopes) wish.scopes = *scopes;
    return scopes.has_value();
  }
  if (!create || (option != "--days" && option != "--per-second")) return false;
  const bool days = option == "--days";
  const auto number = number_of(value, days ? kMostDays : kMostPerSecond);
  if (number) (days ? wish.days : wish.per_second) = *number;
  return number.has_value();
}

std::optional<Wish> wish_of(const Arguments& arguments) {
  Wish out;
  if (arguments.empty()) return std::nullopt;
  out.verb = arguments[0];
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    if (arguments[i].starts_with("--")) {
      if (i + 1 == arguments.size() || !take(out, arguments[i], arguments[i + 1])) return std::nullopt;
      ++i;
    } else if (out.subject.empty()) {
      out.subject = arguments[i];
    } else {
      return std::nullopt;
    }
  }
  if (out.verb == "list" && out.subject.empty()) return out;
  if (out.verb == "end" && Uuid::parse(out.subject)) return out;
  if (out.verb == "create" && !out.subject.empty() && !out.scopes.empty()) return out;
  return std::nullopt;
}

// API_KEY_SCOPE_READ → "read"
std::string word(std::string name, std::string_view prefix) {
  if (name.starts_with(prefix)) name.erase(0, prefix.size());
  for (char& c : name) c = static_cast<char>(std::tolower(c));
  return name;
}

// 2026-11-22T09:30:00.123Z → "2026-11-22 09:30Z"
std::string minute(const std::string& time) {
  return time.size() < 16 ? "never" : time.substr(0, 10) + " " + time.substr(11, 5) + "Z";
}

std::string scopes_text(const json::object& key) {
  std::string out;
  if (const auto* scopes = key.if_contains("scopes"); scopes && scopes->is_array())
    for (const auto& scope : scopes->as_array())
      if (scope.is_string()) out += (out.empty() ? "" : ",") + word(std::string(scope.as_string()), kScope);
  return out;
}

// What somebody else named their key must not move the cursor of an operator's terminal.
std::string plain(std::string name) {
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto byte = static_cast<unsigned char>(name[i]);
    const bool c1 = byte >= 0x80 && byte < 0xa0 && i > 0 && name[i - 1] == '\xc2';
    if (byte < 0x20 || byte == 0x7f || c1) name[i] = '?';
  }
  return name;
}

void print(const json::object& key) {
  std::string state =
      text(key, "state") == "API_KEY_STATE_REVOKED" ? "ended" : word(text(key, "state"), kState);
  if (flag(key, "revokedByOperator")) state += " by an operator";
  std::printf("%s  %s…  %-19s  expires %s  used %-17s  %s%s  %s\n", text(key, "apiKeyId").c_str(),
              text(key, "prefix").c_str(), scopes_text(key).c_str(), minute(text(key, "expireTime")).c_str(),
              minute(text(key, "lastUseTime")).c_str(), state.c_str(),
              flag(key, "madeByOperator") ? ", made by an operator" : "", plain(text(key, "name")).c_str());
}

Result<int> create(Api& api, const Wish& wish) {
  CH_ASSIGN(const auto access, Access::from_environment());
  if (access.password.empty())
    return fail(unauthenticated("NO_PASSWORD",
                                "Making a key asks for your password: set CLIFFHANGER_PASSWORD_FILE."));
  json::object body{{"name", wish.subject}, {"scopes", wish.scopes}, {"password", access.password}};
  if (wish.days > 0) body["days"] = wish.days;
  if (wish.per_second > 0) body["requestsPerSecond"] = wish.per_second;
  if (!wish.account.empty()) body["userId"] = wish.account;
  CH_ASSIGN(const auto answer, api.call("POST", "/v1/api-keys", body));
  const auto& key = object(answer, "apiKey");
  // An accounts service from before keys for others passes over userId and makes one of the caller's own.
  if (!wish.account.empty() && text(key, "state") != "API_KEY_STATE_LIVE") {
    CH_TRY(api.call("DELETE", "/v1/api-keys/" + text(key, "apiKeyId")));
    return fail(unavailable("SERVER_TOO_OLD",
                            "The server doesn't make keys for others yet; the one it made was ended."));
  }
  std::fprintf(
      stderr,
      "%s may %s until %s; `cliffhanger keys end %s` ends it. This is the only time that it is shown:\n",
      wish.subject.c_str(), scopes_text(key).c_str(), minute(text(key, "expireTime")).c_str(),
      text(key, "apiKeyId").c_str());
  std::printf("%s\n", text(answer, "key").c_str());
  return 0;
}

Result<int> list(Api& api, const Wish& wish) {
  CH_ASSIGN(const auto answer,
            api.call("GET", "/v1/api-keys" + (wish.account.empty() ? "" : "?userId=" + wish.account)));
  const auto* keys = answer.if_contains("apiKeys");
  if (!keys || !keys->is_array() || keys->as_array().empty()) std::fputs("There are no API keys.\n", stderr);
  if (keys && keys->is_array())
    for (const auto& key : keys->as_array())
      if (key.is_object()) print(key.as_object());
  return 0;
}

Result<int> end(Api& api, const Wish& wish) {
  CH_ASSIGN(const auto answer, api.call("DELETE", "/v1/api-keys/" + wish.subject));
  print(object(answer, "apiKey"));
  return 0;
}

}  // namespace

int keys(const Arguments& arguments) {
  const auto wish = wish_of(arguments);
  if (const auto code = explained(arguments, kHelp, wish.has_value())) return *code;
  return run_as_caller([&](Api& api) {
    return wish->verb == "create" ? create(api, *wish)
           : wish->verb == "list" ? list(api, *wish)
                                  : end(api, *wish);
  });
}

}  // namespace cliffhanger::app
