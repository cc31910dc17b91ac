// Rules 4 (I-frame playlists), 5 and 9 of the reference: what the pictures are.
#include <algorithm>
#include <cmath>

#include "libs/conformance/measure.h"
#include "libs/conformance/rule.h"
#include "libs/conformance/text.h"

namespace cliffhanger::conformance {
namespace {

constexpr int kHigh = 100, kMostLevel = 41;  // of H.264
constexpr int kMain10 = 2, kMostHevcLevel = 150;  // of HEVC: level 5.0, in thirtieths
constexpr double kMostFrames = 60.001;       // a second
constexpr double kTolerance = 0.10, kRounding = 1e-3;

template <class Visit>
void each_picture_track(const Presentation& p, Visit visit) {
  for (const Media* media : p.of_kind(Media::Kind::kVideo)) {
    for (const LoadedMap& map : media->maps) {
      const Track* track = map.init ? map.init->find("vide") : nullptr;
      if (track != nullptr) visit(*media, *track);
    }
  }
}

// Pictures of which a part can be shown: of files that are encrypted as a whole (AES-128) none can.
bool any_pictures(const Presentation& p) {
  bool any = false;
  each_picture_track(p, [&](const Media& media, const Track&) {
    any |= std::any_of(media.segments.begin(), media.segments.end(),
                       [](const LoadedSegment& one) { return !one.opaque; });
  });
  return any;
}

void iframes_exist(const Presentation& p, Verdict& verdict) {
  if (!p.main || !any_pictures(p)) return;
  verdict.expect(!p.iframes.empty(),
                 [&] { return Finding{p.main_name, "no EXT-X-I-FRAME-STREAM-INF", "I-frame playlists"}; });
  for (const Variant& variant : p.iframes) {
    if (!variant.media->fault.empty()) continue;
    verdict.expect(variant.media->playlist.iframes_only,
                   [&] { return Finding{variant.media->name, "no EXT-X-I-FRAMES-ONLY", "the tag"}; });
  }
}

// Calls visit(media, index, range, fragment) for each range of an I-frame playlist; the fragment may be null.
template <class Visit>
void each_iframe(const Presentation& p, Visit visit) {
  for (const Media* media : p.of_kind(Media::Kind::kIframes)) {
    for (std::size_t i = 0; i < media->segments.size(); ++i) {
      const LoadedSegment& one = media->segments[i];
      if (one.opaque || one.unread) continue;
      const ByteRange range = media->playlist.segments[i].range.value_or(ByteRange{one.bytes, 0});
      visit(*media, i, range, one.fragments.empty() ? nullptr : &one.fragments.front());
    }
  }
}

void range_has_moof(const Presentation& p, Verdict& verdict) {
  each_iframe(p, [&](const Media& media, std::size_t i, const ByteRange& range, const Fragment* fragment) {
    const bool inside = fragment != nullptr && fragment->offset >= range.offset &&
                        fragment->offset < range.offset + range.length;
    verdict.expect(inside, [&] {
      return Finding{media.segment_name(i),
                     fragment == nullptr ? "no moof: " + media.segments[i].fault
                                         : "a moof at byte " + std::to_string(fragment->offset),
                     "a range that includes its moof"};
    });
  });
}

void range_has_idr(const Presentation& p, Verdict& verdict) {
  each_iframe(p, [&](const Media& media, std::size_t i, const ByteRange& range, const Fragment* fragment) {
    if (fragment == nullptr) return;
    const bool idr =
        fragment->starts_with_sync && !fragment->syncs.empty() && fragment->syncs.front().idr.value_or(true);
    const std::int64_t end = range.offset + range.length;
    const std::int64_t expected =
        fragment->syncs.empty() ? 0 : fragment->syncs.front().offset + fragment->syncs.front().bytes;
    verdict.expect(idr && end == expected && range.offset == fragment->offset, [&] {
      return Finding{media.segment_name(i),
                     !idr ? "no IDR behind its moof"
                          : "bytes " + std::to_string(range.offset) + " to " + std::to_string(end),
                     "bytes " + std::to_string(fragment->offset) + " to " + std::to_string(expected) +
                         ": the moof and the IDR alone"};
    });
  });
}

void iframe_rate(const Presentation& p, Verdict& verdict) {
  for (const Variant& variant : p.iframes) {
    const auto rate = variant.media->fault.empty() ? measure(*variant.media) : std::nullopt;
    if (!rate) continue;
    const auto said = static_cast<double>(variant.stream->bandwidth);
    verdict.expect(std::abs(said - rate->peak) <= kTolerance * rate->peak, [&] {
      return Finding{p.main_name + " line " + std::to_string(variant.stream->line) + " BANDWIDTH",
                     fixed(said / 1000, 1) + " kb/s",
                     fixed(rate->peak / 1000, 1) + " kb/s measured, within 10 %"};
    });
  }
}

void iframe_times(const Presentation& p, Verdict& verdict) {
  const auto videos = p.of_kind(Media::Kind::kVideo);
  const auto video =
      std::find_if(videos.begin(), videos.end(), [](const Media* m) { return m->has_video(); });
  if (video == videos.end()) return;
  const double frame = frame_seconds(**video) + kRounding;
  for (const Media* media : p.of_kind(Media::Kind::kIframes)) {
    const double one = media->playlist.seconds(), other = (*video)->playlist.seconds();
    verdict.expect(std::abs(one - other) <= frame, [&] {
      return Finding{media->name, fixed(one, 3) + " s", fixed(other, 3) + " s as " + (*video)->name};
    });
  }
}

void level(const Presentation& p, Verdict& verdict) {
  each_picture_track(p, [&](const Media& media, const Track& track) {
    if (track.hevc) return;
    verdict.expect(track.profile > 0 && track.profile <= kHigh && track.level <= kMostLevel, [&] {
      return Finding{media.name, shown(track.codecs.empty() ? track.format : track.codecs),
                     "H.264 up to the High profile at level 4.1"};
    });
  });
}

void high_profile(const Presentation& p, Verdict& verdict) {
  each_picture_track(p, [&](const Media& media, const Track& track) {
    if (track.hevc || track.profile == 0) return;
    verdict.expect(track.profile == kHigh,
                   [&] { return Finding{media.name, shown(track.codecs), "the High profile (avc1.64…)"}; });
  });
}

void hevc_level(const Presentation& p, Verdict& verdict) {
  each_picture_track(p, [&](const Media& media, const Track& track) {
    if (!track.hevc) return;
    verdict.expect(track.profile > 0 && track.profile <= kMain10 && track.level <= kMostHevcLevel, [&] {
      return Finding{media.name, shown(track.codecs.empty() ? track.format : track.codecs),
                     "HEVC up to the Main 10 profile at level 5.0"};
    });
  });
}

// Where there is HEVC: players that can't decode it find H.264, and those that take the first variant without
// looking get it.
void h264_first(const Presentation& p, Verdict& verdict) {
  std::vector<bool> hevc;
  for (const Variant& variant : p.variants)
    if (variant.media->has_video()) hevc.push_back(variant.media->track()->hevc);
  if (std::find(hevc.begin(), hevc.end(), true) == hevc.end()) return;
  verdict.expect(!hevc.front(), [&] {
    const bool alone = std::find(hevc.begin(), hevc.end(), false) == hevc.end();
    return Finding{p.main_name, alone ? "HEVC alone" : "HEVC in the first variant",
                   "H.264 in the first variant"};
  });
}

void sets_in_description(const Presentation& p, Verdict& verdict) {
  each_picture_track(p, [&](const Media& media, const Track& track) {
    const bool well = track.format != "avc3" && track.format != "hev1" && track.format != "dvhe";
    verdict.expect(well && (track.nal_length == 0 || track.parameter_sets), [&] {
      return Finding{media.name, well ? "a configuration without parameter sets" : shown(track.format),
                     "avc1 or hvc1, with the parameter sets in the sample description"};
    });
  });
}

void upright(const Presentation& p, Verdict& verdict) {
  each_picture_track(p, [&](const Media& media, const Track& track) {
    verdict.expect(track.upright, [&] {
      return Finding{media.name, "a matrix that turns or mirrors", "pixels that are upright"};
    });
  });
}

void square_pixels(const Presentation& p, Verdict& verdict) {
  each_picture_track(p, [&](const Media& media, const Track& track) {
    const bool square = !track.aspect || (*track.aspect)[0] == (*track.aspect)[1];
    verdict.expect(square, [&] {
      return Finding{media.name + " pasp",
                     std::to_string((*track.aspect)[0]) + ":" + std::to_string((*track.aspect)[1]), "1:1"};
    });
  });
}

void bt709(const Presentation& p, Verdict& verdict) {
  for (const Variant& variant : p.variants) {
    // A variant that says it is HDR is not meant to be bt709.
    if (!variant.media->has_video() || variant.stream->video_range == "PQ" ||
        variant.stream->video_range == "HLG")
      continue;
    const auto& colour = variant.media->track()->colour;
    verdict.expect(colour == Colour{1, 1, 1, false}, [&] {
      const std::string found =
          !colour
              ? "no colr"
              : std::to_string(colour->primaries) + "/" + std::to_string(colour->transfer) + "/" +
                    std::to_string(colour->matrix) + (colour->full_range ? " full range" : " limited range");
      return Finding{variant.media->name + " colr", found, "1/1/1 limited range (bt709)"};
    });
  }
}

void at_most_60(const Presentation& p, Verdict& verdict) {
  for (const Media* media : p.of_kind(Media::Kind::kVideo)) {
    const double rate = frame_rate(*media);
    if (rate <= 0) continue;
    verdict.expect(rate <= kMostFrames,
                   [&] { return Finding{media->name, fixed(rate, 3) + " frames a second", "at most 60"}; });
  }
}

void constant_rate(const Presentation& p, Verdict& verdict) {
  for (const Media* media : p.of_kind(Media::Kind::kVideo)) {
    std::optional<std::int64_t> first;
    int map = -1;
    for (std::size_t i = 0; i < media->segments.size(); ++i) {
      const Track* track = media->track(media->playlist.segments[i].map);
      if (track == nullptr || !track->is_video()) continue;
      if (media->playlist.segments[i].map != map) first.reset();
      map = media->playlist.segments[i].map;
      for (const Fragment& one : media->segments[i].fragments) {
        if (one.track != track->id) continue;
        if (!first) first = one.sample_duration;
        verdict.expect(one.sample_duration && one.sample_duration == first, [&] {
          return Finding{media->segment_name(i), "pictures of different durations", "a constant frame rate"};
        });
      }
    }
  }
}

constexpr const char* kIframes = "I-frames";
constexpr Rule kIframeRules[] = {
    {"6.1", Level::kMust, kIframes, "There are I-frame playlists", iframes_exist},
    {"6.10", Level::kMust, kIframes, "Each I-frame's byte range includes its moof", range_has_moof},
    {"iframe-exact", Level::kShould, kIframes, "Each range is the moof and exactly the IDR", range_has_idr},
    {"iframe-rate", Level::kShould, kIframes, "BANDWIDTH is within 10 % of the largest I-frame", iframe_rate},
    {"iframe-times", Level::kShould, kIframes, "I-frame playlists last as long as the pictures",
     iframe_times},
};

constexpr const char* kGroup = "Pictures";
constexpr Rule kRules[] = {
    {"1.3", Level::kMust, kGroup, "H.264 up to the High profile at level 4.1", level},
    {"1.4", Level::kShould, kGroup, "H.264 of the High profile", high_profile},
    {"1.6", Level::kMust, kGroup, "HEVC up to the Main 10 profile at level 5.0", hevc_level},
    {"h264-first", Level::kMust, kGroup, "Beside HEVC there is H.264, and it comes first", h264_first},
    {"1.10", Level::kShould, kGroup, "avc1 or hvc1: parameter sets are in the sample description",
     sets_in_description},
    {"upright", Level::kMust, kGroup, "Rotation and mirror are pixels, and the matrix is clear", upright},
    {"square-pixels", Level::kMust, kGroup, "Pixels are square", square_pixels},
    {"bt709", Level::kShould, kGroup, "SDR is tagged bt709 and limited range", bt709},
    {"rate-60", Level::kMust, kGroup, "At most 60 frames a second", at_most_60},
    {"constant-rate", Level::kShould, kGroup, "The frame rate is constant", constant_rate},
};

}  // namespace

std::span<const Rule> iframe_rules() {
  return kIframeRules;
}

std::span<const Rule> picture_rules() {
  return kRules;
}

}  // namespace cliffhanger::conformance
