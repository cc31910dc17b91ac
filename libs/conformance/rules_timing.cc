// Rule 2 of the reference: one timeline, whole and the same for pictures and sound.
#include <algorithm>
#include <cmath>
#include <map>

#include "libs/conformance/measure.h"
#include "libs/conformance/rule.h"
#include "libs/conformance/text.h"

namespace cliffhanger::conformance {
namespace {

constexpr double kRounding = 1e-3;
constexpr double kUnknownFrame = 0.05;  // seconds; of what is encrypted as a whole

bool is_timed(const Media& media) {
  return media.fault.empty() && (media.kind == Media::Kind::kVideo || media.kind == Media::Kind::kAudio);
}

void continuous(const Presentation& p, Verdict& verdict) {
  for (const Media& media : p.media) {
    if (!is_timed(media)) continue;
    std::map<std::uint32_t, std::int64_t> expected;  // by track
    int period = -1, map = -1;
    for (std::size_t i = 0; i < media.segments.size(); ++i) {
      const LoadedSegment& segment = media.segments[i];
      // What could not be read is another rule's.
      if (segment.period != period || media.playlist.segments[i].map != map || segment.fragments.empty())
        expected.clear();
      period = segment.period;
      map = media.playlist.segments[i].map;
      for (const Fragment& one : segment.fragments) {
        const auto known = expected.find(one.track);
        const bool well = one.decode_time && (known == expected.end() || known->second == *one.decode_time);
        verdict.expect(well, [&] {
          return Finding{media.segment_name(i) + " tfdt",
                         one.decode_time ? std::to_string(*one.decode_time) : "none",
                         known == expected.end() ? "one in every fragment" : std::to_string(known->second)};
        });
        expected[one.track] = one.decode_time.value_or(0) + one.duration;
      }
    }
  }
}

// The place where the playlist's clock is furthest from the media's.
void extinf_sums(const Presentation& p, Verdict& verdict) {
  double picture = 0;
  for (const Media& media : p.media) {
    if (is_timed(media) && media.has_video()) picture = std::max(picture, frame_seconds(media));
  }
  for (const Media& media : p.media) {
    const auto all = is_timed(media) ? stays(media) : std::nullopt;
    if (!all || all->empty()) continue;
    const double most = (picture > 0 ? picture : frame_seconds(media)) + kRounding;
    double off = 0, said = 0, lasts = 0;
    std::size_t where = 0;
    for (const Stay& one : *all) {
      said += media.playlist.segments[one.segment].seconds;
      lasts += one.seconds;
      if (std::abs(said - lasts) > std::abs(off)) off = said - lasts, where = one.segment;
    }
    verdict.expect(std::abs(off) <= most, [&] {
      return Finding{media.segment_name(where), "EXTINFs " + fixed(off, 3) + " s off the media by its end",
                     "within one picture, " + fixed(most, 3) + " s"};
    });
  }
}

void same_target(const Presentation& p, Verdict& verdict) {
  const Media* first = nullptr;
  for (const Media& media : p.media) {
    if (!is_timed(media)) continue;
    if (first == nullptr) {
      first = &media;
      continue;
    }
    const auto target = media.playlist.target_duration, expected = first->playlist.target_duration;
    verdict.expect(target == expected, [&] {
      return Finding{media.name + " EXT-X-TARGETDURATION", std::to_string(target.value_or(0)),
                     std::to_string(expected.value_or(0)) + " as in " + first->name};
    });
  }
}

// Where several timelines follow one another players bring pictures and sound together anew at each
// discontinuity, so that what is left of a frame in one does not add up.
void same_total(const Presentation& p, Verdict& verdict) {
  const Media* first = nullptr;
  for (const Media& media : p.media) {
    if (!is_timed(media) || !media.playlist.ended) continue;
    if (first == nullptr) {
      first = &media;
      continue;
    }
    const double frame = std::max(frame_seconds(*first), frame_seconds(media));
    const double most = (frame > 0 ? frame : kUnknownFrame) + kRounding;
    const auto one = period_seconds(media), other = period_seconds(*first);
    verdict.expect(one.size() == other.size(), [&] {
      return Finding{media.name, std::to_string(one.size()) + " timelines",
                     std::to_string(other.size()) + " as " + first->name};
    });
    for (std::size_t i = 0; i < std::min(one.size(), other.size()); ++i) {
      verdict.expect(std::abs(one[i] - other[i]) <= most, [&] {
        const std::string where = one.size() > 1 ? " timeline " + std::to_string(i) : "";
        return Finding{media.name + where, fixed(one[i], 3) + " s of media",
                       fixed(other[i], 3) + " s as " + first->name + ", within one frame"};
      });
    }
  }
}

void playlist_type(const Presentation& p, Verdict& verdict) {
  for (const Media& media : p.media) {
    if (!media.fault.empty()) continue;
    const Playlist& list = media.playlist;
    // An EVENT stays one when it has ended.
    const bool well = list.ended ? list.type != Playlist::Type::kNone : list.type == Playlist::Type::kEvent;
    verdict.expect(well, [&] {
      const char* type = list.type == Playlist::Type::kNone  ? "no EXT-X-PLAYLIST-TYPE"
                         : list.type == Playlist::Type::kVod ? "VOD"
                                                             : "EVENT";
      return Finding{media.name, std::string(type) + (list.ended ? " with" : " without") + " EXT-X-ENDLIST",
                     list.ended ? "VOD" : "EVENT while it grows"};
    });
  }
}

void start_at_zero(const Presentation& p, Verdict& verdict) {
  for (const Media& media : p.media) {
    if (!is_timed(media) || media.playlist.ended) continue;
    const auto& start = media.playlist.start ? media.playlist.start : (p.main ? p.main->start : std::nullopt);
    verdict.expect(start && start->offset == 0, [&] {
      return Finding{media.name,
                     start ? "EXT-X-START at " + fixed(start->offset, 3) + " s" : "no EXT-X-START",
                     "EXT-X-START at 0: players join a list without an end near its end"};
    });
  }
}

// When segments start, in seconds since their period did.
std::vector<double> starts_in_period(const Media& media, const std::vector<Stay>& all) {
  std::vector<double> out;
  double first = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i == 0 || media.segments[i].period != media.segments[i - 1].period) first = all[i].start;
    out.push_back(all[i].start - first);
  }
  return out;
}

void aligned(const Presentation& p, Verdict& verdict) {
  const auto videos = p.of_kind(Media::Kind::kVideo);
  const auto video =
      std::find_if(videos.begin(), videos.end(), [](const Media* m) { return m->has_video(); });
  if (video == videos.end()) return;
  const auto pictures = stays(**video);
  for (const Media* media : p.of_kind(Media::Kind::kAudio)) {
    const auto sound = stays(*media);
    if (!pictures || !sound) continue;
    verdict.expect(sound->size() == pictures->size(), [&] {
      return Finding{media->name, std::to_string(sound->size()) + " segments",
                     std::to_string(pictures->size()) + " as in " + (*video)->name};
    });
    if (sound->size() != pictures->size()) continue;
    const double frame = frame_seconds(*media) + kRounding;
    const auto ours = starts_in_period(*media, *sound), theirs = starts_in_period(**video, *pictures);
    for (std::size_t i = 0; i < ours.size(); ++i) {
      verdict.expect(std::abs(ours[i] - theirs[i]) <= frame, [&] {
        return Finding{media->segment_name(i), "starts at " + fixed(ours[i], 3) + " s",
                       fixed(theirs[i], 3) + " s as in " + (*video)->name + ", within one frame of sound"};
      });
    }
  }
}

constexpr const char* kGroup = "Timing";
constexpr Rule kRules[] = {
    {"7.3", Level::kMust, kGroup, "tfdt goes on without a gap, but at discontinuities", continuous},
    {"8.1", Level::kMust, kGroup, "EXTINFs sum up to the media within one picture", extinf_sums},
    {"8.2", Level::kMust, kGroup, "Pictures and sound have the same target duration", same_target},
    {"8.3", Level::kMust, kGroup, "Pictures and sound last equally long", same_total},
    {"8.6", Level::kMust, kGroup, "PLAYLIST-TYPE is VOD when finished, EVENT while growing", playlist_type},
    {"start-0", Level::kShould, kGroup, "A list without an end says that it starts at 0", start_at_zero},
    {"av-aligned", Level::kShould, kGroup, "Segments of pictures and sound start within one frame of sound",
     aligned},
};

}  // namespace

std::span<const Rule> timing_rules() {
  return kRules;
}

}  // namespace cliffhanger::conformance
