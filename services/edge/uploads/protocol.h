#pragma once
#include "libs/http/message.h"
#include "services/edge/visit.h"

namespace cliffhanger::edge {

// A protocol by which uploads come: how it words what intake.h does. An upload belongs to none of them. Its
// handlers get only those who were admitted, and only UUIDs as the capture `id`.
class Protocol {
 public:
  virtual ~Protocol() = default;
  // Whether the request is in a version that is spoken here.
  virtual Result<void> check(const http::Request& request) const = 0;
  virtual http::Task<http::Response> create(http::Request& request, const Visit& visit) = 0;
  virtual http::Task<http::Response> head(http::Request& request, const Visit& visit) = 0;
  virtual http::Task<http::Response> append(http::Request& request, const Visit& visit) = 0;
  virtual http::Task<http::Response> terminate(http::Request& request, const Visit& visit) = 0;
  virtual http::Response refusal(const Error& error, const Trace& trace) const = 0;
  // Words the refusal of a HEAD that would be answered later so that clients ask again, if it needs other words than others'.
  virtual void postpone_head(http::Response&) const {}
  // What every response and every answer to OPTIONS has of it.
  virtual void sign(http::Headers& headers) const = 0;
  virtual void introduce(http::Headers& headers) const = 0;
};

}  // namespace cliffhanger::edge
