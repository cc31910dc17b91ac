#include "services/catalog/store/pg_library.h"

#include "cliffhanger/catalog/v1/events.pb.h"
#include "services/catalog/limits.h"
#include "services/catalog/store/queries.h"

namespace cliffhanger::catalog {
namespace {

constexpr std::string_view kEditorial[] = {"draft", "in_review", "published", "withdrawn", "taken_down"};
constexpr std::string_view kTakedown[] = {"", "episode", "series"};
constexpr std::string_view kMedia[] = {"none", "processing", "provisional", "ready", "failed"};

std::string_view text_of(EditorialState state) {
  return kEditorial[static_cast<std::size_t>(state)];
}
std::string_view text_of(MediaState state) {
  return kMedia[static_cast<std::size_t>(state)];
}

std::string_view text_of(Takedown takedown) {
  return kTakedown[static_cast<std::size_t>(takedown)];
}

template <class State, std::size_t N>
State state_of(const std::string_view (&names)[N], const std::string& text) {
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == text) return static_cast<State>(i);
  }
  return State();  // a CHECK of the table keeps others out
}

std::optional<Time> time_or_none(const sql::Rows::Row& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return row.time(column);
}

template <class SomeId>
std::optional<SomeId> id_or_null(SomeId id) {
  if (id.empty()) return std::nullopt;
  return id;
}

// Its columns begin at `at`.
Series series_at(const sql::Rows::Row& row, int at) {
  Series series;
  series.id = row.id<SeriesId>(at);
  series.owner = row.id<UserId>(at + 1);
  series.title = row.text(at + 2);
  series.synopsis = row.text(at + 3);
  series.tags = row.texts(at + 4);
  series.language = row.text(at + 5);
  series.state = state_of<EditorialState>(kEditorial, row.text(at + 6));
  series.published_episodes = static_cast<int>(row.number(at + 7));
  series.total_episodes = static_cast<int>(row.number(at + 8));
  series.created = row.time(at + 9);
  series.published = time_or_none(row, at + 10);
  series.version = row.number(at + 11);
  series.cover_key = row.text(at + 12);
  if (!row.is_null(at + 13)) series.age_rating = static_cast<int>(row.number(at + 13));
  series.regions = {row.texts(at + 14), row.texts(at + 15)};
  return series;
}
Series series_of(const sql::Rows::Row& row) {
  return series_at(row, 0);
}
constexpr int kSeriesColumns = 16, kEpisodeColumns = 25;
constexpr int kRankColumn = kSeriesColumns;

Episode episode_of(const sql::Rows::Row& row) {
  Episode episode;
  episode.id = row.id<EpisodeId>(0);
  episode.series = row.id<SeriesId>(1);
  episode.owner = row.id<UserId>(2);
  episode.number = static_cast<int>(row.number(3));
  episode.title = row.text(4);
  episode.synopsis = row.text(5);
  episode.locked = row.flag(6);
  episode.state = state_of<EditorialState>(kEditorial, row.text(7));
  Media& media = episode.media;
  media.attempt = row.uuid(8);
  media.state = state_of<MediaState>(kMedia, row.text(9));
  media.percent = static_cast<int>(row.number(10));
  media.duration_ms = row.number(11);
  media.failure = row.text(12);
  media.failure_message = row.text(13);
  media.ready = row.id<RevisionId>(14);
  media.ready_duration_ms = row.number(15);
  media.cover_key = row.text(16);
  episode.published_revision = row.id<RevisionId>(17);
  episode.created = row.time(18);
  episode.published = time_or_none(row, 19);
  episode.version = row.number(20);
  episode.published_duration_ms = row.number(21);
  episode.published_cover_key = row.text(22);
  episode.taken_down = state_of<Takedown>(kTakedown, row.text(23));
  episode.withheld = row.text(24);
  return episode;
}

template <class T>
Result<std::optional<T>> first(Result<sql::Rows> rows, T (*read)(const sql::Rows::Row&)) {
  if (!rows) return fail(std::move(rows).error());
  if (rows->empty()) return std::optional<T>();
  return std::optional<T>(read((*rows)[0]));
}

template <class T>
Result<std::vector<T>> all(Result<sql::Rows> rows, T (*read)(const sql::Rows::Row&)) {
  if (!rows) return fail(std::move(rows).error());
  std::vector<T> out;
  out.reserve(rows->size());
  for (std::size_t i = 0; i < rows->size(); ++i) out.push_back(read((*rows)[i]));
  return out;
}

std::vector<std::string> texts(const std::vector<EpisodeId>& ids) {
  std::vector<std::string> out;
  for (const auto& id : ids) out.push_back(id.text());
  return out;
}

// Each word quoted, so that nothing in it is an operator; all must match, the last one as a beginning.
std::string ts_query(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) {
    out += out.empty() ? "'" : " & '";
    for (const char c : word) {
      if (c == '\'' || c == '\\') out += c;
      out += c;
    }
    out += '\'';
  }
  return out + ":*";
}

}  // namespace

Result<std::optional<Series>> PgLibrary::find_series(SeriesId id) {
  return first(tx_.run(queries::kFindSeries, tenant(), id), series_of);
}
Result<std::optional<Series>> PgLibrary::lock_series(SeriesId id) {
  return first(tx_.run(queries::kLockSeries, tenant(), id), series_of);
}
Result<std::optional<Episode>> PgLibrary::find_episode(EpisodeId id) {
  return first(tx_.run(queries::kFindEpisode, tenant(), id), episode_of);
}
Result<std::optional<Episode>> PgLibrary::lock_episode(EpisodeId id) {
  return first(tx_.run(queries::kLockEpisode, tenant(), id), episode_of);
}
Result<std::vector<Episode>> PgLibrary::lock_episodes(SeriesId id) {
  return all(tx_.run(queries::kLockEpisodes, tenant(), id), episode_of);
}

Result<void> PgLibrary::add(Series& series) {
  CH_ASSIGN(const auto rows,
            tx_.run(queries::kAddSeries, tenant(), series.id, series.owner, series.title, series.synopsis,
                    series.tags, series.language, text_of(series.state), series.published_episodes,
                    series.total_episodes, series.created, series.published, series.age_rating,
                    series.regions.allowed, series.regions.blocked));
  series.version = rows[0].number(0);
  return tell(series);
}

Result<void> PgLibrary::save(Series& series) {
  CH_ASSIGN(const auto rows,
            tx_.run(queries::kSaveSeries, tenant(), series.id, series.title, series.synopsis, series.tags,
                    series.language, text_of(series.state), series.published_episodes, series.total_episodes,
                    series.published, series.age_rating, series.regions.allowed, series.regions.blocked));
  if (rows.empty()) return fail(internal("SERIES_NOT_LOCKED", "A series was saved that is not there."));
  series.version = rows[0].number(0);
  return tell(series);
}

Result<void> PgLibrary::add(Episode& episode) {
  CH_ASSIGN(const auto rows,
            tx_.run(queries::kAddEpisode, tenant(), episode.id, episode.series, episode.owner, episode.number,
                    episode.title, episode.synopsis, episode.locked, episode.created));
  episode.version = rows[0].number(0);
  return tell(episode);
}

Result<void> PgLibrary::save(Episode& episode) {
  CH_TRY(save_media(episode));
  CH_ASSIGN(const auto rows,
            tx_.run(queries::kSaveEpisode, tenant(), episode.id, episode.number, episode.title,
                    episode.synopsis, episode.locked, text_of(episode.state),
                    id_or_null(episode.published_revision), episode.published, episode.published_duration_ms,
                    episode.published_cover_key, text_of(episode.taken_down), episode.withheld));
  if (rows.empty()) return fail(internal("EPISODE_NOT_LOCKED", "An episode was saved that is not there."));
  episode.version = rows[0].number(0);
  return tell(episode);
}

Result<void> PgLibrary::remove(const Episode& episode) {
  CH_TRY(tx_.run(queries::kRemoveEpisode, tenant(), episode.id));
  v1::EpisodeDeleted event;
  event.set_episode_id(episode.id.text());
  event.set_series_id(episode.series.text());
  event.set_owner_id(episode.owner.text());
  event.set_version(episode.version + 1);
  if (!episode.media.ready.empty()) event.set_ready_revision_id(episode.media.ready.text());
  return outbox_.emit(tx_, call_, episode.id.uuid(), episode.version + 1, event);
}

Result<void> PgLibrary::remove(const Series& series) {
  CH_TRY(tx_.run(queries::kRemoveSeries, tenant(), series.id));
  return {};
}

Result<void> PgLibrary::save_media(const Episode& episode) {
  const Media& media = episode.media;
  std::optional<Uuid> attempt;
  if (!media.attempt.empty()) attempt = media.attempt;
  CH_TRY(tx_.run(queries::kSaveMedia, tenant(), episode.id, attempt, text_of(media.state), media.percent,
                 media.duration_ms, media.failure, media.failure_message, id_or_null(media.ready),
                 media.ready_duration_ms, media.cover_key));
  return {};
}

Result<bool> PgLibrary::note_withheld(RevisionId revision, std::int64_t version, const std::string& why) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kNoteWithheld, tenant(), revision, version, why));
  return rows.affected() > 0;
}

Result<std::string> PgLibrary::withheld(RevisionId revision) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kWithheld, tenant(), revision));
  return rows.empty() ? std::string() : rows[0].text(0);
}

Result<bool> PgLibrary::number_taken(SeriesId id, int number) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kNumberTaken, tenant(), id, number));
  return rows[0].flag(0);
}

Result<int> PgLibrary::last_number(SeriesId id) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kLastNumber, tenant(), id));
  return static_cast<int>(rows[0].number(0));
}

Result<int> PgLibrary::greatest_rating(UserId user) {
  if (user.empty()) return kAdult;
  CH_ASSIGN(const auto rows, tx_.run(queries::kGreatestRating, tenant(), user));
  return rows.empty() || rows[0].is_null(0) ? kAdult : static_cast<int>(rows[0].number(0));
}

Result<void> PgLibrary::hear_minors_mode(UserId user, std::optional<int> greatest, std::int64_t version) {
  CH_TRY(tx_.run(queries::kHearMinorsMode, tenant(), user, greatest, version));
  return {};
}

Result<std::vector<Series>> PgLibrary::list_visible(const Audience& audience, const SeriesCursor& after,
                                                    int most) {
  return all(tx_.run(queries::kListVisible, tenant(), after.time, id_or_null(after.id), most,
                     audience.greatest_rating, audience.region),
             series_of);
}

Result<std::vector<Series>> PgLibrary::list_owned(UserId owner, SeriesId after, int most) {
  return all(tx_.run(queries::kListOwned, tenant(), owner, id_or_null(after), most), series_of);
}

Result<std::vector<FoundSeries>> PgLibrary::search(const Audience& audience,
                                                   const std::vector<std::string>& words,
                                                   const RankCursor& after, int most) {
  const auto rank = [](const sql::Rows::Row& row) {
    return FoundSeries{series_of(row), row.real(kRankColumn)};
  };
  return all<FoundSeries>(tx_.run(queries::kSearch, tenant(), ts_query(words), after.rank,
                                  id_or_null(after.id), most, audience.greatest_rating, audience.region),
                          rank);
}

Result<std::vector<Episode>> PgLibrary::list_episodes(SeriesId id, bool published_only, int after, int most) {
  return all(tx_.run(queries::kListEpisodes, tenant(), id, after, published_only, most), episode_of);
}

Result<std::vector<Episode>> PgLibrary::find_episodes(const std::vector<EpisodeId>& ids) {
  return all(tx_.run(queries::kFindEpisodes, tenant(), texts(ids)), episode_of);
}

Result<EpisodesFor> PgLibrary::find_in_series(const std::vector<EpisodeId>& ids, UserId user) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kFindInSeries, tenant(), texts(ids), id_or_null(user)));
  EpisodesFor out;
  out.items.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i)
    out.items.push_back({episode_of(rows[i]), series_at(rows[i], kEpisodeColumns)});
  constexpr int kGreatest = kEpisodeColumns + kSeriesColumns;
  if (!rows.empty() && !rows[0].is_null(kGreatest))
    out.greatest_rating = static_cast<int>(rows[0].number(kGreatest));
  return out;
}

Result<bool> PgLibrary::review_required() {
  CH_ASSIGN(const auto rows, tx_.run(queries::kReviewRequired, tenant()));
  return rows[0].flag(0);
}

Result<void> PgLibrary::require_review(bool required) {
  CH_TRY(tx_.run(queries::kRequireReview, tenant(), required));
  return {};
}

Result<void> PgLibrary::tell(const Series& series) {
  v1::SeriesChanged event;
  event.set_series_id(series.id.text());
  event.set_owner_id(series.owner.text());
  event.set_title(series.title);
  event.mutable_tags()->Assign(series.tags.begin(), series.tags.end());
  event.set_language(series.language);
  event.set_published(visible(series));
  if (series.published) set_time(event.mutable_publish_time(), *series.published);
  event.set_version(series.version);
  if (series.age_rating) event.set_age_rating(*series.age_rating);
  event.mutable_allowed_regions()->Assign(series.regions.allowed.begin(), series.regions.allowed.end());
  event.mutable_blocked_regions()->Assign(series.regions.blocked.begin(), series.regions.blocked.end());
  return outbox_.emit(tx_, call_, series.id.uuid(), series.version, event);
}

Result<void> PgLibrary::tell(const Episode& episode) {
  v1::EpisodeChanged event;
  event.set_episode_id(episode.id.text());
  event.set_series_id(episode.series.text());
  event.set_owner_id(episode.owner.text());
  event.set_number(episode.number);
  event.set_published(episode.state == EditorialState::kPublished);
  event.set_withdrawn(episode.state == EditorialState::kWithdrawn);
  event.set_suspended(episode.state == EditorialState::kTakenDown);
  event.set_taken_down(episode.taken_down != Takedown::kNone);
  event.set_locked(episode.locked);
  event.set_duration_ms(duration_ms(episode, false));
  event.set_version(episode.version);
  if (!episode.published_revision.empty()) event.set_published_revision_id(episode.published_revision.text());
  if (!episode.media.ready.empty()) event.set_ready_revision_id(episode.media.ready.text());
  return outbox_.emit(tx_, call_, episode.id.uuid(), episode.version, event);
}

}  // namespace cliffhanger::catalog
