#include "services/transcode/domain/reuse.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <optional>

namespace cliffhanger::transcode {
namespace {

// Of a segment: the groups of pictures [first, end) of a grid.
struct Cut {
  std::int64_t segment = 0;
  std::size_t first = 0, end = 0;
  bool whole = false;
};

// The frame at which the group of pictures starts that is nearest to `ms`; the end counts as one.
std::int64_t nearest_cut(const media::Grid& grid, std::int64_t ms) {
  const double wanted = static_cast<double>(ms) / 1000;
  std::int64_t best = 0;
  for (std::int64_t start = 0; start < grid.frames() + grid.gop_frames(); start += grid.gop_frames()) {
    const std::int64_t frame = std::min(start, grid.frames());
    if (std::abs(grid.seconds(frame) - wanted) < std::abs(grid.seconds(best) - wanted)) best = frame;
  }
  return best;
}

Result<std::vector<Cut>> cuts_of(const Stretch& stretch) {
  const media::Grid grid = grid_of(*stretch.plan);
  if (stretch.from_ms < 0 || stretch.to_ms <= stretch.from_ms ||
      stretch.from_ms >= duration_ms(*stretch.plan))
    return fail(invalid("REUSE_RANGE", "A part ends before it begins, or lies behind the end."));
  const std::int64_t last = (grid.frames() - 1) / grid.gop_frames() * grid.gop_frames();
  const std::int64_t from = std::min(nearest_cut(grid, stretch.from_ms), last);
  const std::int64_t to = std::max(nearest_cut(grid, stretch.to_ms), from + 1);
  std::vector<Cut> out;
  for (std::int64_t i = 0; i < grid.segments(); ++i) {
    const std::vector<media::Span> gops = grid.gops(i);
    Cut cut{i, gops.size(), gops.size(), false};
    for (std::size_t g = 0; g < gops.size(); ++g) {
      if (gops[g].start >= from) cut.first = std::min(cut.first, g);
      if (gops[g].start >= to) cut.end = std::min(cut.end, g);
    }
    if (cut.first >= cut.end) continue;
    cut.whole = cut.first == 0 && cut.end == gops.size();
    out.push_back(cut);
  }
  return out;
}

struct Part {
  std::string uri;
  std::optional<std::pair<std::int64_t, std::int64_t>> range;  // offset, bytes
  Timed timed;
};

Result<Part> part_of(const Stretch& stretch, std::string_view track, const Cut& cut) {
  const Piece* piece = stretch.assembly->find(track, cut.segment);
  if (piece == nullptr)
    return fail(invalid("REUSE_TRACK", "A part lacks the track " + std::string(track) + "."));
  const media::Grid grid = grid_of(*stretch.plan);
  const auto seconds = [&](std::int64_t frames, bool starts) {
    if (track != kAudio) return grid.seconds(frames);
    const std::int64_t played = frames - (starts ? media::AudioGrid::kPrimingFrames : 0);
    return static_cast<double>(played * media::AudioGrid::kFrameSamples) /
           static_cast<double>(media::AudioGrid::kSampleRate);
  };
  Part out;
  out.uri = stretch.folder + std::string(track) + "/" + std::to_string(cut.segment) + ".m4s";
  if (cut.whole) {
    out.timed = {piece->bytes, seconds(piece->frames, piece->start_frame == 0)};
    return out;
  }
  if (stretch.assembly->protection().method == Encryption::kAes128)
    return fail(precondition("REUSE_ENCRYPTED", "Segments that are encrypted whole can't be cut."));
  if (cut.end > piece->gops.size())
    return fail(
        precondition("REUSE_TOO_OLD", "The episode must be transcoded again before it can be cut there."));
  const media::GopRange& first = piece->gops[cut.first];
  const media::GopRange& last = piece->gops[cut.end - 1];
  out.range = {first.offset, last.offset + last.size - first.offset};
  out.timed = {out.range->second,
               seconds(last.start_frame + last.frames - first.start_frame, first.start_frame == 0)};
  return out;
}

std::string decimal(double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%.6f", value);
  return text;
}

std::int64_t target_of(const std::vector<Timed>& parts) {
  double longest = 1;
  for (const Timed& one : parts) longest = std::max(longest, one.seconds);
  return std::lround(longest);
}

// Rungs that all have, under the same name and in the same size; best first.
std::vector<media::Rung> common_rungs(const std::vector<Stretch>& stretches) {
  std::vector<media::Rung> out;
  for (const media::Rung& rung : stretches.front().plan->rungs) {
    const bool everywhere = std::all_of(stretches.begin(), stretches.end(), [&](const Stretch& one) {
      return std::any_of(one.plan->rungs.begin(), one.plan->rungs.end(), [&](const media::Rung& other) {
        return other.name == rung.name && other.width == rung.width && other.height == rung.height;
      });
    });
    if (everywhere) out.push_back(rung);
  }
  return out;
}

void add_objects(const Stretch& stretch, std::string_view track, std::map<std::string, Media>& out) {
  const auto add = [&](const Piece* piece, const std::string& name) {
    const std::string full = stretch.folder + std::string(track) + "/" + name;
    if (piece != nullptr) out[full] = {full, piece->object_key, piece->bytes};
  };
  add(stretch.assembly->find(track, kInit), "init.mp4");
  const auto cuts = cuts_of(stretch);
  if (!cuts) return;
  for (const Cut& cut : *cuts)
    add(stretch.assembly->find(track, cut.segment), std::to_string(cut.segment) + ".m4s");
}

struct Lane {
  media::Rung rung;
  Joined joined;
  Bitrate bitrate;
};

// Codecs may differ from source to source by their level: all that occur.
std::string codecs_of(const std::vector<Stretch>& stretches, std::string_view track) {
  std::vector<std::string> seen;
  for (const Stretch& one : stretches) {
    const std::string& codecs = one.assembly->find(track, kInit)->codecs;
    if (std::find(seen.begin(), seen.end(), codecs) == seen.end()) seen.push_back(codecs);
  }
  std::string out;
  for (const std::string& one : seen) out += (out.empty() ? "" : ",") + one;
  return out;
}

std::string main_playlist(const std::string& name, const std::vector<Stretch>& stretches,
                          const std::vector<Lane>& lanes, const Bitrate& sound) {
  double rate = 0;
  for (const Stretch& one : stretches) rate = std::max(rate, one.plan->rate.value());
  char frame_rate[32];
  std::snprintf(frame_rate, sizeof frame_rate, "%.3f", rate);
  std::string out =
      "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\","
      "NAME="
      "\"Original\",DEFAULT=YES,AUTOSELECT=YES,CHANNELS=\"2\",URI=\"" +
      name + "/audio.m3u8\"\n";
  for (const Lane& lane : lanes) {
    out += "#EXT-X-STREAM-INF:BANDWIDTH=" + std::to_string(lane.bitrate.peak + sound.peak) +
           ",AVERAGE-BANDWIDTH=" + std::to_string(lane.bitrate.average + sound.average) + ",CODECS=\"" +
           codecs_of(stretches, lane.rung.name) + "," + codecs_of(stretches, kAudio) +
           "\",RESOLUTION=" + std::to_string(lane.rung.width) + "x" + std::to_string(lane.rung.height) +
           ",FRAME-RATE=" + frame_rate + ",AUDIO=\"audio\"\n" + name + "/" + lane.rung.name + ".m3u8\n";
  }
  return out;
}

}  // namespace

Result<Joined> join_track(const std::vector<Stretch>& stretches, std::string_view track,
                          const std::string& up) {
  if (stretches.empty() || stretches.size() > kMostStretches)
    return fail(
        invalid("REUSE_NOTHING", "A programme has 1 to " + std::to_string(kMostStretches) + " parts."));
  Joined out;
  std::string items;
  bool encrypted = false;  // as the playlist stands so far
  for (const Stretch& stretch : stretches) {
    CH_ASSIGN(const auto cuts, cuts_of(stretch));
    if (stretch.assembly->find(track, kInit) == nullptr)
      return fail(invalid("REUSE_TRACK", "A part lacks the track " + std::string(track) + "."));
    if (!items.empty()) items += "#EXT-X-DISCONTINUITY\n";
    items += "#EXT-X-MAP:URI=\"" + up + stretch.folder + std::string(track) + "/init.mp4\"\n";
    const std::string key = key_tag(stretch.assembly->protection(), up + stretch.folder);
    items += key.empty() && encrypted ? "#EXT-X-KEY:METHOD=NONE\n" : key;
    encrypted = !key.empty();
    for (const Cut& cut : cuts) {
      CH_ASSIGN(const Part part, part_of(stretch, track, cut));
      items += "#EXTINF:" + decimal(part.timed.seconds) + ",\n";
      if (part.range)
        items += "#EXT-X-BYTERANGE:" + std::to_string(part.range->second) + "@" +
                 std::to_string(part.range->first) + "\n";
      items += up + part.uri + "\n";
      out.parts.push_back(part.timed);
      out.seconds += part.timed.seconds;
    }
  }
  out.text = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:" + std::to_string(target_of(out.parts)) +
             "\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-INDEPENDENT-SEGMENTS\n" + items + "#EXT-X-ENDLIST\n";
  return out;
}

Result<Presentation> join(const std::string& name, const std::vector<Stretch>& stretches) {
  CH_ASSIGN(const Joined sound, join_track(stretches, kAudio, "../"));
  const std::vector<media::Rung> rungs = common_rungs(stretches);
  if (rungs.empty())
    return fail(precondition("REUSE_NOTHING_COMMON", "The parts have no rendition of the same size."));
  Presentation out;
  std::map<std::string, Media> objects;
  std::vector<Lane> lanes;
  for (const media::Rung& rung : rungs) {
    CH_ASSIGN(Joined joined, join_track(stretches, rung.name, "../"));
    const Bitrate bitrate = measure(joined.parts, target_of(joined.parts));
    out.playlists.push_back({name + "/" + rung.name + ".m3u8", joined.text});
    lanes.push_back({rung, std::move(joined), bitrate});
    for (const Stretch& one : stretches) add_objects(one, rung.name, objects);
  }
  for (const Stretch& one : stretches) add_objects(one, kAudio, objects);
  // Players start with the first variant.
  const auto first = std::find_if(lanes.begin(), lanes.end(), [&](const Lane& lane) {
    return lane.rung.name == stretches.front().plan->default_rung;
  });
  if (first != lanes.end()) std::rotate(lanes.begin(), first, first + 1);
  out.playlists.push_back({name + "/audio.m3u8", sound.text});
  out.playlists.push_back(
      {name + ".m3u8", main_playlist(name, stretches, lanes, measure(sound.parts, target_of(sound.parts)))});
  for (auto& [full, media] : objects) out.media.push_back(std::move(media));
  return out;
}

Playlist preview(const Plan& plan, const Assembly& assembly) {
  const std::size_t count = plan.rungs.size();
  const media::Rung& rung = plan.rungs[count > 1 ? count - 2 : 0];
  const Stretch first{&plan, &assembly, "", 0, kPreviewMs};
  // Can't fail: the pieces exist, and the picture can always be cut.
  return {std::string(kPreview), join_track({first}, rung.name, "").value().text};
}

}  // namespace cliffhanger::transcode
