#include "services/edge/door.h"

#include <algorithm>

#include "services/edge/app_header.h"
#include "services/edge/keys/api_keys.h"
#include "services/edge/limits.h"
#include "services/edge/visit.h"

namespace cliffhanger::edge {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

// What pages of other origins may use. Tokens travel in headers, never in cookies, so any origin may ask.
bool is_open_to_all(std::string_view path) {
  for (const std::string_view prefix : {"/v1/", "/hls/", "/uploads", "/covers/", "/openapi.json"})
    if (path.starts_with(prefix)) return true;
  return false;
}

// A scheme and an authority, as browsers write them.
bool is_origin(std::string_view text) {
  const auto colon = text.find("://");
  if (colon == text.npos || (text.substr(0, colon) != "https" && text.substr(0, colon) != "http")) return false;
  const auto authority = text.substr(colon + 3);
  return !authority.empty() &&
         authority.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-._~:[]") == authority.npos;
}

// Of media nothing else is told, and their heads are sent most often.
constexpr std::string_view kMediaExposes = "ETag, Link, Retry-After, Content-Range, Accept-Ranges, Date, traceparent";

void add_exposed(const http::Request& request, http::Headers& headers) {
  if (request.path.starts_with("/hls/") || request.path.starts_with("/covers/"))
    return headers.set("Access-Control-Expose-Headers", std::string(kMediaExposes));
  headers.set(
      "Access-Control-Expose-Headers",
      "Location, ETag, Link, Retry-After, Content-Range, Accept-Ranges, Date, traceparent, Tus-Resumable, "
      "Tus-Version, Tus-Extension, "
      "Tus-Max-Size, Tus-Checksum-Algorithm, Upload-Offset, Upload-Length, Upload-Defer-Length, Upload-Concat, "
      "Upload-Metadata, Upload-Expires, Upload-Complete, Upload-Limit, Accept-Patch, WWW-Authenticate");
}

void add_preflight(http::Headers& headers) {
  headers.set("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
  headers.set("Access-Control-Allow-Headers",
              "Authorization, Content-Type, Idempotency-Key, Range, If-None-Match, If-Range, Last-Event-ID, "
              "Cliffhanger-App, traceparent, "
              "tracestate, "
              "CMCD-Object, CMCD-Request, CMCD-Session, CMCD-Status, Save-Data, X-Cliffhanger-Tenant, X-Requested-With, X-Request-ID, X-HTTP-Method-Override, Tus-Resumable, "
              "Upload-Length, Upload-Offset, "
              "Upload-Metadata, Upload-Defer-Length, Upload-Concat, Upload-Checksum, Upload-Complete, "
              "Upload-Draft-Interop-Version, Content-Disposition, Content-Digest, Repr-Digest");
  headers.set("Access-Control-Max-Age", "86400");
}

// What every answer has unless its handler says something else. Pages and documents have a policy of their own; media may be shown by
// whoever has the URL, but not in a frame of a page, and a picture may not run anything.
void add_security(const http::Request& request, http::Headers& headers) {
  headers.set("X-Content-Type-Options", "nosniff");
  if (!headers.find("Referrer-Policy")) headers.add("Referrer-Policy", "no-referrer");
  if (headers.find("Content-Security-Policy")) return;
  headers.add("Content-Security-Policy",
              request.path.starts_with("/hls/") ? "frame-ancestors 'none'"
                                                : "default-src 'none'; frame-ancestors 'none'; sandbox");
}

}  // namespace

Result<std::map<std::string, Tenant, std::less<>>> parse_tenant_hosts(std::string_view text) {
  std::map<std::string, Tenant, std::less<>> out;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    const auto pair = http::trim(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
    const auto equals = pair.find('=');
    const auto tenant = Tenant::parse(equals == pair.npos ? std::string_view{} : pair.substr(equals + 1));
    if (equals == 0 || !tenant)
      return fail(invalid("BAD_TENANT_HOSTS", "Not a list of host=tenant: " + std::string(pair)));
    out[lower(pair.substr(0, equals))] = *tenant;
  }
  return out;
}

Result<std::set<std::string>> parse_origins(std::string_view text) {
  std::set<std::string> out;
  if (http::trim(text) == "*") return out;
  do {
    const auto comma = std::min(text.find(','), text.size());
    const auto origin = http::trim(text.substr(0, comma));
    if (!is_origin(origin))
      return fail(invalid("BAD_ORIGINS", "Neither * nor a list of origins such as https://app.example: " + std::string(origin)));
    out.emplace(origin);
    text.remove_prefix(std::min(comma + 1, text.size()));
  } while (!text.empty());
  return out;
}

void Door::add_cors(const http::Request& request, http::Headers& headers) const {
  const auto origin = request.headers.get("Origin");
  if (config_.origins.empty()) {
    headers.set("Access-Control-Allow-Origin", "*");
  } else {
    headers.add("Vary", "Origin");
    if (!config_.origins.contains(std::string(origin))) return;
    headers.set("Access-Control-Allow-Origin", std::string(origin));
  }
  if (request.route == "preflight") add_preflight(headers);
  else add_exposed(request, headers);
}

Result<std::set<Tenant>> parse_tenants(std::string_view text) {
  std::set<Tenant> out;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    const auto tenant = Tenant::parse(http::trim(text.substr(0, comma)));
    if (!tenant) return fail(invalid("BAD_TENANTS", "Not a list of tenants: " + std::string(text)));
    out.insert(*tenant);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return out;
}

// Without this anybody could make up tenants, each with fresh rows and fresh counters.
Result<void> Door::check_named(const Tenant& tenant) const {
  if (config_.tenants.contains(tenant) || tenant == config_.fallback) return {};
  for (const auto& [host, of_host] : config_.tenant_of_host)
    if (of_host == tenant) return {};
  return fail(not_found("TENANT_UNKNOWN", "There is no such tenant."));
}

Result<Tenant> Door::tenant(const http::Request& request) const {
  if (const auto named = request.headers.find("X-Cliffhanger-Tenant")) return Tenant::parse(*named);
  auto host = lower(request.headers.get("Host"));
  if (const auto colon = host.rfind(':'); colon != host.npos && host.find(']', colon) == host.npos)
    host.resize(colon);
  const auto found = config_.tenant_of_host.find(host);
  return found == config_.tenant_of_host.end() ? config_.fallback : found->second;
}

// The proxies of ours each append the address that they saw, so only that many entries at the end can be
// believed.
std::string Door::address(const http::Request& request) const {
  std::vector<std::string> chain;
  for (const auto& [name, value] : request.headers) {
    if (!http::equal_no_case(name, "X-Forwarded-For")) continue;
    for (std::string_view rest = value; !rest.empty();) {
      const auto comma = std::min(rest.find(','), rest.size());
      chain.emplace_back(http::trim(rest.substr(0, comma)).substr(0, 64));
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
  const auto hops = static_cast<std::size_t>(config_.trusted_proxies);
  if (hops == 0 || chain.size() < hops) return request.peer;
  return chain[chain.size() - hops];
}

// What isn't two letters is no country: CDNs write such as XX or T1 for what they don't know, of which the services know no rule.
std::string Door::region(const http::Request& request) const {
  if (config_.region_header.empty()) return "";
  std::string out(http::trim(request.headers.get(config_.region_header)));
  if (out.size() != 2) return "";
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (c < 'A' || c > 'Z') return "";
  }
  return out == "XX" ? "" : out;
}

// Of a token that is good; the verifier remembers it.
std::string Door::sign_in_of(std::string_view authorization) const {
  const auto space = std::min(authorization.find(' '), authorization.size() - 1);
  const auto claims = deps_.tokens.verify(authorization.substr(space + 1), deps_.clock.now());
  return claims ? claims->session : std::string();
}

Result<Visit> Door::visit(const http::Request& request) const {
  Visit out;
  out.trace = Trace::child_of(request.headers.get("traceparent"), deps_.random);
  out.authorization = request.headers.get("Authorization");
  out.idempotency_key = request.headers.get("Idempotency-Key");
  out.address = address(request);
  out.region = region(request);
  out.client = facts_of(request.headers);
  out.deadline = std::chrono::steady_clock::now() + kDoorDeadline;
  CH_ASSIGN(out.caller.tenant, tenant(request));
  if (deps_.api_keys && is_api_key(out.authorization)) return out;  // identify() finds its tenant
  if (out.authorization.empty()) {
    CH_TRY(check_named(out.caller.tenant));
    return out;
  }
  auto caller = rpc::authenticate({out.authorization, {}, out.caller.tenant.text()}, &deps_.tokens, nullptr,
                                  deps_.clock.now());
  if (caller) {
    out.caller = std::move(*caller);
    out.sign_in = sign_in_of(out.authorization);
  } else {
    out.token_error = std::move(caller).error();
    CH_TRY(check_named(out.caller.tenant));
  }
  return out;
}

http::Task<Result<void>> Door::identify(const http::Request& request, Visit& visit) const {
  if (!deps_.api_keys || !is_api_key(visit.authorization)) co_return Result<void>();
  const bool api = request.path.starts_with("/v1/"), uploads = request.path.starts_with("/uploads");
  const auto named = check_named(visit.caller.tenant);
  // Whose the key is, accounts says; until then no tenant that somebody made up is charged.
  if (!named && (api || uploads)) visit.caller.tenant = config_.fallback;
  if (api) co_return co_await deps_.api_keys->admit(visit);
  if (uploads) {  // whose protocols have words of their own for refusals
    if (auto good = co_await deps_.api_keys->admit(visit); !good) visit.token_error = std::move(good).error();
    co_return Result<void>();
  }
  visit.authorization.clear();  // whoever asks for pages or media is nobody
  co_return named;
}

http::Task<http::Response> Door::handle(http::Request& request) const {
  const bool open = is_open_to_all(request.path);
  http::Response out;
  if (open && request.method == "OPTIONS" && request.headers.find("Access-Control-Request-Method")) {
    request.route = "preflight";
    out.status = 204;
  } else if (auto found = visit(request); !found) {
    out = error_response(found.error(), Trace::start(deps_.random));
  } else if (const auto known = co_await identify(request, *found); !known) {
    out = error_response(known.error(), found->trace);
  } else {
    const auto trace = found->trace;
    request.context = std::move(*found);
    out = co_await deps_.router.handle(request);
    out.headers.set("traceparent", trace.header());
  }
  if (open) add_cors(request, out.headers);
  add_security(request, out.headers);
  co_return out;
}

void add_covers(http::Router& router, Objects& objects) {
  router.add(
      "GET", "/covers/{key*}",
      [&objects](http::Request& request) -> http::Task<http::Response> {
        const auto key = "covers/" + std::string(request.capture("key"));
        const auto object = co_await objects.open(key);
        const auto gone = [&] {
          return object.error().reason == "OBJECT_NOT_FOUND" || object.error().reason == "BAD_OBJECT_KEY";
        };
        if (!object && gone())
          co_return error_response(not_found("OBJECT_NOT_FOUND", "There is no such picture."),
                                   visit_of(request).trace);
        if (!object) co_return error_response(object.error(), visit_of(request).trace);
        co_return file_response(request, *object,
                                {std::string(type_of_name(key)), '"' + key + '"', kImmutable});
      },
      "covers", 0);
}

}  // namespace cliffhanger::edge
