#include "libs/http/headers.h"

#include <algorithm>

namespace cliffhanger::http {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Calls `use` with each trimmed member of a comma-separated list until it returns true; says whether one did.
template <class Use>
bool any_member(std::string_view list, Use use) {
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    const auto member = trim(list.substr(0, comma));
    if (!member.empty() && use(member)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

}  // namespace

bool equal_no_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (const auto& [key, value] : fields_)
    if (equal_no_case(key, name)) return value;
  return std::nullopt;
}

std::size_t Headers::count(std::string_view name) const {
  return static_cast<std::size_t>(std::count_if(
      fields_.begin(), fields_.end(), [&](const Field& field) { return equal_no_case(field.first, name); }));
}

void Headers::remove(std::string_view name) {
  std::erase_if(fields_, [&](const Field& field) { return equal_no_case(field.first, name); });
}

void Headers::set(std::string_view name, std::string value) {
  remove(name);
  fields_.emplace_back(std::string(name), std::move(value));
}

bool has_token(std::string_view list, std::string_view token) {
  return any_member(list, [&](std::string_view member) { return equal_no_case(member, token); });
}

bool matches_etag(std::string_view if_none_match, std::string_view etag) {
  return any_member(if_none_match, [&](std::string_view member) {
    if (member == "*") return true;
    if (member.starts_with("W/")) member.remove_prefix(2);
    return member == etag;
  });
}

}  // namespace cliffhanger::http
