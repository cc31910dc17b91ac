#include "services/catalog/domain/browsing.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <unordered_map>

#include "libs/core/page.h"
#include "services/catalog/domain/access.h"
#include "services/catalog/limits.h"

namespace cliffhanger::catalog {
namespace {

// Positions are "<sort key>|<id>"; tokens are checked, so what stands here was written by us.
std::pair<std::string, std::string> split(const std::string& position) {
  const auto bar = position.find('|');
  if (bar == std::string::npos) return {position, ""};
  return {position.substr(0, bar), position.substr(bar + 1)};
}

std::int64_t number_in(const std::string& text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string text_of(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}

// Cuts a list that was read with one row too many and says where the next page starts.
template <class T, class Position>
Page<T> cut(std::vector<T> rows, int size, const std::string& query, Position position) {
  Page<T> page;
  if (static_cast<int>(rows.size()) > size) {
    rows.resize(static_cast<std::size_t>(size));
    page.next = page_token(query, position(rows.back()));
  }
  page.items = std::move(rows);
  return page;
}

Result<void> check_number(const std::vector<EpisodeId>& ids) {
  if (ids.size() <= kMostPerBatch) return {};
  return fail(invalid("INVALID_REQUEST", "Too many episodes at once."));
}

// Of what outlives it.
std::unordered_map<EpisodeId, const EpisodeInSeries*> by_id(const EpisodesFor& found) {
  std::unordered_map<EpisodeId, const EpisodeInSeries*> out;
  for (const auto& one : found.items) out[one.episode.id] = &one;
  return out;
}

// `fits` says of a viewer, if it has to, whether the series is for them.
template <class Fits>
Result<Playable> playable_of(Episode episode, const Watcher& watcher, Fits fits) {
  const bool owner = !watcher.user.empty() && watcher.user == episode.owner;
  if (!owner && !watcher.operates) {
    if (episode.state != EditorialState::kPublished) return fail(episode_not_found());
    CH_TRY(fits());
    const RevisionId revision = episode.published_revision;
    return Playable{std::move(episode), revision, false, false};
  }
  const Media& media = episode.media;
  const bool provisional = media.state == MediaState::kProvisional;
  const RevisionId revision = provisional ? RevisionId(media.attempt) : media.ready;
  if (revision.empty())
    return fail(precondition("EPISODE_NOT_READY", "The episode has nothing that plays yet."));
  return Playable{std::move(episode), revision, provisional, owner};
}

}  // namespace

std::vector<std::string> search_words(const std::string& query) {
  std::vector<std::string> words(1);
  for (const char c : query) {
    if (c == ' ' || (c >= '\t' && c <= '\r')) {
      if (!words.back().empty()) words.emplace_back();
    } else {
      words.back() += c;
    }
  }
  if (words.back().empty()) words.pop_back();
  if (words.size() > kSearchWords) words.resize(kSearchWords);
  return words;
}

std::string Browsing::query_name(std::string_view list, std::string_view filter) const {
  return std::string(list) + '/' + caller_.tenant.text() + '/' + std::string(filter);
}

Result<Audience> Browsing::audience(UserId viewer) {
  CH_ASSIGN(const int greatest, library_.greatest_rating(viewer));
  return Audience{greatest, region_};
}

Result<Series> Browsing::series(SeriesId id) {
  CH_ASSIGN(auto found, library_.find_series(id));
  if (!found || !may_see(caller_, *found)) return fail(series_not_found());
  if (may_edit(caller_, found->owner)) return std::move(*found);
  CH_ASSIGN(const auto viewer, audience(caller_.user));
  CH_TRY(check_fits(*found, viewer));
  return std::move(*found);
}

Result<void> Browsing::check(UserId viewer, SeriesId id) {
  CH_ASSIGN(const auto who, audience(viewer));
  CH_ASSIGN(const auto series, library_.find_series(id));
  return series ? check_fits(*series, who) : Result<void>();
}

Result<Episode> Browsing::episode(EpisodeId id) {
  CH_ASSIGN(auto found, library_.find_episode(id));
  if (!found || !may_see(caller_, *found)) return fail(episode_not_found());
  if (!may_edit(caller_, found->owner)) CH_TRY(check(caller_.user, found->series));
  return std::move(*found);
}

Result<Page<Series>> Browsing::list_mine(const PageRequest& page) {
  const auto query = query_name("series-mine", caller_.user.text());
  const int size = page_size(page.size, kSeriesPerPage, kMostPerPage);
  CH_ASSIGN(const auto position, page_position(query, page.token));
  SeriesId after;
  if (!position.empty()) {
    CH_ASSIGN(after, SeriesId::parse(position));
  }
  CH_ASSIGN(auto rows, library_.list_owned(caller_.user, after, size + 1));
  return cut(std::move(rows), size, query, [](const Series& last) { return last.id.text(); });
}

Result<Page<Series>> Browsing::list(bool mine, const PageRequest& page) {
  if (mine) return list_mine(page);
  const auto query = query_name("series", "");
  const int size = page_size(page.size, kSeriesPerPage, kMostPerPage);
  CH_ASSIGN(const auto position, page_position(query, page.token));
  SeriesCursor after;
  if (!position.empty()) {
    const auto [time, id] = split(position);
    after.time = from_micros(number_in(time));
    CH_ASSIGN(after.id, SeriesId::parse(id));
  }
  CH_ASSIGN(const auto viewer, audience(caller_.user));
  CH_ASSIGN(auto rows, library_.list_visible(viewer, after, size + 1));
  return cut(std::move(rows), size, query, [](const Series& last) {
    return std::to_string(to_micros(last.published.value_or(last.created))) + '|' + last.id.text();
  });
}

Result<Page<FoundSeries>> Browsing::search(const std::string& text, const PageRequest& page) {
  const auto query = query_name("search", text);
  const int size = page_size(page.size, kSeriesPerPage, kMostPerPage);
  CH_ASSIGN(const auto position, page_position(query, page.token));
  RankCursor after;
  if (!position.empty()) {
    const auto [rank, id] = split(position);
    after.rank = std::atof(rank.c_str());
    CH_ASSIGN(after.id, SeriesId::parse(id));
  }
  const auto words = search_words(text);
  if (words.empty()) return Page<FoundSeries>();
  CH_ASSIGN(const auto viewer, audience(caller_.user));
  CH_ASSIGN(auto rows, library_.search(viewer, words, after, size + 1));
  return cut(std::move(rows), size, query,
             [](const FoundSeries& last) { return text_of(last.rank) + '|' + last.series.id.text(); });
}

Result<Page<Episode>> Browsing::episodes(SeriesId id, const PageRequest& page, int after) {
  CH_ASSIGN(const auto of, series(id));
  const bool all = may_edit(caller_, of.owner);
  const auto query = query_name(all ? "episodes-all" : "episodes", id.text());
  const int size = page_size(page.size, kEpisodesPerPage, kMostPerPage);
  CH_ASSIGN(const auto position, page_position(query, page.token));
  const int behind = std::max(after, static_cast<int>(number_in(position)));
  CH_ASSIGN(auto rows, library_.list_episodes(id, !all, behind, size + 1));
  return cut(std::move(rows), size, query, [](const Episode& last) { return std::to_string(last.number); });
}

Result<Playable> Browsing::playable(EpisodeId id, const Watcher& watcher) {
  CH_ASSIGN(auto found, library_.find_episode(id));
  if (!found) return fail(episode_not_found());
  const SeriesId series = found->series;
  return playable_of(std::move(*found), watcher, [&] { return check(watcher.user, series); });
}

Result<std::vector<Result<Playable>>> Browsing::playables(const std::vector<EpisodeId>& ids,
                                                          const Watcher& watcher) {
  CH_TRY(check_number(ids));
  CH_ASSIGN(const auto found, library_.find_in_series(ids, watcher.user));
  const auto known = by_id(found);
  const Audience who{found.greatest_rating, region_};
  std::vector<Result<Playable>> out;
  for (const auto& id : ids) {
    const auto at = known.find(id);
    if (at == known.end())
      out.emplace_back(fail(episode_not_found()));
    else
      out.push_back(
          playable_of(at->second->episode, watcher, [&] { return check_fits(at->second->series, who); }));
  }
  return out;
}

Result<std::vector<EpisodeInSeries>> Browsing::batch(const std::vector<EpisodeId>& ids, UserId user) {
  CH_TRY(check_number(ids));
  CH_ASSIGN(const auto found, library_.find_in_series(ids, user));
  const auto known = by_id(found);
  Caller viewer;
  viewer.user = user;
  const Audience who{found.greatest_rating, region_};
  std::vector<EpisodeInSeries> out;
  for (const auto& id : ids) {
    const auto one = known.find(id);
    if (one == known.end() || !may_see(viewer, one->second->episode)) continue;
    if (fits(one->second->series, who) || may_edit(viewer, one->second->episode.owner))
      out.push_back(*one->second);
  }
  return out;
}

}  // namespace cliffhanger::catalog
