#include "services/playback/store/pg_keys.h"

#include "services/playback/store/queries.h"

namespace cliffhanger::playback {

Result<std::optional<ContentKey>> PgKeys::find(const RevisionId& revision) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kFindKey, tenant_, revision));
  if (rows.empty()) return std::nullopt;
  return ContentKey{rows[0].bytes(0), rows[0].bytes(1), rows[0].bytes(2)};
}

// The one that waited for another's insert sees the other's row in its next statement.
Result<ContentKey> PgKeys::keep(const RevisionId& revision, const ContentKey& made, Time now) {
  CH_TRY(tx_.run(queries::kKeepKey, tenant_, revision, sql::Param::bytes(made.id),
                 sql::Param::bytes(made.key), sql::Param::bytes(made.iv), now)
             .map([](const auto&) {}));
  CH_ASSIGN(auto kept, find(revision));
  if (!kept) return fail(internal("KEY_LOST", "A revision's key was not kept."));
  return std::move(*kept);
}

}  // namespace cliffhanger::playback
