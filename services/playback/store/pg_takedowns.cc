#include "services/playback/store/pg_takedowns.h"

#include <algorithm>
#include <charconv>

#include "libs/core/page.h"
#include "services/playback/store/queries.h"

namespace cliffhanger::playback {
namespace {

constexpr std::string_view kSession = "session", kCursor = "takedowns";

// Where a look is: after row (tx, seq). `next` is the transaction that the next look begins at; 0 before the
// first page. The numbers of transactions are of one history.
struct Place {
  std::uint64_t tx = 0, seq = 0, next = 0;
  std::string history = {};
};

std::string text_of(const Place& place) {
  return std::to_string(place.tx) + '/' + std::to_string(place.seq) + '/' + std::to_string(place.next) + '/' +
         place.history;
}

Result<Place> place_of(const std::string& cursor) {
  Place place;
  CH_ASSIGN(const auto text, page_position(kCursor, cursor));
  const char *at = text.data(), *end = at + text.size();
  for (auto* number : {&place.tx, &place.seq, &place.next}) {
    if (at == end) break;
    at = std::from_chars(at, end, *number).ptr;
    if (at != end) ++at;
  }
  place.history.assign(at, end);
  return place;
}

}  // namespace

Result<int> PgTakedowns::tell(const Result<sql::Rows>& rows, Takedown::Kind kind, bool own) {
  if (!rows) return fail(rows.error());
  std::vector<Takedown> told;
  for (std::size_t i = 0; i < rows->size(); ++i)
    told.push_back({tenant_, kind, (*rows)[i].uuid(0), (*rows)[i].time(1), own});
  const int count = static_cast<int>(told.size());
  if (tell_ && count > 0) tx_.after_commit([tell = tell_, told = std::move(told)] { tell(told); });
  return count;
}

Result<void> PgTakedowns::end(const Session& session, bool own, Time now) {
  return tell(tx_.run(queries::kEndSession, tenant_, session.id, now, own), Takedown::Kind::kSession, own)
      .map([](int) {});
}

Result<int> PgTakedowns::end_all(const UserId& user, bool own, int most, Time until, Time now) {
  const auto began = until == Time::max() ? std::nullopt : std::optional(until);
  return tell(tx_.run(queries::kEndSessions, tenant_, user, now, own, most, began), Takedown::Kind::kSession,
              own);
}

Result<void> PgTakedowns::end_revision(const RevisionId& revision, Time until) {
  CH_TRY(tx_.run(queries::kOneOfRevision, tenant_, revision));
  if (purge_) CH_TRY(purge_(tx_, tenant_, revision));
  return tell(tx_.run(queries::kEndRevision, tenant_, revision, until), Takedown::Kind::kRevision, false)
      .map([](int) {});
}

Result<std::vector<RevisionId>> PgTakedowns::withdraw(const EpisodeId& episode, const SeriesId& series,
                                                      const std::optional<RevisionId>& ready,
                                                      std::int64_t version) {
  CH_ASSIGN(const auto now, tx_.run(queries::kWithdrawEpisode, tenant_, episode, series, version));
  return with_watched(episode, ready, now);
}

Result<std::vector<RevisionId>> PgTakedowns::suspend(const EpisodeId& episode,
                                                     const std::optional<RevisionId>& ready,
                                                     std::int64_t version, bool suspended) {
  CH_ASSIGN(const auto now, tx_.run(queries::kSuspendEpisode, tenant_, episode, version, suspended));
  if (!suspended) return std::vector<RevisionId>();
  return with_watched(episode, ready, now);
}

Result<bool> PgTakedowns::withhold(const RevisionId& revision, std::int64_t version, bool withheld) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kWithholdRevision, tenant_, revision, version, withheld));
  return rows.affected() > 0;
}

Result<std::vector<RevisionId>> PgTakedowns::with_watched(const EpisodeId& episode,
                                                          const std::optional<RevisionId>& ready,
                                                          const sql::Rows& last) {
  std::vector<RevisionId> out;
  if (last.empty()) return out;
  const auto add = [&](const RevisionId& revision) {
    if (std::find(out.begin(), out.end(), revision) == out.end()) out.push_back(revision);
  };
  // A viewer's session that is being made at this moment isn't to be seen yet; it can only be of the one that
  // viewers got last.
  if (!last[0].is_null(0)) add(last[0].id<RevisionId>(0));
  // The sessions of an ending that it is are another episode's.
  if (ready) add(*ready);
  CH_ASSIGN(const auto watched, tx_.run(queries::kWatchedRevisions, tenant_, episode));
  for (std::size_t i = 0; i < watched.size(); ++i) add(watched[i].id<RevisionId>(0));
  return out;
}

Result<Takedowns::Standing> PgTakedowns::standing(const EpisodeId& episode, const RevisionId& revision) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kStanding, tenant_, episode, revision));
  Standing out;
  out.withdrawn = rows[0].flag(0);
  if (!rows[0].is_null(1)) out.until = rows[0].time(1);
  out.encrypted = rows[0].flag(2);
  return out;
}

Result<TakedownPage> PgTakedownLog::list(const std::string& cursor, int most, Time now) {
  CH_ASSIGN(auto place, place_of(cursor));
  CH_ASSIGN(const auto running, tx_.run(queries::kRunning));  // before the rows are read
  const auto oldest = static_cast<std::uint64_t>(running[0].number(0)),
             newest = static_cast<std::uint64_t>(running[0].number(1));
  const std::string history = running[0].text(2);
  if (place.history != history || place.tx > newest || place.next > newest) place = Place{0, 0, 0, history};
  if (place.next == 0) place.next = oldest;
  CH_ASSIGN(const auto rows, tx_.run(queries::kListTakedowns, place.tx, place.seq, now, most));
  TakedownPage page;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = rows[i];
    CH_ASSIGN(auto tenant, Tenant::parse(row.text(2)));
    const auto kind = row.text(3) == kSession ? Takedown::Kind::kSession : Takedown::Kind::kRevision;
    page.items.push_back({std::move(tenant), kind, row.uuid(4), row.time(5), row.flag(6)});
    place.tx = static_cast<std::uint64_t>(row.number(0));
    place.seq = static_cast<std::uint64_t>(row.number(1));
  }
  page.more = static_cast<int>(rows.size()) == most;
  page.cursor = page_token(kCursor, text_of(page.more ? place : Place{place.next, 0, 0, history}));
  return page;
}

}  // namespace cliffhanger::playback
