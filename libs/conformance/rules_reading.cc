// Whether it can be read at all: playlists, groups, boxes.
#include <algorithm>
#include <cmath>

#include "libs/conformance/rule.h"
#include "libs/conformance/text.h"

namespace cliffhanger::conformance {
namespace {

std::string line_of(const std::string& name, std::size_t line) {
  return name + " line " + std::to_string(line);
}

template <class Visit>
void each_playlist(const Presentation& p, Visit visit) {
  if (p.main) visit(p.main_name, *p.main);
  for (const Media& media : p.media) {
    if (media.fault.empty()) visit(media.name, media.playlist);
  }
}

void syntax(const Presentation& p, Verdict& verdict) {
  each_playlist(p, [&](const std::string& name, const Playlist& playlist) {
    verdict.expect(true, [] { return Finding{}; });
    for (const Fault& fault : playlist.faults) {
      verdict.expect(false, [&] {
        return Finding{line_of(name, fault.line), fault.what, "a playlist after RFC 8216, 4"};
      });
    }
  });
}

void readable(const Presentation& p, Verdict& verdict) {
  for (const Media& media : p.media) {
    verdict.expect(media.fault.empty(), [&] { return Finding{media.name, media.fault, "a media playlist"}; });
    for (std::size_t i = 0; i < media.segments.size(); ++i) {
      const LoadedSegment& one = media.segments[i];
      verdict.expect(!one.unread,
                     [&] { return Finding{media.segment_name(i), one.fault, "a segment that can be read"}; });
    }
  }
}

bool all_opaque(const Media& media) {
  return std::all_of(media.segments.begin(), media.segments.end(),
                     [](const LoadedSegment& one) { return one.opaque; });
}

void boxes(const Presentation& p, Verdict& verdict) {
  for (const Media& media : p.media) {
    for (const LoadedMap& map : media.maps) {
      // It may be encrypted with the segments.
      if (!map.init && all_opaque(media)) continue;
      verdict.expect(map.init.has_value(), [&] {
        return Finding{media.name + " EXT-X-MAP " + shown(map.uri), map.fault,
                       "an initialisation segment (ISO/IEC 14496-12)"};
      });
    }
    for (std::size_t i = 0; i < media.segments.size(); ++i) {
      const LoadedSegment& one = media.segments[i];
      if (one.unread || one.opaque || !one.text.empty()) continue;
      verdict.expect(one.fault.empty(), [&] {
        return Finding{media.segment_name(i), one.fault, "whole fragments (ISO/IEC 14496-12)"};
      });
    }
  }
}

void version(const Presentation& p, Verdict& verdict) {
  each_playlist(p, [&](const std::string& name, const Playlist& playlist) {
    const int needed = needed_version(playlist);
    verdict.expect(playlist.version >= needed, [&] {
      return Finding{name + " EXT-X-VERSION", std::to_string(playlist.version),
                     "at least " + std::to_string(needed) + " for what it uses"};
    });
  });
}

void extinf(const Presentation& p, Verdict& verdict) {
  for (const Media& media : p.media) {
    if (!media.playlist.target_duration) continue;
    const std::int64_t target = *media.playlist.target_duration;
    for (std::size_t i = 0; i < media.segments.size(); ++i) {
      const double seconds = media.playlist.segments[i].seconds;
      verdict.expect(std::llround(seconds) <= target, [&] {
        return Finding{media.segment_name(i) + " EXTINF", fixed(seconds, 3) + " s",
                       "at most " + std::to_string(target) + " s when rounded"};
      });
    }
  }
}

void groups(const Presentation& p, Verdict& verdict) {
  if (!p.main) return;
  for (const Stream& stream : p.main->streams) {
    const auto exists = [&](const std::string& group, const char* type) {
      if (group.empty()) return;
      const bool found = std::any_of(p.main->renditions.begin(), p.main->renditions.end(),
                                     [&](const Rendition& r) { return r.group == group && r.type == type; });
      verdict.expect(found, [&] {
        return Finding{line_of(p.main_name, stream.line), std::string(type) + "=\"" + shown(group) + "\"",
                       "an EXT-X-MEDIA of this type and group"};
      });
    };
    exists(stream.audio, "AUDIO");
    exists(stream.subtitles, "SUBTITLES");
    exists(stream.closed_captions, "CLOSED-CAPTIONS");
  }
}

constexpr const char* kGroup = "Reading";
constexpr Rule kRules[] = {
    {"syntax", Level::kMust, kGroup, "Playlists are as RFC 8216 says", syntax},
    {"readable", Level::kMust, kGroup, "All that a playlist names can be read", readable},
    {"boxes", Level::kMust, kGroup, "Segments are whole fragmented MP4 with an initialisation segment",
     boxes},
    {"version", Level::kMust, kGroup, "EXT-X-VERSION covers what the playlist uses", version},
    {"extinf", Level::kMust, kGroup, "No EXTINF rounds to more than the target duration", extinf},
    {"groups", Level::kMust, kGroup, "The groups that a variant names exist", groups},
};

}  // namespace

std::span<const Rule> reading_rules() {
  return kRules;
}

}  // namespace cliffhanger::conformance
