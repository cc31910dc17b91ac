#pragma once
#include <string>
#include <vector>

#include "libs/core/result.h"

namespace cliffhanger::collector {

// Whether it is the key of a list that the edge serves a revision by.
bool is_index(std::string_view key);
// The keys of the objects that such a list names. Fails with INDEX_UNREADABLE.
Result<std::vector<std::string>> names_in(const std::string& index);

}  // namespace cliffhanger::collector
