#pragma once
// Strict reading of flat JSON objects, shared by jobs and events. For .cc files of this folder only: it pulls
// in Boost.JSON.
#include <boost/json.hpp>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "libs/core/result.h"

namespace cliffhanger::media {

// Parses one object, at most `limit` bytes and 8 levels. Fails with `reason`.
Result<boost::json::object> parse_object(std::string_view text, std::size_t limit, const char* reason);

// Reads fields out of one object and remembers the first fault, so that callers read everything and check
// once.
class Fields {
 public:
  Fields(const boost::json::object& object, std::string where) : object_(object), where_(std::move(where)) {}

  std::int64_t integer(std::string_view name, std::int64_t least, std::int64_t most);
  std::int64_t integer_or(std::string_view name, std::int64_t fallback, std::int64_t least,
                          std::int64_t most);
  double number(std::string_view name);
  std::string text(std::string_view name, std::size_t most);
  const boost::json::array* array(std::string_view name, std::size_t least, std::size_t most);
  const boost::json::object* child(std::string_view name);
  bool is_null(std::string_view name) const;
  bool has(std::string_view name) const { return object_.contains({name.data(), name.size()}); }
  void only(std::initializer_list<std::string_view> names);  // a fault if there are others
  void fault(std::string_view name, std::string_view what);
  bool ok() const { return fault_.empty(); }
  const std::string& what() const { return fault_; }

 private:
  const boost::json::value* find(std::string_view name);
  const boost::json::object& object_;
  std::string where_;
  std::string fault_;
};

}  // namespace cliffhanger::media
