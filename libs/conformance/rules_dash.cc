// Ours: the DASH manifest beside the playlists, held against the same media.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "libs/conformance/measure.h"
#include "libs/conformance/rule.h"
#include "libs/conformance/text.h"

namespace cliffhanger::conformance {
namespace {

constexpr double kTolerance = 0.10, kRounding = 1e-3;

// A segment of the playlists.
struct Known {
  const Media* media = nullptr;
  std::size_t index = 0;
};
using Place = std::pair<std::string, std::int64_t>;  // file, offset
using Index = std::map<Place, Known>;

Place place_of(const std::string& uri, const std::optional<ByteRange>& range) {
  return {uri, range ? range->offset : 0};
}

Index index_of(const Presentation& p) {
  Index out;
  for (const Media::Kind kind : {Media::Kind::kVideo, Media::Kind::kAudio}) {
    for (const Media* media : p.of_kind(kind)) {
      for (std::size_t i = 0; i < media->segments.size(); ++i)
        out.try_emplace(place_of(media->segments[i].uri, media->playlist.segments[i].range), Known{media, i});
    }
  }
  return out;
}

bool is_played(const Represented& one) {
  return one.content == "video" || one.content == "audio";
}

std::string name_of(const Presentation& p, const Represented& one) {
  const bool many = p.dash->manifest->periods.size() > 1;
  return p.dash->name + (many ? " period " + std::to_string(one.period) : "") + " " + shown(one.id);
}

// Calls visit(representation, the playlist's segment that its first one is) for what both have.
template <class Visit>
void each_shared(const Presentation& p, Visit visit) {
  if (!p.dash || !p.dash->manifest) return;
  const Index index = index_of(p);
  for (const Represented& one : p.dash->manifest->represented) {
    if (!is_played(one) || one.segments.empty()) continue;
    const auto it = index.find(place_of(one.segments.front().uri, one.segments.front().range));
    if (it != index.end()) visit(one, it->second, index);
  }
}

void syntax(const Presentation& p, Verdict& verdict) {
  if (!p.dash) return;
  verdict.expect(p.dash->manifest.has_value(), [&] {
    return Finding{p.dash->name, p.dash->fault, "a manifest after ISO/IEC 23009-1"};
  });
  if (!p.dash->manifest) return;
  for (const std::string& fault : p.dash->manifest->faults)
    verdict.expect(false, [&] { return Finding{p.dash->name, fault, "a manifest after ISO/IEC 23009-1"}; });
}

void readable(const Presentation& p, Verdict& verdict) {
  if (!p.dash || !p.dash->manifest) return;
  for (const auto& [uri, fault] : p.dash->read)
    verdict.expect(fault.empty(), [&] {
      return Finding{p.dash->name + " " + shown(uri), fault, "a file that is there"};
    });
}

void timeline(const Presentation& p, Verdict& verdict) {
  each_shared(p, [&](const Represented& one, const Known& first, const Index& index) {
    const auto all = stays(*first.media);
    if (!all) return;
    const double most = frame_seconds(*first.media) + kRounding;
    const auto scale = static_cast<double>(one.timescale);
    double sum = 0;
    for (std::size_t i = 0; i < one.segments.size(); ++i) {
      const Listed& said = one.segments[i];
      const double lasts = static_cast<double>(said.duration) / scale,
                   begins = static_cast<double>(said.time) / scale;
      sum += lasts;
      const auto known = index.find(place_of(said.uri, said.range));
      if (known == index.end() || known->second.media != first.media) continue;
      const Stay& stay = (*all)[known->second.index];
      verdict.expect(std::abs(lasts - stay.seconds) <= most && std::abs(begins - stay.start) <= most, [&] {
        return Finding{
            name_of(p, one) + " segment " + std::to_string(i) + " (" + shown(said.uri) + ")",
            fixed(lasts, 3) + " s from " + fixed(begins, 3) + " s on",
            fixed(stay.seconds, 3) + " s from " + fixed(stay.start, 3) + " s on, as the media has it"};
      });
    }
    // Either end of the sound may be off by a part of one of its frames.
    const double period = p.dash->manifest->periods[static_cast<std::size_t>(one.period)];
    verdict.expect(std::abs(sum - period) <= 2 * most, [&] {
      return Finding{name_of(p, one), fixed(sum, 3) + " s of segments",
                     fixed(period, 3) + " s as its Period"};
    });
  });
}

void total(const Presentation& p, Verdict& verdict) {
  if (!p.dash || !p.dash->manifest) return;
  const auto videos = p.of_kind(Media::Kind::kVideo);
  if (videos.empty()) return;
  const double said = p.dash->manifest->seconds, is = media_seconds(*videos.front());
  double sum = 0;
  for (const double one : p.dash->manifest->periods) sum += one;
  const double most = frame_seconds(*videos.front()) + kRounding;
  verdict.expect(std::abs(said - is) <= most && std::abs(sum - is) <= most, [&] {
    return Finding{p.dash->name + " @mediaPresentationDuration",
                   fixed(said, 3) + " s, periods " + fixed(sum, 3) + " s",
                   fixed(is, 3) + " s as " + videos.front()->name};
  });
}

void codecs(const Presentation& p, Verdict& verdict) {
  each_shared(p, [&](const Represented& one, const Known& first, const Index&) {
    const Track* track = first.media->track(first.media->playlist.segments[first.index].map);
    if (track == nullptr || track->codecs.empty()) return;
    std::string said = one.codecs;
    for (char& c : said) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    verdict.expect(said == track->codecs, [&] {
      return Finding{name_of(p, one) + " @codecs", said.empty() ? "none" : shown(one.codecs),
                     shown(track->codecs)};
    });
  });
}

void size(const Presentation& p, Verdict& verdict) {
  each_shared(p, [&](const Represented& one, const Known& first, const Index&) {
    const Track* track = first.media->track(first.media->playlist.segments[first.index].map);
    if (track == nullptr || !track->is_video()) return;
    verdict.expect(one.width == track->width && one.height == track->height, [&] {
      return Finding{name_of(p, one), std::to_string(one.width) + "x" + std::to_string(one.height),
                     std::to_string(track->width) + "x" + std::to_string(track->height)};
    });
  });
}

void bandwidth(const Presentation& p, Verdict& verdict) {
  each_shared(p, [&](const Represented& one, const Known& first, const Index&) {
    const auto rate = measure(*first.media);
    if (!rate) return;
    const auto said = static_cast<double>(one.bandwidth);
    verdict.expect(std::abs(said - rate->peak) <= kTolerance * rate->peak, [&] {
      return Finding{
          name_of(p, one) + " @bandwidth", fixed(said / 1000, 1) + " kb/s",
          fixed(rate->peak / 1000, 1) + " kb/s measured as of " + first.media->name + ", within 10 %"};
    });
  });
}

void same_segments(const Presentation& p, Verdict& verdict) {
  if (!p.dash || !p.dash->manifest) return;
  std::set<Place> listed;
  for (const Represented& one : p.dash->manifest->represented) {
    for (const Listed& segment : one.segments) listed.insert(place_of(segment.uri, segment.range));
  }
  for (const auto& [place, known] : index_of(p)) {
    verdict.expect(listed.contains(place), [&] {
      return Finding{p.dash->name, "no " + known.media->segment_name(known.index),
                     "the segments of the playlists"};
    });
  }
}

constexpr const char* kGroup = "DASH";
constexpr Rule kRules[] = {
    {"dash-syntax", Level::kMust, kGroup, "The manifest is as ISO/IEC 23009-1 says", syntax},
    {"dash-readable", Level::kMust, kGroup, "All that the manifest names can be read", readable},
    {"dash-timeline", Level::kMust, kGroup, "SegmentTimelines are the media's, and sum up to the Period",
     timeline},
    {"dash-total", Level::kMust, kGroup, "mediaPresentationDuration is that of the pictures", total},
    {"dash-codecs", Level::kMust, kGroup, "@codecs says what the media is", codecs},
    {"dash-size", Level::kMust, kGroup, "@width and @height are right", size},
    {"dash-bandwidth", Level::kMust, kGroup, "@bandwidth is within 10 % of the measured peak", bandwidth},
    {"dash-same", Level::kShould, kGroup, "The manifest has every segment of pictures and sound",
     same_segments},
};

}  // namespace

std::span<const Rule> dash_rules() {
  return kRules;
}

}  // namespace cliffhanger::conformance
