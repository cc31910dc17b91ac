#include "services/catalog/store/pg_objects.h"

#include "libs/blob/place.h"

namespace cliffhanger::catalog {
namespace {

// Both may read all episodes, but each of them once: every half is a join of its own on equal values, which can be hashed, where one with OR
// would compare every key with every episode. $1: keys, $2: their tenants, $3: the revisions in them.
#define CH_COVERS "unnest($1::text[], $2::text[], $3::text[]) AS k(key, tenant, id)"
#define CH_FILMS "unnest($1::text[], $2::text[], $3::uuid[]) AS k(key, tenant, id)"
constexpr sql::Query kClaimCovers{
    "objects_claim_covers",
    "SELECT k.key FROM " CH_COVERS " JOIN episode e ON e.tenant = k.tenant AND e.cover_key = k.key UNION "
    "SELECT k.key FROM " CH_COVERS " JOIN episode e ON e.tenant = k.tenant AND e.published_cover_key = k.key"};
constexpr sql::Query kClaimFilms{
    "objects_claim_films",
    "SELECT k.key FROM " CH_FILMS " JOIN episode e ON e.tenant = k.tenant AND e.ready_revision = k.id UNION "
    "SELECT k.key FROM " CH_FILMS " JOIN episode e ON e.tenant = k.tenant AND e.published_revision = k.id"};

struct Asked {
  std::vector<std::string> keys, tenants, ids;
};

Result<void> add_claimed(sql::Tx& tx, const sql::Query& query, const Asked& asked, std::vector<std::string>& out) {
  if (asked.keys.empty()) return {};
  CH_ASSIGN(const auto rows, tx.run(query, asked.keys, asked.tenants, asked.ids));
  for (std::size_t i = 0; i < rows.size(); ++i) out.push_back(rows[i].text(0));
  return {};
}

}  // namespace

Result<std::vector<std::string>> claimed_objects(sql::Tx& tx, const std::vector<std::string>& keys) {
  Asked covers, films;
  for (const auto& key : keys) {
    const auto place = blob::place_of(key);
    if (!place || (place->kind != blob::Kind::kCover && place->kind != blob::Kind::kRevision)) continue;
    Asked& asked = place->kind == blob::Kind::kCover ? covers : films;
    asked.keys.push_back(key);
    asked.tenants.push_back(place->tenant.text());
    asked.ids.push_back(place->id.text());
  }
  std::vector<std::string> out;
  CH_TRY(add_claimed(tx, kClaimCovers, covers, out));
  CH_TRY(add_claimed(tx, kClaimFilms, films, out));
  return out;
}

}  // namespace cliffhanger::catalog
