#include "libs/http/target.h"

#include <algorithm>

#include "libs/http/limits.h"

namespace cliffhanger::http {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

tl::unexpected<Error> bad_target(std::string why) {
  return fail(invalid("BAD_TARGET", std::move(why)));
}

// Whether every step of a decoded path names something.
bool plain_steps(std::string_view path) {
  path.remove_prefix(1);
  while (!path.empty()) {
    const auto slash = std::min(path.find('/'), path.size());
    const auto step = path.substr(0, slash);
    if (step.empty() || step == "." || step == "..") return false;
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return true;
}

bool has_escaped_slash(std::string_view path) {
  for (auto at = path.find('%'); at != std::string_view::npos; at = path.find('%', at + 1)) {
    const auto code = path.substr(at + 1, 2);
    if (equal_no_case(code, "2f") || equal_no_case(code, "5c")) return true;
  }
  return false;
}

Result<Params> split_query(std::string_view query) {
  Params out;
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    if (out.size() == kMaxQueryParams) return bad_target("The query has too many parameters.");
    const auto equals = std::min(pair.find('='), pair.size());
    auto name = percent_decode(pair.substr(0, equals), true);
    auto value = percent_decode(pair.substr(std::min(equals + 1, pair.size())), true);
    if (!name || !value) return bad_target("The query is not valid percent-encoded UTF-8.");
    out.emplace_back(std::move(*name), std::move(*value));
  }
  return out;
}

}  // namespace

std::size_t utf8_length(std::string_view text) {
  if (text.empty()) return 0;
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const unsigned first = byte(0), second = byte(1);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return tail(1) ? 2 : 0;
  if ((first & 0xF0) == 0xE0) {
    const bool overlong = first == 0xE0 && second < 0xA0;
    const bool surrogate = first == 0xED && second > 0x9F;
    return tail(1) && tail(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool overlong = first == 0xF0 && second < 0x90;
    const bool beyond = first == 0xF4 && second > 0x8F;
    return tail(1) && tail(2) && tail(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_value(text[i + 1]), low = hex_value(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '+' && plus) {
      c = ' ';
    }
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return std::nullopt;
    out += c;
  }
  if (!is_utf8(out)) return std::nullopt;
  return out;
}

std::string percent_encode(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += {'%', kHex[static_cast<unsigned char>(c) >> 4], kHex[c & 15]};
    }
  }
  return out;
}

Result<void> split_target(Request& request) {
  std::string_view rest = request.target;
  if (rest.size() > kMaxTargetBytes) return fail(invalid("TARGET_TOO_LONG", "The target is too long."));
  if (rest == "*") {
    if (request.method != "OPTIONS") return bad_target("Only OPTIONS takes *.");
    request.path = "*";
    return {};
  }
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!equal_no_case(rest.substr(0, scheme.size()), scheme)) continue;
    rest.remove_prefix(scheme.size());
    const auto slash = rest.find('/');
    if (slash == 0 || slash == std::string_view::npos)
      return bad_target("The target has no host or no path.");
    // Whoever stands in front may have gone by either of them (RFC 9112, 3.2.2).
    if (const auto host = request.headers.find("Host"); host && !equal_no_case(*host, rest.substr(0, slash)))
      return bad_target("The target's host is not the one of Host.");
    rest.remove_prefix(slash);
    break;
  }
  if (rest.empty() || rest[0] != '/') return bad_target("The target must start with a slash.");
  if (rest.find('#') != std::string_view::npos) return bad_target("The target holds a fragment.");
  const auto mark = std::min(rest.find('?'), rest.size());
  const auto path = rest.substr(0, mark);
  request.raw_query = rest.substr(std::min(mark + 1, rest.size()));
  if (has_escaped_slash(path)) return bad_target("The path holds an escaped slash.");
  auto decoded = percent_decode(path, false);
  if (!decoded) return bad_target("The path is not valid percent-encoded UTF-8.");
  if (!plain_steps(*decoded)) return bad_target("The path holds an empty or a dot step.");
  request.path = std::move(*decoded);
  CH_ASSIGN(request.query, split_query(request.raw_query));
  return {};
}

}  // namespace cliffhanger::http
