#include "services/transcode/store/pg_sweep.h"

#include "libs/sql/work_queue.h"
#include "services/transcode/domain/plan.h"

namespace cliffhanger::transcode {
namespace {

constexpr sql::Query kOver{
    "sweep_over",
    "SELECT tenant, revision_id, state = 'early' FROM revision WHERE ended_at IS NOT NULL AND swept_at IS NULL "
    "AND state IN ('ready', 'failed', 'cancelled', 'early') "
    "AND ended_at < now() - CASE WHEN state = 'ready' THEN $2::bigint ELSE $1::bigint END * interval '1 "
    "millisecond' ORDER BY ended_at LIMIT 1 FOR UPDATE SKIP LOCKED"};
// Waits for plans that count on one of them (see queries::kHold); a plan that comes later waits here and
// finds it gone.
constexpr sql::Query kLockPieces{
    "sweep_lock_pieces",
    "SELECT FROM piece WHERE tenant = $1 AND piece_key IN (SELECT piece_key FROM revision_piece "
    "WHERE tenant = $1 AND revision_id = $2) ORDER BY piece_key FOR UPDATE"};
// A statement of its own, so that it sees what those plans committed.
constexpr sql::Query kForget{
    "sweep_forget",
    "WITH gone AS (DELETE FROM piece p USING revision_piece u WHERE u.tenant = $1 AND u.revision_id = $2 "
    "AND p.tenant = u.tenant AND p.piece_key = u.piece_key AND NOT EXISTS ("
    "SELECT FROM revision_piece o JOIN revision r ON r.tenant = o.tenant AND r.revision_id = o.revision_id "
    "WHERE o.tenant = p.tenant AND o.piece_key = p.piece_key AND o.revision_id <> $2 AND r.swept_at IS NULL) "
    "RETURNING p.object_key) "
    "INSERT INTO garbage (tenant, object_key) SELECT DISTINCT $1, object_key FROM gone "
    "ON CONFLICT (tenant, object_key) DO UPDATE SET noted_at = now()"};
constexpr sql::Query kNoteFolder{"sweep_note_folder",
                                 "INSERT INTO garbage (tenant, object_key, revision_id) VALUES ($1, "
                                 "'revisions/' || $1 || '/' || $2::uuid || '/', "
                                 "$2) ON CONFLICT (tenant, object_key) DO UPDATE SET noted_at = now()"};
constexpr sql::Query kSwept{"sweep_swept",
                            "UPDATE revision SET swept_at = now() WHERE tenant = $1 AND revision_id = $2"};

// Whether it is needed after all: a piece names it, or the revision was opened again.
constexpr sql::Query kNoted{"sweep_noted",
                            "SELECT g.tenant, g.object_key FROM garbage g WHERE g.noted_at < now() - "
                            "$1::bigint * interval '1 millisecond' "
                            "ORDER BY g.noted_at LIMIT 1 FOR UPDATE SKIP LOCKED"};
constexpr sql::Query kNeeded{"sweep_needed",
                             "SELECT EXISTS (SELECT FROM piece WHERE tenant = $1 AND object_key = $2) OR "
                             "EXISTS (SELECT FROM garbage g "
                             "JOIN revision r ON r.tenant = g.tenant AND r.revision_id = g.revision_id "
                             "WHERE g.tenant = $1 AND g.object_key = $2 AND r.swept_at IS NULL)"};
// One that can't be removed must not keep the others waiting.
constexpr sql::Query kPostpone{"sweep_postpone",
                               "UPDATE garbage SET noted_at = now() WHERE tenant = $1 AND object_key = $2"};
constexpr sql::Query kStrike{"sweep_strike", "DELETE FROM garbage WHERE tenant = $1 AND object_key = $2"};

constexpr sql::Query kReplacedText{
    "sweep_replaced_text",
    "SELECT tenant, revision_id, language, version FROM burned WHERE state = 'replaced' "
    "AND replaced_at < now() - $1::bigint * interval '1 millisecond' ORDER BY replaced_at LIMIT 1 FOR UPDATE "
    "SKIP LOCKED"};
constexpr sql::Query kLockBurned{
    "sweep_lock_burned",
    "SELECT piece_key FROM piece WHERE tenant = $1 AND piece_key IN (SELECT piece_key FROM revision_piece "
    "WHERE tenant = $1 AND revision_id = $2 AND starts_with(track, $3)) ORDER BY piece_key FOR UPDATE"};
constexpr sql::Query kDropBurned{
    "sweep_drop_burned",
    "DELETE FROM revision_piece WHERE tenant = $1 AND revision_id = $2 AND starts_with(track, $3)"};
constexpr sql::Query kForgetUnused{
    "sweep_forget_unused",
    "WITH gone AS (DELETE FROM piece p WHERE p.tenant = $1 AND p.piece_key = ANY($2::text[]) AND NOT EXISTS ("
    "SELECT FROM revision_piece o JOIN revision r ON r.tenant = o.tenant AND r.revision_id = o.revision_id "
    "WHERE o.tenant = p.tenant AND o.piece_key = p.piece_key AND r.swept_at IS NULL) RETURNING p.object_key) "
    "INSERT INTO garbage (tenant, object_key) SELECT DISTINCT $1, object_key FROM gone "
    "ON CONFLICT (tenant, object_key) DO UPDATE SET noted_at = now()"};
constexpr sql::Query kForgetText{
    "sweep_forget_text",
    "DELETE FROM burned WHERE tenant = $1 AND revision_id = $2 AND language = $3 AND version = $4"};

}  // namespace

Result<bool> sweep_burned(sql::Tx& tx, const Grace& grace) {
  CH_ASSIGN(const auto rows, tx.run(kReplacedText, grace.replaced.count()));
  if (rows.empty()) return false;
  const std::string tenant = rows[0].text(0), language = rows[0].text(2), version = rows[0].text(3);
  const Uuid revision = rows[0].uuid(1);
  const std::string tracks = burned_track(language, version, "");
  CH_ASSIGN(const auto locked, tx.run(kLockBurned, tenant, revision, tracks));
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < locked.size(); ++i) keys.push_back(locked[i].text(0));
  CH_TRY(tx.run(kDropBurned, tenant, revision, tracks));
  CH_TRY(tx.run(kForgetUnused, tenant, keys));
  CH_TRY(tx.run(kForgetText, tenant, revision, language, version));
  return true;
}

Result<bool> sweep_one(sql::Tx& tx, const Grace& grace) {
  CH_ASSIGN(const auto rows, tx.run(kOver, grace.ended.count(), grace.replaced.count()));
  if (rows.empty()) return false;
  const std::string tenant = rows[0].text(0);
  const Uuid revision = rows[0].uuid(1);
  // Of which nobody told any more, perhaps, while its work still waited.
  if (rows[0].flag(2)) CH_TRY(sql::cancel_tasks(tx, revision));
  CH_TRY(tx.run(kLockPieces, tenant, revision));
  CH_TRY(tx.run(kForget, tenant, revision));
  CH_TRY(tx.run(kNoteFolder, tenant, revision));
  CH_TRY(tx.run(kSwept, tenant, revision));
  return true;
}

Result<bool> remove_one(sql::Tx& tx, const Grace& grace,
                        const std::function<Result<void>(const std::string&)>& remove) {
  CH_ASSIGN(const auto rows, tx.run(kNoted, grace.noted.count()));
  if (rows.empty()) return false;
  const std::string tenant = rows[0].text(0), key = rows[0].text(1);
  CH_ASSIGN(const auto needed, tx.run(kNeeded, tenant, key));
  const auto removed = needed[0].flag(0) ? Result<void>() : remove(key);
  if (!removed && removed.error().reason.starts_with("OBJECT_")) {
    CH_TRY(tx.run(kPostpone, tenant, key));
    return true;
  }
  CH_TRY(removed);
  CH_TRY(tx.run(kStrike, tenant, key));
  return true;
}

}  // namespace cliffhanger::transcode
