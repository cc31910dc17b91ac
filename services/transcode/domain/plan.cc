#include "services/transcode/domain/plan.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <tuple>
#include <utility>

#include "services/transcode/domain/profile.h"
#include "services/transcode/domain/storyboard.h"

namespace cliffhanger::transcode {
namespace {

constexpr int kRestOfHeadPriority = 15;
constexpr int kPackagePriority = 20;  // cheap, and someone waits for it
static_assert(kRestOfHeadPriority <= kMostUrgentPriority && kPackagePriority <= kMostUrgentPriority);
constexpr int kWithdrawPriority = 30;
constexpr int kCaptionsPriority = 30;
constexpr int kOtherHeadsPriority = 40;
constexpr int kAnalysePriority = 50;  // all tails wait for theirs, but no head does
constexpr int kPicturePriority = 60;
constexpr int kTailPriority = 100;
constexpr int kHevcPriority = 110;  // nobody waits for it as long as there is H.264 to be made
constexpr int kSpeechPriority = 200;

constexpr std::int64_t kCoverAtMs = 3000;  // past the usual fade-in

std::string text_of(const media::Rung& rung) {
  const bool hevc = rung.codec == media::VideoCodec::kHevc;
  return (hevc ? "hevc " : "") + std::to_string(rung.width) + "x" + std::to_string(rung.height) + " crf " +
         std::to_string(rung.crf) + " maxrate " + std::to_string(rung.maxrate_kbps) + " bufsize " +
         std::to_string(rung.bufsize_kbps);
}

std::string text_of(const media::StoryboardJob& job) {
  return " storyboard " + std::to_string(job.count) + " of " + std::to_string(job.width) + "x" +
         std::to_string(job.height) + " every " + std::to_string(job.interval_ms) + " ms in sheets of " +
         std::to_string(job.columns) + "x" + std::to_string(job.rows);
}

std::string gain_text(const Plan& plan) {
  if (plan.loudness == Loudness::kEpisode) return "";
  return " gain " + std::to_string(std::llround(plan.gain_db.value_or(0) * 100)) + " cdB";
}

// The rungs that a rung is scaled from, one by one, since that affects its pixels.
std::string cascade(const Plan& plan, const Run& run, std::string_view rung) {
  std::string out;
  for (const std::string& name : run.rungs) {
    if (name == rung) break;
    const media::Rung& above = rung_of(plan, name);
    out += " via " + std::to_string(above.width) + "x" + std::to_string(above.height);
  }
  return out;
}

// All segments from `first` on, in runs of about the same length, so that workers end together.
void add_runs(const Plan& plan, int priority, const std::vector<media::Rung>& rungs, std::int64_t first,
              std::vector<Run>& out) {
  const std::int64_t rest = grid_of(plan).segments() - first;
  if (rest <= 0 || rungs.empty()) return;
  std::vector<std::string> names;
  for (const media::Rung& rung : rungs) names.push_back(rung.name);
  const std::int64_t parts = (rest + kTailSegments - 1) / kTailSegments;
  for (std::int64_t part = 0; part < parts; ++part) {
    const std::int64_t begin = rest * part / parts, end = rest * (part + 1) / parts;
    out.push_back({Kind::kEncode, priority, names, first + begin, end - begin});
  }
}

// The rung of H.264 that one of HEVC stands beside; null if there is none.
const media::Rung* beside(const Plan& plan, const media::Rung& hevc) {
  for (const media::Rung& rung : plan.rungs)
    if (rung.width == hevc.width && rung.height == hevc.height) return &rung;
  return nullptr;
}

// Rate and number of frames. Every second picture is left out where otherwise the largest rung would be beyond the
// level that every device plays: see docs/decisions/0008-size-before-sixty-frames.md.
std::pair<media::FrameRate, std::int64_t> pace_for(const media::VideoFacts& video, const std::vector<Row>& rows) {
  constexpr double kSmoothEnough = 24;
  const media::FrameRate rate = video.rate;
  const media::FrameRate half = rate.num % 2 == 0 ? media::FrameRate{rate.num / 2, rate.den}
                                                  : media::FrameRate{rate.num, rate.den * 2};
  const auto rungs = rungs_of(rows, video.width, video.height, rate),
             more = rungs_of(rows, video.width, video.height, half);
  const auto height_of = [](const auto& of) { return of->front().height; };
  const bool gains = more && (!rungs || height_of(more) > height_of(rungs));
  if (half.value() < kSmoothEnough - 0.1 || !gains) return {rate, video.frames};
  return {half, (video.frames + 1) / 2};
}

Result<Plan> plan_of(const media::ProbeEvent& probe, const std::vector<Row>& rows, Hevc hevc) {
  CH_TRY(media::Grid::make(probe.video.rate, probe.video.frames).map([](const auto&) {}));
  Plan plan;
  plan.profile = kProfileVersion;
  std::tie(plan.rate, plan.frames) = pace_for(probe.video, rows);
  CH_ASSIGN(plan.rungs, rungs_of(rows, probe.video.width, probe.video.height, plan.rate));
  if (hevc == Hevc::kAdd) plan.hevc = hevc_beside(plan.rungs);
  const media::Rung& first = default_rung(plan.rungs);
  plan.default_rung = first.name;
  plan.audio_kbps = kAudioKbps;
  plan.cover = {std::min(kCoverAtMs, duration_ms(plan) / 2), first.width, first.height};
  plan.storyboard = layout_storyboard(duration_ms(plan), plan.rungs.back().width, plan.rungs.back().height);
  return plan;
}

}  // namespace

bool Plan::operator==(const Plan& other) const {
  return profile == other.profile && rate == other.rate && frames == other.frames && rungs == other.rungs &&
         hevc == other.hevc && tail_crfs == other.tail_crfs && default_rung == other.default_rung &&
         audio_kbps == other.audio_kbps && loudness == other.loudness && gain_db == other.gain_db &&
         founding == other.founding && cover.at_ms == other.cover.at_ms && cover.width == other.cover.width &&
         cover.height == other.cover.height && storyboard == other.storyboard;
}

Result<Plan> make_plan(const media::ProbeEvent& probe, Hevc hevc) {
  return plan_of(probe, rows_for(probe.video.width, probe.video.height), hevc);
}

Result<Plan> make_plan(const media::ProbeEvent& probe, const SeriesProfile& profile, Hevc hevc) {
  CH_ASSIGN(Plan plan, plan_of(probe, profile.rows, hevc));
  plan.audio_kbps = profile.audio_kbps;
  plan.loudness = profile.loudness;
  if (plan.loudness == Loudness::kSeries) plan.gain_db = profile.gain_db;
  if (!profile.settled) plan.founding = PictureSize{probe.video.width, probe.video.height};
  return plan;
}

media::Grid grid_of(const Plan& plan) {
  return media::Grid::make(plan.rate, plan.frames).value();
}

std::int64_t duration_ms(const Plan& plan) {
  return static_cast<std::int64_t>(grid_of(plan).duration() * 1000 + 0.5);
}

const media::Rung& rung_of(const Plan& plan, std::string_view name) {
  const auto named = [&](const media::Rung& rung) { return rung.name == name; };
  const auto hevc = std::find_if(plan.hevc.begin(), plan.hevc.end(), named);
  if (hevc != plan.hevc.end()) return *hevc;
  const auto it = std::find_if(plan.rungs.begin(), plan.rungs.end(), named);
  assert(it != plan.rungs.end());
  return *it;
}

std::vector<media::Rung> all_rungs(const Plan& plan) {
  std::vector<media::Rung> out = plan.rungs;
  out.insert(out.end(), plan.hevc.begin(), plan.hevc.end());
  return out;
}

bool encodes(Kind kind) {
  return kind == Kind::kEncode || kind == Kind::kEarly || kind == Kind::kBurn;
}

bool is_still(std::string_view track) {
  return track == kCover || track == kStoryboard;
}

std::string_view to_text(Kind kind) {
  switch (kind) {
    case Kind::kEncode:
      return "encode";
    case Kind::kEarly:
      return "early";
    case Kind::kAnalyse:
      return "analyse";
    case Kind::kLoudness:
      return "loudness";
    case Kind::kAudio:
      return "audio";
    case Kind::kPicture:
      return "picture";
    case Kind::kStoryboard:
      return "storyboard";
    case Kind::kPackage:
      return "package";
    case Kind::kWithdraw:
      return "withdraw";
    case Kind::kCaptions:
      return "captions";
    case Kind::kSpeech:
      return "speech";
    case Kind::kDub:
      return "dub";
    case Kind::kBurn:
      return "burn";
  }
  return "";
}

Result<Kind> parse_kind(std::string_view text) {
  for (const Kind kind : {Kind::kEncode, Kind::kEarly, Kind::kAnalyse, Kind::kLoudness, Kind::kAudio, Kind::kPicture, Kind::kStoryboard,
                          Kind::kPackage, Kind::kWithdraw, Kind::kCaptions, Kind::kSpeech, Kind::kDub, Kind::kBurn}) {
    if (to_text(kind) == text) return kind;
  }
  return fail(internal("BAD_TASK", "A task of an unknown kind."));
}

bool is_chosen(const Plan& plan) {
  if (plan.founding) return false;
  return !plan.tail_crfs.empty() || grid_of(plan).segments() <= kHeadSegments;
}

bool is_tuned(const Plan& plan) {
  return plan.loudness == Loudness::kEpisode || plan.gain_db.has_value();
}

Plan with_tail(Plan plan, std::vector<int> crfs) {
  assert(crfs.empty() || crfs.size() == plan.rungs.size());
  plan.tail_crfs = std::move(crfs);
  if (plan.tail_crfs.empty()) return plan;
  for (media::Rung& hevc : plan.hevc) {
    if (const media::Rung* rung = beside(plan, hevc))
      hevc.crf = hevc_crf(plan.tail_crfs[static_cast<std::size_t>(rung - plan.rungs.data())]);
  }
  return plan;
}

Plan settled(const Plan& plan, const std::vector<int>& crfs, const std::vector<Row>& rows) {
  assert(plan.founding && crfs.size() == plan.rungs.size());
  Plan out = plan;
  out.founding.reset();
  out.rungs.clear();
  const auto rungs = rungs_of(rows, plan.founding->width, plan.founding->height, plan.rate);
  const auto kept = [&](const media::Rung& rung) {
    return !rungs || rung.name == plan.default_rung ||
           std::any_of(rungs->begin(), rungs->end(), [&](const media::Rung& one) { return one.name == rung.name; });
  };
  std::vector<int> tail;
  for (std::size_t i = 0; i < plan.rungs.size(); ++i) {
    media::Rung rung = plan.rungs[i];
    if (!kept(rung)) continue;
    if (rung.name != plan.default_rung) rung.crf = crfs[i];
    out.rungs.push_back(std::move(rung));
    tail.push_back(crfs[i]);
  }
  std::erase_if(out.hevc, [&out](const media::Rung& hevc) { return beside(out, hevc) == nullptr; });
  return with_tail(std::move(out), std::move(tail));
}

Plan with_tail_like_head(Plan plan) {
  std::vector<int> crfs;
  for (const media::Rung& rung : plan.rungs) crfs.push_back(rung.crf);
  return with_tail(std::move(plan), std::move(crfs));
}

bool same_but_quality(const Plan& a, const Plan& b) {
  if (a.rungs.size() != b.rungs.size()) return false;
  Plan other = b;
  other.tail_crfs = a.tail_crfs;
  other.hevc = a.hevc;
  other.loudness = a.loudness;
  other.gain_db = a.gain_db;
  for (std::size_t i = 0; i < a.rungs.size(); ++i) other.rungs[i].crf = a.rungs[i].crf;
  return a == other;
}

std::int64_t segments_of(const Plan& plan) {
  return grid_of(plan).segments() * static_cast<std::int64_t>(plan.rungs.size() + plan.hevc.size() + 1);
}

media::Rung rung_at(const Plan& plan, std::string_view name, std::int64_t index) {
  const media::Rung& rung = rung_of(plan, name);
  media::Rung out = rung;
  if (rung.codec == media::VideoCodec::kH264 && index >= kHeadSegments && !plan.tail_crfs.empty())
    out.crf = plan.tail_crfs[static_cast<std::size_t>(&rung - plan.rungs.data())];
  return out;
}

std::vector<Run> runs(const Plan& plan) {
  std::vector<std::string> others;
  for (const media::Rung& rung : plan.rungs)
    if (rung.name != plan.default_rung) others.push_back(rung.name);
  const std::int64_t segments = grid_of(plan).segments(), head = std::min(kHeadSegments, segments);
  const bool has_tail = segments > head;
  std::vector<Run> out;
  out.push_back({Kind::kEncode, kFirstSegmentPriority, {plan.default_rung}, 0, 1});
  if (is_tuned(plan)) {
    out.push_back({Kind::kAudio, kFirstSegmentPriority, {}, 0, has_tail ? head : 0});
  } else {
    out.push_back({Kind::kLoudness, kFirstSegmentPriority, {}, 0, 0});
  }
  if (head > 1) out.push_back({Kind::kEncode, kRestOfHeadPriority, {plan.default_rung}, 1, head - 1});
  if (is_tuned(plan) && has_tail) out.push_back({Kind::kAudio, kOtherHeadsPriority, {}, 0, 0});
  if (plan.founding) {
    out.push_back({Kind::kAnalyse, kOtherHeadsPriority, {}, 0, 0});  // the other heads wait for it
  } else {
    if (!others.empty()) out.push_back({Kind::kEncode, kOtherHeadsPriority, others, 0, head});
    if (!is_chosen(plan)) out.push_back({Kind::kAnalyse, kAnalysePriority, {}, 0, 0});
  }
  out.push_back({Kind::kPicture, kPicturePriority, {}, 0, 0});
  if (is_chosen(plan)) add_runs(plan, kTailPriority, plan.rungs, kHeadSegments, out);
  if (plan.storyboard.count > 0) out.push_back({Kind::kStoryboard, kTailPriority, {}, 0, 0});
  if (is_chosen(plan)) add_runs(plan, kHevcPriority, plan.hevc, 0, out);
  return out;
}

Urgency urgency_of(const Plan& plan, const Run& run) {
  if (run.kind == Kind::kLoudness) return Urgency::kFirstSegment;
  if (run.kind == Kind::kAudio) {
    const bool is_head = run.count > 0 || grid_of(plan).segments() <= kHeadSegments;
    return is_head ? Urgency::kFirstSegment : Urgency::kNone;
  }
  const bool is_head = run.first < kHeadSegments && run.rungs == std::vector{plan.default_rung};
  if (run.kind != Kind::kEncode || !is_head) return Urgency::kNone;
  return run.first == 0 ? Urgency::kFirstSegment : Urgency::kHead;
}

Run package_run() {
  return {Kind::kPackage, kPackagePriority, {}, 0, 0};
}

Run withdraw_run() {
  return {Kind::kWithdraw, kWithdrawPriority, {}, 0, 0};
}

Run captions_run() {
  return {Kind::kCaptions, kCaptionsPriority, {}, 0, 0};
}

Run speech_run() {
  return {Kind::kSpeech, kSpeechPriority, {}, 0, 0};
}

std::string burned_track(std::string_view language, std::string_view version, std::string_view rung) {
  return std::string(kBurnedFolder).append(language).append("/").append(version).append("/").append(rung);
}

std::vector<PieceName> pieces_of(const Plan& plan, const Run& run) {
  std::vector<PieceName> out;
  const auto add = [&out](std::string_view track, std::int64_t first, std::int64_t end) {
    out.push_back({std::string(track), kInit});
    for (std::int64_t i = first; i < end; ++i) out.push_back({std::string(track), i});
  };
  switch (run.kind) {
    case Kind::kEncode:
    case Kind::kEarly:
      for (const std::string& rung : run.rungs) add(rung, run.first, run.first + run.count);
      break;
    case Kind::kDub:
      for (const std::string& track : run.rungs) add(track, 0, grid_of(plan).segments());
      break;
    case Kind::kAudio:
      add(kAudio, 0, run.count > 0 ? run.count : grid_of(plan).segments());
      break;
    case Kind::kPicture:
      out.push_back({std::string(kCover), 0});
      break;
    case Kind::kStoryboard:
      for (std::int64_t i = 0; i < plan.storyboard.sheets(); ++i)
        out.push_back({std::string(kStoryboard), i});
      break;
    case Kind::kBurn:
      for (const std::string& rung : run.rungs) {
        for (std::int64_t i = run.first; i < run.first + run.count; ++i)
          out.push_back({burned_track(run.language, run.version, rung), i});
      }
      break;
    case Kind::kAnalyse:
    case Kind::kLoudness:
    case Kind::kPackage:
    case Kind::kWithdraw:
    case Kind::kCaptions:
    case Kind::kSpeech:
      break;
  }
  return out;
}

std::vector<Recipe> recipes(const Plan& plan, std::string_view source_sha256) {
  const media::Grid grid = grid_of(plan);
  const std::string base = std::string(kEncoderBuild) + " source " + std::string(source_sha256) + " rate " +
                           std::to_string(plan.rate.num) + "/" + std::to_string(plan.rate.den);
  const auto slice = [&](std::int64_t index) {
    if (index == kInit) return std::string(" init");
    const media::Span span = grid.segment(index);
    return " frames " + std::to_string(span.start) + "+" + std::to_string(span.frames);
  };
  std::set<PieceName> seen;  // runs of the same rung share its initialisation segment
  std::vector<Recipe> out;
  for (const Run& run : runs(plan)) {
    for (PieceName& name : pieces_of(plan, run)) {
      if (!seen.insert(name).second) continue;
      std::string text = base;
      if (run.kind == Kind::kEncode) {
        text += " video " + text_of(rung_at(plan, name.track, name.index)) + slice(name.index);
        if (name.index != kInit) text += cascade(plan, run, name.track);
      } else if (run.kind == Kind::kAudio) {
        text += " audio " + std::to_string(plan.audio_kbps) + gain_text(plan) + " of " + std::to_string(plan.frames) +
                slice(name.index);
      } else if (run.kind == Kind::kStoryboard) {
        text += text_of(plan.storyboard) + " sheet " + std::to_string(name.index);
      } else {
        text += " picture " + std::to_string(plan.cover.width) + "x" + std::to_string(plan.cover.height) +
                " at " + std::to_string(plan.cover.at_ms);
      }
      out.push_back({std::move(name), std::move(text)});
    }
  }
  return out;
}

Run remainder(const Plan& plan, const Run& run, const std::set<PieceName>& present) {
  Run rest = run;
  std::int64_t first = run.first + run.count, last = run.first - 1;
  for (const PieceName& name : pieces_of(plan, run)) {
    if (present.contains(name)) continue;
    const std::int64_t index =
        std::max(name.index, run.first);  // any segment brings the initialisation segment
    first = std::min(first, index);
    last = std::max(last, index);
  }
  rest.first = first;
  rest.count = std::max<std::int64_t>(0, last - first + 1);
  return rest;
}

}  // namespace cliffhanger::transcode
