#include "services/edge/rest/document.h"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>
#include <charconv>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "services/edge/rest/limits.h"

namespace cliffhanger::edge::rest {
namespace {

namespace json = boost::json;

// Takes the parser's events, builds the value, and refuses what Boost.JSON lets pass: keys that appear twice.
class Builder {
 public:
  static constexpr std::size_t max_object_size = kMaxJsonBytes;
  static constexpr std::size_t max_array_size = kMaxJsonBytes;
  static constexpr std::size_t max_key_size = kMaxJsonBytes;
  static constexpr std::size_t max_string_size = kMaxJsonBytes;

  Builder() { stack_.reset(); }
  json::value take() { return stack_.release(); }
  const std::optional<std::string>& repeated_key() const { return repeated_; }

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_object_begin(json::error_code&) {
    keys_.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t count, json::error_code&) {
    keys_.pop_back();
    stack_.push_object(count);
    return true;
  }
  bool on_array_begin(json::error_code&) { return true; }
  bool on_array_end(std::size_t count, json::error_code&) {
    stack_.push_array(count);
    return true;
  }
  bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
    key_.append(part.data(), part.size());
    return true;
  }
  bool on_key(json::string_view part, std::size_t, json::error_code& error) {
    key_.append(part.data(), part.size());
    if (!keys_.back().insert(key_).second) {
      repeated_ = key_;
      error = json::error::syntax;
      return false;
    }
    stack_.push_key(key_);
    key_.clear();
    return true;
  }
  bool on_string_part(json::string_view part, std::size_t, json::error_code&) {
    stack_.push_chars(part);
    return true;
  }
  bool on_string(json::string_view part, std::size_t, json::error_code&) {
    stack_.push_string(part);
    return true;
  }
  bool on_number_part(json::string_view part, json::error_code&) {
    number_.append(part.data(), part.size());
    return true;
  }
  bool on_int64(std::int64_t value, json::string_view, json::error_code&) {
    number_.clear();
    stack_.push_int64(value);
    return true;
  }
  bool on_uint64(std::uint64_t value, json::string_view, json::error_code&) {
    number_.clear();
    stack_.push_uint64(value);
    return true;
  }
  // Boost 1.81 is off by one unit in the last place now and then; the text is read again.
  bool on_double(double value, json::string_view part, json::error_code&) {
    number_.append(part.data(), part.size());
    std::from_chars(number_.data(), number_.data() + number_.size(), value);
    number_.clear();
    stack_.push_double(value);
    return true;
  }
  bool on_bool(bool value, json::error_code&) {
    stack_.push_bool(value);
    return true;
  }
  bool on_null(json::error_code&) {
    stack_.push_null();
    return true;
  }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

 private:
  json::value_stack stack_;
  std::vector<std::set<std::string>> keys_;  // of each open object
  std::string key_;
  std::string number_;
  std::optional<std::string> repeated_;
};

std::string position(std::string_view text, std::size_t offset) {
  const auto before = text.substr(0, offset);
  const auto line = 1 + std::ranges::count(before, '\n');
  const auto column = offset - (before.rfind('\n') == before.npos ? 0 : before.rfind('\n') + 1) + 1;
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

Error bad_json(std::string what, std::string_view text, std::size_t offset) {
  offset = std::min(offset, text.size());
  return invalid("INVALID_JSON", what + " at " + position(text, offset) + ".")
      .with("offset", std::to_string(offset));
}

}  // namespace

Result<json::value> parse_json(std::string_view text) {
  if (text.size() > kMaxJsonBytes) {
    return fail(
        invalid("BODY_TOO_LARGE", "The body has more than " + std::to_string(kMaxJsonBytes) + " bytes."));
  }
  json::parse_options options;
  options.max_depth = kMaxJsonDepth;
  json::basic_parser<Builder> parser(options);
  json::error_code error;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), error);
  if (const auto& key = parser.handler().repeated_key()) {
    return fail(bad_json("The key \"" + *key + "\" appears twice in one object", text, used));
  }
  if (error) return fail(bad_json("The body is no JSON: " + error.message(), text, used));
  const auto rest = text.substr(used);
  const auto junk = rest.find_first_not_of(" \t\r\n");
  if (junk != rest.npos) return fail(bad_json("The body is no JSON: more after the end", text, used + junk));
  return parser.handler().take();
}

}  // namespace cliffhanger::edge::rest
