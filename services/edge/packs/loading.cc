#include "services/edge/packs/loading.h"

#include <algorithm>
#include <map>

#include "services/edge/packs/start.h"

namespace cliffhanger::edge {
namespace {

Error no_member(const std::string& name) {
  return not_found("OBJECT_NOT_FOUND", "The revision has no object " + name + ".");
}

// A media playlist and the segments to start with.
struct Track {
  std::string name;
  PackPart playlist;
  std::vector<Step> steps;
};

// One revision while its start is looked for.
class Loading {
 public:
  Loading(Objects& objects, std::shared_ptr<const Index> index, std::string base)
      : objects_(objects), index_(std::move(index)), base_(std::move(base)) {}

  Result<PackPart> part(const std::string& name) const {
    const auto found = index_->members.find(name);
    if (found == index_->members.end()) return fail(no_member(name));
    const Member& member = found->second;
    return PackPart{base_ + name, etag_of(member), media_type(name, member), member.bytes, nullptr,
                    member.key};
  }

  http::Task<Result<PackPart>> text(std::string name) const {
    auto out = part(name);
    if (!out) co_return out;
    const auto text = co_await objects_.text(out->key, index_->ready);
    if (!text) co_return fail(text.error());
    out->text = text->plain;
    out->bytes = text->plain->size();
    co_return out;
  }

  http::Task<Result<Track>> track(std::string name, double from_seconds, int most) const {
    auto playlist = co_await text(name);
    if (!playlist) co_return fail(std::move(playlist).error());
    auto steps = read_steps(name, *playlist->text, from_seconds, static_cast<std::size_t>(most));
    if (!steps) co_return fail(std::move(steps).error());
    co_return Track{std::move(name), std::move(*playlist), std::move(*steps)};
  }

  // What step `at` of the track asks for: its segment, and before it an init segment that the step before had
  // not.
  Result<void> add_step(const Track& track, std::size_t at, std::vector<PackPart>& out) const {
    if (at >= track.steps.size()) return {};
    const Step& step = track.steps[at];
    if (at == 0 || track.steps[at - 1].init != step.init) {
      CH_ASSIGN(auto init, part(step.init));
      out.push_back(std::move(init));
    }
    CH_ASSIGN(auto segment, part(step.segment));
    out.push_back(std::move(segment));
    return {};
  }

  // Parts of the start with these tracks; the sound may be null.
  Result<PackStart> start(const PackPart& main, const Track& video, const Track* sound) const {
    PackStart out;
    out.first = {main, video.playlist};
    if (sound) out.first.push_back(sound->playlist);
    CH_TRY(add_step(video, 0, out.first));
    if (sound) CH_TRY(add_step(*sound, 0, out.first));
    if (video.steps.size() < 2) return out;
    CH_TRY(add_step(video, 1, out.second));
    if (sound) CH_TRY(add_step(*sound, 1, out.second));
    return out;
  }

 private:
  Objects& objects_;
  const std::shared_ptr<const Index> index_;
  const std::string base_;  // URL of the revision, with its last slash
};

std::int64_t bytes_of(const std::vector<PackPart>& parts) {
  std::int64_t sum = 0;
  for (const auto& part : parts) sum += static_cast<std::int64_t>(part.bytes);
  return sum;
}

void describe(const Main::Variant& variant, PackStart& start) {
  start.rung.set_url(start.first.at(1).url);
  start.rung.set_width(variant.width);
  start.rung.set_height(variant.height);
  start.rung.set_bandwidth_bps(variant.bandwidth);
}

// What the session's own URL grants now, as if it were asked for: …/hls/<token>/<revision>/<name>, or at a CDN
// …/cdn/<tenant>/<revision>/<name>.
Result<hls::Grant> grant_of(const Hls& hls, const playback::v1::PlaybackSession& session) {
  const std::string_view before = session.has_cdn() ? "/cdn/" : "/hls/";
  std::string_view url = session.playlist_url();
  const auto begin = url.find(before);
  if (begin == url.npos) return fail(internal("BAD_SESSION", "The playback session can't be read."));
  url.remove_prefix(begin + before.size());
  const auto step = url.substr(0, url.find('/'));
  return session.has_cdn() ? hls.admit_cdn(step, session.revision_id()) : hls.admit(step, session.revision_id());
}

}  // namespace

http::Task<Result<PackStart>> load_start(Hls& hls, Objects& objects, playback::v1::PlaybackSession session,
                                         const Wish& wish) {
  const auto& url = session.playlist_url();
  const auto name_at = url.rfind('/') + 1;
  const auto grant = grant_of(hls, session);
  if (!grant) co_return fail(grant.error());
  auto index = co_await hls.index_of(*grant);
  if (!index) co_return fail(std::move(index).error());
  const Loading loading(objects, std::move(*index), url.substr(0, name_at));
  const auto main_part = co_await loading.text(url.substr(name_at));
  if (!main_part) co_return fail(main_part.error());
  const auto main = read_main(*main_part->text);
  if (!main) co_return fail(main.error());

  const double from = static_cast<double>(session.resume_ms()) / 1000;
  std::vector<Rung> rungs;
  std::vector<PackStart> starts;
  std::map<std::string, Track> sounds;  // by their playlists
  for (const auto& variant : main->variants) {
    const auto* sound = sound_for(*main, variant, wish.body.audio_language());
    if (sound && !sounds.contains(sound->playlist)) {
      auto track = co_await loading.track(sound->playlist, from, wish.segments);
      if (!track) co_return fail(std::move(track).error());
      sounds.emplace(sound->playlist, std::move(*track));
    }
    const auto video = co_await loading.track(variant.playlist, from, wish.segments);
    if (!video) co_return fail(video.error());
    auto start = loading.start(*main_part, *video, sound ? &sounds.at(sound->playlist) : nullptr);
    if (!start) co_return fail(std::move(start).error());
    describe(variant, *start);
    rungs.push_back({std::min(variant.width, variant.height), variant.bandwidth, bytes_of(start->first)});
    starts.push_back(std::move(*start));
  }
  co_return std::move(starts[choose_rung(rungs, 0, wish.network)]);
}

}  // namespace cliffhanger::edge
