#pragma once
#include "libs/sql/patience.h"
#include "services/recommendation/limits.h"
#include "services/recommendation/rpc/feed_rpc.h"

namespace cliffhanger::recommendation {

inline bool is_away(const Error& error) {
  return error.code == Code::kUnavailable || error.code == Code::kDeadlineExceeded;
}

// Reads of the memory what an answer can do without. Fails with UNAVAILABLE if the database said nothing for
// kViewerPatience, or did so a moment ago.
template <class Work>
auto read_patiently(const RpcDeps& deps, const Call& call, Work work)
    -> decltype(work(std::declval<Memory&>())) {
  auto& database = deps.patience.database;
  if (!database.ask()) return fail(unavailable("DATABASE_SLOW", "It said nothing a moment ago."));
  const sql::Patience patience(kViewerPatience);
  auto answer = deps.pool.read([&](sql::Tx& tx) { return work(*deps.open(tx, call)); });
  database.told(answer || !is_away(answer.error()));
  return answer;
}

}  // namespace cliffhanger::recommendation
