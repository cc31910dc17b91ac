#include "libs/media/event.h"

#include <array>
#include <cmath>

#include "libs/media/json.h"
#include "libs/media/limits.h"

namespace cliffhanger::media {
namespace {
namespace json = boost::json;

constexpr const char* kBadEvent = "MEDIA_PROTOCOL";
constexpr std::int64_t kAny = std::int64_t{1} << 60;
constexpr std::size_t kText = 4096;

// --- writing ---

json::object write(const AudioFacts& a) {
  return {{"codec", a.codec},
          {"channels", a.channels},
          {"sampleRate", a.sample_rate},
          {"durationMs", a.duration_ms}};
}

json::object write(const SoundEvent& e) {
  return {{"event", "sound"}, {"container", e.container}, {"audio", write(e.audio)}};
}

json::object write(const ProbeEvent& e) {
  const VideoFacts& v = e.video;
  json::object video{{"codec", v.codec},
                     {"width", v.width},
                     {"height", v.height},
                     {"rotation", v.rotation},
                     {"frameRate", json::array{v.rate.num, v.rate.den}},
                     {"frames", v.frames},
                     {"pixelFormat", v.pixel_format},
                     {"transfer", v.transfer}};
  json::value audio = nullptr;
  if (e.audio) audio = write(*e.audio);
  return {{"event", "probe"},
          {"container", e.container},
          {"durationMs", e.duration_ms},
          {"video", std::move(video)},
          {"audio", std::move(audio)}};
}

json::object write(const InitEvent& e) {
  return {
      {"event", "init"},    {"rung", e.rung},     {"file", e.file},           {"bytes", e.bytes},
      {"sha256", e.sha256}, {"codecs", e.codecs}, {"timescale", e.timescale}, {"frameTicks", e.frame_ticks}};
}

json::object write(const SegmentEvent& e) {
  json::array gops;
  for (const GopRange& g : e.gops)
    gops.push_back(json::object{{"offset", g.offset},
                                {"bytes", g.bytes},
                                {"size", g.size},
                                {"startFrame", g.start_frame},
                                {"frames", g.frames}});
  return {{"event", "segment"},
          {"rung", e.rung},
          {"index", e.index},
          {"file", e.file},
          {"bytes", e.bytes},
          {"sha256", e.sha256},
          {"startFrame", e.start_frame},
          {"frames", e.frames},
          {"gops", std::move(gops)},
          {"cpuMs", e.cpu_ms}};
}

json::object write(const ProgressEvent& e) {
  return {{"event", "progress"}, {"frames", e.frames}};
}

json::object write(const LoudnessEvent& e) {
  json::value input = nullptr;
  if (e.input_lufs) input = *e.input_lufs;
  return {{"event", "loudness"}, {"inputLufs", std::move(input)}, {"gainDb", e.gain_db}};
}

json::object write(const PictureEvent& e) {
  return {{"event", "picture"}, {"file", e.file}, {"bytes", e.bytes}, {"sha256", e.sha256}};
}

json::object write(const AnalysisEvent& e) {
  json::array points;
  for (const QualityPoint& point : e.points)
    points.push_back(
        json::object{{"crf", point.crf}, {"bitsPerSecond", point.bits_per_second}, {"score", point.score}});
  json::object out{{"event", "analysis"}, {"rung", e.rung}, {"points", std::move(points)}};
  if (e.scaling) out["scaling"] = *e.scaling;
  return out;
}

json::object write(const WordEvent& e) {
  return {{"event", "word"}, {"text", e.text}, {"startMs", e.start_ms}, {"endMs", e.end_ms}};
}

json::object write(const WarningEvent& e) {
  return {{"event", "warning"}, {"reason", e.reason}, {"message", e.message}};
}

json::object write(const DoneEvent& e) {
  return {{"event", "done"}, {"cpuMs", e.cpu_ms}, {"peakMemoryKib", e.peak_memory_kib}};
}

json::object write(const ErrorEvent& e) {
  return {{"event", "error"}, {"reason", e.reason}, {"message", e.message}};
}

// --- reading ---

FrameRate read_rate(Fields& fields) {
  const json::array* pair = fields.array("frameRate", 2, 2);
  if (!pair) return {};
  const std::int64_t* num = pair->at(0).if_int64();
  const std::int64_t* den = pair->at(1).if_int64();
  if (!num || !den || *num <= 0 || *den <= 0)
    return fields.fault("frameRate", "is not a fraction"), FrameRate{};
  return {*num, *den};
}

AudioFacts read_audio(Fields& outer) {
  AudioFacts a;
  const json::object* audio = outer.child("audio");
  if (audio == nullptr) return a;
  Fields f(*audio, "audio.");
  a.codec = f.text("codec", kText);
  a.channels = static_cast<int>(f.integer("channels", 1, 1024));
  a.sample_rate = static_cast<int>(f.integer("sampleRate", 1, 10'000'000));
  a.duration_ms = f.integer("durationMs", 0, kAny);
  if (!f.ok()) outer.fault("", f.what());
  return a;
}

void read(Fields& outer, SoundEvent& e) {
  e.container = outer.text("container", kText);
  e.audio = read_audio(outer);
}

void read(Fields& outer, ProbeEvent& e) {
  e.container = outer.text("container", kText);
  e.duration_ms = outer.integer("durationMs", 0, kAny);
  if (const json::object* video = outer.child("video")) {
    Fields f(*video, "video.");
    VideoFacts& v = e.video;
    v.codec = f.text("codec", kText);
    v.width = static_cast<int>(f.integer("width", 1, limits::kMaxSide * 16));
    v.height = static_cast<int>(f.integer("height", 1, limits::kMaxSide * 16));
    v.rotation = static_cast<int>(f.integer("rotation", 0, 359));
    v.rate = read_rate(f);
    v.frames = f.integer("frames", 1, kAny);
    v.pixel_format = f.text("pixelFormat", kText);
    v.transfer = f.text("transfer", kText);
    if (!f.ok()) outer.fault("", f.what());
  }
  if (!outer.is_null("audio")) e.audio = read_audio(outer);
}

void read(Fields& f, InitEvent& e) {
  e.rung = f.text("rung", limits::kMaxRungName);
  e.file = f.text("file", kText);
  e.bytes = f.integer("bytes", 1, kAny);
  e.sha256 = f.text("sha256", 64);
  e.codecs = f.text("codecs", kText);
  e.timescale = f.integer("timescale", 1, kAny);
  e.frame_ticks = f.integer("frameTicks", 1, kAny);
}

void read(Fields& f, SegmentEvent& e) {
  e.rung = f.text("rung", limits::kMaxRungName);
  e.index = f.integer("index", 0, kAny);
  e.file = f.text("file", kText);
  e.bytes = f.integer("bytes", 1, kAny);
  e.sha256 = f.text("sha256", 64);
  e.start_frame = f.integer("startFrame", 0, kAny);
  e.frames = f.integer("frames", 1, kAny);
  e.cpu_ms = f.integer("cpuMs", 0, kAny);
  const json::array* gops = f.array("gops", 0, 64);
  if (!gops) return;
  for (const json::value& value : *gops) {
    if (!value.is_object()) return f.fault("gops", "holds something else");
    Fields g(value.as_object(), "gops.");
    GopRange range;
    range.offset = g.integer("offset", 0, kAny);
    range.bytes = g.integer("bytes", 1, kAny);
    range.size = g.integer("size", 1, kAny);
    range.start_frame = g.integer("startFrame", 0, kAny);
    range.frames = g.integer("frames", 1, kAny);
    if (!g.ok()) return f.fault("", g.what());
    e.gops.push_back(range);
  }
}

void read(Fields& f, ProgressEvent& e) {
  e.frames = f.integer("frames", 0, kAny);
}

void read(Fields& f, LoudnessEvent& e) {
  if (!f.is_null("inputLufs")) e.input_lufs = f.number("inputLufs");
  e.gain_db = f.number("gainDb");
}

void read(Fields& f, PictureEvent& e) {
  e.file = f.text("file", kText);
  e.bytes = f.integer("bytes", 1, kAny);
  e.sha256 = f.text("sha256", 64);
}

void read(Fields& f, AnalysisEvent& e) {
  e.rung = f.text("rung", limits::kMaxRungName);
  if (!f.is_null("scaling")) {
    e.scaling = f.number("scaling");
    if (!(*e.scaling >= 0 && *e.scaling <= 100)) f.fault("scaling", "is out of range");
  }
  const json::array* points = f.array("points", 1, limits::kMaxTrials);
  if (!points) return;
  for (const json::value& value : *points) {
    if (!value.is_object()) return f.fault("points", "holds something else");
    Fields p(value.as_object(), "points.");
    QualityPoint point;
    point.crf = static_cast<int>(p.integer("crf", 0, limits::kMaxCrf));
    point.bits_per_second = p.integer("bitsPerSecond", 0, kAny);
    point.score = p.number("score");
    if (!(point.score >= 0 && point.score <= 100)) p.fault("score", "is out of range");
    if (!p.ok()) return f.fault("", p.what());
    e.points.push_back(point);
  }
}

void read(Fields& f, WordEvent& e) {
  e.text = f.text("text", limits::kMaxWordBytes);
  e.start_ms = f.integer("startMs", 0, limits::kMaxDurationMs);
  e.end_ms = f.integer("endMs", e.start_ms, limits::kMaxDurationMs);
}

void read(Fields& f, WarningEvent& e) {
  e.reason = f.text("reason", 64);
  e.message = f.text("message", kText);
}

void read(Fields& f, DoneEvent& e) {
  e.cpu_ms = f.integer("cpuMs", 0, kAny);
  e.peak_memory_kib = f.integer("peakMemoryKib", 0, kAny);
}

void read(Fields& f, ErrorEvent& e) {
  e.reason = f.text("reason", 64);
  e.message = f.text("message", kText);
}

template <class E>
Result<Event> read_as(Fields& fields) {
  E event;
  read(fields, event);
  if (!fields.ok())
    return fail(internal(kBadEvent, "An event of the media program is malformed: " + fields.what()));
  return Event(std::move(event));
}

constexpr std::array<std::string_view, 10> kRefusals = {
    "MEDIA_EMPTY",    "MEDIA_NOT_VIDEO", "MEDIA_TRUNCATED", "MEDIA_NO_VIDEO", "MEDIA_UNSUPPORTED",
    "MEDIA_TOO_LONG", "MEDIA_TOO_LARGE", "MEDIA_DAMAGED",   "MEDIA_NO_FRAMES",
    "MEDIA_NO_SOUND"};

}  // namespace

std::string to_json(const Event& event) {
  return std::visit([](const auto& e) { return json::serialize(write(e)); }, event);
}

Result<Event> parse_event(std::string_view line) {
  CH_ASSIGN(const json::object object, parse_object(line, limits::kMaxEventBytes, kBadEvent));
  Fields fields(object, "");
  const std::string kind = fields.text("event", 32);
  if (kind == "probe") return read_as<ProbeEvent>(fields);
  if (kind == "sound") return read_as<SoundEvent>(fields);
  if (kind == "init") return read_as<InitEvent>(fields);
  if (kind == "segment") return read_as<SegmentEvent>(fields);
  if (kind == "progress") return read_as<ProgressEvent>(fields);
  if (kind == "loudness") return read_as<LoudnessEvent>(fields);
  if (kind == "picture") return read_as<PictureEvent>(fields);
  if (kind == "analysis") return read_as<AnalysisEvent>(fields);
  if (kind == "word") return read_as<WordEvent>(fields);
  if (kind == "warning") return read_as<WarningEvent>(fields);
  if (kind == "done") return read_as<DoneEvent>(fields);
  if (kind == "error") return read_as<ErrorEvent>(fields);
  return fail(internal(kBadEvent, "The media program sent an event of an unknown kind."));
}

bool is_refusal(const Error& error) {
  for (const std::string_view reason : kRefusals)
    if (error.reason == reason) return true;
  return false;
}

Error to_error(const ErrorEvent& event) {
  Error error = internal(event.reason, event.message);
  if (is_refusal(error)) error.code = Code::kInvalidArgument;
  if (event.reason == "MEDIA_MEMORY") error.code = Code::kResourceExhausted;
  return error;
}

}  // namespace cliffhanger::media
