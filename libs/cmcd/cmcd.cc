#include "libs/cmcd/cmcd.h"

#include <charconv>
#include <tuple>
#include <utility>

namespace cliffhanger::cmcd {
namespace {

Error bad(std::string what) {
  return invalid("BAD_CMCD", std::move(what));
}

bool is_key_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         c == '.' || c == '*';
}

// Printable ASCII but what ends or opens something.
bool is_bare_char(char c) {
  return c > ' ' && c < 0x7f && c != ',' && c != '"' && c != '(' && c != ')';
}

// A value as it stands.
struct Value {
  enum class Kind { kNone, kBare, kQuoted, kList } kind = Kind::kNone;
  std::string_view text;  // without the quotes
};

// Reads pairs from the left.
class Reader {
 public:
  explicit Reader(std::string_view text) : left_(text) {}
  bool at_end() {
    skip_blanks();
    return left_.empty();
  }

  Result<std::string_view> key() {
    std::size_t end = 0;
    while (end < left_.size() && is_key_char(left_[end])) ++end;
    if (end == 0) return fail(bad("A key is missing."));
    return take(end);
  }

  Result<Value> value() {
    if (left_.empty() || left_.front() != '=') return Value{};
    left_.remove_prefix(1);
    if (left_.empty()) return fail(bad("A value is missing."));
    if (left_.front() == '"') return quoted();
    if (left_.front() == '(') return list();
    std::size_t end = 0;
    while (end < left_.size() && is_bare_char(left_[end])) ++end;
    if (end == 0) return fail(bad("A value is missing."));
    return Value{Value::Kind::kBare, take(end)};
  }

  // After a pair: a comma and another one, or the end.
  Result<void> separator() {
    skip_blanks();
    if (left_.empty()) return {};
    if (left_.front() != ',') return fail(bad("Between two pairs there is a comma."));
    left_.remove_prefix(1);
    if (at_end()) return fail(bad("After a comma there is a pair."));
    return {};
  }

 private:
  std::string_view take(std::size_t bytes) {
    const auto out = left_.substr(0, bytes);
    left_.remove_prefix(bytes);
    return out;
  }
  void skip_blanks() {
    while (!left_.empty() && (left_.front() == ' ' || left_.front() == '\t')) left_.remove_prefix(1);
  }
  Result<Value> quoted() {
    std::size_t end = 1;
    for (; end < left_.size() && left_[end] != '"'; ++end) {
      if (left_[end] == '\\' && (++end >= left_.size() || (left_[end] != '"' && left_[end] != '\\')))
        return fail(bad("After a backslash there is a quote or a backslash."));
      if (left_[end] < ' ' || left_[end] == 0x7f) return fail(bad("Strings are of printable ASCII."));
    }
    if (end >= left_.size()) return fail(bad("A quote is missing."));
    const auto all = take(end + 1);
    return Value{Value::Kind::kQuoted, all.substr(1, all.size() - 2)};
  }
  // Of version 2, which nothing here reads: up to its end.
  Result<Value> list() {
    std::size_t end = 1;
    bool inside = false;
    for (; end < left_.size() && (inside || left_[end] != ')'); ++end) {
      if (left_[end] == '"') inside = !inside;
      if (inside && left_[end] == '\\') ++end;
    }
    if (end >= left_.size()) return fail(bad("A list has an end."));
    return Value{Value::Kind::kList, take(end + 1)};
  }

  std::string_view left_;
};

Result<void> read_number(const Value& value, std::optional<std::int64_t>& out) {
  std::int64_t number = 0;
  const auto* const last = value.text.data() + value.text.size();
  const auto read = std::from_chars(value.text.data(), last, number);
  if (value.kind != Value::Kind::kBare || read.ec != std::errc() || read.ptr != last || number < 0 ||
      number > kMostNumber)
    return fail(bad("A number is an integer from 0 up."));
  out = number;
  return {};
}

Result<void> read_rate(const Value& value, std::optional<double>& out) {
  double number = 0;
  const auto* const last = value.text.data() + value.text.size();
  const auto read = std::from_chars(value.text.data(), last, number, std::chars_format::fixed);
  if (value.kind != Value::Kind::kBare || read.ec != std::errc() || read.ptr != last || !(number >= 0) ||
      number > 1000)
    return fail(bad("A playback rate is a decimal from 0 up."));
  out = number;
  return {};
}

Result<void> read_flag(const Value& value, bool& out) {
  const bool bare = value.kind == Value::Kind::kBare;
  if (value.kind != Value::Kind::kNone && !(bare && (value.text == "?1" || value.text == "?0")))
    return fail(bad("A flag has no value."));
  out = !bare || value.text == "?1";
  return {};
}

Result<void> read_text(const Value& value, std::size_t most, std::string& out) {
  if (value.kind != Value::Kind::kQuoted) return fail(bad("A string is in quotes."));
  out.reserve(value.text.size());
  for (std::size_t i = 0; i < value.text.size(); ++i) {
    if (value.text[i] == '\\') ++i;
    out += value.text[i];
  }
  if (out.size() > most) return fail(bad("A string is too long."));
  return {};
}

template <class Enum, std::size_t N>
Result<void> read_token(const Value& value, const std::pair<std::string_view, Enum> (&known)[N], Enum& out) {
  if (value.kind == Value::Kind::kBare)
    for (const auto& [token, meaning] : known)
      if (value.text == token) {
        out = meaning;
        return {};
      }
  return fail(bad("A token is none of those of the specification."));
}

constexpr std::pair<std::string_view, Object> kObjects[] = {
    {"m", Object::kManifest},   {"a", Object::kAudio}, {"v", Object::kVideo},
    {"av", Object::kMuxed},     {"i", Object::kInit},  {"c", Object::kCaption},
    {"tt", Object::kTimedText}, {"k", Object::kKey},   {"o", Object::kOther}};
constexpr std::pair<std::string_view, Format> kFormats[] = {
    {"d", Format::kDash}, {"h", Format::kHls}, {"s", Format::kSmooth}, {"o", Format::kOther}};
constexpr std::pair<std::string_view, Stream> kStreams[] = {{"v", Stream::kOnDemand}, {"l", Stream::kLive}};

Result<void> once(bool said) {
  if (said) return fail(bad("A key comes once."));
  return {};
}

Result<void> add_number(std::string_view key, const Value& value, Cmcd& out, bool& known) {
  const std::pair<std::string_view, std::optional<std::int64_t>*> numbers[] = {
      {"br", &out.br},   {"bl", &out.bl},   {"d", &out.d},   {"dl", &out.dl},
      {"mtp", &out.mtp}, {"rtp", &out.rtp}, {"tb", &out.tb}, {"v", &out.v}};
  for (const auto& [name, field] : numbers) {
    if (key != name) continue;
    known = true;
    CH_TRY(once(field->has_value()));
    return read_number(value, *field);
  }
  return {};
}

Result<void> add_text(std::string_view key, const Value& value, Cmcd& out, bool& known) {
  const std::tuple<std::string_view, std::string*, std::size_t> texts[] = {{"cid", &out.cid, kMostIdBytes},
                                                                           {"sid", &out.sid, kMostIdBytes},
                                                                           {"nor", &out.nor, kMostText},
                                                                           {"nrr", &out.nrr, kMostText}};
  for (const auto& [name, field, most] : texts) {
    if (key != name) continue;
    known = true;
    CH_TRY(once(!field->empty()));
    return read_text(value, most, *field);
  }
  return {};
}

Result<void> add_pair(std::string_view key, const Value& value, Cmcd& out) {
  if (value.kind == Value::Kind::kList) return {};
  bool known = false;
  CH_TRY(add_number(key, value, out, known));
  if (!known) CH_TRY(add_text(key, value, out, known));
  if (known) return {};
  if (key == "bs" || key == "su") {
    bool& flag = key == "bs" ? out.bs : out.su;
    CH_TRY(once(flag));
    return read_flag(value, flag);
  }
  if (key == "pr") {
    CH_TRY(once(out.pr.has_value()));
    return read_rate(value, out.pr);
  }
  if (key == "ot") {
    CH_TRY(once(out.ot != Object::kUnsaid));
    return read_token(value, kObjects, out.ot);
  }
  if (key == "sf") {
    CH_TRY(once(out.sf != Format::kUnsaid));
    return read_token(value, kFormats, out.sf);
  }
  if (key == "st") {
    CH_TRY(once(out.st != Stream::kUnsaid));
    return read_token(value, kStreams, out.st);
  }
  return {};
}

}  // namespace

Result<void> add(std::string_view payload, Cmcd& out) {
  if (payload.size() > kMostBytes) return fail(bad("There is too much of it."));
  Reader reader(payload);
  for (std::size_t pairs = 0; !reader.at_end(); ++pairs) {
    if (pairs == kMostPairs) return fail(bad("There are too many keys."));
    CH_ASSIGN(const auto key, reader.key());
    CH_ASSIGN(const auto value, reader.value());
    CH_TRY(add_pair(key, value, out));
    CH_TRY(reader.separator());
  }
  return {};
}

Result<Cmcd> parse(std::string_view payload) {
  Cmcd out;
  CH_TRY(add(payload, out));
  return out;
}

}  // namespace cliffhanger::cmcd
