#include "services/transcode/store/pg_objects.h"

#include <optional>

#include "libs/blob/place.h"

namespace cliffhanger::transcode {
namespace {

#define CH_NAMED                                                                                      \
  "EXISTS (SELECT FROM piece p WHERE p.tenant = k.tenant AND p.object_key = k.key) OR "               \
  "EXISTS (SELECT FROM garbage g WHERE g.tenant = k.tenant AND g.object_key = k.key)"
#define CH_KEYS "unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS k(key, tenant, id, folder)"

// $1: keys, $2: their tenants, $3: the ids in them, $4: their folders.
constexpr sql::Query kClaimContent{"objects_claim_content", "SELECT k.key FROM " CH_KEYS " WHERE " CH_NAMED};
constexpr sql::Query kClaimFolders{
    "objects_claim_folders",
    "SELECT k.key FROM " CH_KEYS " WHERE EXISTS (SELECT FROM revision r WHERE r.tenant = k.tenant "
    "AND r.revision_id = k.id::uuid AND r.swept_at IS NULL) OR EXISTS (SELECT FROM garbage f "
    "WHERE f.tenant = k.tenant AND f.object_key = k.folder) OR " CH_NAMED};
constexpr sql::Query kClaimSources{
    "objects_claim_sources",
    "SELECT k.key FROM " CH_KEYS " WHERE EXISTS (SELECT FROM revision r WHERE r.tenant = k.tenant "
    "AND r.source_id = k.id::uuid AND r.source_key = k.key AND r.swept_at IS NULL) OR EXISTS (SELECT FROM "
    "revision e WHERE e.tenant = k.tenant AND e.early_of = k.id::uuid AND e.source_key = k.key AND e.swept_at "
    "IS NULL) OR EXISTS (SELECT FROM dub d WHERE d.tenant = k.tenant AND d.source_id = k.id::uuid "
    "AND d.object_key = k.key)"};

// Nothing if somebody has noted it: then it is theirs.
constexpr sql::Query kCondemn{"objects_condemn",
                              "INSERT INTO garbage (tenant, object_key) VALUES ($1, $2) ON CONFLICT DO NOTHING"};
constexpr sql::Query kAbsolve{"objects_absolve", "DELETE FROM garbage WHERE tenant = $1 AND object_key = $2"};
constexpr sql::Query kIsPiece{"objects_is_piece",
                              "SELECT FROM piece WHERE tenant = $1 AND object_key = $2 LIMIT 1"};
constexpr sql::Query kLockRevision{"objects_lock_revision",
                                   "SELECT FROM revision WHERE tenant = $1 AND revision_id = $2 FOR UPDATE"};

struct Asked {
  std::vector<std::string> keys, tenants, ids, folders;
  void add(const std::string& key, const blob::Place& place) {
    keys.push_back(key);
    tenants.push_back(place.tenant.text());
    ids.push_back(place.id.text());
    folders.push_back(place.folder);
  }
};

Result<void> add_claimed(sql::Tx& tx, const sql::Query& query, const Asked& asked, std::vector<std::string>& out) {
  if (asked.keys.empty()) return {};
  CH_ASSIGN(const auto rows, tx.run(query, asked.keys, asked.tenants, asked.ids, asked.folders));
  for (std::size_t i = 0; i < rows.size(); ++i) out.push_back(rows[i].text(0));
  return {};
}

// A note of our own makes whoever is about to write the object wait until it is gone, and write it again. What was named before the note is
// seen by the statement after it.
Result<bool> remove_content(sql::Tx& tx, const std::string& key, const Tenant& tenant,
                            const std::function<Result<bool>()>& remove) {
  CH_ASSIGN(const auto noted, tx.run(kCondemn, tenant, key));
  if (noted.affected() == 0) return false;
  CH_ASSIGN(const auto pieces, tx.run(kIsPiece, tenant, key));
  bool gone = false;
  if (pieces.empty()) {
    const auto removed = remove();
    if (!removed) return false;  // the note stays
    gone = *removed;
  }
  CH_TRY(tx.run(kAbsolve, tenant, key));
  return gone;
}

Result<bool> remove_under_lock(sql::Tx& tx, const std::string& key, const std::function<Result<bool>()>& remove) {
  const auto place = blob::place_of(key);
  if (!place) return false;
  if (place->kind == blob::Kind::kSegment || place->kind == blob::Kind::kCover)
    return remove_content(tx, key, place->tenant, remove);
  if (place->kind != blob::Kind::kRevision) return false;
  CH_TRY(tx.run(kLockRevision, place->tenant, place->id));
  CH_ASSIGN(const auto needed, claimed_objects(tx, {key}));
  return needed.empty() ? remove() : Result<bool>(false);
}

}  // namespace

Result<std::vector<std::string>> claimed_objects(sql::Tx& tx, const std::vector<std::string>& keys) {
  Asked content, folders, sources;
  for (const auto& key : keys) {
    const auto place = blob::place_of(key);
    if (!place) continue;
    const bool by_content = place->kind == blob::Kind::kSegment || place->kind == blob::Kind::kCover;
    (by_content ? content : place->kind == blob::Kind::kRevision ? folders : sources).add(key, *place);
  }
  std::vector<std::string> out;
  CH_TRY(add_claimed(tx, kClaimContent, content, out));
  CH_TRY(add_claimed(tx, kClaimFolders, folders, out));
  CH_TRY(add_claimed(tx, kClaimSources, sources, out));
  return out;
}

Result<bool> remove_unclaimed(sql::Pool& pool, const std::string& key, const std::function<Result<bool>()>& remove) {
  std::optional<Error> trouble;
  CH_ASSIGN(const bool gone, pool.transact([&](sql::Tx& tx) {
    trouble.reset();
    return remove_under_lock(tx, key, [&] {
      auto removed = remove();
      if (!removed) trouble = removed.error();
      return removed;
    });
  }));
  if (trouble) return fail(std::move(*trouble));
  return gone;
}

}  // namespace cliffhanger::transcode
