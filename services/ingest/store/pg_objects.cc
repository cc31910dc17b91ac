#include "services/ingest/store/pg_objects.h"

#include "libs/blob/place.h"

namespace cliffhanger::ingest {
namespace {

// $1: keys, $2: their tenants, $3: their uploads.
constexpr sql::Query kClaimParts{
    "objects_claim_parts",
    "SELECT k.key FROM unnest($1::text[], $2::text[], $3::text[]) AS k(key, tenant, id) WHERE EXISTS ("
    "SELECT FROM upload u LEFT JOIN upload w ON w.upload_id = u.joined AND w.tenant = u.tenant "
    "WHERE u.upload_id = k.id::uuid AND u.tenant = k.tenant "
    "AND (u.state IN ('receiving', 'verifying') OR w.state IN ('receiving', 'verifying')))"};
constexpr sql::Query kClaimSources{
    "objects_claim_sources",
    "SELECT k.key FROM unnest($1::text[], $2::text[], $3::text[]) AS k(key, tenant, id) WHERE EXISTS ("
    "SELECT FROM upload u WHERE u.upload_id = k.id::uuid AND u.tenant = k.tenant "
    "AND u.state IN ('receiving', 'verifying', 'ready'))"};

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
  Asked parts, sources;
  for (const auto& key : keys) {
    const auto place = blob::place_of(key);
    if (!place || (place->kind != blob::Kind::kPart && place->kind != blob::Kind::kSource)) continue;
    Asked& asked = place->kind == blob::Kind::kPart ? parts : sources;
    asked.keys.push_back(key);
    asked.tenants.push_back(place->tenant.text());
    asked.ids.push_back(place->id.text());
  }
  std::vector<std::string> out;
  CH_TRY(add_claimed(tx, kClaimParts, parts, out));
  CH_TRY(add_claimed(tx, kClaimSources, sources, out));
  return out;
}

}  // namespace cliffhanger::ingest
