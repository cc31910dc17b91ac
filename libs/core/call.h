#pragma once
// Who asks, in whose name, until when, and how the answer is traced: what travels with every request.
#include <chrono>
#include <string>

#include "libs/core/client_facts.h"
#include "libs/core/id.h"

namespace cliffhanger {

// A company, a brand or a school. Every row, token, object key and event belongs to one; nothing crosses.
// 1 to 40 characters of [a-z0-9-]; checked where it enters (token, edge).
class Tenant {
 public:
  Tenant() = default;
  static Result<Tenant> parse(std::string_view text);  // fails with BAD_TENANT
  const std::string& text() const { return text_; }
  auto operator<=>(const Tenant&) const = default;

 private:
  explicit Tenant(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// Each includes what stands before it, except kService, which is another service of the house and may all.
enum class Role { kAnyone, kViewer, kCreator, kOperator, kService };
std::string_view to_text(Role role);

struct Caller {
  Tenant tenant;
  Role role = Role::kAnyone;
  UserId user;          // empty for kAnyone; for kService the person on whose behalf it calls, or empty
  std::string service;  // the calling service's name, for kService
  bool guest = false;   // a viewer without an e-mail address
  bool at_least(Role wanted) const { return role >= wanted; }
};

// W3C trace context, level 1.
struct Trace {
  std::string trace_id;  // 32 hex digits
  std::string span_id;   // 16 hex digits
  static Trace start(Random& random);
  // The same trace with a new span; starts one if `header` (traceparent) is not valid.
  static Trace child_of(std::string_view header, Random& random);
  std::string header() const;  // the traceparent to send on
};

struct Call {
  Caller caller;
  Trace trace;
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  std::string method;           // full name, "cliffhanger.catalog.v1.CatalogService.GetSeries"
  bool read_only = false;       // the contract says that this method changes nothing
  std::string idempotency_key;  // empty if the caller sent none; 1 to 128 printable characters
  std::string request_hash;     // SHA-256 of the canonical request, hex; set with the key
  ClientFacts client;           // the app that asks, also where services call one another for it
};

}  // namespace cliffhanger
