#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/http/server.h"

namespace cliffhanger::http {

// A table of routes, filled before the server starts and only read afterwards.
class Router {
 public:
  // `pattern` is a path whose steps are literals or captures: "/uploads/{id}"; a last step "{name*}" captures
  // one or more steps. `name` is the route's name in metrics and must outlive the router. The first route
  // added that fits is taken. A GET route also answers HEAD, unless HEAD has one of its own. `max_body`: see
  // Body::limit.
  void add(std::string method, std::string_view pattern, Handler handler, std::string_view name,
           std::optional<std::uint64_t> max_body = {});
  // What answers paths that fit no route; 404 NO_SUCH_PATH without one.
  void otherwise(Handler handler) { otherwise_ = std::move(handler); }
  // Finds and runs the handler. A path that fits only under other methods gets 405 with Allow.
  Task<Response> handle(Request& request) const;

 private:
  struct Route {
    std::string method;
    std::vector<std::string> steps;
    Handler handler;
    std::string_view name;
    std::optional<std::uint64_t> max_body;
  };
  const Route* find(const Request& request, Params& captures, std::string& allow) const;

  std::vector<Route> routes_;
  Handler otherwise_;
};

}  // namespace cliffhanger::http
