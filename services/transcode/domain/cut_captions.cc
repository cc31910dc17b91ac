#include "services/transcode/domain/cut_captions.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <utility>

#include "services/transcode/domain/edit.h"

namespace cliffhanger::transcode {
namespace {

constexpr std::int64_t kSegmentGroups = 15;  // of pictures, 2 s each: half a minute

// Cues have the media's times, as with the usual header. But hls.js (1.7) takes a difference of 0 between its
// clock and the header's for none at all, and places the cues of a later timeline by its start: so the header
// names a time that no film reaches.
constexpr std::string_view kFarMap = "X-TIMESTAMP-MAP=MPEGTS:900000000,LOCAL:02:46:40.000";

std::string folder_of(const std::string& language) {
  return std::string(kCaptionsFolder) + language + "/";
}

// What is on within [from_ms, to_ms), and only as long.
std::vector<captions::Cue> within(const std::vector<captions::Cue>* cues, const Extent& taken) {
  std::vector<captions::Cue> out;
  if (cues == nullptr) return out;
  for (captions::Cue cue : *cues) {
    cue.start_ms = std::max(cue.start_ms, taken.from_ms);
    cue.end_ms = std::min(cue.end_ms, taken.to_ms);
    if (cue.start_ms < cue.end_ms) out.push_back(std::move(cue));
  }
  return out;
}

Error bad_text() {
  return internal("BAD_RECORD", "The text of a cut can't be read.");
}

bool same(const captions::Cue& a, const captions::Cue& b) {
  return a.start_ms == b.start_ms && a.end_ms == b.end_ms && a.text == b.text && a.settings == b.settings;
}

// The cues of one stretch, from its segments: each has all that is on in it, so what goes on is in the next
// one too.
class Gathering {
 public:
  Result<void> add(const std::string& segment) {
    captions::Reading now;
    // A reader of captions takes text without any for a mistake.
    if (segment.find(" --> ") != std::string::npos)
      now = captions::read(segment, {captions::Format::kWebVtt, 0});
    if (!now.faults.empty()) return fail(bad_text());
    for (const captions::Cue& cue : now.cues) {
      const auto again =
          std::find_if(before_.begin(), before_.end(), [&](const auto& old) { return same(old, cue); });
      if (again != before_.end())
        before_.erase(again);
      else
        all_.push_back(cue);
    }
    before_ = std::move(now.cues);
    return {};
  }
  std::vector<captions::Cue> take() {
    before_.clear();
    return std::exchange(all_, {});
  }

 private:
  std::vector<captions::Cue> all_, before_;
};

}  // namespace

std::vector<CutCaptions> cut_captions(const std::vector<const std::vector<CaptionsTrack>*>& films) {
  std::map<std::string, CutCaptions> out;
  for (std::size_t i = 0; i < films.size(); ++i) {
    for (const CaptionsTrack& track : *films[i]) {
      auto& made = out.try_emplace(track.language).first->second;
      if (made.cues.empty()) {
        made.track = {track.language, track.label, track.kind, {}};
        made.cues.resize(films.size());
      }
      made.cues[i] = &track.cues;
    }
  }
  std::vector<CutCaptions> all;
  for (auto& [language, one] : out) all.push_back(std::move(one));
  return all;
}

Result<std::vector<Playlist>> cut_caption_files(const std::vector<Stretch>& stretches,
                                                const CutCaptions& captions, const NameOf& name_of) {
  const std::string folder = folder_of(captions.track.language);
  std::vector<Playlist> out;
  std::string items;
  double longest = 1;
  for (std::size_t i = 0; i < stretches.size(); ++i) {
    CH_ASSIGN(const Extent taken, extent(*stretches[i].plan, stretches[i].from_ms, stretches[i].to_ms));
    const media::Grid grid = grid_of(*stretches[i].plan);
    const auto cues = within(captions.cues[i], taken);
    if (i > 0) items += "#EXT-X-DISCONTINUITY\n";
    for (std::int64_t from = taken.from_frame, to; from < taken.to_frame; from = to) {
      to = std::min(from + kSegmentGroups * grid.gop_frames(), taken.to_frame);
      std::string text = captions::write_segment(cues, std::llround(grid.seconds(from) * 1000),
                                                 std::llround(grid.seconds(to) * 1000), kFarMap);
      const std::string name = std::to_string(out.size()) + "-" + name_of(text) + ".vtt";
      const double seconds = grid.seconds(to - from);
      longest = std::max(longest, seconds);
      char extinf[48];
      std::snprintf(extinf, sizeof extinf, "#EXTINF:%.6f,\n", seconds);
      items += extinf + name + "\n";
      out.push_back({folder + name, std::move(text)});
    }
  }
  out.push_back({captions_playlist_name(captions.track.language),
                 "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:" + std::to_string(std::lround(longest)) +
                     "\n#EXT-X-PLAYLIST-TYPE:VOD\n" + items + "#EXT-X-ENDLIST\n"});
  return out;
}

Result<std::vector<std::vector<captions::Cue>>> cues_of_stretches(
    std::string_view playlist, const std::vector<bool>& wanted,
    const std::function<Result<std::string>(const std::string&)>& read) {
  std::vector<std::vector<captions::Cue>> out;
  Gathering gathering;
  Result<void> done;
  each_line(playlist, [&](const std::string& line) {
    if (!done) return;
    if (line == "#EXT-X-DISCONTINUITY") out.push_back(gathering.take());
    if (line.empty() || line[0] == '#') return;
    if (out.size() >= wanted.size()) {
      done = fail(bad_text());
    } else if (wanted[out.size()]) {
      done = read(line).and_then([&](const std::string& segment) { return gathering.add(segment); });
    }
  });
  CH_TRY(std::move(done));
  out.push_back(gathering.take());
  if (out.size() != wanted.size()) return fail(bad_text());
  return out;
}

Result<Playlist> whole_cut_captions(const Stretch& stretch, const CutCaptions& captions,
                                    const NameOf& name_of) {
  CH_ASSIGN(const Extent taken, extent(*stretch.plan, stretch.from_ms, stretch.to_ms));
  auto cues = within(captions.cues.front(), taken);
  for (captions::Cue& cue : cues) cue.start_ms -= taken.from_ms, cue.end_ms -= taken.from_ms;
  std::string text = captions::write(cues);
  std::string name = folder_of(captions.track.language) + name_of(text) + ".vtt";
  return Playlist{std::move(name), std::move(text)};
}

}  // namespace cliffhanger::transcode
