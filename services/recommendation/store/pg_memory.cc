#include "services/recommendation/store/pg_memory.h"

#include "services/recommendation/limits.h"
#include "services/recommendation/store/queries.h"

namespace cliffhanger::recommendation {
namespace {

std::string_view text_of(Subject subject) {
  switch (subject) {
    case Subject::kSeries:
      return "series";
    case Subject::kEpisode:
      return "episode";
    case Subject::kCreator:
      return "creator";
  }
  return "";
}

std::string_view text_of(Reaction reaction) {
  switch (reaction) {
    case Reaction::kLike:
      return "like";
    case Reaction::kFavourite:
      return "favourite";
    case Reaction::kFollow:
      return "follow";
  }
  return "";
}

std::int64_t millis(Duration time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
}

Candidate candidate_of(const sql::Rows::Row& row) {
  Candidate out;
  out.id = row.id<SeriesId>(0);
  out.published = row.time(1);
  out.heat = {row.real(2), row.time(3)};
  out.started = row.flag(4);
  out.left = row.flag(5);
  out.skips = {row.real(6), row.time(7)};
  out.likes = static_cast<int>(row.number(8));
  out.favourite = row.flag(9);
  out.follows = row.flag(10);
  out.follows_creator = row.flag(11);
  return out;
}

}  // namespace

Result<void> PgMemory::keep(const SeriesFact& fact) {
  CH_TRY(tx_.run(queries::kKeepSeries, tenant_, fact.id, fact.owner, fact.published, fact.published_at,
                 fact.version));
  return {};
}

Result<void> PgMemory::keep(const EpisodeFact& fact) {
  CH_TRY(tx_.run(queries::kKeepEpisode, tenant_, fact.id, fact.series, fact.number, fact.published,
                 fact.version));
  return {};
}

Result<UserId> PgMemory::person(UserId user) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kPerson, tenant_, user));
  return rows.empty() ? user : rows[0].id<UserId>(0);
}

Result<void> PgMemory::merge(UserId guest, UserId account) {
  for (const auto* query :
       {&queries::kMerge, &queries::kMergeViewing, &queries::kMergeWatched, &queries::kMergeReactions}) {
    CH_TRY(tx_.run(*query, tenant_, guest, account));
  }
  return {};
}

Result<Viewing> PgMemory::lock_viewing(UserId user, SeriesId series) {
  CH_TRY(tx_.run(queries::kMakeViewing, tenant_, user, series));
  CH_ASSIGN(const auto rows, tx_.run(queries::kLockViewing, tenant_, user, series));
  if (rows.empty()) return fail(aborted("DATABASE_CONFLICT", "The row went away; try again."));
  return Viewing{rows[0].time(0), rows[0].id<EpisodeId>(1), {rows[0].real(2), rows[0].time(3)}};
}

Result<void> PgMemory::save(UserId user, SeriesId series, const Viewing& viewing) {
  std::optional<EpisodeId> last;
  if (!viewing.last_completed.empty()) last = viewing.last_completed;
  CH_TRY(tx_.run(queries::kSaveViewing, tenant_, user, series, viewing.seen, last, viewing.skips.score,
                 viewing.skips.at));
  return {};
}

Result<Watched> PgMemory::find_watched(UserId user, EpisodeId episode) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kFindWatched, tenant_, user, episode));
  if (rows.empty()) return Watched();
  return Watched{true, rows[0].flag(0), rows[0].flag(1)};
}

Result<void> PgMemory::save(UserId user, SeriesId series, EpisodeId episode, const Watched& watched) {
  CH_TRY(tx_.run(queries::kSaveWatched, tenant_, user, series, episode, watched.completed, watched.skipped));
  return {};
}

Result<Heat> PgMemory::lock_heat(SeriesId series) {
  CH_TRY(tx_.run(queries::kMakeHeat, tenant_, series));
  CH_ASSIGN(const auto rows, tx_.run(queries::kLockHeat, tenant_, series));
  if (rows.empty()) return fail(aborted("DATABASE_CONFLICT", "The row went away; try again."));
  return Heat{rows[0].real(0), rows[0].time(1)};
}

Result<void> PgMemory::save(SeriesId series, const Heat& heat) {
  CH_TRY(tx_.run(queries::kSaveHeat, tenant_, series, heat.score, heat.at, order_key(heat, policy_.half_life),
                 millis(policy_.half_life)));
  return {};
}

Result<bool> PgMemory::react(UserId user, const SaidOf& what, bool set, std::int64_t version) {
  const auto subject = text_of(what.subject), reaction = text_of(what.reaction);
  CH_TRY(tx_.run(queries::kMakeReaction, tenant_, user, subject, what.id, reaction));
  CH_ASSIGN(const auto rows,
            tx_.run(queries::kReact, tenant_, user, subject, what.id, reaction, set, version));
  return !rows.empty() && rows[0].flag(0);
}

Result<std::optional<SeriesId>> PgMemory::series_of(EpisodeId episode) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kSeriesOf, tenant_, episode));
  if (rows.empty()) return std::optional<SeriesId>();
  return std::optional(rows[0].id<SeriesId>(0));
}

Result<std::vector<Candidate>> PgMemory::candidates(UserId user) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kCandidates, tenant_, user, kPopularCandidates, kNewCandidates,
                                     kSeenCandidates, kLikedCandidates, kCreatorCandidates));
  std::vector<Candidate> out;
  out.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) out.push_back(candidate_of(rows[i]));
  return out;
}

Result<std::vector<Next>> PgMemory::next_episodes(UserId user, const std::vector<SeriesId>& series) {
  std::vector<std::string> ids;
  for (const auto& id : series) ids.push_back(id.text());
  CH_ASSIGN(const auto rows, tx_.run(queries::kNextEpisodes, tenant_, user, ids));
  std::vector<Next> out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = rows[i];
    Next next{row.id<SeriesId>(0), row.id<EpisodeId>(1), EpisodeId()};
    for (int column = 1; column <= 3 && next.any.empty(); ++column) next.any = row.id<EpisodeId>(column);
    if (!next.any.empty()) out.push_back(next);
  }
  return out;
}

Result<std::size_t> rekey_heat(sql::Tx& tx, const Policy& policy) {
  CH_ASSIGN(const auto rows, tx.run(queries::kRekey, millis(policy.half_life)));
  return rows.affected();
}

}  // namespace cliffhanger::recommendation
