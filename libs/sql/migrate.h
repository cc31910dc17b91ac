#pragma once
#include <string>

#include "libs/core/embedded.h"
#include "libs/core/result.h"

namespace cliffhanger::sql {

// Brings one schema up to date: first the tables every service has (libs/sql/migrations), then the service's own files, in the order of
// their names (V0001__what.sql), each once, in a transaction of its own under an advisory lock. Expand, then contract: an older
// program keeps working on a newer schema. Safe to run from many processes at once. Fails with MIGRATION_FAILED (file and
// what the database said) and MIGRATION_CHANGED (a file that was applied has another text now).
Result<int> migrate(const std::string& url, const std::string& schema, embedded::Files files);

}  // namespace cliffhanger::sql
