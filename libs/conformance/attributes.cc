#include "libs/conformance/attributes.h"

#include <algorithm>

#include "libs/conformance/text.h"

namespace cliffhanger::conformance {
namespace {

constexpr int kMostPixels = 65'535;

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

}  // namespace

Result<std::vector<Attribute>> parse_attributes(std::string_view text) {
  const auto bad = [](const std::string& what) { return fail(invalid("BAD_ATTRIBUTES", what)); };
  std::vector<Attribute> out;
  while (true) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || !is_name(text.substr(0, equals)))
      return bad("\"" + shown(text.substr(0, 40)) + "\" is not NAME=value");
    Attribute one{std::string(text.substr(0, equals)), "", false};
    text.remove_prefix(equals + 1);
    one.quoted = text.starts_with('"');
    if (one.quoted) {
      const std::size_t end = text.find('"', 1);
      if (end == std::string_view::npos) return bad(one.name + "'s quotation mark is not closed");
      one.value = text.substr(1, end - 1);
      text.remove_prefix(end + 1);
    } else {
      one.value = text.substr(0, text.find(','));
      if (one.value.empty() || one.value.find_first_of(" \t\"") != std::string::npos)
        return bad(one.name + " has no value, or one with spaces or quotation marks");
      text.remove_prefix(one.value.size());
    }
    if (std::any_of(out.begin(), out.end(), [&](const Attribute& a) { return a.name == one.name; }))
      return bad(one.name + " is there twice");
    out.push_back(std::move(one));
    if (text.empty()) return out;
    if (!text.starts_with(',') || text.size() == 1) return bad("there is no comma, or nothing after it");
    if (out.size() == kMaxAttributes) return bad("there are too many attributes");
    text.remove_prefix(1);
  }
}

Result<ByteRange> parse_byte_range(std::string_view text, std::optional<std::int64_t> previous) {
  const std::size_t at = text.find('@');
  const auto length = decimal_integer(text.substr(0, at));
  const auto offset = at == std::string_view::npos ? previous : decimal_integer(text.substr(at + 1));
  if (!length || *length == 0) return fail(invalid("BAD_BYTE_RANGE", "the range has no length"));
  if (!offset) return fail(invalid("BAD_BYTE_RANGE", "the range has no offset and follows no other range"));
  return ByteRange{*length, *offset};
}

Attributes::Attributes(std::string_view tag, std::string_view text, Complain complain)
    : tag_(tag), complain_(std::move(complain)) {
  auto list = parse_attributes(text);
  if (list)
    list_ = std::move(*list);
  else
    complain_(tag_ + ": " + list.error().message);
}

void Attributes::complain(std::string_view name, std::string_view what) const {
  complain_(tag_ + ": " + std::string(name) + " " + std::string(what));
}

const Attribute* Attributes::find(std::string_view name) const {
  const auto it =
      std::find_if(list_.begin(), list_.end(), [&](const Attribute& one) { return one.name == name; });
  return it == list_.end() ? nullptr : &*it;
}

const Attribute* Attributes::of_kind(std::string_view name, bool quoted, bool required) const {
  const Attribute* one = find(name);
  if (one == nullptr) {
    if (required) complain(name, "is missing");
    return nullptr;
  }
  if (one->quoted != quoted) {
    complain(name, quoted ? "is not in quotation marks" : "is in quotation marks");
    return nullptr;
  }
  return one;
}

std::string Attributes::quoted(std::string_view name, bool required) const {
  const Attribute* one = of_kind(name, true, required);
  return one == nullptr ? "" : one->value;
}

std::string Attributes::word(std::string_view name, std::initializer_list<std::string_view> allowed,
                             bool required) const {
  const Attribute* one = of_kind(name, false, required);
  if (one == nullptr) return "";
  if (std::find(allowed.begin(), allowed.end(), one->value) == allowed.end())
    complain(name, "is " + shown(one->value) + ", which is not one of its words");
  return one->value;
}

std::optional<std::int64_t> Attributes::integer(std::string_view name, bool required) const {
  const Attribute* one = of_kind(name, false, required);
  if (one == nullptr) return std::nullopt;
  const auto value = decimal_integer(one->value);
  if (!value) complain(name, "is not a whole number");
  return value;
}

std::optional<double> Attributes::number(std::string_view name, bool sign, bool required) const {
  const Attribute* one = of_kind(name, false, required);
  if (one == nullptr) return std::nullopt;
  const auto value = decimal_number(one->value, sign);
  if (!value) complain(name, "is not a decimal number");
  return value;
}

std::optional<std::pair<int, int>> Attributes::resolution(std::string_view name) const {
  const Attribute* one = of_kind(name, false, false);
  if (one == nullptr) return std::nullopt;
  const std::size_t x = one->value.find('x');
  const auto width = decimal_integer(std::string_view(one->value).substr(0, x));
  const auto height = x == std::string::npos ? std::nullopt : decimal_integer(one->value.substr(x + 1));
  const auto good = [](const auto& side) { return side && *side > 0 && *side <= kMostPixels; };
  if (good(width) && good(height)) return std::pair(static_cast<int>(*width), static_cast<int>(*height));
  complain(name, "is not WIDTHxHEIGHT");
  return std::nullopt;
}

std::string Attributes::hexadecimal(std::string_view name) const {
  const Attribute* one = of_kind(name, false, false);
  if (one == nullptr) return "";
  const std::string_view value = one->value;
  const bool good = (value.starts_with("0x") || value.starts_with("0X")) && value.size() > 2 &&
                    value.find_first_not_of("0123456789abcdefABCDEF", 2) == std::string_view::npos;
  if (!good) complain(name, "is not a hexadecimal number");
  return one->value;
}

bool Attributes::yes(std::string_view name) const {
  return word(name, {"YES", "NO"}) == "YES";
}

}  // namespace cliffhanger::conformance
