#pragma once
#include "libs/sql/sql.h"
#include "services/transcode/domain/assembly.h"

namespace cliffhanger::transcode {

// The pieces of rows of queries::kPieces or one that selects the same. Fails with BAD_RECORD.
Result<Assembly> assembly_from(const sql::Rows& rows);

}  // namespace cliffhanger::transcode
