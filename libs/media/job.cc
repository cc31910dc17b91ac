#include "libs/media/job.h"

#include <cmath>
#include <set>

#include "libs/media/json.h"

namespace cliffhanger::media {
namespace {
namespace json = boost::json;

constexpr const char* kBadJob = "MEDIA_JOB_INVALID";
constexpr double kMostGainDb = 60;

Error bad(const std::string& what) {
  return internal(kBadJob, "The media job is not valid: " + what + ".");
}

json::array rate_json(FrameRate rate) {
  return {rate.num, rate.den};
}

FrameRate read_rate(Fields& fields) {
  const json::array* pair = fields.array("frameRate", 2, 2);
  if (!pair) return {};
  const std::int64_t* num = pair->at(0).if_int64();
  const std::int64_t* den = pair->at(1).if_int64();
  if (!num || !den) return fields.fault("frameRate", "is not two whole numbers"), FrameRate{};
  return {*num, *den};
}

bool good_name(const std::string& name) {
  return !name.empty() && name.size() <= limits::kMaxRungName && name != kAudioRung &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
}

Result<Rung> read_rung(const json::value& value, std::size_t index) {
  const std::string where = "rungs[" + std::to_string(index) + "].";
  if (!value.is_object()) return fail(bad(where + " is not an object"));
  Fields fields(value.as_object(), where);
  fields.only({"name", "width", "height", "crf", "maxrateKbps", "bufsizeKbps", "codec"});
  Rung rung;
  rung.name = fields.text("name", limits::kMaxRungName);
  rung.width = static_cast<int>(fields.integer("width", limits::kMinRungSide, limits::kMaxRungSide));
  rung.height = static_cast<int>(fields.integer("height", limits::kMinRungSide, limits::kMaxRungSide));
  rung.crf = static_cast<int>(fields.integer("crf", 0, limits::kMaxCrf));
  rung.maxrate_kbps = static_cast<int>(fields.integer("maxrateKbps", 16, limits::kMaxRateKbps));
  rung.bufsize_kbps = static_cast<int>(fields.integer("bufsizeKbps", 16, limits::kMaxRateKbps));
  if (fields.has("codec")) {
    const auto codec = parse_video_codec(fields.text("codec", limits::kMaxRungName));
    if (!codec) fields.fault("codec", "is not h264 or hevc");
    rung.codec = codec.value_or(VideoCodec::kH264);
  }
  if (!good_name(rung.name)) fields.fault("name", "is not a rung's name");
  if (rung.width % 2 || rung.height % 2) fields.fault("width and height", "must be even");
  if (!fields.ok()) return fail(bad(fields.what()));
  return rung;
}

Result<std::vector<Rung>> read_rungs(const json::array& values) {
  std::set<std::string> names;
  std::vector<Rung> out;
  for (std::size_t i = 0; i < values.size(); ++i) {
    CH_ASSIGN(Rung rung, read_rung(values[i], i));
    if (!names.insert(rung.name).second) return fail(bad("two rungs are named " + rung.name));
    out.push_back(std::move(rung));
  }
  return out;
}

// Whole numbers, ascending, each from 0 to `most`.
template <class T>
std::vector<T> read_ascending(Fields& fields, const char* name, std::size_t count, std::int64_t most) {
  std::vector<T> out;
  const json::array* values = fields.array(name, 1, count);
  if (!values) return out;
  std::int64_t last = -1;
  for (const json::value& value : *values) {
    const std::int64_t* number = value.if_int64();
    if (!number || *number <= last || *number > most) {
      fields.fault(name, "is not a list of ascending numbers in range");
      return out;
    }
    last = *number;
    out.push_back(static_cast<T>(*number));
  }
  return out;
}

Result<void> bound_files(std::int64_t rungs, std::int64_t segments) {
  if (rungs * (segments + 1) > limits::kMaxOutputs)
    return fail(bad("it makes more than " + std::to_string(limits::kMaxOutputs) + " files"));
  return {};
}

void add_files(const std::string& rung, std::int64_t first, std::int64_t count,
               std::vector<std::string>& names) {
  names.push_back(init_file(rung));
  for (std::int64_t i = first; i < first + count; ++i) names.push_back(segment_file(rung, i));
}

std::string read_language(Fields& fields) {
  std::string out = fields.text("language", limits::kMaxRungName + 3);
  if (out.empty() ||
      out.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") !=
          std::string::npos)
    fields.fault("language", "is not a language's tag");
  return out;
}

Result<BurnCue> read_cue(const json::value& value, std::size_t index) {
  const std::string where = "burn.cues[" + std::to_string(index) + "].";
  if (!value.is_object()) return fail(bad(where + " is not an object"));
  Fields fields(value.as_object(), where);
  fields.only({"startMs", "endMs", "text", "topPercent"});
  BurnCue cue;
  cue.start_ms = fields.integer("startMs", 0, 2 * limits::kMaxDurationMs);
  cue.end_ms = fields.integer("endMs", 0, 2 * limits::kMaxDurationMs);
  cue.text = fields.text("text", limits::kMaxBurnBytes);
  if (value.as_object().contains("topPercent"))
    cue.top_percent = static_cast<int>(fields.integer("topPercent", 0, 100));
  if (cue.end_ms <= cue.start_ms) fields.fault("endMs", "does not come after startMs");
  if (cue.text.find('\0') != std::string::npos) fields.fault("text", "holds a NUL");
  if (!fields.ok()) return fail(bad(fields.what()));
  return cue;
}

Result<Burn> read_burn(const json::object& object) {
  Fields fields(object, "burn.");
  fields.only({"language", "cues"});
  Burn out;
  out.language = read_language(fields);
  const json::array* cues = fields.array("cues", 1, limits::kMaxBurnCues);
  if (!fields.ok()) return fail(bad(fields.what()));
  for (std::size_t i = 0; i < cues->size(); ++i) {
    CH_ASSIGN(BurnCue cue, read_cue((*cues)[i], i));
    out.cues.push_back(std::move(cue));
  }
  return out;
}

json::object burn_json(const Burn& burn) {
  json::array cues;
  for (const BurnCue& cue : burn.cues) {
    json::object one{{"startMs", cue.start_ms}, {"endMs", cue.end_ms}, {"text", cue.text}};
    if (cue.top_percent) one["topPercent"] = *cue.top_percent;
    cues.push_back(std::move(one));
  }
  return {{"language", burn.language}, {"cues", std::move(cues)}};
}

}  // namespace

std::string_view to_text(VideoCodec codec) {
  return codec == VideoCodec::kHevc ? "hevc" : "h264";
}

std::optional<VideoCodec> parse_video_codec(std::string_view text) {
  for (const VideoCodec codec : {VideoCodec::kH264, VideoCodec::kHevc})
    if (text == to_text(codec)) return codec;
  return std::nullopt;
}

std::string init_file(const std::string& rung) {
  return rung + "-init.mp4";
}

std::string segment_file(const std::string& rung, std::int64_t index) {
  return rung + "-" + std::to_string(index) + ".m4s";
}

std::vector<std::string> files_of(const EncodeJob& job) {
  std::vector<std::string> names;
  for (const Rung& rung : job.rungs) add_files(rung.name, job.first_segment, job.segment_count, names);
  return names;
}

std::vector<std::string> files_of(const AudioJob& job) {
  std::vector<std::string> names;
  if (const auto grid = Grid::make(job.rate, job.frames)) {
    add_files(kAudioRung, 0, job.segment_count > 0 ? job.segment_count : grid->segments(), names);
  }
  return names;
}

std::vector<std::string> files_of(const PictureJob&) {
  return {kPictureFile};
}

std::string sheet_file(std::int64_t index) {
  return "storyboard-" + std::to_string(index) + ".jpg";
}

std::vector<std::string> files_of(const StoryboardJob& job) {
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < job.sheets(); ++i) names.push_back(sheet_file(i));
  return names;
}

std::string to_json(const ProbeJob& job) {
  json::object out{{"maxDurationMs", job.max_duration_ms}};
  if (job.sound_alone) out["soundAlone"] = 1;
  if (job.whole_bytes > 0) out["wholeBytes"] = job.whole_bytes;
  return json::serialize(out);
}

json::array rungs_json(const std::vector<Rung>& rungs) {
  json::array out;
  for (const Rung& rung : rungs) {
    json::object one{{"name", rung.name},
                     {"width", rung.width},
                     {"height", rung.height},
                     {"crf", rung.crf},
                     {"maxrateKbps", rung.maxrate_kbps},
                     {"bufsizeKbps", rung.bufsize_kbps}};
    if (rung.codec != VideoCodec::kH264) one.emplace("codec", to_text(rung.codec));
    out.push_back(std::move(one));
  }
  return out;
}

std::string to_json(const EncodeJob& job) {
  json::object out{{"frameRate", rate_json(job.rate)},
                   {"frames", job.frames},
                   {"rungs", rungs_json(job.rungs)},
                   {"segments", json::object{{"first", job.first_segment}, {"count", job.segment_count}}}};
  if (job.whole_bytes > 0) out["wholeBytes"] = job.whole_bytes;
  if (!job.burn.cues.empty()) out["burn"] = burn_json(job.burn);
  if (job.decode_threads != 1) out["decodeThreads"] = job.decode_threads;
  return json::serialize(out);
}

std::string to_json(const AudioJob& job) {
  json::object out{
      {"frameRate", rate_json(job.rate)}, {"frames", job.frames}, {"bitrateKbps", job.bitrate_kbps}};
  if (job.gain_db) out["gainDb"] = *job.gain_db;
  if (job.sound_alone) out["soundAlone"] = 1;
  if (job.segment_count > 0) out["segments"] = job.segment_count;
  return json::serialize(out);
}

std::string to_json(const LoudnessJob& job) {
  return json::serialize(json::object{{"frameRate", rate_json(job.rate)}, {"frames", job.frames}});
}

std::string to_json(const SpeechJob& job) {
  return json::serialize(json::object{{"frameRate", rate_json(job.rate)}, {"frames", job.frames}});
}

std::string to_json(const PictureJob& job) {
  return json::serialize(json::object{{"atMs", job.at_ms}, {"width", job.width}, {"height", job.height}});
}

std::string to_json(const StoryboardJob& job) {
  return json::serialize(json::object{{"count", job.count},
                                      {"intervalMs", job.interval_ms},
                                      {"width", job.width},
                                      {"height", job.height},
                                      {"columns", job.columns},
                                      {"rows", job.rows}});
}

std::string to_json(const AnalyseJob& job) {
  return json::serialize(json::object{{"frameRate", rate_json(job.rate)},
                                      {"frames", job.frames},
                                      {"rungs", rungs_json(job.rungs)},
                                      {"crfs", json::array(job.crfs.begin(), job.crfs.end())},
                                      {"at", json::array(job.at.begin(), job.at.end())},
                                      {"sampleFrames", job.sample_frames},
                                      {"scaling", job.scaling ? 1 : 0}});
}

Result<ProbeJob> parse_probe_job(std::string_view text) {
  CH_ASSIGN(const json::object object, parse_object(text, limits::kMaxJobBytes, kBadJob));
  Fields fields(object, "");
  fields.only({"maxDurationMs", "soundAlone", "wholeBytes"});
  ProbeJob job;
  job.max_duration_ms = fields.integer_or("maxDurationMs", limits::kMaxDurationMs, 1, limits::kMaxDurationMs);
  job.sound_alone = fields.integer_or("soundAlone", 0, 0, 1) == 1;
  job.whole_bytes = fields.integer_or("wholeBytes", 0, 1, limits::kMaxSourceBytes);
  if (!fields.ok()) return fail(bad(fields.what()));
  return job;
}

Result<EncodeJob> parse_encode_job(std::string_view text) {
  CH_ASSIGN(const json::object object, parse_object(text, limits::kMaxJobBytes, kBadJob));
  Fields fields(object, "");
  fields.only({"frameRate", "frames", "rungs", "segments", "wholeBytes", "burn", "decodeThreads"});
  EncodeJob job;
  job.rate = read_rate(fields);
  job.frames = fields.integer("frames", 1, limits::kMaxFrames);
  job.whole_bytes = fields.integer_or("wholeBytes", 0, 1, limits::kMaxSourceBytes);
  job.decode_threads = static_cast<int>(fields.integer_or("decodeThreads", 1, 1, limits::kMaxDecodeThreads));
  const json::array* rungs = fields.array("rungs", 1, limits::kMaxRungs);
  if (const json::object* run = fields.child("segments")) {
    Fields part(*run, "segments.");
    part.only({"first", "count"});
    job.first_segment = part.integer("first", 0, limits::kMaxFrames);
    job.segment_count = part.integer("count", 1, limits::kMaxFrames);
    if (!part.ok()) return fail(bad(part.what()));
  }
  const bool burns = object.contains("burn");
  const json::object* burn = burns ? fields.child("burn") : nullptr;
  if (!fields.ok()) return fail(bad(fields.what()));
  if (burn != nullptr) {
    CH_ASSIGN(job.burn, read_burn(*burn));
  }
  CH_ASSIGN(job.rungs, read_rungs(*rungs));
  CH_ASSIGN(const Grid grid, Grid::make(job.rate, job.frames));
  if (job.first_segment + job.segment_count > grid.segments())
    return fail(bad("segments end beyond the episode"));
  CH_TRY(bound_files(static_cast<std::int64_t>(job.rungs.size()), job.segment_count));
  return job;
}

Result<AudioJob> parse_audio_job(std::string_view text) {
  CH_ASSIGN(const json::object object, parse_object(text, limits::kMaxJobBytes, kBadJob));
  Fields fields(object, "");
  fields.only({"frameRate", "frames", "bitrateKbps", "gainDb", "soundAlone", "segments"});
  AudioJob job;
  job.rate = read_rate(fields);
  job.frames = fields.integer("frames", 1, limits::kMaxFrames);
  job.bitrate_kbps = static_cast<int>(fields.integer("bitrateKbps", 32, 160));
  if (!fields.is_null("gainDb")) {
    job.gain_db = fields.number("gainDb");
    if (!(std::abs(*job.gain_db) <= kMostGainDb)) fields.fault("gainDb", "is out of range");
  }
  job.sound_alone = fields.integer_or("soundAlone", 0, 0, 1) == 1;
  job.segment_count = fields.integer_or("segments", 0, 1, limits::kMaxFrames);
  if (!fields.ok()) return fail(bad(fields.what()));
  CH_ASSIGN(const Grid grid, Grid::make(job.rate, job.frames));
  if (job.segment_count > grid.segments()) return fail(bad("segments end beyond the episode"));
  CH_TRY(bound_files(1, grid.segments()));
  return job;
}

// The job of a command that makes no files and needs to know only what the episode's timeline is.
template <class Job>
Result<Job> parse_timeline_job(std::string_view text) {
  CH_ASSIGN(const json::object object, parse_object(text, limits::kMaxJobBytes, kBadJob));
  Fields fields(object, "");
  fields.only({"frameRate", "frames"});
  Job job;
  job.rate = read_rate(fields);
  job.frames = fields.integer("frames", 1, limits::kMaxFrames);
  if (!fields.ok()) return fail(bad(fields.what()));
  CH_TRY(Grid::make(job.rate, job.frames).map([](const Grid&) {}));
  return job;
}

Result<LoudnessJob> parse_loudness_job(std::string_view text) {
  return parse_timeline_job<LoudnessJob>(text);
}

Result<SpeechJob> parse_speech_job(std::string_view text) {
  return parse_timeline_job<SpeechJob>(text);
}

Result<PictureJob> parse_picture_job(std::string_view text) {
  CH_ASSIGN(const json::object object, parse_object(text, limits::kMaxJobBytes, kBadJob));
  Fields fields(object, "");
  fields.only({"atMs", "width", "height"});
  PictureJob job;
  job.at_ms = fields.integer("atMs", 0, limits::kMaxDurationMs);
  job.width = static_cast<int>(fields.integer("width", limits::kMinRungSide, limits::kMaxRungSide));
  job.height = static_cast<int>(fields.integer("height", limits::kMinRungSide, limits::kMaxRungSide));
  if (job.width % 2 || job.height % 2) fields.fault("width and height", "must be even");
  if (!fields.ok()) return fail(bad(fields.what()));
  return job;
}

Result<AnalyseJob> parse_analyse_job(std::string_view text) {
  CH_ASSIGN(const json::object object, parse_object(text, limits::kMaxJobBytes, kBadJob));
  Fields fields(object, "");
  fields.only({"frameRate", "frames", "rungs", "crfs", "at", "sampleFrames", "scaling"});
  AnalyseJob job;
  job.rate = read_rate(fields);
  job.frames = fields.integer("frames", 1, limits::kMaxFrames);
  const json::array* rungs = fields.array("rungs", 1, limits::kMaxRungs);
  job.crfs = read_ascending<int>(fields, "crfs", limits::kMaxTrials, limits::kMaxCrf);
  job.at = read_ascending<std::int64_t>(fields, "at", limits::kMaxSamples, job.frames - 1);
  job.sample_frames = fields.integer("sampleFrames", 4, limits::kMaxSampleFrames);
  job.scaling = fields.integer_or("scaling", 0, 0, 1) != 0;
  if (!fields.ok()) return fail(bad(fields.what()));
  CH_ASSIGN(job.rungs, read_rungs(*rungs));
  for (const Rung& rung : job.rungs)
    if (rung.codec != VideoCodec::kH264)
      return fail(bad("only H.264 is tried, and " + rung.name + " is not"));
  CH_TRY(Grid::make(job.rate, job.frames).map([](const Grid&) {}));
  return job;
}

Result<StoryboardJob> parse_storyboard_job(std::string_view text) {
  CH_ASSIGN(const json::object object, parse_object(text, limits::kMaxJobBytes, kBadJob));
  Fields fields(object, "");
  fields.only({"count", "intervalMs", "width", "height", "columns", "rows"});
  const auto small = [&fields](const char* name, int least, int most) {
    return static_cast<int>(fields.integer(name, least, most));
  };
  StoryboardJob job;
  job.interval_ms = fields.integer("intervalMs", 200, 60'000);
  job.count = fields.integer("count", 1, limits::kMaxDurationMs / 200);
  job.width = small("width", limits::kMinThumbSide, limits::kMaxThumbSide);
  job.height = small("height", limits::kMinThumbSide, limits::kMaxThumbSide);
  job.columns = small("columns", 1, limits::kMaxSheetThumbs);
  job.rows = small("rows", 1, limits::kMaxSheetThumbs);
  if (job.width % 2 || job.height % 2) fields.fault("width and height", "must be even");
  if (!fields.ok()) return fail(bad(fields.what()));
  if (job.sheets() > limits::kMaxOutputs)
    return fail(bad("it makes more than " + std::to_string(limits::kMaxOutputs) + " files"));
  return job;
}

}  // namespace cliffhanger::media
