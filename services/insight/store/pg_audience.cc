#include "services/insight/store/pg_audience.h"

#include <charconv>
#include <cstdlib>

#include "services/insight/domain/disclosure.h"
#include "services/insight/domain/limits.h"
#include "services/insight/store/audience_queries.h"
#include "services/insight/store/queries.h"

namespace cliffhanger::insight {
namespace {

std::optional<Time> time_at(const sql::Rows::Row& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return row.time(column);
}

// The first 14 columns of kLockWatching, kTakeWatching and kViewers.
Viewership viewership_of(const sql::Rows::Row& row) {
  Viewership out;
  out.plays = row.number(0);
  out.watched_ms = row.number(1);
  out.skips = row.number(2);
  out.completed = time_at(row, 3);
  out.first = row.time(4);
  out.last = row.time(5);
  out.reach = {row.number(6), row.time(7), row.flag(8)};
  out.origin = {row.time(9), static_cast<int>(row.number(10)), static_cast<int>(row.number(11)),
                row.text(12)};
  out.times = SecondCounts(row.bytes(13));
  return out;
}

Profile profile_of(const std::vector<std::string>& texts) {
  Profile out{};
  for (std::size_t i = 0; i < std::min(out.size(), texts.size()); ++i)
    std::from_chars(texts[i].data(), texts[i].data() + texts[i].size(), out[i]);
  return out;
}

const char* text_of(Audience::By by) {
  switch (by) {
    case Audience::By::kSource:
      return "source";
    case Audience::By::kDevice:
      return "device";
    case Audience::By::kRegion:
      break;
  }
  return "region";
}

}  // namespace

Result<void> PgAudience::hear_episode(const Film& film, bool published, std::int64_t version) {
  CH_TRY(
      tx_.run(queries::kPlaceEpisode, tenant_, film.episode, film.series, film.number, published, version));
  return {};
}

Result<void> PgAudience::add(const Film& film, const UserId& user, const Viewership& what) {
  CH_ASSIGN(const sql::Rows person, tx_.run(queries::kPerson, tenant_, user));
  const UserId who = person.empty() ? user : person[0].id<UserId>(0);
  CH_TRY(tx_.run(queries::kPlaceIfUnplaced, tenant_, film.episode, film.series, film.number));
  CH_TRY(put(film.episode, film.revision, who, what));
  CH_TRY(tx_.run(queries::kAddWeek, tenant_, film.series, who, what.first));
  CH_TRY(tx_.run(queries::kStaleProfile, tenant_, film.episode));
  if (what.plays == 0 && !what.completed) return {};
  CH_TRY(tx_.run(queries::kAddDay, tenant_, film.episode, what.first, what.plays, what.completed ? 1 : 0));
  return {};
}

Result<void> PgAudience::put(const Uuid& episode, const Uuid& revision, const UserId& user,
                             const Viewership& what) {
  CH_TRY(tx_.run(queries::kBeginWatching, tenant_, episode, user, revision, what.first));
  CH_ASSIGN(const sql::Rows rows, tx_.run(queries::kLockWatching, tenant_, episode, user, revision));
  Viewership sum = viewership_of(rows[0]);
  sum.add(what);
  CH_TRY(tx_.run(queries::kSaveWatching, tenant_, episode, user, revision, sum.plays, sum.watched_ms,
                 sum.skips, sum.completed, sum.first, sum.last, sum.reach.position_ms, sum.reach.time,
                 sum.reach.left, sum.origin.time, sum.origin.source, sum.origin.device, sum.origin.region,
                 sql::Param::bytes(sum.times.bytes())));
  return {};
}

Result<void> PgAudience::merge(const UserId& guest, const UserId& user) {
  CH_ASSIGN(const sql::Rows rows, tx_.run(queries::kTakeWatching, tenant_, guest));
  for (std::size_t i = 0; i < rows.size(); ++i)
    CH_TRY(put(rows[i].uuid(14), rows[i].uuid(15), user, viewership_of(rows[i])));
  CH_TRY(tx_.run(queries::kMoveWeeks, tenant_, guest, user));
  return {};
}

Result<std::optional<Audience::Episode>> PgAudience::episode(const Uuid& id) {
  CH_ASSIGN(const sql::Rows rows, tx_.run(queries::kPlacedEpisode, tenant_, id));
  if (rows.empty()) return std::nullopt;
  const auto row = rows[0];
  Episode out{id, row.id<UserId>(0), row.number(1), Uuid(), Uuid(), static_cast<int>(row.number(3))};
  if (!row.is_null(2)) out.series = row.uuid(2);
  if (!row.is_null(4)) out.next = row.uuid(4);
  return out;
}

Result<std::optional<UserId>> PgAudience::series_owner(const Uuid& series) {
  CH_ASSIGN(const sql::Rows rows, tx_.run(queries::kSeriesOwner, tenant_, series));
  if (rows.empty()) return std::nullopt;
  return rows[0].id<UserId>(0);
}

Result<void> PgAudience::each_viewer(const Episode& episode, const std::function<void(const Viewer&)>& each) {
  Uuid after_user, after_revision;
  for (bool more = true; more;) {
    CH_ASSIGN(const sql::Rows rows, tx_.run(queries::kViewers, tenant_, episode.id, episode.next, after_user,
                                            after_revision, kViewerPage));
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto row = rows[i];
      each({row.id<UserId>(14), row.uuid(15), viewership_of(row), time_at(row, 16), time_at(row, 17)});
      after_user = row.uuid(14);
      after_revision = row.uuid(15);
    }
    more = rows.size() == kViewerPage;
  }
  return {};
}

Result<std::map<UserId, std::vector<std::int64_t>>> PgAudience::troubles(const Uuid& episode) {
  CH_ASSIGN(const sql::Rows rows, tx_.run(queries::kTroubles, tenant_, episode, kMostTroubles));
  std::map<UserId, std::vector<std::int64_t>> out;
  for (std::size_t i = 0; i < rows.size(); ++i) out[rows[i].id<UserId>(0)].push_back(rows[i].number(1));
  return out;
}

Result<std::vector<Profile>> PgAudience::profiles_like(const Episode& episode) {
  CH_ASSIGN(const sql::Rows rows, tx_.run(queries::kProfilesLike, tenant_, episode.id, episode.duration_ms,
                                          kFewestTold, kMostCompared));
  std::vector<Profile> out;
  for (std::size_t i = 0; i < rows.size(); ++i) out.push_back(profile_of(rows[i].texts(0)));
  return out;
}

Result<std::int64_t> PgAudience::series_viewers(const Uuid& series, Time until) {
  CH_ASSIGN(const sql::Rows rows, tx_.run(queries::kSeriesViewers, tenant_, series, until));
  return rows[0].number(0);
}

Result<std::vector<Audience::Step>> PgAudience::funnel(const Uuid& series) {
  CH_ASSIGN(const sql::Rows rows, tx_.run(queries::kFunnel, tenant_, series));
  std::vector<Step> out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = rows[i];
    out.push_back({row.uuid(0), static_cast<int>(row.number(1)), row.number(2), row.number(3), row.number(4),
                   row.number(5), row.number(6), row.number(7), row.number(8), row.real(9)});
  }
  return out;
}

Result<std::vector<Audience::CohortCell>> PgAudience::cohorts(const Uuid& series, Time until) {
  CH_ASSIGN(const sql::Rows rows, tx_.run(queries::kCohorts, tenant_, series, until, kWeeksLater));
  std::vector<CohortCell> out;
  for (std::size_t i = 0; i < rows.size(); ++i)
    out.push_back({rows[i].time(0), static_cast<int>(rows[i].number(1)), rows[i].number(2)});
  return out;
}

Result<std::vector<Audience::Slice>> PgAudience::slices(const Uuid& series, Time until, By by) {
  CH_ASSIGN(const sql::Rows rows, tx_.run(queries::kSlices, tenant_, series, until, text_of(by)));
  std::vector<Slice> out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = rows[i];
    out.push_back({{Time(), static_cast<int>(row.number(0)), static_cast<int>(row.number(1)), row.text(2)},
                   row.number(3)});
  }
  return out;
}

Result<PartSizes> PgAudience::told(const Uuid& series, By by) {
  CH_TRY(tx_.run(queries::kBeginTelling, tenant_, series, static_cast<int>(by)));
  CH_ASSIGN(const sql::Rows rows, tx_.run(queries::kLockTold, tenant_, series, static_cast<int>(by)));
  const auto names = rows[0].texts(0), people = rows[0].texts(1);
  PartSizes out;
  for (std::size_t i = 0; i < std::min(names.size(), people.size()); ++i)
    out[names[i]] = std::strtoll(people[i].c_str(), nullptr, 10);
  return out;
}

Result<void> PgAudience::tell(const Uuid& series, By by, const PartSizes& parts) {
  std::vector<std::string> names, people;
  for (const auto& [name, size] : parts) {
    names.push_back(name);
    people.push_back(std::to_string(size));
  }
  CH_TRY(tx_.run(queries::kSaveTold, tenant_, series, static_cast<int>(by), names, people));
  return {};
}

Result<std::vector<Audience::EpisodeDays>> PgAudience::days(const Uuid& series, std::int64_t from,
                                                            std::int64_t until) {
  CH_ASSIGN(const sql::Rows rows, tx_.run(queries::kDays, tenant_, series, from, until));
  std::vector<EpisodeDays> out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = rows[i];
    if (out.empty() || out.back().episode != row.uuid(0))
      out.push_back({row.uuid(0), static_cast<int>(row.number(1)), {}});
    out.back().days.push_back({row.number(2), row.number(3), row.number(4)});
  }
  return out;
}

Result<bool> refresh_profile(sql::Tx& tx, Time now) {
  CH_ASSIGN(const sql::Rows rows, tx.run(queries::kNextProfile, Time(now - kCurveAge)));
  if (rows.empty()) return false;
  CH_ASSIGN(const Tenant tenant, Tenant::parse(rows[0].text(0)));
  const Uuid id = rows[0].uuid(1);
  PgAudience audience(tx, tenant);
  CH_ASSIGN(const auto episode, audience.episode(id));
  Curve curve;
  if (episode) {
    CH_ASSIGN(curve, curve_of(audience, *episode));
  }
  std::vector<std::string> shares;
  if (curve.viewers > 0)
    for (const double share : curve.profile()) shares.push_back(std::to_string(share));
  CH_TRY(tx.run(queries::kSaveProfile, tenant, id, now, curve.viewers, shares));
  return true;
}

}  // namespace cliffhanger::insight
