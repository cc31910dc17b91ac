#include "libs/http/parser.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>

#include "libs/http/limits.h"
#include "libs/http/target.h"

namespace cliffhanger::http {

namespace beast = boost::beast;

struct RequestParser::Impl {
  beast::http::request_parser<beast::http::buffer_body> parser;
};

RequestParser::RequestParser() = default;
RequestParser::~RequestParser() = default;

namespace {

HeadFault bad(std::string detail) {
  return {400, "BAD_REQUEST", std::move(detail)};
}

// What Beast would let pass although two readers of the same bytes could disagree about it.
std::optional<HeadFault> raw_fault(std::string_view bytes) {
  if (bytes.find("\r\n ") != bytes.npos || bytes.find("\r\n\t") != bytes.npos)
    return bad("A header field is folded over several lines.");
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == '\n' && (i == 0 || bytes[i - 1] != '\r'))
      return bad("A line ends without a carriage return.");
    if (bytes[i] == '\r' && (i + 1 == bytes.size() || bytes[i + 1] != '\n'))
      return bad("The head holds a carriage return that ends no line.");
    if (bytes[i] == '\0') return bad("The head holds a zero byte.");
  }
  return std::nullopt;
}

HeadFault describe(const beast::error_code& ec) {
  using beast::http::error;
  if (ec == error::bad_version) return {505, "HTTP_VERSION", "This server speaks HTTP/1.0 and 1.1."};
  if (ec == error::header_limit) return {431, "HEAD_TOO_LARGE", "The request's head is too large."};
  return bad("The request's head is malformed: " + ec.message() + ".");
}

std::optional<HeadFault> find_length(const Headers& headers, bool http10, Framing& framing) {
  const auto lengths = headers.count("Content-Length"), codings = headers.count("Transfer-Encoding");
  if (lengths + codings > 1) return bad("The body's length is stated more than once.");
  framing.length = 0;
  if (codings == 1) {
    if (http10) return bad("HTTP/1.0 has no Transfer-Encoding.");
    if (!equal_no_case(headers.get("Transfer-Encoding"), "chunked"))
      return HeadFault{501, "TRANSFER_CODING", "The only transfer coding spoken here is chunked."};
    framing.length = std::nullopt;
  }
  if (lengths == 1) {
    const auto text = headers.get("Content-Length");
    const bool digits =
        !text.empty() && text.size() <= 18 && text.find_first_not_of("0123456789") == text.npos;
    if (!digits) return bad("Content-Length is not a number.");
    framing.length = std::stoull(std::string(text));
  }
  return std::nullopt;
}

std::optional<HeadFault> frame(const Request& request, Framing& framing) {
  const bool http10 = request.minor_version == 0;
  if (auto fault = find_length(request.headers, http10, framing)) return fault;
  const auto hosts = request.headers.count("Host");
  if (hosts > 1 || (hosts == 0 && !http10)) return bad("A request needs exactly one Host field.");
  if (request.headers.get("Host").find_first_of(" \t/@,") != std::string_view::npos)
    return bad("Host is malformed.");
  const auto connection = request.headers.get("Connection");
  framing.keep_alive = !http10 && !has_token(connection, "close");
  const auto expect = request.headers.find("Expect");
  if (expect && !equal_no_case(*expect, "100-continue"))
    return HeadFault{417, "EXPECTATION", "The only expectation met here is 100-continue."};
  framing.expects_continue = expect.has_value() && !http10;
  return std::nullopt;
}

}  // namespace

std::optional<HeadFault> RequestParser::head(std::string_view bytes, Request& request, Framing& framing) {
  if (auto fault = raw_fault(bytes)) return fault;
  impl_ = std::make_unique<Impl>();
  auto& parser = impl_->parser;
  parser.header_limit(kMaxHeadBytes);
  parser.body_limit(boost::none);
  beast::error_code ec;
  std::size_t used = 0;
  while (!ec && used < bytes.size() && !parser.is_header_done())
    used += parser.put(boost::asio::buffer(bytes.data() + used, bytes.size() - used), ec);
  if (ec) return describe(ec);
  if (!parser.is_header_done() || used != bytes.size()) return bad("The request's head is incomplete.");
  const auto& message = parser.get();
  request.method = std::string(message.method_string());
  request.target = std::string(message.target());
  request.minor_version = message.version() == 10 ? 0 : 1;
  for (const auto& field : message) {
    if (request.headers.size() == kMaxHeaders)
      return HeadFault{431, "TOO_MANY_HEADERS", "The request has too many header fields."};
    request.headers.add(std::string(field.name_string()), std::string(field.value()));
  }
  if (auto fault = frame(request, framing)) return fault;
  if (auto ok = split_target(request); !ok)
    return HeadFault{ok.error().reason == "TARGET_TOO_LONG" ? 414 : 400, ok.error().reason, ok.error().message};
  return std::nullopt;
}

RequestParser::Step RequestParser::chunked(std::string_view bytes, std::span<char> out) {
  auto& parser = impl_->parser;
  Step step;
  auto& body = parser.get().body();
  while (!parser.is_done()) {
    body.data = out.data() + step.produced;
    body.size = out.size() - step.produced;
    body.more = true;
    if (body.size == 0 || step.consumed == bytes.size()) return step;
    const auto before = body.size;
    beast::error_code ec;
    const auto rest = bytes.substr(step.consumed);
    step.consumed += parser.put(boost::asio::buffer(rest.data(), rest.size()), ec);
    step.produced += before - body.size;
    if (ec == beast::http::error::need_more || ec == beast::http::error::need_buffer) return step;
    if (ec) {
      step.bad = true;
      return step;
    }
  }
  step.done = true;
  return step;
}

}  // namespace cliffhanger::http
