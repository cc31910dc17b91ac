#include "services/transcode/domain/cut_dash.h"

#include <algorithm>

#include "libs/core/markup.h"
#include "services/transcode/domain/dash.h"
#include "services/transcode/domain/dash_text.h"

namespace cliffhanger::transcode {
namespace {

// A track's parts within one stretch.
struct Lane {
  std::vector<Part> parts;
  std::int64_t timescale = 0;
  std::int64_t offset = 0;              // of the period's start, on the track's timeline
  std::int64_t start = 0;               // of the first part
  std::vector<std::int64_t> durations;  // of each part
};

// Times are those after the edit list: the sound's priming counts nowhere.
Result<Lane> lane_of(const Stretch& stretch, std::string_view track) {
  Lane out;
  CH_ASSIGN(out.parts, parts_of(stretch, track));
  CH_ASSIGN(const Extent taken, extent(*stretch.plan, stretch.from_ms, stretch.to_ms));
  const media::Grid grid = grid_of(*stretch.plan);
  const bool sound = is_sound(track);
  out.timescale = sound ? media::AudioGrid::kSampleRate : grid.timescale();
  out.offset = taken.from_frame * grid.frame_ticks();
  if (sound) out.offset = out.offset * media::AudioGrid::kSampleRate / grid.timescale();
  for (const Part& part : out.parts) {
    const Piece piece = trimmed(part);
    const std::int64_t skipped = sound && piece.start_frame == 0 ? media::AudioGrid::kPrimingFrames : 0;
    const std::int64_t ticks = sound ? media::AudioGrid::kFrameSamples : grid.frame_ticks();
    const std::int64_t before = sound && piece.start_frame > 0 ? media::AudioGrid::kPrimingFrames : 0;
    if (out.durations.empty()) out.start = (piece.start_frame - before) * ticks;
    out.durations.push_back((piece.frames - skipped) * ticks);
  }
  return out;
}

std::string segment_list(const Stretch& stretch, std::string_view track, const Lane& lane) {
  std::string out = "        <SegmentList" + attribute("timescale", lane.timescale) +
                    attribute("presentationTimeOffset", lane.offset) + ">\n          <Initialization" +
                    attribute("sourceURL", stretch.folder + std::string(track) + "/init.mp4") +
                    "/>\n          <SegmentTimeline>\n";
  for (std::size_t i = 0; i < lane.durations.size(); ++i)
    out += "            <S" + (i == 0 ? attribute("t", lane.start) : "") + attribute("d", lane.durations[i]) +
           "/>\n";
  out += "          </SegmentTimeline>\n";
  for (const Part& part : lane.parts) {
    out += "          <SegmentURL" + attribute("media", stretch.folder + part.name);
    if (part.ranged)
      out += attribute("mediaRange", std::to_string(part.offset) + "-" +
                                         std::to_string(part.offset + part.timed.bytes - 1));
    out += "/>\n";
  }
  return out + "        </SegmentList>\n";
}

// One figure over all periods, as the HLS playlists have it.
Result<std::int64_t> peak_of(const std::vector<Stretch>& stretches, std::string_view track) {
  std::int64_t target = 0;
  for (const Stretch& one : stretches) target = std::max(target, grid_of(*one.plan).target_duration());
  CH_ASSIGN(const Joined joined, join_track(stretches, track, "", target));
  return measure(joined.parts, target).peak;
}

Result<std::string> representation(const Stretch& stretch, std::string_view track, std::int64_t peak,
                                   const std::string& more) {
  CH_ASSIGN(const Lane lane, lane_of(stretch, track));
  return "      <Representation" + attribute("id", track) +
         attribute("codecs", stretch.assembly->find(track, kInit)->codecs) + attribute("bandwidth", peak) +
         more + ">\n" + segment_list(stretch, track, lane) + "      </Representation>\n";
}

// Of one codec, since players don't switch between codecs inside a set.
struct VideoSet {
  std::int64_t id = 0;
  std::vector<media::Rung> rungs;
  std::vector<std::int64_t> peaks;  // one a rung
};

Result<VideoSet> video_set(const std::vector<Stretch>& stretches, std::int64_t id,
                           const std::vector<media::Rung>& rungs) {
  VideoSet out{id, rungs, {}};
  for (const media::Rung& rung : rungs) {
    CH_ASSIGN(const std::int64_t peak, peak_of(stretches, rung.name));
    out.peaks.push_back(peak);
  }
  return out;
}

Result<std::string> write(const Stretch& stretch, const VideoSet& set) {
  if (set.rungs.empty()) return std::string();
  const media::Rung& top = set.rungs.front();
  std::string out =
      "    <AdaptationSet" + attribute("id", set.id) + " contentType=\"video\" mimeType=\"video/mp4\"" +
      attribute("maxWidth", std::int64_t{top.width}) + attribute("maxHeight", std::int64_t{top.height}) +
      attribute("frameRate", rate(stretch.plan->rate)) + attribute("par", ratio(top.width, top.height)) +
      " segmentAlignment=\"true\" startWithSAP=\"1\">\n" +
      content_protection(stretch.assembly->protection());
  for (std::size_t i = 0; i < set.rungs.size(); ++i) {
    const std::string size = attribute("width", std::int64_t{set.rungs[i].width}) +
                             attribute("height", std::int64_t{set.rungs[i].height}) + " sar=\"1:1\"";
    CH_ASSIGN(const std::string text, representation(stretch, set.rungs[i].name, set.peaks[i], size));
    out += text;
  }
  return out + "    </AdaptationSet>\n";
}

struct SoundSet {
  std::string attributes;  // what tells it from others
  std::string more;        // elements that stand before its representation
  std::string track;
  std::int64_t peak = 0;
};

Result<std::string> write(const Stretch& stretch, const SoundSet& set) {
  CH_ASSIGN(const std::string text, representation(stretch, set.track, set.peak,
                                                   attribute("audioSamplingRate", media::AudioGrid::kSampleRate)));
  return "    <AdaptationSet" + set.attributes +
         " mimeType=\"audio/mp4\" segmentAlignment=\"true\" startWithSAP=\"1\">\n" +
         std::string(kStereoSound) + content_protection(stretch.assembly->protection()) + set.more + text +
         "    </AdaptationSet>\n";
}

Result<std::vector<SoundSet>> sound_sets(const std::vector<Stretch>& stretches,
                                         const std::vector<CutDub>& dubs) {
  std::vector<SoundSet> out = {{" id=\"1\" contentType=\"audio\"", dash_role("main"), std::string(kAudio), 0}};
  for (const CutDub& dub : dubs)
    out.push_back({" contentType=\"audio\"" + attribute("lang", dub.language),
                   "      <Label>" + escape_markup(dub.label) + "</Label>\n" + dash_role("dub"),
                   sound_track(dub.language), 0});
  for (SoundSet& one : out) {
    CH_ASSIGN(one.peak, peak_of(stretches, one.track));
  }
  return out;
}

Result<double> longest_part(const std::vector<Stretch>& stretches, const std::string& rung) {
  double out = 0;
  for (const Stretch& one : stretches) {
    for (const std::string_view track : {std::string_view(rung), kAudio}) {
      CH_ASSIGN(const auto parts, parts_of(one, track));
      for (const Part& part : parts) out = std::max(out, part.timed.seconds);
    }
  }
  return out;
}

// Of the first period. dash.js 5.2 finds a picture in its sheet by the time of the whole presentation,
// shaka-player 5.2 by that since the sheet began: both are one where a sheet begins with the cut.
std::string thumbnails_of(const Stretch& stretch, const Extent& taken) {
  const media::StoryboardJob& job = stretch.plan->storyboard;
  const std::int64_t sheet_ms = job.per_sheet() * job.interval_ms;
  if (taken.from_ms % sheet_ms != 0) return "";
  return image_set(job, *stretch.assembly, stretch.folder, taken.from_ms / sheet_ms);
}

}  // namespace

Result<Playlist> cut_manifest(const std::vector<Stretch>& stretches, const std::vector<media::Rung>& rungs,
                              const std::vector<media::Rung>& hevc, const std::vector<CutDub>& dubs,
                              bool thumbnails) {
  CH_ASSIGN(const VideoSet pictures, video_set(stretches, 0, rungs));
  CH_ASSIGN(const VideoSet more_pictures, video_set(stretches, kHevcSet, hevc));
  CH_ASSIGN(const auto sounds, sound_sets(stretches, dubs));
  CH_ASSIGN(const double longest, longest_part(stretches, rungs.front().name));
  std::string periods;
  double start = 0;
  for (std::size_t i = 0; i < stretches.size(); ++i) {
    const Stretch& one = stretches[i];
    CH_ASSIGN(const Extent taken, extent(*one.plan, one.from_ms, one.to_ms));
    const double seconds = grid_of(*one.plan).seconds(taken.to_frame - taken.from_frame);
    periods += "  <Period" + attribute("id", static_cast<std::int64_t>(i)) +
               attribute("start", duration(start)) + attribute("duration", duration(seconds)) + ">\n";
    for (const VideoSet* set : {&pictures, &more_pictures}) {
      CH_ASSIGN(const std::string text, write(one, *set));
      periods += text;
    }
    for (const SoundSet& set : sounds) {
      CH_ASSIGN(const std::string text, write(one, set));
      periods += text;
    }
    if (thumbnails && i == 0) periods += thumbnails_of(one, taken);
    periods += "  </Period>\n";
    start += seconds;
  }
  return Playlist{std::string(kDashManifest),
                  std::string(kMpdHead) + attribute("mediaPresentationDuration", duration(start)) +
                      attribute("minBufferTime", duration(longest)) +
                      attribute("maxSegmentDuration", duration(longest)) + ">\n" + periods + "</MPD>\n"};
}

}  // namespace cliffhanger::transcode
