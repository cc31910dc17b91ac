#include "app/client/api.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <thread>

namespace cliffhanger::app {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr auto kPatience = 60s;  // while the door is away

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

bool busy(int status) { return status == 429 || status == 502 || status == 503 || status == 504; }

bool away(const Result<http::ClientResponse>& answer) { return answer ? busy(answer->status) : passing(answer.error()); }

}  // namespace

Result<Access> Access::from_environment() {
  Access access{environment("CLIFFHANGER_URL"), environment("CLIFFHANGER_TOKEN"), environment("CLIFFHANGER_EMAIL"),
                environment("CLIFFHANGER_PASSWORD")};
  if (access.url.empty()) access.url = "http://127.0.0.1:8080";
  if (const auto file = environment("CLIFFHANGER_PASSWORD_FILE"); !file.empty() && access.password.empty()) {
    std::ifstream in(file);
    std::getline(in, access.password);
  }
  if (access.token.empty() && (access.email.empty() || access.password.empty())) {
    return fail(unauthenticated("NO_CREDENTIALS",
                                "Set CLIFFHANGER_TOKEN, or CLIFFHANGER_EMAIL and CLIFFHANGER_PASSWORD_FILE."));
  }
  CH_TRY(http::Url::parse(access.url));
  return access;
}

bool passing(const Error& why) {
  return why.code == Code::kUnavailable || why.code == Code::kAborted || why.code == Code::kDeadlineExceeded;
}

Api::Api(std::shared_ptr<Identity> identity) : identity_(std::move(identity)), where_(*http::Url::parse(identity_->url())) {
  client_ = std::make_unique<http::Client>(where_.host, where_.port);
}

Error Api::problem(const http::ClientResponse& response) {
  boost::system::error_code fault;
  const auto value = json::parse(response.body, fault);
  Error error = internal("HTTP_" + std::to_string(response.status), "The server answered " + std::to_string(response.status) + ".");
  if (response.status == 401) error.code = Code::kUnauthenticated;
  if (busy(response.status)) error.code = Code::kUnavailable;
  if (!fault && value.is_object()) {
    const auto& problem = value.as_object();
    if (const auto code = text(problem, "code"); !code.empty()) error.reason = code;
    if (const auto detail = text(problem, "detail"); !detail.empty()) error.message = detail;
    if (const auto* errors = problem.if_contains("errors"); errors && errors->is_array()) {
      for (const auto& item : errors->as_array()) {
        if (!item.is_object()) continue;
        error.message += "\n  " + text(item.as_object(), "field") + " " + text(item.as_object(), "message");
      }
    }
  }
  return error;
}

Result<void> Identity::sign_in(http::Client& client) {
  if (access_.email.empty()) {
    return fail(unauthenticated("TOKEN_REFUSED", "CLIFFHANGER_TOKEN has run out, was ended or isn't this server's."));
  }
  const json::object body{{"email", access_.email}, {"password", access_.password}};
  http::Headers headers;
  headers.add("Content-Type", "application/json");
  CH_ASSIGN(const auto answer, client.post("/v1/sessions", json::serialize(body), headers));
  if (answer.status != 200) return fail(Api::problem(answer));
  boost::system::error_code fault;
  const auto value = json::parse(answer.body, fault);
  if (fault || !value.is_object()) return fail(internal("BAD_ANSWER", "The server's answer can't be read."));
  access_.token = text(object(value.as_object(), "tokens"), "accessToken");
  return {};
}

Result<std::string> Identity::token(http::Client& client, const std::string& refused) {
  const std::lock_guard lock(mutex_);
  if (access_.token.empty() || access_.token == refused) CH_TRY(sign_in(client));
  return access_.token;
}

Result<http::ClientResponse> Api::send(http::ClientRequest request) {
  const auto with = [&](const std::string& token) {
    http::ClientRequest out = request;
    out.headers.add("Authorization", "Bearer " + token);
    return client_->send(out);
  };
  CH_ASSIGN(const auto token, identity_->token(*client_));
  auto answer = with(token);
  if (!answer || answer->status != 401) return answer;
  // Of a password in the body, not of the token.
  if (problem(*answer).reason == "WRONG_CREDENTIALS") return answer;
  CH_ASSIGN(const auto fresh, identity_->token(*client_, token));
  return with(fresh);
}

Result<json::object> Api::call(const std::string& method, const std::string& path, const json::object& body,
                               const std::string& key) {
  http::ClientRequest request;
  request.method = method;
  request.target = path;
  if (method != "GET" && method != "DELETE") {
    request.body = json::serialize(body);
    request.headers.add("Content-Type", "application/json");
  }
  if (!key.empty()) request.headers.add("Idempotency-Key", key);
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  auto answer = send(request);
  while (away(answer) && (method == "GET" || !key.empty()) && std::chrono::steady_clock::now() < give_up) {
    std::this_thread::sleep_for(500ms);
    answer = send(request);
  }
  if (!answer) return fail(answer.error());
  if (answer->status >= 400) return fail(problem(*answer));
  boost::system::error_code fault;
  auto value = json::parse(answer->body, fault);
  if (fault || !value.is_object()) return fail(internal("BAD_ANSWER", "The server's answer can't be read."));
  return value.as_object();
}

std::string text(const json::object& from, std::string_view name) {
  const auto* value = from.if_contains(name);
  return value && value->is_string() ? std::string(value->as_string()) : std::string();
}

const json::object& object(const json::object& from, std::string_view name) {
  static const json::object none;
  const auto* value = from.if_contains(name);
  return value && value->is_object() ? value->as_object() : none;
}

bool flag(const json::object& from, std::string_view name) {
  const auto* value = from.if_contains(name);
  return value && value->is_bool() && value->as_bool();
}

std::int64_t number(const json::object& from, std::string_view name) {
  const auto* value = from.if_contains(name);
  if (!value) return 0;
  if (value->is_string()) return std::atoll(value->as_string().c_str());
  return value->is_number() ? value->to_number<std::int64_t>() : 0;
}

std::optional<int> explained(const std::vector<std::string>& arguments, const char* help, bool understood) {
  const bool asked = !arguments.empty() && (arguments[0] == "--help" || arguments[0] == "-h");
  if (!asked && understood) return std::nullopt;
  std::fputs(help, asked ? stdout : stderr);
  return asked ? 0 : 2;
}

int run_as_caller(const std::function<Result<int>(Api&)>& work) {
  const auto say = [](const Error& why) { std::fprintf(stderr, "%s: %s\n", why.reason.c_str(), why.message.c_str()); };
  const auto access = Access::from_environment();
  if (!access) {
    say(access.error());
    return 2;
  }
  Api api(std::make_shared<Identity>(*access));
  const auto done = work(api);
  if (!done) say(done.error());
  return done ? *done : 1;
}

}  // namespace cliffhanger::app
