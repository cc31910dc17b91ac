// Rule 3 of the reference: sound apart from the pictures, AAC-LC, its priming skipped.
#include <algorithm>

#include "libs/conformance/measure.h"
#include "libs/conformance/rule.h"
#include "libs/conformance/text.h"

namespace cliffhanger::conformance {
namespace {

constexpr double kLeastRate = 32'000, kMostRate = 160'000;  // bits a second
constexpr double kBoxes = 1.05;                             // what boxes add to the sound's own rate
constexpr int kLowComplexity = 2;

template <class Visit>
void each_sound(const Presentation& p, Visit visit) {
  for (const Media& media : p.media) {
    if (media.kind != Media::Kind::kVideo && media.kind != Media::Kind::kAudio) continue;
    for (const LoadedMap& map : media.maps) {
      const Track* track = map.init ? map.init->find("soun") : nullptr;
      if (track != nullptr) visit(media, *track);
    }
  }
}

void apart(const Presentation& p, Verdict& verdict) {
  for (const Media* media : p.of_kind(Media::Kind::kVideo)) {
    for (const LoadedMap& map : media->maps) {
      if (!map.init || map.init->find("vide") == nullptr) continue;
      verdict.expect(map.init->find("soun") == nullptr, [&] {
        return Finding{media->name, "pictures and sound in the same segments",
                       "sound in segments of its own"};
      });
    }
  }
}

void own_group(const Presentation& p, Verdict& verdict) {
  if (!p.main) return;
  const bool any_sound = std::any_of(p.media.begin(), p.media.end(), [](const Media& media) {
    return std::any_of(media.maps.begin(), media.maps.end(),
                       [](const LoadedMap& map) { return map.init && map.init->find("soun") != nullptr; });
  });
  if (!any_sound) return;
  for (const Variant& variant : p.variants) {
    verdict.expect(!variant.audio.empty() || variant.media->sounds(), [&] {
      return Finding{
          p.main_name + " line " + std::to_string(variant.stream->line),
          variant.stream->audio.empty() ? "no AUDIO" : "an AUDIO group without a rendition of its own",
          "AUDIO and an EXT-X-MEDIA with a URI"};
    });
  }
}

void stereo_aac(const Presentation& p, Verdict& verdict) {
  each_sound(p, [&](const Media& media, const Track& track) {
    const bool well =
        track.format == "mp4a" && track.audio_object_type == kLowComplexity && track.channels == 2;
    verdict.expect(well, [&] {
      return Finding{media.name,
                     shown(track.codecs.empty() ? track.format : track.codecs) + " with " +
                         std::to_string(track.channels) + " channels",
                     "mp4a.40.2 with 2 channels"};
    });
  });
}

void sound_rate(const Presentation& p, Verdict& verdict) {
  for (const Media* media : p.of_kind(Media::Kind::kAudio)) {
    const auto rate = measure(*media);
    if (!rate) continue;
    verdict.expect(rate->average >= kLeastRate && rate->average <= kMostRate * kBoxes, [&] {
      return Finding{media->name, fixed(rate->average / 1000, 1) + " kb/s", "32 to 160 kb/s"};
    });
  }
}

void priming(const Presentation& p, Verdict& verdict) {
  each_sound(p, [&](const Media& media, const Track& track) {
    if (track.format != "mp4a") return;
    verdict.expect(track.edit_start.value_or(0) > 0, [&] {
      return Finding{media.name, track.edits == 0 ? "no edit list" : "an edit list that skips nothing",
                     "an edit list that skips the encoder's priming"};
    });
  });
}

constexpr const char* kGroup = "Sound";
constexpr Rule kRules[] = {
    {"8.9", Level::kMust, kGroup, "Pictures and sound are not in the same segments", apart},
    {"9.5", Level::kMust, kGroup, "Sound is a rendition group of its own", own_group},
    {"stereo-aac", Level::kShould, kGroup, "Sound is stereo AAC-LC", stereo_aac},
    {"sound-rate", Level::kShould, kGroup, "Sound takes 32 to 160 kb/s", sound_rate},
    {"priming", Level::kShould, kGroup, "The encoder's priming is skipped by an edit list", priming},
};

}  // namespace

std::span<const Rule> audio_rules() {
  return kRules;
}

}  // namespace cliffhanger::conformance
