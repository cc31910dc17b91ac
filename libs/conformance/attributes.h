#pragma once
// Reads the attributes of one tag with their types, and says what is wrong with them. For .cc files of this
// folder.
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/conformance/playlist.h"

namespace cliffhanger::conformance {

class Attributes {
 public:
  using Complain = std::function<void(const std::string& what)>;
  Attributes(std::string_view tag, std::string_view text, Complain complain);

  // Each complains if the attribute is there and of another type, or isn't there and `required`.
  std::string quoted(std::string_view name, bool required = false) const;
  std::string word(std::string_view name, std::initializer_list<std::string_view> allowed,
                   bool required = false) const;
  std::optional<std::int64_t> integer(std::string_view name, bool required = false) const;
  std::optional<double> number(std::string_view name, bool sign = false, bool required = false) const;
  std::optional<std::pair<int, int>> resolution(std::string_view name) const;
  std::string hexadecimal(std::string_view name) const;
  bool yes(std::string_view name) const;  // YES or NO; NO without
  bool has(std::string_view name) const { return find(name) != nullptr; }
  void complain(std::string_view name, std::string_view what) const;

 private:
  const Attribute* find(std::string_view name) const;
  const Attribute* of_kind(std::string_view name, bool quoted, bool required) const;
  std::string tag_;
  std::vector<Attribute> list_;
  Complain complain_;
};

}  // namespace cliffhanger::conformance
