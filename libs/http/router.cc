#include "libs/http/router.h"

#include <algorithm>

namespace cliffhanger::http {
namespace {

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> steps;
  path.remove_prefix(1);
  for (;;) {
    const auto slash = path.find('/');
    steps.emplace_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return steps;
    path.remove_prefix(slash + 1);
  }
}

bool is_capture(std::string_view step) {
  return step.starts_with('{');
}
bool is_rest(std::string_view step) {
  return step.ends_with("*}");
}
std::string capture_name(std::string_view step) {
  return std::string(step.substr(1, step.size() - (is_rest(step) ? 3 : 2)));
}

bool fits(const std::vector<std::string>& pattern, const std::vector<std::string>& path, Params& captures) {
  captures.clear();
  const bool rest = is_rest(pattern.back());
  if (rest ? path.size() < pattern.size() : path.size() != pattern.size()) return false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (!is_capture(pattern[i])) {
      if (pattern[i] != path[i]) return false;
      continue;
    }
    auto value = path[i];
    if (is_rest(pattern[i]))
      for (std::size_t j = i + 1; j < path.size(); ++j) value += '/' + path[j];
    if (value.empty()) return false;
    captures.emplace_back(capture_name(pattern[i]), std::move(value));
  }
  return true;
}

}  // namespace

void Router::add(std::string method, std::string_view pattern, Handler handler, std::string_view name,
                 std::optional<std::uint64_t> max_body) {
  routes_.push_back({std::move(method), split(pattern), std::move(handler), name, max_body});
}

const Router::Route* Router::find(const Request& request, Params& captures, std::string& allow) const {
  if (!request.path.starts_with('/')) return nullptr;
  const auto steps = split(request.path);
  const Route* for_get = nullptr;
  Params found, get_captures;
  for (const auto& route : routes_) {
    if (!fits(route.steps, steps, found)) continue;
    if (route.method == request.method) {
      captures = std::move(found);
      return &route;
    }
    allow += (allow.empty() ? "" : ", ") + route.method;
    if (route.method == "GET" && !for_get) for_get = &route, get_captures = found;
  }
  if (request.method != "HEAD") return nullptr;
  captures = std::move(get_captures);
  return for_get;
}

Task<Response> Router::handle(Request& request) const {
  std::string allow;
  if (const auto* route = find(request, request.captures, allow)) {
    request.route = route->name;
    if (route->max_body) request.body->limit(*route->max_body);
    co_return co_await route->handler(request);
  }
  if (!allow.empty()) {
    auto response =
        problem(405, "METHOD_NOT_ALLOWED", request.method + " is not for this path; it takes " + allow + ".");
    response.headers.add("Allow", allow);
    co_return response;
  }
  if (otherwise_) co_return co_await otherwise_(request);
  co_return problem(404, "NO_SUCH_PATH", "There is nothing at this path.");
}

}  // namespace cliffhanger::http
