#include "services/recommendation/store/pg_memory.h"

#include <algorithm>
#include <cstdlib>

#include "services/recommendation/domain/catalogue.h"
#include "services/recommendation/limits.h"
#include "services/recommendation/store/pg_regional.h"
#include "services/recommendation/store/queries.h"
#include "services/recommendation/store/ranking_queries.h"

namespace cliffhanger::recommendation {
namespace {

constexpr std::int64_t kMostReportMs = 3'600'000;  // that one report can say was watched

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

Subject subject_of(const std::string& text) {
  return text == "series" ? Subject::kSeries : text == "episode" ? Subject::kEpisode : Subject::kCreator;
}

Reaction reaction_of(const std::string& text) {
  return text == "like" ? Reaction::kLike : text == "favourite" ? Reaction::kFavourite : Reaction::kFollow;
}

// Three arrays side by side.
Taste taste_of(const std::vector<std::string>& tags, const std::vector<std::string>& hits,
               const std::vector<std::string>& misses) {
  Taste out;
  for (std::size_t i = 0; i < std::min({tags.size(), hits.size(), misses.size()}); ++i)
    out.set(tags[i], {std::atof(hits[i].c_str()), std::atof(misses[i].c_str())});
  return out;
}

std::string text_of(double number) {
  return *sql::Param(number).text();
}

// A row of kViewer.
void take(Viewer& out, const sql::Rows::Row& row) {
  const auto kind = row.text(0);
  if (kind == "v") {
    std::optional<std::int64_t> finished;
    if (!row.is_null(6)) finished = row.number(6);
    out.seen.push_back({row.id<SeriesId>(1), row.time(2), row.flag(5), {row.real(3), row.time(4)}, finished});
  } else if (kind == "r") {
    out.said.push_back(
        {subject_of(row.text(8)), row.uuid(1), reaction_of(row.text(9)), row.id<SeriesId>(7), row.time(2)});
  } else if (kind == "s") {
    out.shared.push_back({row.id<SeriesId>(1), row.time(2)});
  } else if (kind == "p") {
    out.profiling_refused = row.flag(5);
  } else {
    out.choice = {row.texts(10), row.texts(11)};
    out.taste = taste_of(row.texts(12), row.texts(13), row.texts(14));
  }
}

}  // namespace

Result<void> PgMemory::keep(const SeriesFact& fact) {
  CH_TRY(tx_.run(queries::kKeepSeries, tenant_, fact.id, fact.owner, fact.published, fact.published_at,
                 fact.version, fact.tags, fact.language, fact.age_rating, fact.regions.allowed,
                 fact.regions.blocked));
  return {};
}

Result<void> PgMemory::keep(const EpisodeFact& fact) {
  CH_ASSIGN(const auto had, tx_.run(queries::kLockEpisode, tenant_, fact.id));
  CH_ASSIGN(const auto kept, tx_.run(queries::kKeepEpisode, tenant_, fact.id, fact.series, fact.number,
                                     fact.published, fact.version));
  if (kept.affected() == 0) return {};
  const bool appeared = fact.published && (had.empty() || !had[0].flag(0));
  CH_TRY(lock_warmth(fact.series));  // episodes of a series one after the other: each sees the one before
  CH_TRY(tx_.run(queries::kNoteEpisodes, tenant_, fact.series, appeared ? 1 : 0));
  return {};
}

Result<UserId> PgMemory::person(UserId user) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kPerson, tenant_, user));
  return rows.empty() ? user : rows[0].id<UserId>(0);
}

Result<void> PgMemory::merge(UserId guest, UserId account) {
  for (const auto* query : {&queries::kMerge, &queries::kMergeViewing, &queries::kMergeWatched,
                            &queries::kMergeReactions, &queries::kMergeEngagement, &queries::kMergeNotices}) {
    CH_TRY(tx_.run(*query, tenant_, guest, account));
  }
  CH_TRY(tx_.run(queries::kMergePlays, tenant_, guest, account, profiled_));
  CH_TRY(tx_.run(queries::kNoteAllFinished, tenant_, account));
  CH_ASSIGN(const bool refuses, refuses_profiling(account));
  if (refuses) CH_TRY(forget_profile(account));
  return merge_taste(guest, account, refuses);
}

Result<void> PgMemory::forget_profile(UserId user) {
  for (const auto* query : {&queries::kForgetEngagement, &queries::kForgetPlays})
    CH_TRY(tx_.run(*query, tenant_, user));
  // After what waits for rows that a merge holds: who has this lock waits for nobody who wants it.
  CH_TRY(tx_.run(queries::kLockDecisionNames, tenant_));
  CH_TRY(tx_.run(queries::kUnnameDecisions, tenant_, user));
  return {};
}

Result<void> PgMemory::merge_taste(UserId guest, UserId account, bool refuses) {
  CH_ASSIGN(const auto theirs, tx_.run(queries::kLockViewer, tenant_, guest));
  if (theirs.empty()) return {};
  CH_TRY(tx_.run(queries::kMakeViewer, tenant_, account));
  CH_ASSIGN(const auto ours, tx_.run(queries::kLockViewer, tenant_, account));
  if (ours.empty()) return fail(aborted("DATABASE_CONFLICT", "The row went away; try again."));
  Choice choice{ours[0].texts(0), ours[0].texts(1)};
  if (choice.tags.empty() && choice.languages.empty()) {
    choice.tags = theirs[0].texts(0);
    choice.languages = theirs[0].texts(1);
  }
  Taste taste = taste_of(ours[0].texts(2), ours[0].texts(3), ours[0].texts(4));
  if (!refuses) taste.add(taste_of(theirs[0].texts(2), theirs[0].texts(3), theirs[0].texts(4)));
  CH_TRY(save(account, taste));
  CH_TRY(choose(account, choice));
  CH_TRY(tx_.run(queries::kForgetViewer, tenant_, guest));
  return {};
}

Result<void> PgMemory::save(UserId user, const Taste& taste) {
  std::vector<std::string> tags, hits, misses;
  for (const auto& [tag, evidence] : taste.all()) {
    tags.push_back(tag);
    hits.push_back(text_of(evidence.hits));
    misses.push_back(text_of(evidence.misses));
  }
  CH_TRY(tx_.run(queries::kSaveTaste, tenant_, user, tags, hits, misses));
  return {};
}

Result<void> PgMemory::note_if_finished(UserId user, SeriesId series) {
  CH_TRY(tx_.run(queries::kNoteIfFinished, tenant_, user, series));
  return {};
}

Result<void> PgMemory::learn_taste(UserId user, SeriesId series, bool hit) {
  CH_ASSIGN(const auto found, tx_.run(queries::kTagsOfSeries, tenant_, series));
  if (found.empty()) return {};
  auto tags = found[0].texts(0);
  if (tags.size() > kTagsOfSeries) tags.resize(kTagsOfSeries);
  if (!found[0].text(1).empty()) tags.push_back(language_tag(found[0].text(1)));
  if (tags.empty()) return {};
  CH_ASSIGN(const bool refuses, refuses_profiling(user));
  if (refuses) return {};
  CH_TRY(tx_.run(queries::kMakeViewer, tenant_, user));
  CH_ASSIGN(const auto rows, tx_.run(queries::kLockViewer, tenant_, user));
  if (rows.empty()) return fail(aborted("DATABASE_CONFLICT", "The row went away; try again."));
  Taste taste = taste_of(rows[0].texts(2), rows[0].texts(3), rows[0].texts(4));
  taste.learn(tags, hit);
  return save(user, taste);
}

Result<Choice> PgMemory::choice(UserId user) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kFindViewer, tenant_, user));
  if (rows.empty()) return Choice();
  return Choice{rows[0].texts(0), rows[0].texts(1)};
}

Result<void> PgMemory::choose(UserId user, const Choice& choice) {
  CH_TRY(tx_.run(queries::kMakeViewer, tenant_, user));
  CH_TRY(tx_.run(queries::kSaveChoice, tenant_, user, choice.tags, choice.languages));
  return {};
}

Result<bool> PgMemory::refuses_profiling(UserId user) {
  return tx_.run(queries::kRefuses, tenant_, user, profiled_).map([](const sql::Rows& rows) {
    return rows[0].flag(0);
  });
}

Result<void> PgMemory::hear_consent(UserId user, bool profiling, std::int64_t version) {
  CH_ASSIGN(const auto heard, tx_.run(queries::kHearConsent, tenant_, user, profiling, version));
  if (heard.affected() == 0 || profiling) return {};
  CH_TRY(forget_profile(user));
  return save(user, Taste());
}

Result<void> PgMemory::hear_marketing(UserId user, bool granted, std::int64_t version) {
  CH_TRY(tx_.run(queries::kHearMarketing, tenant_, user, granted, version));
  return {};
}

Result<void> PgMemory::note_play(UserId user, const PlayReport& report) {
  CH_TRY(tx_.run(queries::kNotePlay, tenant_, user, report.session, report.series, report.episode, report.at,
                 std::clamp<std::int64_t>(report.watched_ms, 0, kMostReportMs),
                 std::max<std::int64_t>(report.duration_ms, 0), report.what == Watch::kCompleted,
                 report.what == Watch::kSkipped, profiled_));
  return {};
}

Result<void> PgMemory::count_begun(SeriesId series, const std::string& region, Time at) {
  return recommendation::count_begun(tx_, tenant_, series, region, at);
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

Result<Warmth> PgMemory::lock_warmth(SeriesId series) {
  CH_TRY(tx_.run(queries::kMakeHeat, tenant_, series));
  CH_ASSIGN(const auto rows, tx_.run(queries::kLockWarmth, tenant_, series));
  if (rows.empty()) return fail(aborted("DATABASE_CONFLICT", "The row went away; try again."));
  return Warmth{{rows[0].real(0), rows[0].time(1)}, {rows[0].real(2), rows[0].time(3)}};
}

Result<void> PgMemory::save(SeriesId series, const Warmth& warmth) {
  CH_TRY(tx_.run(queries::kSaveWarmth, tenant_, series, warmth.heat.score, warmth.heat.at, warmth.trend.score,
                 warmth.trend.at));
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

Result<Viewer> PgMemory::viewer(UserId user) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kViewer, tenant_, user, kSeenRead, kSaidRead, profiled_));
  Viewer out;
  for (std::size_t i = 0; i < rows.size(); ++i) take(out, rows[i]);
  out.all_seen = out.seen.size() < static_cast<std::size_t>(kSeenRead);
  return out;
}

Result<std::vector<SeriesId>> PgMemory::begun(UserId user, const std::vector<SeriesId>& series) {
  std::vector<std::string> ids;
  for (const auto& id : series) ids.push_back(id.text());
  CH_ASSIGN(const auto rows, tx_.run(queries::kBegun, tenant_, user, ids));
  std::vector<SeriesId> out;
  for (std::size_t i = 0; i < rows.size(); ++i) out.push_back(rows[i].id<SeriesId>(0));
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
    for (int column = 1; column <= 2 && next.any.empty(); ++column) next.any = row.id<EpisodeId>(column);
    if (!row.is_null(3)) out.push_back(next);
  }
  return out;
}

}  // namespace cliffhanger::recommendation
