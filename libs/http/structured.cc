#include "libs/http/structured.h"

#include <algorithm>
#include <charconv>
#include <variant>

#include "libs/core/encoding.h"

namespace cliffhanger::http {
namespace {

struct Other {};  // a value of a type that no field of ours has
struct Bytes {
  std::string raw;
};
using Bare = std::variant<Other, std::int64_t, bool, Bytes>;

constexpr std::size_t kIntegerDigits = 15;
constexpr std::size_t kDecimalDigits = 12;  // before the point; up to three behind it

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_alpha(char c) {
  return is_lower(c) || (c >= 'A' && c <= 'Z');
}
bool in_token(char c) {
  return is_alpha(c) || is_digit(c) ||
         std::string_view("!#$%&'*+-.^_`|~:/").find(c) != std::string_view::npos;
}
bool in_key(char c) {
  return is_lower(c) || is_digit(c) || std::string_view("_-.*").find(c) != std::string_view::npos;
}

// Parses by section 4.2 of the RFC; what returns nullopt or false has failed for good.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) { skip(" "); }

  bool at_end() const { return rest_.empty(); }
  bool eat(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void skip(std::string_view these) {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(these), rest_.size()));
  }

  std::optional<Bare> item() {
    auto value = bare();
    if (!value || !parameters()) return std::nullopt;
    return value;
  }
  // One member of a Dictionary behind its key.
  std::optional<Bare> member() {
    if (!eat('=')) return parameters() ? std::optional<Bare>(true) : std::nullopt;
    return eat('(') ? inner_list() : item();
  }
  std::string key() {
    if (rest_.empty() || !(is_lower(rest_[0]) || rest_[0] == '*')) return {};
    return std::string(take(in_key));
  }

 private:
  template <class Is>
  std::string_view take(Is is) {
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), is);
    const auto out = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    rest_.remove_prefix(out.size());
    return out;
  }
  bool parameters() {
    while (eat(';')) {
      skip(" ");
      if (key().empty() || (eat('=') && !bare())) return false;
    }
    return true;
  }
  std::optional<Bare> inner_list() {
    for (;;) {
      skip(" ");
      if (eat(')')) return parameters() ? std::optional<Bare>(Other()) : std::nullopt;
      if (!item() || !(rest_.starts_with(' ') || rest_.starts_with(')'))) return std::nullopt;
    }
  }
  std::optional<Bare> bare() {
    if (rest_.empty()) return std::nullopt;
    const char first = rest_[0];
    if (first == '-' || is_digit(first)) return number();
    if (first == '*' || is_alpha(first)) return take(in_token), Other();
    if (eat('?')) return boolean();
    if (eat(':')) return bytes();
    if (eat('"')) return string();
    if (!eat('@')) return std::nullopt;
    const auto date = number();
    return date && std::holds_alternative<std::int64_t>(*date) ? std::optional<Bare>(Other()) : std::nullopt;
  }
  std::optional<Bare> boolean() {
    if (eat('1')) return true;
    return eat('0') ? std::optional<Bare>(false) : std::nullopt;
  }
  std::optional<Bare> number() {
    const bool negative = eat('-');
    const auto digits = take(is_digit);
    if (digits.empty() || digits.size() > kIntegerDigits) return std::nullopt;
    if (eat('.')) {
      const auto behind = take(is_digit).size();
      const bool good = digits.size() <= kDecimalDigits && behind >= 1 && behind <= 3;
      return good ? std::optional<Bare>(Other()) : std::nullopt;
    }
    std::int64_t value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return negative ? -value : value;
  }
  std::optional<Bare> bytes() {
    const auto end = rest_.find(':');
    if (end == std::string_view::npos) return std::nullopt;
    auto raw = base64_decode(rest_.substr(0, end));
    rest_.remove_prefix(end + 1);
    return raw ? std::optional<Bare>(Bytes{std::move(*raw)}) : std::nullopt;
  }
  std::optional<Bare> string() {
    while (!rest_.empty()) {
      const char c = rest_[0];
      rest_.remove_prefix(1);
      if (c == '"') return Other();
      if (c < ' ' || c > '~') return std::nullopt;
      if (c == '\\' && !eat('"') && !eat('\\')) return std::nullopt;
    }
    return std::nullopt;
  }

  std::string_view rest_;
};

std::optional<Bare> item_of(const Headers& headers, std::string_view name) {
  if (headers.count(name) != 1) return std::nullopt;
  Reader reader(headers.get(name));
  auto value = reader.item();
  reader.skip(" ");
  return reader.at_end() ? value : std::nullopt;
}

template <class T>
std::optional<T> item_as(const Headers& headers, std::string_view name) {
  const auto item = item_of(headers, name);
  const auto* value = item ? std::get_if<T>(&*item) : nullptr;
  return value ? std::optional<T>(*value) : std::nullopt;
}

}  // namespace

std::optional<std::int64_t> item_integer(const Headers& headers, std::string_view name) {
  return item_as<std::int64_t>(headers, name);
}

std::optional<bool> item_boolean(const Headers& headers, std::string_view name) {
  return item_as<bool>(headers, name);
}

std::optional<std::map<std::string, std::string>> dictionary_bytes(const Headers& headers,
                                                                   std::string_view name) {
  std::string text;
  for (const auto& [field, value] : headers) {
    if (equal_no_case(field, name)) text += (text.empty() ? "" : ", ") + value;
  }
  std::map<std::string, std::string> out;
  Reader reader(text);
  while (!reader.at_end()) {
    const auto key = reader.key();
    auto value = key.empty() ? std::nullopt : reader.member();
    if (!value) return std::nullopt;
    out.erase(key);  // the last one of a key counts
    if (auto* bytes = std::get_if<Bytes>(&*value)) out[key] = std::move(bytes->raw);
    reader.skip(" \t");
    if (reader.at_end()) break;
    if (!reader.eat(',')) return std::nullopt;
    reader.skip(" \t");
    if (reader.at_end()) return std::nullopt;
  }
  return out;
}

}  // namespace cliffhanger::http
