#pragma once
// Collecting every fault of a request at once, each with where it is.
#include <string>
#include <string_view>
#include <vector>

#include "libs/core/error.h"
#include "services/edge/rest/limits.h"

namespace cliffhanger::edge::rest {

// Where in a request: made on the stack while going down, turned into text only when there is a fault.
struct Path {
  const Path* up = nullptr;
  std::string_view name;  // of a field or a map's key
  int index = -1;         // of an entry, or -1
  bool key = false;       // `name` is a map's key

  // "items[2].title", "labels[en]".
  std::string text() const {
    std::string out = up == nullptr ? "" : up->text();
    if (index >= 0) return out + "[" + std::to_string(index) + "]";
    if (key) return out + "[" + std::string(name) + "]";
    if (!out.empty() && !name.empty()) out += '.';
    return out.append(name);
  }
};

class Faults {
 public:
  // Beyond kMaxFaults: forgotten.
  void add(const Path& where, std::string message) {
    if (list_.size() < kMaxFaults) list_.push_back({where.text(), std::move(message)});
  }
  bool empty() const { return list_.empty(); }
  // INVALID_REQUEST with all of them; there must be one.
  Error error() && {
    const std::string text = list_.size() == 1
                                 ? "One field of the request is not valid."
                                 : std::to_string(list_.size()) + " fields of the request are not valid.";
    return invalid("INVALID_REQUEST", text, std::move(list_));
  }

 private:
  std::vector<FieldFault> list_;
};

}  // namespace cliffhanger::edge::rest
