#include "services/transcode/domain/cut_dash.h"

#include <algorithm>

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
  const bool sound = track == kAudio;
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

std::string video_set(const Stretch& stretch, const std::vector<media::Rung>& rungs) {
  const media::Rung& top = rungs.front();
  return "    <AdaptationSet id=\"0\" contentType=\"video\" mimeType=\"video/mp4\"" +
         attribute("maxWidth", std::int64_t{top.width}) + attribute("maxHeight", std::int64_t{top.height}) +
         attribute("frameRate", rate(stretch.plan->rate)) + attribute("par", ratio(top.width, top.height)) +
         " segmentAlignment=\"true\" startWithSAP=\"1\">\n" +
         content_protection(stretch.assembly->protection());
}

}  // namespace

Result<Playlist> cut_manifest(const std::vector<Stretch>& stretches, const std::vector<media::Rung>& rungs) {
  std::vector<std::int64_t> peaks;
  for (const media::Rung& rung : rungs) {
    CH_ASSIGN(const std::int64_t peak, peak_of(stretches, rung.name));
    peaks.push_back(peak);
  }
  CH_ASSIGN(const std::int64_t sound, peak_of(stretches, kAudio));
  std::string periods;
  double start = 0, longest = 0;
  for (std::size_t i = 0; i < stretches.size(); ++i) {
    const Stretch& one = stretches[i];
    CH_ASSIGN(const Extent taken, extent(*one.plan, one.from_ms, one.to_ms));
    const double seconds = grid_of(*one.plan).seconds(taken.to_frame - taken.from_frame);
    periods += "  <Period" + attribute("id", static_cast<std::int64_t>(i)) +
               attribute("start", duration(start)) + attribute("duration", duration(seconds)) + ">\n" +
               video_set(one, rungs);
    for (std::size_t k = 0; k < rungs.size(); ++k) {
      const std::string size = attribute("width", std::int64_t{rungs[k].width}) +
                               attribute("height", std::int64_t{rungs[k].height}) + " sar=\"1:1\"";
      CH_ASSIGN(const std::string text, representation(one, rungs[k].name, peaks[k], size));
      periods += text;
    }
    CH_ASSIGN(
        const std::string text,
        representation(one, kAudio, sound, attribute("audioSamplingRate", media::AudioGrid::kSampleRate)));
    periods +=
        "    </AdaptationSet>\n    <AdaptationSet id=\"1\" contentType=\"audio\" mimeType=\"audio/mp4\" "
        "segmentAlignment=\"true\" startWithSAP=\"1\">\n" +
        std::string(kStereoSound) + content_protection(one.assembly->protection()) + text +
        "    </AdaptationSet>\n  </Period>\n";
    for (const std::string_view track : {std::string_view(rungs.front().name), kAudio}) {
      CH_ASSIGN(const auto parts, parts_of(one, track));
      for (const Part& part : parts) longest = std::max(longest, part.timed.seconds);
    }
    start += seconds;
  }
  return Playlist{std::string(kDashManifest),
                  std::string(kMpdHead) + attribute("mediaPresentationDuration", duration(start)) +
                      attribute("minBufferTime", duration(longest)) +
                      attribute("maxSegmentDuration", duration(longest)) + ">\n" + periods + "</MPD>\n"};
}

}  // namespace cliffhanger::transcode
