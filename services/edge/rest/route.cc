#include "services/edge/rest/route.h"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>

#include "google/api/annotations.pb.h"
#include "libs/rpc/methods.h"
#include "services/edge/rest/limits.h"

namespace cliffhanger::edge::rest {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;

Error bad_route(const MethodDescriptor* method, const std::string& why) {
  return internal("BAD_ROUTE", "The route of " + method->full_name() + " " + why + ".");
}

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> steps;
  while (path.starts_with('/')) {
    path.remove_prefix(1);
    const auto slash = path.find('/');
    steps.push_back(path.substr(0, slash));
    path = slash == path.npos ? std::string_view() : path.substr(slash);
  }
  return steps;
}

bool may_be_variable(const FieldDescriptor* field) {
  return field != nullptr && !field->is_repeated() && field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE;
}

Result<void> set_verb(const google::api::HttpRule& rule, Route& route) {
  switch (rule.pattern_case()) {
    case google::api::HttpRule::kGet:
      route.verb = "GET", route.pattern = rule.get();
      break;
    case google::api::HttpRule::kPut:
      route.verb = "PUT", route.pattern = rule.put();
      break;
    case google::api::HttpRule::kPost:
      route.verb = "POST", route.pattern = rule.post();
      break;
    case google::api::HttpRule::kDelete:
      route.verb = "DELETE", route.pattern = rule.delete_();
      break;
    case google::api::HttpRule::kPatch:
      route.verb = "PATCH", route.pattern = rule.patch();
      break;
    default:
      return fail(bad_route(route.method, "has no verb that we know"));
  }
  return {};
}

Result<void> set_segments(Route& route) {
  const auto* request = route.method->input_type();
  const auto steps = split(route.pattern);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const auto step = steps[i];
    const auto close = step.find('}');
    if (!step.starts_with('{')) {
      if (step.empty() || step.find_first_of("{}*") != step.npos)
        return fail(bad_route(route.method, "has a bad step"));
      route.segments.push_back({std::string(step), nullptr});
      continue;
    }
    const auto* field =
        close == step.npos ? nullptr : request->FindFieldByName(std::string(step.substr(1, close - 1)));
    if (!may_be_variable(field))
      return fail(bad_route(route.method, "names no plain field in " + std::string(step)));
    route.segments.push_back({"", field});
    const auto suffix = step.substr(close + 1);
    if (suffix.empty()) continue;
    if (i + 1 != steps.size() || !suffix.starts_with(':'))
      return fail(bad_route(route.method, "has a bad step"));
    route.suffix = suffix;
  }
  if (route.segments.empty()) return fail(bad_route(route.method, "has no path"));
  return {};
}

Result<Route> read_rule(const MethodDescriptor* method, const google::api::HttpRule& rule) {
  Route route;
  route.method = method;
  CH_TRY(set_verb(rule, route));
  CH_TRY(set_segments(route));
  route.whole_body = rule.body() == "*";
  if (!rule.body().empty() && !route.whole_body) {
    route.body_field = method->input_type()->FindFieldByName(rule.body());
    if (route.body_field == nullptr) return fail(bad_route(method, "has an unknown body"));
  }
  if (!rule.response_body().empty()) return fail(bad_route(method, "has a response_body"));
  return route;
}

// Equal for routes that would match the same paths.
std::string shape(const Route& route) {
  std::string text = route.verb;
  for (const auto& segment : route.segments)
    text += "/" + (segment.variable != nullptr ? "{}" : segment.literal);
  return text + route.suffix;
}

using Variables = decltype(Match::variables);

std::optional<Variables> match_path(const Route& route, const std::vector<std::string_view>& steps) {
  if (route.segments.size() != steps.size()) return std::nullopt;
  Variables variables;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const auto& segment = route.segments[i];
    auto step = steps[i];
    if (segment.variable == nullptr) {
      if (step != segment.literal) return std::nullopt;
      continue;
    }
    if (i + 1 == steps.size()) {
      if (!step.ends_with(route.suffix)) return std::nullopt;
      step.remove_suffix(route.suffix.size());
      // What follows a colon at the end is a custom verb, never part of a value.
      if (step.find(':') != step.npos) return std::nullopt;
    }
    if (step.empty()) return std::nullopt;
    variables.emplace_back(segment.variable, step);
  }
  return variables;
}

std::size_t literals(const Route& route) {
  return static_cast<std::size_t>(std::ranges::count_if(
      route.segments, [](const Segment& segment) { return segment.variable == nullptr; }));
}

}  // namespace

Result<RouteTable> RouteTable::make(const std::vector<const MethodDescriptor*>& methods) {
  RouteTable table;
  std::set<std::string> shapes;
  for (const auto* method : methods) {
    if (!method->options().HasExtension(google::api::http)) continue;
    if (rpc::access_of(method).caller() == api::v1::CALLER_SERVICE) continue;
    const auto& rule = method->options().GetExtension(google::api::http);
    CH_ASSIGN(auto route, read_rule(method, rule));
    table.routes_.push_back(std::move(route));
    for (const auto& more : rule.additional_bindings()) {
      CH_ASSIGN(auto other, read_rule(method, more));
      table.routes_.push_back(std::move(other));
    }
  }
  for (const auto& route : table.routes_) {
    if (!shapes.insert(shape(route)).second) return fail(bad_route(route.method, "is another's too"));
  }
  // The first that fits is then the one with the most fixed text.
  std::ranges::sort(table.routes_, [](const Route& a, const Route& b) {
    return std::tuple(literals(b), a.pattern, a.verb) < std::tuple(literals(a), b.pattern, b.verb);
  });
  return table;
}

Result<RouteTable> RouteTable::of_all_services() {
  std::vector<const MethodDescriptor*> methods;
  for (const auto* service : rpc::all_services()) {
    if (service->full_name().starts_with("cliffhanger.testing.")) continue;
    for (int i = 0; i < service->method_count(); ++i) methods.push_back(service->method(i));
  }
  return make(methods);
}

Result<Match> RouteTable::match(std::string_view verb, std::string_view path) const {
  std::set<std::string> allowed;
  if (path.size() <= kMaxPathBytes) {
    const auto steps = split(path);
    std::optional<std::size_t>
        best;  // a path's literals: a less exact route with the right verb doesn't count
    for (const auto& route : routes_) {
      if (best && literals(route) < *best) break;
      auto variables = match_path(route, steps);
      if (!variables) continue;
      if (route.verb == verb) return Match{&route, std::move(*variables)};
      best = literals(route);
      allowed.insert(route.verb);
    }
  }
  if (allowed.empty()) return fail(not_found("ROUTE_NOT_FOUND", "There is nothing at this path."));
  std::string list;
  for (const auto& one : allowed) list += (list.empty() ? "" : ", ") + one;
  return fail(Error{Code::kUnimplemented,
                    "METHOD_NOT_ALLOWED",
                    "This path takes " + list + ".",
                    {},
                    {{"allow", list}},
                    {}});
}

}  // namespace cliffhanger::edge::rest
