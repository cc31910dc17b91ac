#include "services/transcode/domain/dubs.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <set>

#include "libs/captions/captions.h"
#include "services/transcode/domain/profile.h"

namespace cliffhanger::transcode {
namespace {

constexpr int kDubPriority = 70;  // somebody waits for it, but no head does
constexpr std::string_view kPrefix = "dub-";
constexpr std::int64_t kFitsWithinMs = 5000;
constexpr std::int64_t kUnheardMs = 250;  // of a tail: what codecs add, and nobody misses

std::string seconds(std::int64_t ms) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f s", static_cast<double>(ms) / 1000);
  return text;
}

bool refused(const DubRecord& record) {
  return !record.dub.refusal_reason.empty();
}

}  // namespace

std::string_view to_text(DubState state) {
  switch (state) {
    case DubState::kProcessing:
      return "processing";
    case DubState::kEncoded:
      return "encoded";
    case DubState::kReady:
      return "ready";
    case DubState::kFailed:
      return "failed";
  }
  return "";
}

Result<DubState> parse_dub_state(std::string_view text) {
  for (const DubState state :
       {DubState::kProcessing, DubState::kEncoded, DubState::kReady, DubState::kFailed}) {
    if (to_text(state) == text) return state;
  }
  return fail(internal("BAD_RECORD", "A dub in an unknown state."));
}

int percent_of(const DubRecord& record) {
  if (record.progress.state == DubState::kReady) return 100;
  const std::int64_t total = std::max<std::int64_t>(1, record.pieces_total);
  return static_cast<int>(std::clamp<std::int64_t>(record.pieces_done * 99 / total, 0, 99));
}

std::string dub_track(SourceId source, Encryption encryption) {
  const char* suffix = encryption == Encryption::kNone       ? ""
                       : encryption == Encryption::kSampleAes ? "-cbcs"
                                                              : "-aes128";
  return std::string(kPrefix) + source.text() + suffix;
}

bool is_dub(std::string_view track) {
  return track.starts_with(kPrefix);
}

Result<std::string> check_length(std::int64_t sound_ms, std::int64_t episode_ms) {
  const std::int64_t over = sound_ms - episode_ms;
  if (std::abs(over) > std::max(kFitsWithinMs, episode_ms / 10)) {
    return fail(invalid("DUB_LENGTH", "The sound lasts " + seconds(sound_ms) + " and is " + seconds(std::abs(over)) +
                                          (over > 0 ? " longer" : " shorter") + " than the episode, which lasts " +
                                          seconds(episode_ms) + "."));
  }
  if (over <= kUnheardMs) return std::string();
  return "The last " + seconds(over) + " of the sound are cut off: it is longer than the episode.";
}

std::vector<Recipe> dub_recipes(const Plan& plan, const Dub& dub) {
  // Whatever the film's own sound waits for.
  Plan own = plan;
  own.loudness = Loudness::kEpisode;
  own.gain_db.reset();
  std::vector<Recipe> out = recipes(own, dub.sha256);
  std::erase_if(out, [](const Recipe& one) { return one.name.track != kAudio; });
  for (Recipe& one : out) {
    one.name.track = dub_track(dub.source);
    one.text += " alone";
  }
  return out;
}

std::vector<Recipe> secret_recipes(const std::vector<Recipe>& clear, SourceId source, Encryption encryption,
                                   const std::string& revision) {
  std::vector<Recipe> out = clear;
  for (Recipe& one : out) {
    one.name.track = dub_track(source, encryption);
    one.text += " " + one.name.track + " for " + revision;
  }
  return out;
}

Run dub_run(SourceId source) {
  return {Kind::kDub, kDubPriority, {dub_track(source)}, 0, 0};
}

Result<SourceId> dub_of(const Run& run) {
  if (run.rungs.size() == 1 && is_dub(run.rungs[0])) {
    if (const auto source = SourceId::parse(std::string_view(run.rungs[0]).substr(kPrefix.size()))) return *source;
  }
  return fail(internal("BAD_TASK", "A task that is about no dub."));
}

Result<void> Dubbing::accept(Dub dub) {
  dub.language = captions::canonical_language(dub.language);
  if (dub.label.empty()) dub.label = dub.language;
  CH_TRY(shelf_.lock(dub.episode));
  CH_ASSIGN(const bool gone, shelf_.is_gone(dub.episode));
  if (gone) return {};
  CH_ASSIGN(const auto there, shelf_.list(dub.episode));
  std::set<std::string> languages{dub.language};
  for (const DubRecord& one : there) {
    const bool mine = one.dub.language == dub.language;
    if (one.dub.source == dub.source || (mine && one.dub.verified > dub.verified)) return {};
    if (!refused(one)) languages.insert(one.dub.language);
  }
  if (languages.size() > kMaxDubLanguages) {
    dub.refusal_reason = "DUBS_TOO_MANY";
    dub.refusal_message = "An episode has dubs in at most 16 languages.";
  }
  std::size_t kept = there.size();
  for (const DubRecord& one : there) {
    if (one.dub.language != dub.language) continue;
    CH_ASSIGN(const bool heard, shelf_.is_heard(one.dub.source));
    if (heard) continue;
    CH_TRY(shelf_.drop(one.dub));
    --kept;
  }
  if (kept >= kMaxDubsKept) return {};
  CH_TRY(shelf_.add(dub));
  return dub.refusal_reason.empty() ? shelf_.ask(dub.episode) : Result<void>();
}

Result<std::vector<DubRecord>> Dubbing::list(EpisodeId episode, const OwnerFilter& owner) {
  CH_TRY(shelf_.look(episode, owner));
  CH_ASSIGN(auto all, shelf_.list(episode));
  const auto same = [](const DubRecord& a, const DubRecord& b) { return a.dub.language == b.dub.language; };
  all.erase(std::unique(all.begin(), all.end(), same), all.end());
  return all;
}

Result<DubRecord> Dubbing::get(EpisodeId episode, const OwnerFilter& owner, const std::string& language) {
  CH_ASSIGN(auto all, list(episode, owner));
  const std::string tag = captions::canonical_language(language);
  for (DubRecord& one : all) {
    if (one.dub.language == tag) return std::move(one);
  }
  return fail(not_found("DUB_NOT_FOUND", "The episode has no dub in this language."));
}

Result<void> Dubbing::remove(EpisodeId episode, const OwnerFilter& owner, const std::string& language) {
  CH_TRY(shelf_.open(episode, owner));
  CH_ASSIGN(const auto all, shelf_.list(episode));
  const std::string tag = captions::canonical_language(language);
  bool any = false;
  for (const DubRecord& one : all) {
    if (one.dub.language != tag) continue;
    any = true;
    CH_TRY(shelf_.drop(one.dub));
  }
  return any ? shelf_.refresh(episode) : Result<void>();
}

}  // namespace cliffhanger::transcode
