#pragma once
// Which objects ingest needs.
#include <string>
#include <vector>

#include "libs/sql/sql.h"

namespace cliffhanger::ingest {

// Of these keys, those that must stay: parts of an upload that receives or is verified, by itself or as a piece of another one, and sources
// of uploads that came so far and were not given up. What is not among them never will be: ids are made once, and an upload that ended
// doesn't begin again. So an object that was unclaimed may be removed without a lock.
Result<std::vector<std::string>> claimed_objects(sql::Tx& tx, const std::vector<std::string>& keys);

}  // namespace cliffhanger::ingest
