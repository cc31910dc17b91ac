#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cliffhanger::http {

// Header fields in their order; names compare without regard to case.
class Headers {
 public:
  using Field = std::pair<std::string, std::string>;

  Headers() = default;
  Headers(std::initializer_list<Field> fields) : fields_(fields) {}
  // The value of the first field of that name; nullopt if there is none.
  std::optional<std::string_view> find(std::string_view name) const;
  std::string_view get(std::string_view name) const { return find(name).value_or(std::string_view{}); }
  std::size_t count(std::string_view name) const;
  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  void set(std::string_view name, std::string value);  // replaces every field of that name
  void remove(std::string_view name);
  std::size_t size() const { return fields_.size(); }
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }

 private:
  std::vector<Field> fields_;
};

bool equal_no_case(std::string_view a, std::string_view b);  // ASCII
std::string_view trim(std::string_view text);                // spaces and tabs

// Whether the comma-separated `list` holds `token`, without regard to case.
bool has_token(std::string_view list, std::string_view token);

// Whether an If-None-Match value names the entity tag `etag` (quoted), by weak comparison, or is "*".
bool matches_etag(std::string_view if_none_match, std::string_view etag);

}  // namespace cliffhanger::http
