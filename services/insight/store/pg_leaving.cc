#include "services/insight/store/pg_leaving.h"

#include "services/insight/domain/limits.h"

namespace cliffhanger::insight {
namespace {

constexpr sql::Query kAddCells{
    "leaving_add",
    "INSERT INTO leaving_cell AS c (tenant, experiment_id, variation, mark, people) SELECT n.tenant, "
    "n.experiment_id::uuid, n.variation::smallint, n.mark::bigint, n.people::bigint "
    "FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) AS n (tenant, experiment_id, "
    "variation, mark, people) ON CONFLICT (tenant, experiment_id, variation, mark) DO UPDATE SET people = "
    "c.people + excluded.people"};
// $4: a time from which on nothing differs. Who went on after the window ($5) had not within it.
constexpr sql::Query kCells{
    "leaving_cells",
    "SELECT variation, mark BETWEEN 0 AND $5::float8 AS on_by, least($4, CASE WHEN mark >= 0 THEN mark ELSE "
    "greatest(0, "
    "floor(date_part('epoch', $3::timestamptz)) + 60 * mark) END) AS after, sum(people)::bigint FROM "
    "leaving_cell WHERE tenant = $1 AND experiment_id = $2 AND people > 0 GROUP BY 1, 2, 3"};

}  // namespace

Result<void> save(sql::Tx& tx, const LeavingChanges& changes) {
  std::vector<std::vector<std::string>> columns(5);
  for (const auto& [cell, people] : changes) {
    if (people == 0) continue;
    const auto& [tenant, experiment, variation, mark] = cell;
    columns[0].push_back(tenant);
    columns[1].push_back(experiment);
    columns[2].push_back(std::to_string(variation));
    columns[3].push_back(std::to_string(mark));
    columns[4].push_back(std::to_string(people));
  }
  if (columns[0].empty()) return {};
  CH_TRY(tx.run(kAddCells, columns[0], columns[1], columns[2], columns[3], columns[4]));
  return {};
}

Result<std::vector<std::vector<stats::Subject>>> reached_of(sql::Tx& tx, const Tenant& tenant,
                                                            const Experiment& experiment, Time until) {
  CH_ASSIGN(const auto rows,
            tx.run(kCells, tenant, experiment.id, until, kLeavingWindow + 60, kLeavingWindow));
  std::vector<std::vector<stats::Subject>> out(experiment.definition.variations.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto which = static_cast<std::size_t>(rows[i].number(0));
    if (which < out.size())
      out[which].push_back({rows[i].real(2), rows[i].flag(1), static_cast<double>(rows[i].number(3))});
  }
  return out;
}

}  // namespace cliffhanger::insight
