#include "services/insight/store/pg_tally.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <tuple>

#include "services/insight/domain/limits.h"
#include "services/insight/store/pg_leaving.h"

namespace cliffhanger::insight {
namespace {

// A thousand people are looked up by index, until the transaction ends. What the planner knows of tables that
// fill within minutes is too old: it reads all of them for each thousand, and longer than a statement may
// take. Nothing of it is worth compiling (jit).
constexpr sql::Query kByIndex{"tally_by_index",
                              "SELECT set_config(name, 'off', true) FROM unnest(ARRAY['enable_seqscan', "
                              "'enable_hashjoin', 'enable_mergejoin', 'jit']) AS name"};
constexpr sql::Query kTake{"restless_take",
                           "DELETE FROM restless WHERE ctid = ANY (ARRAY(SELECT ctid FROM restless WHERE $1 "
                           "= '' OR tenant = $1 LIMIT $2 FOR UPDATE SKIP LOCKED)) RETURNING tenant, user_id"};
constexpr sql::Query kTakeDeparted{
    "departed_take",
    "DELETE FROM departed WHERE ctid = ANY (ARRAY(SELECT ctid FROM departed WHERE $1 = '' OR tenant = $1 "
    "LIMIT $2 FOR UPDATE SKIP LOCKED)) "
    "RETURNING tenant, experiment_id, variation, weights::text[], numbers::text[], leaving_mark"};
// What each did since (columns 6 to 13) and before (14 to 21), in the order of domain/tally.h but for whether
// anything was watched, which follows; and when they came to the end and went on, in which cell of leaving
// they are, and in which they belong (V0008__leaving.sql). $3: days before.
constexpr sql::Query kCount{
    "exposure_count",
    "SELECT x.tenant, x.experiment_id, x.user_id, x.variation, x.weights::text[], x.numbers::text[], "
    "s.plays - x.plays, (s.watched - x.watched_ms) / 1000.0, s.completions - x.completions, s.skips - "
    "x.skips, "
    "s.likes - x.likes, s.follows - x.follows, s.comments - x.comments, s.later::int, "
    "s.plays_b + x.plays, (s.watched_b + x.watched_ms) / 1000.0, s.completions_b + x.completions, "
    "s.skips_b + x.skips, s.likes_b + x.likes, s.follows_b + x.follows, s.comments_b + x.comments, "
    "s.earlier::int, r.complete_time, n.play_time, x.leaving_mark, "
    "CASE WHEN r.complete_time IS NULL THEN NULL WHEN n.play_time IS NULL THEN -1 - "
    "floor(date_part('epoch', r.complete_time) / 60) WHEN g.s < 3600 THEN floor(g.s) ELSE floor(g.s / 60) * "
    "60 END::bigint "
    "FROM unnest($1::text[], $2::text[]) AS p (tenant, user_id) "
    "JOIN exposure x ON x.tenant = p.tenant AND x.user_id = p.user_id::uuid "
    "JOIN experiment e ON e.tenant = x.tenant AND e.experiment_id = x.experiment_id "
    "CROSS JOIN LATERAL (SELECT "
    "coalesce(sum(a.plays) FILTER (WHERE a.day >= x.day), 0) AS plays, "
    "coalesce(sum(a.watched_ms) FILTER (WHERE a.day >= x.day), 0) AS watched, "
    "coalesce(sum(a.completions) FILTER (WHERE a.day >= x.day), 0) AS completions, "
    "coalesce(sum(a.skips) FILTER (WHERE a.day >= x.day), 0) AS skips, "
    "coalesce(sum(a.likes) FILTER (WHERE a.day >= x.day), 0) AS likes, "
    "coalesce(sum(a.follows) FILTER (WHERE a.day >= x.day), 0) AS follows, "
    "coalesce(sum(a.comments) FILTER (WHERE a.day >= x.day), 0) AS comments, "
    "coalesce(bool_or(a.day > x.day), false) AS later, "
    "coalesce(sum(a.plays) FILTER (WHERE a.day < x.day), 0) AS plays_b, "
    "coalesce(sum(a.watched_ms) FILTER (WHERE a.day < x.day), 0) AS watched_b, "
    "coalesce(sum(a.completions) FILTER (WHERE a.day < x.day), 0) AS completions_b, "
    "coalesce(sum(a.skips) FILTER (WHERE a.day < x.day), 0) AS skips_b, "
    "coalesce(sum(a.likes) FILTER (WHERE a.day < x.day), 0) AS likes_b, "
    "coalesce(sum(a.follows) FILTER (WHERE a.day < x.day), 0) AS follows_b, "
    "coalesce(sum(a.comments) FILTER (WHERE a.day < x.day), 0) AS comments_b, "
    "coalesce(bool_or(a.day < x.day), false) AS earlier "
    "FROM activity a WHERE a.tenant = x.tenant AND a.user_id = x.user_id AND a.day >= x.day - $3::int AND "
    "a.day "
    "<= coalesce((e.stop_time AT TIME ZONE 'UTC')::date, 'infinity')) s "
    "LEFT JOIN LATERAL (SELECT p.complete_time, p.series_id, p.number FROM passage p WHERE p.tenant = "
    "x.tenant "
    "AND p.user_id = x.user_id AND p.episode_id = nullif(e.definition::json ->> 'episode', '')::uuid AND "
    "p.complete_time >= x.expose_time AND p.complete_time <= coalesce(e.stop_time, 'infinity') "
    "ORDER BY p.complete_time LIMIT 1) r ON true "
    "LEFT JOIN LATERAL (SELECT min(p.play_time) AS play_time FROM passage p WHERE p.tenant = x.tenant AND "
    "p.user_id = x.user_id AND p.series_id = r.series_id AND p.number = r.number + 1 AND p.play_time <= "
    "coalesce(e.stop_time, 'infinity')) n ON true "
    // Who began it before has gone on at once.
    "CROSS JOIN LATERAL (SELECT greatest(0, date_part('epoch', n.play_time - r.complete_time)) AS s) g "
    "ORDER BY x.tenant, x.experiment_id, x.user_id FOR UPDATE OF x"};
constexpr sql::Query kNote{
    "exposure_note",
    "UPDATE exposure x SET numbers = n.numbers::double precision[], reach_time = nullif(n.reached, "
    "'')::timestamptz, next_time = nullif(n.next, '')::timestamptz, leaving_mark = nullif(n.mark, "
    "'')::bigint FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], "
    "$7::text[]) AS n (tenant, experiment_id, user_id, numbers, reached, next, mark) "
    "WHERE x.tenant = n.tenant AND x.experiment_id = n.experiment_id::uuid AND x.user_id = n.user_id::uuid"};
constexpr sql::Query kBeginTally{
    "tally_begin",
    "INSERT INTO tally (tenant, experiment_id, variation, people, weights, sums, products) "
    "VALUES ($1, $2, $3, 0, '{}', '{}', '{}') ON CONFLICT DO NOTHING"};
#define INSIGHT_TALLY "SELECT people, weights::text[], sums::text[], products::text[], variation FROM tally "
constexpr sql::Query kTakeTally{
    "tally_take", INSIGHT_TALLY "WHERE tenant = $1 AND experiment_id = $2 AND variation = $3 FOR UPDATE"};
constexpr sql::Query kTallies{"tally_list", INSIGHT_TALLY "WHERE tenant = $1 AND experiment_id = $2"};
#undef INSIGHT_TALLY
constexpr sql::Query kSaveTally{
    "tally_save",
    "UPDATE tally SET people = $4, weights = $5::text[]::double precision[], sums = $6::text[]::double "
    "precision[], products = $7::text[]::double precision[] WHERE tenant = $1 AND experiment_id = $2 AND "
    "variation = $3"};

constexpr int kVariationColumn = 3, kWeightsColumn = 4, kNumbersColumn = 5, kSinceColumn = 6,
              kReachedColumn = 22, kNextColumn = 23, kOldMarkColumn = 24, kNewMarkColumn = 25;

std::string text_of(double value) {
  return *sql::Param(value).text();
}

template <class Values>
std::vector<std::string> texts_of(const Values& values) {
  std::vector<std::string> out;
  for (const double value : values) out.push_back(text_of(value));
  return out;
}

double real_of(const std::string& text) {
  return std::strtod(text.c_str(), nullptr);
}

std::vector<double> reals_of(const std::vector<std::string>& texts) {
  std::vector<double> out;
  for (const auto& text : texts) out.push_back(real_of(text));
  return out;
}

// A list that is shorter is filled up with zeros.
template <class Array>
void fill(Array& array, const std::vector<std::string>& texts) {
  for (std::size_t i = 0; i < std::min(array.size(), texts.size()); ++i) array[i] = real_of(texts[i]);
}

Numbers numbers_of(const std::vector<std::string>& texts) {
  Numbers out{};
  fill(out, texts);
  return out;
}

Numbers counted(const sql::Rows::Row& row) {
  Numbers out{};
  int column = kSinceColumn;
  for (const std::size_t period : {std::size_t{0}, std::size_t{kDoings}}) {
    for (const Doing doing :
         {kDidPlays, kDidWatch, kDidCompletions, kDidSkips, kDidLike, kDidFollow, kDidComment, kDidReturn})
      out[period + doing] = row.real(column++);
    out[period + kDidWatchAnything] = out[period + kDidWatch] > 0 ? 1 : 0;
  }
  return out;
}

std::string array_text(const Numbers& numbers) {
  std::string out = "{";
  for (const double one : numbers) out += (out.size() > 1 ? "," : "") + text_of(one);
  return out + "}";
}

// Of (tenant, experiment, variation), in the order in which everybody locks them.
using Changes = std::map<std::tuple<std::string, std::string, std::int64_t>, Tally>;

Tally tally_of(const sql::Rows::Row& row) {
  Tally out;
  out.people = row.real(0);
  out.weights = reals_of(row.texts(1));
  fill(out.sums, row.texts(2));
  fill(out.products, row.texts(3));
  return out;
}

Result<void> save(sql::Tx& tx, const Changes& changes) {
  for (const auto& [which, change] : changes) {
    const auto& [tenant, experiment, variation] = which;
    CH_TRY(tx.run(kBeginTally, tenant, experiment, variation));
    CH_ASSIGN(const auto rows, tx.run(kTakeTally, tenant, experiment, variation));
    if (rows.empty()) continue;
    Tally now = tally_of(rows[0]);
    now.people += change.people;
    now.weights.resize(std::max(now.weights.size(), change.weights.size()));
    for (std::size_t i = 0; i < change.weights.size(); ++i) now.weights[i] += change.weights[i];
    for (std::size_t i = 0; i < kNumbers; ++i) now.sums[i] += change.sums[i];
    for (std::size_t i = 0; i < kProducts; ++i) now.products[i] += change.products[i];
    CH_TRY(tx.run(kSaveTally, tenant, experiment, variation, static_cast<std::int64_t>(now.people),
                  texts_of(now.weights), texts_of(now.sums), texts_of(now.products)));
  }
  return {};
}

std::string text_or_none(const sql::Rows::Row& row, int column) {
  return row.is_null(column) ? "" : row.text(column);
}

// Takes somebody out of the cell that `column` names, or puts them in.
void move(const sql::Rows::Row& row, int column, std::int64_t people, LeavingChanges& leaving) {
  if (row.is_null(column)) return;
  leaving[{row.text(0), row.text(1), row.number(kVariationColumn), row.number(column)}] += people;
}

Result<void> count(sql::Tx& tx, const sql::Rows& people, Changes& changes, LeavingChanges& leaving) {
  std::vector<std::string> tenants, users;
  for (std::size_t i = 0; i < people.size(); ++i) {
    tenants.push_back(people[i].text(0));
    users.push_back(people[i].text(1));
  }
  CH_ASSIGN(const auto rows, tx.run(kCount, tenants, users, kDaysBefore));
  std::vector<std::vector<std::string>> noted(7);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = rows[i];
    const Numbers now = counted(row);
    Tally& change = changes[{row.text(0), row.text(1), row.number(kVariationColumn)}];
    const auto weights = reals_of(row.texts(kWeightsColumn));
    if (!row.is_null(kNumbersColumn)) change.remove(numbers_of(row.texts(kNumbersColumn)), weights);
    change.add(now, weights);
    move(row, kOldMarkColumn, -1, leaving);
    move(row, kNewMarkColumn, 1, leaving);
    const std::string columns[] = {row.text(0),
                                   row.text(1),
                                   row.text(2),
                                   array_text(now),
                                   text_or_none(row, kReachedColumn),
                                   text_or_none(row, kNextColumn),
                                   text_or_none(row, kNewMarkColumn)};
    for (std::size_t c = 0; c < noted.size(); ++c) noted[c].push_back(columns[c]);
  }
  CH_TRY(tx.run(kNote, noted[0], noted[1], noted[2], noted[3], noted[4], noted[5], noted[6]));
  return {};
}

}  // namespace

Result<bool> fold_exposures(sql::Tx& tx, const std::string& tenant) {
  Changes changes;
  LeavingChanges leaving;
  CH_TRY(tx.run(kByIndex));
  CH_ASSIGN(const auto people, tx.run(kTake, tenant, kFoldedPeople));
  if (!people.empty()) CH_TRY(count(tx, people, changes, leaving));
  CH_ASSIGN(const auto gone, tx.run(kTakeDeparted, tenant, kFoldedPeople));
  for (std::size_t i = 0; i < gone.size(); ++i) {
    const auto row = gone[i];
    changes[{row.text(0), row.text(1), row.number(2)}].remove(numbers_of(row.texts(4)),
                                                              reals_of(row.texts(3)));
    if (!row.is_null(5)) --leaving[{row.text(0), row.text(1), row.number(2), row.number(5)}];
  }
  // The rows of the tallies are held from here on: of two at once one waits, and so no cells are locked
  // crosswise.
  CH_TRY(save(tx, changes));
  CH_TRY(save(tx, leaving));
  return !people.empty() || !gone.empty();
}

Result<std::vector<Tally>> tallies_of(sql::Tx& tx, const Tenant& tenant, const Experiment& experiment) {
  std::vector<Tally> out(experiment.definition.variations.size());
  CH_ASSIGN(const auto rows, tx.run(kTallies, tenant, experiment.id));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto which = static_cast<std::size_t>(rows[i].number(4));
    if (which < out.size()) out[which] = tally_of(rows[i]);
  }
  return out;
}

}  // namespace cliffhanger::insight
