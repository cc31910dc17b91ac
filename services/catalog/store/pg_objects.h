#pragma once
#include <string>
#include <vector>

#include "libs/sql/sql.h"

namespace cliffhanger::catalog {

// Of these keys, those that are covers of episodes, or in the folder of a film that an episode has, whatever transcode knows of it.
Result<std::vector<std::string>> claimed_objects(sql::Tx& tx, const std::vector<std::string>& keys);

}  // namespace cliffhanger::catalog
