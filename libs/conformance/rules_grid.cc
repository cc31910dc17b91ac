// Rule 1 of the reference, and how segments are put together: key frames, groups of pictures, segment
// lengths.
#include <algorithm>
#include <cmath>

#include "libs/conformance/measure.h"
#include "libs/conformance/rule.h"
#include "libs/conformance/text.h"

namespace cliffhanger::conformance {
namespace {

constexpr double kGopSeconds = 2;
constexpr double kOverTarget = 0.5;  // seconds
constexpr double kRounding = 1e-3;
constexpr std::int64_t kTarget = 4;

std::vector<const Media*> pictures(const Presentation& p) {
  std::vector<const Media*> out;
  for (const Media* media : p.of_kind(Media::Kind::kVideo)) {
    if (media->has_video()) out.push_back(media);
  }
  return out;
}

// Calls visit(media, index, segment, track, its fragments' first) for every segment of pictures that was
// read.
template <class Visit>
void each_picture_segment(const Presentation& p, Visit visit) {
  for (const Media* media : pictures(p)) {
    for (std::size_t i = 0; i < media->segments.size(); ++i) {
      const Track* track = media->track(media->playlist.segments[i].map);
      const auto& fragments = media->segments[i].fragments;
      if (track == nullptr) continue;
      const auto first = std::find_if(fragments.begin(), fragments.end(),
                                      [&](const Fragment& one) { return one.track == track->id; });
      if (first != fragments.end()) visit(*media, i, *track, *first);
    }
  }
}

template <class Visit>
void each_picture_fragment(const Presentation& p, Visit visit) {
  each_picture_segment(p, [&](const Media& media, std::size_t i, const Track& track, const Fragment&) {
    for (const Fragment& one : media.segments[i].fragments) {
      if (one.track == track.id) visit(media, i, track, one);
    }
  });
}

// Of the film that the segment is of.
std::int64_t gop_frames(const Media& media, std::size_t segment) {
  return std::max<std::int64_t>(1, std::llround(kGopSeconds * frame_rate(media, segment)));
}

void idr_every_two_seconds(const Presentation& p, Verdict& verdict) {
  for (const Media* media : pictures(p)) {
    for (const Gop& gop : gops(*media)) {
      const std::int64_t frames = gop_frames(*media, gop.segment);
      const bool well = gop.last ? gop.frames <= frames : gop.frames == frames;
      verdict.expect(well, [&] {
        return Finding{media->segment_name(gop.segment) + " at " + fixed(gop.seconds_at, 3) + " s",
                       "a key frame after " + std::to_string(gop.frames) + " frames",
                       std::to_string(frames) + " frames (2 s)"};
      });
    }
  }
}

void same_idr_times(const Presentation& p, Verdict& verdict) {
  const auto all = pictures(p);
  if (all.size() < 2) return;
  const std::vector<Gop> first = gops(*all.front());
  for (std::size_t i = 1; i < all.size(); ++i) {
    const std::vector<Gop> other = gops(*all[i]);
    verdict.expect(first.size() == other.size(), [&] {
      return Finding{all[i]->name, std::to_string(other.size()) + " key frames",
                     std::to_string(first.size()) + " as in " + all.front()->name};
    });
    for (std::size_t k = 0; k < std::min(first.size(), other.size()); ++k) {
      verdict.expect(std::abs(first[k].seconds_at - other[k].seconds_at) <= kRounding, [&] {
        return Finding{all[i]->name,
                       "key frame " + std::to_string(k) + " at " + fixed(other[k].seconds_at, 3) + " s",
                       fixed(first[k].seconds_at, 3) + " s as in " + all.front()->name};
      });
    }
  }
}

void segment_lengths(const Presentation& p, Verdict& verdict) {
  for (const Media* media : pictures(p)) {
    const std::int64_t target = media->playlist.target_duration.value_or(0);
    verdict.expect(target == kTarget, [&] {
      return Finding{media->name + " EXT-X-TARGETDURATION", std::to_string(target) + " s",
                     std::to_string(kTarget) + " s"};
    });
    // What was joined from several timelines starts anew within it.
    const auto& said = media->playlist.segments;
    const double frame = frame_seconds(*media);
    for (std::size_t i = 0; i + 1 < said.size() && media->segments[i + 1].period == 0; ++i) {
      const double expected = i < 2 ? kGopSeconds : 2 * kGopSeconds;
      verdict.expect(std::abs(said[i].seconds - expected) <= std::max(frame, kRounding), [&] {
        return Finding{media->segment_name(i), fixed(said[i].seconds, 3) + " s",
                       fixed(expected, 0) + " s (2, 2, then 4 s)"};
      });
    }
  }
}

void not_too_long(const Presentation& p, Verdict& verdict) {
  for (const Media& media : p.media) {
    const auto all = stays(media);
    if (!all || media.kind == Media::Kind::kIframes || !media.playlist.target_duration) continue;
    const double most = static_cast<double>(*media.playlist.target_duration) + kOverTarget;
    for (const Stay& one : *all) {
      verdict.expect(one.seconds <= most + kRounding, [&] {
        return Finding{media.segment_name(one.segment), fixed(one.seconds, 3) + " s of media",
                       "at most " + fixed(most, 1) + " s"};
      });
    }
  }
}

void starts_with_idr(const Presentation& p, Verdict& verdict) {
  each_picture_segment(p, [&](const Media& media, std::size_t i, const Track&, const Fragment& first) {
    const bool idr = first.starts_with_sync && first.syncs.front().idr.value_or(true);
    verdict.expect(idr, [&] {
      return Finding{
          media.segment_name(i),
          first.starts_with_sync ? "a first picture that is no IDR" : "a first sample that is no key frame",
          "an IDR"};
    });
  });
}

void closed_gops(const Presentation& p, Verdict& verdict) {
  each_picture_fragment(p, [&](const Media& media, std::size_t i, const Track&, const Fragment& one) {
    const bool all_idr = std::all_of(one.syncs.begin(), one.syncs.end(),
                                     [](const SyncSample& sync) { return sync.idr.value_or(true); });
    verdict.expect(all_idr && !one.leading, [&] {
      return Finding{media.segment_name(i),
                     all_idr ? "a picture that follows a key frame and is shown before it"
                             : "a key frame that is no IDR",
                     "closed groups of pictures"};
    });
  });
}

// In the main playlist it is said of all.
void independent(const Presentation& p, Verdict& verdict) {
  const bool all = p.main && p.main->independent;
  for (const Media* media : pictures(p)) {
    verdict.expect(all || media->playlist.independent, [&] {
      return Finding{media->name, "no EXT-X-INDEPENDENT-SEGMENTS", "the tag here or in the main playlist"};
    });
  }
}

void moof_per_gop(const Presentation& p, Verdict& verdict) {
  each_picture_fragment(p, [&](const Media& media, std::size_t i, const Track&, const Fragment& one) {
    verdict.expect(one.starts_with_sync && one.syncs.size() == 1, [&] {
      return Finding{media.segment_name(i) + " moof at byte " + std::to_string(one.offset),
                     std::to_string(one.syncs.size()) + " key frames" +
                         (one.starts_with_sync ? "" : ", none of them its first sample"),
                     "one, as its first sample"};
    });
  });
}

void shown_on_time(const Presentation& p, Verdict& verdict) {
  each_picture_segment(p, [&](const Media& media, std::size_t i, const Track& track, const Fragment& first) {
    if (first.syncs.empty() || !first.starts_with_sync) return;
    const std::int64_t late = first.syncs.front().shown - first.syncs.front().time;
    verdict.expect(late == 0 && track.edits == 0, [&] {
      return Finding{media.segment_name(i),
                     late == 0
                         ? "an edit list for the pictures"
                         : "the first picture shown " + std::to_string(late) + " ticks after it is decoded",
                     "trun version 1 with negative offsets and no edit list"};
    });
  });
}

void on_grid(const Presentation& p, Verdict& verdict) {
  each_picture_fragment(p, [&](const Media& media, std::size_t i, const Track& track, const Fragment& one) {
    if (!one.decode_time || !one.starts_with_sync || one.samples == 0) return;
    // In ticks, which need not be whole for a frame.
    const double frame = static_cast<double>(one.duration) / static_cast<double>(one.samples);
    const double gop = static_cast<double>(gop_frames(media, i)) * frame;
    const double times = gop > 0 ? static_cast<double>(*one.decode_time) / gop : 0;
    const double off = std::abs(times - std::round(times)) * gop;
    verdict.expect(off <= std::max(1.0, track.timescale * kRounding), [&] {
      return Finding{media.segment_name(i) + " tfdt", std::to_string(*one.decode_time),
                     "a multiple of 2 s in frames, " + fixed(gop, 0) + " ticks"};
    });
  });
}

constexpr const char* kGroup = "Grid";
constexpr Rule kRules[] = {
    {"1.13", Level::kShould, kGroup, "An IDR every 2 s, counted in frames", idr_every_two_seconds},
    {"8.22", Level::kMust, kGroup, "IDRs at the same times in all variants", same_idr_times},
    {"segments", Level::kShould, kGroup, "Segments of 2, 2, then 4 s; a target duration of 4 s",
     segment_lengths},
    {"7.7", Level::kMust, kGroup, "No segment exceeds the target duration by more than 0.5 s", not_too_long},
    {"7.4", Level::kMust, kGroup, "Each segment of pictures starts with an IDR", starts_with_idr},
    {"closed-gop", Level::kMust, kGroup, "Groups of pictures are closed", closed_gops},
    {"9.11", Level::kMust, kGroup, "EXT-X-INDEPENDENT-SEGMENTS is there", independent},
    {"moof-per-gop", Level::kShould, kGroup, "One moof for each group of pictures", moof_per_gop},
    {"shown-on-time", Level::kShould, kGroup, "Each segment's first picture is shown when it is decoded",
     shown_on_time},
    {"on-grid", Level::kShould, kGroup, "Each tfdt is on the grid of 2 s", on_grid},
};

}  // namespace

std::span<const Rule> grid_rules() {
  return kRules;
}

}  // namespace cliffhanger::conformance
