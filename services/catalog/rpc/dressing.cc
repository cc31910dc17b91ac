#include "services/catalog/rpc/dressing.h"

#include <algorithm>

#include "libs/arms/source.h"
#include "services/catalog/domain/takedown.h"

namespace cliffhanger::catalog {
namespace {

using arms::Arm;
using arms::Kind;

// Who sees things as they are.
bool edits(const Caller& caller, const std::string& owner) {
  return caller.role == Role::kOperator || caller.user.text() == owner;
}

Uuid id_of(const std::string& text) {
  return Uuid::parse(text).value_or(Uuid());
}

const Uuid& subject_of(const arms::Experiment& experiment) {
  return experiment.episode.empty() ? experiment.series.uuid() : experiment.episode.uuid();
}

// The arms on one thing: the first on title and cover, and the first on where the paywall stands.
struct Worn {
  const Arm* picture = nullptr;
  const Arm* paywall = nullptr;
  const Arm* ending = nullptr;
};
Worn worn_by(const std::vector<Arm>& arms, const Uuid& subject) {
  Worn out;
  for (const Arm& arm : arms) {
    if (subject_of(*arm.experiment) != subject) continue;
    auto& place = arm.experiment->kind == Kind::kPaywall  ? out.paywall
                  : arm.experiment->kind == Kind::kEnding ? out.ending
                                                          : out.picture;
    if (!place) place = &arm;
  }
  return out;
}

std::string cover_of(const std::vector<Episode>& pictures, EpisodeId id) {
  const auto found =
      std::find_if(pictures.begin(), pictures.end(), [&](const Episode& one) { return one.id == id; });
  if (found == pictures.end() || is_away(found->state)) return "";
  const auto& key = found->published_cover_key.empty() ? found->media.cover_key : found->published_cover_key;
  return key.empty() ? "" : "/" + key;
}

template <class Thing>
void put_on(Thing& thing, const Arm* arm, const std::vector<Episode>& pictures) {
  if (!arm) return;
  const auto& what = arm->variation->what;
  if (!what.title.empty()) thing.set_title(what.title);
  if (what.cover.empty()) return;
  if (const auto cover = cover_of(pictures, what.cover); !cover.empty()) thing.set_cover_url(cover);
}

template <class Things>
std::vector<typename Things::value_type*> pointers_to(Things* things) {
  std::vector<typename Things::value_type*> out;
  for (auto& one : *things) out.push_back(&one);
  return out;
}

}  // namespace

std::vector<Episode> Dressing::read(const Call& call, const std::vector<EpisodeId>& ids) const {
  if (ids.empty()) return {};
  auto found = pool_.read([&](sql::Tx& tx) { return open_(tx, call)->find_episodes(ids); });
  return found ? std::move(*found) : std::vector<Episode>();
}

void Dressing::dress_all(const Call& call, const std::string& region, const std::vector<v1::Series*>& series,
                         const std::vector<v1::Episode*>& episodes,
                         v1::BatchGetEpisodesResponse* batch) const {
  const auto& tenant = call.caller.tenant;
  const auto book = arms_.book();
  if (book->empty(tenant) || call.caller.user.empty()) return;
  std::vector<const arms::Experiment*> wanted;
  for (const auto* one : series) {
    if (edits(call.caller, one->owner_id())) continue;
    book->find(tenant, id_of(one->series_id()), Kind::kTitle, wanted);
    book->find(tenant, id_of(one->series_id()), Kind::kPaywall, wanted);
  }
  for (const auto* one : episodes)
    if (!edits(call.caller, one->owner_id()))
      book->find(tenant, id_of(one->episode_id()), Kind::kTitle, wanted);
  const auto arms = arms_.of(call, region, book, wanted);
  if (arms.empty()) return;
  std::vector<EpisodeId> ids;
  for (const Arm& arm : arms)
    if (!arm.variation->what.cover.empty()) ids.push_back(arm.variation->what.cover);
  const auto pictures = read(call, ids);
  for (auto* one : series) {
    if (edits(call.caller, one->owner_id())) continue;
    const Worn worn = worn_by(arms, id_of(one->series_id()));
    put_on(*one, worn.picture, pictures);
    if (worn.paywall) one->set_paywall_position(worn.paywall->variation->what.paywall);
  }
  for (auto* one : episodes)
    if (!edits(call.caller, one->owner_id()))
      put_on(*one, worn_by(arms, id_of(one->episode_id())).picture, pictures);
  if (!batch) return;
  for (auto& item : *batch->mutable_items()) {
    const Worn of_series = worn_by(arms, id_of(item.series().series_id()));
    const Worn of_episode = worn_by(arms, id_of(item.episode().episode_id()));
    for (const Arm* arm : {of_series.picture, of_series.paywall, of_episode.picture})
      if (arm && !edits(call.caller, item.episode().owner_id())) arms::put(*arm, item.add_arms());
  }
}

void Dressing::dress(const Call& call, const std::string& region, v1::GetSeriesResponse& out) const {
  dress_all(call, region, {out.mutable_series()}, {}, nullptr);
}
void Dressing::dress(const Call& call, const std::string& region, v1::ListSeriesResponse& out) const {
  dress_all(call, region, pointers_to(out.mutable_series()), {}, nullptr);
}
void Dressing::dress(const Call& call, const std::string& region, v1::SearchSeriesResponse& out) const {
  dress_all(call, region, pointers_to(out.mutable_series()), {}, nullptr);
}
void Dressing::dress(const Call& call, const std::string& region, v1::GetEpisodeResponse& out) const {
  dress_all(call, region, {}, {out.mutable_episode()}, nullptr);
}
void Dressing::dress(const Call& call, const std::string& region, v1::ListEpisodesResponse& out) const {
  dress_all(call, region, {}, pointers_to(out.mutable_episodes()), nullptr);
}
void Dressing::dress(const Call& call, const std::string& region, v1::BatchGetEpisodesResponse& out) const {
  std::vector<v1::Series*> series;
  std::vector<v1::Episode*> episodes;
  for (auto& item : *out.mutable_items()) {
    series.push_back(item.mutable_series());
    episodes.push_back(item.mutable_episode());
  }
  dress_all(call, region, series, episodes, &out);
}

void Dressing::dress(const Call& call, const std::string& region, v1::ResolvePlaybackResponse& out) const {
  const auto& tenant = call.caller.tenant;
  const auto book = arms_.book();
  if (book->empty(tenant) || out.owner() || out.provisional()) return;
  const Uuid episode = id_of(out.episode().episode_id()), series = id_of(out.episode().series_id());
  std::vector<const arms::Experiment*> wanted;
  book->find(tenant, episode, Kind::kEnding, wanted);
  book->find(tenant, series, Kind::kPaywall, wanted);
  const auto arms = arms_.of(call, region, book, wanted);
  if (const Arm* paywall = worn_by(arms, series).paywall)
    out.set_paywall_position(paywall->variation->what.paywall);
  const Arm* ending = worn_by(arms, episode).ending;
  if (!ending || ending->variation->what.ending_revision.empty()) return;
  const auto& what = ending->variation->what;
  const auto films = read(call, {what.ending.empty() ? EpisodeId(episode) : what.ending});
  if (films.empty() || is_away(films[0].state)) return;
  const bool published = films[0].published_revision == what.ending_revision;
  if (!published && films[0].media.ready != what.ending_revision) return;
  const auto why = pool_.read([&](sql::Tx& tx) { return open_(tx, call)->withheld(what.ending_revision); });
  if (!why || !why->empty()) return;  // a cut with a film in it that was taken down
  out.set_revision_id(what.ending_revision.text());
  out.mutable_episode()->set_duration_ms(published ? films[0].published_duration_ms
                                                   : films[0].media.ready_duration_ms);
}

}  // namespace cliffhanger::catalog
