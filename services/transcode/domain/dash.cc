#include "services/transcode/domain/dash.h"

#include <algorithm>
#include <vector>

#include "libs/core/markup.h"
#include "services/transcode/domain/dash_text.h"

namespace cliffhanger::transcode {
namespace {

std::string timeline(const std::vector<std::int64_t>& durations) {
  std::string out = "        <SegmentTimeline>\n";
  for (std::size_t i = 0; i < durations.size();) {
    std::size_t end = i + 1;
    while (end < durations.size() && durations[end] == durations[i]) ++end;
    out += "          <S" + (i == 0 ? attribute("t", std::int64_t{0}) : "") + attribute("d", durations[i]);
    if (end - i > 1) out += attribute("r", static_cast<std::int64_t>(end - i - 1));
    out += "/>\n";
    i = end;
  }
  return out + "        </SegmentTimeline>\n";
}

// Times are those after the edit list: the sound's priming counts nowhere.
std::string segment_template(std::int64_t timescale, const std::vector<std::int64_t>& durations,
                             const std::string& folder = "$RepresentationID$/") {
  return "      <SegmentTemplate" + attribute("timescale", timescale) +
         attribute("initialization", folder + "init.mp4") + attribute("media", folder + "$Number$.m4s") +
         " startNumber=\"0\">\n" + timeline(durations) + "      </SegmentTemplate>\n";
}

std::vector<std::int64_t> video_durations(const media::Grid& grid) {
  std::vector<std::int64_t> out;
  for (std::int64_t i = 0; i < grid.segments(); ++i)
    out.push_back(grid.segment(i).frames * grid.frame_ticks());
  return out;
}

std::string audio_timeline(const media::Grid& grid, const std::string& folder = "$RepresentationID$/") {
  const media::AudioGrid audio(grid);
  std::vector<std::int64_t> durations;
  for (std::int64_t i = 0; i < grid.segments(); ++i) {
    const std::int64_t played = audio.segment(i).frames - (i == 0 ? media::AudioGrid::kPrimingFrames : 0);
    durations.push_back(played * media::AudioGrid::kFrameSamples);
  }
  return segment_template(media::AudioGrid::kSampleRate, durations, folder);
}

std::string representation(const Plan& plan, const Assembly& assembly, std::string_view track) {
  return "      <Representation" + attribute("id", track) +
         attribute("codecs", assembly.find(track, kInit)->codecs) +
         attribute("bandwidth", track_bitrate(plan, assembly, track).peak);
}

// A rung's segments one by one, since their names follow no pattern.
std::string segment_list(const media::Grid& grid, const std::string& rung, const NamesOf& name_of) {
  std::string out = "        <SegmentList" + attribute("timescale", grid.timescale()) +
                    ">\n          <Initialization" + attribute("sourceURL", name_of(rung, kInit)) + "/>\n" +
                    timeline(video_durations(grid));
  for (std::int64_t i = 0; i < grid.segments(); ++i)
    out += "          <SegmentURL" + attribute("media", name_of(rung, i)) + "/>\n";
  return out + "        </SegmentList>\n";
}

// Of one codec, since players don't switch between codecs inside a set. `name_of`: see dash_manifest(); may
// be null.
std::string video_set(const Plan& plan, const Assembly& assembly, const std::vector<media::Rung>& rungs,
                      std::int64_t id, const NamesOf& name_of) {
  if (rungs.empty()) return "";
  const media::Rung& top = rungs.front();
  const media::Grid grid = grid_of(plan);
  std::string out =
      "    <AdaptationSet" + attribute("id", id) + " contentType=\"video\" mimeType=\"video/mp4\"" +
      attribute("maxWidth", std::int64_t{top.width}) + attribute("maxHeight", std::int64_t{top.height}) +
      attribute("frameRate", rate(plan.rate)) + attribute("par", ratio(top.width, top.height)) +
      " segmentAlignment=\"true\" startWithSAP=\"1\">\n" + content_protection(assembly.protection());
  if (!name_of) out += segment_template(grid.timescale(), video_durations(grid));
  for (const media::Rung& rung : rungs) {
    out += representation(plan, assembly, rung.name) + attribute("width", std::int64_t{rung.width}) +
           attribute("height", std::int64_t{rung.height}) + " sar=\"1:1\"";
    out += name_of ? ">\n" + segment_list(grid, rung.name, name_of) + "      </Representation>\n" : "/>\n";
  }
  return out + "    </AdaptationSet>\n";
}

std::string audio_set(const Plan& plan, const Assembly& assembly) {
  return "    <AdaptationSet id=\"1\" contentType=\"audio\" mimeType=\"audio/mp4\" segmentAlignment=\"true\" "
         "startWithSAP=\"1\">\n" +
         std::string(kStereoSound) + content_protection(assembly.protection()) + dash_role("main") +
         audio_timeline(grid_of(plan)) + representation(plan, assembly, kAudio) +
         attribute("audioSamplingRate", media::AudioGrid::kSampleRate) + "/>\n    </AdaptationSet>\n";
}

double longest_segment(const media::Grid& grid) {
  const media::AudioGrid audio(grid);
  double longest = 0;
  for (std::int64_t i = 0; i < grid.segments(); ++i)
    longest = std::max({longest, grid.seconds(grid.segment(i).frames), audio.seconds(i)});
  return longest;
}

}  // namespace

std::string image_set(const media::StoryboardJob& job, const Assembly& assembly, const std::string& folder,
                      std::int64_t first) {
  const std::int64_t sheet_ms = job.per_sheet() * job.interval_ms;
  std::int64_t largest = 0;
  for (std::int64_t i = first; i < job.sheets(); ++i)
    largest = std::max(largest, assembly.find(kStoryboard, i)->bytes);
  return "    <AdaptationSet id=\"2\" contentType=\"image\" mimeType=\"image/jpeg\">\n      <SegmentTemplate "
         "timescale=\"1000\"" +
         attribute("duration", sheet_ms) + attribute("startNumber", first) +
         attribute("media", folder + "$RepresentationID$/$Number$.jpg") + "/>\n      <Representation" +
         attribute("id", kStoryboard) +
         attribute("bandwidth", (largest * 8 * 1000 + sheet_ms - 1) / sheet_ms) +
         attribute("width", std::int64_t{job.width} * job.columns) +
         attribute("height", std::int64_t{job.height} * job.rows) +
         ">\n        <EssentialProperty schemeIdUri=\"http://dashif.org/guidelines/thumbnail_tile\"" +
         attribute("value", std::to_string(job.columns) + "x" + std::to_string(job.rows)) +
         "/>\n      </Representation>\n    </AdaptationSet>\n";
}

std::string dash_role(std::string_view value) {
  return "      <Role schemeIdUri=\"urn:mpeg:dash:role:2011\"" + attribute("value", value) + "/>\n";
}

std::string dub_set(const media::Grid& grid, const std::string& language, const std::string& label,
                    const std::string& folder, const SoundFacts& facts) {
  return "    <AdaptationSet contentType=\"audio\"" + attribute("lang", language) +
         " mimeType=\"audio/mp4\" segmentAlignment=\"true\" startWithSAP=\"1\">\n" +
         std::string(kStereoSound) + content_protection(facts.protection) + "      <Label>" +
         escape_markup(label) + "</Label>\n" + dash_role("dub") + audio_timeline(grid, folder) +
         "      <Representation" + attribute("id", "dub-" + language) + attribute("codecs", facts.codecs) +
         attribute("bandwidth", facts.peak) + attribute("audioSamplingRate", media::AudioGrid::kSampleRate) +
         "/>\n    </AdaptationSet>\n";
}

Playlist dash_manifest(const Plan& plan, const Assembly& assembly, std::string name, const NamesOf& name_of) {
  const media::Grid grid = grid_of(plan);
  std::string out = std::string(kMpdHead) +
                    attribute("mediaPresentationDuration", duration(grid.duration())) +
                    attribute("minBufferTime", duration(longest_segment(grid))) +
                    attribute("maxSegmentDuration", duration(longest_segment(grid))) +
                    ">\n  <Period id=\"0\" start=\"PT0S\">\n";
  out += video_set(plan, assembly, plan.rungs, 0, name_of) + audio_set(plan, assembly);
  if (plan.storyboard.count > 0) out += image_set(plan.storyboard, assembly);
  out += video_set(plan, assembly, plan.hevc, kHevcSet, name_of);
  out += "  </Period>\n</MPD>\n";
  return {std::move(name), std::move(out)};
}

}  // namespace cliffhanger::transcode
