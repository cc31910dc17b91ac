#include "services/transcode/domain/plan.h"

#include <algorithm>
#include <cassert>

#include "services/transcode/domain/profile.h"

namespace cliffhanger::transcode {
namespace {

constexpr int kHeadPriority = 10;     // ahead of everyone's tail
constexpr int kPackagePriority = 20;  // cheap, and someone waits for it
constexpr int kWithdrawPriority = 30;
constexpr int kOtherHeadsPriority = 40;
constexpr int kPicturePriority = 60;
constexpr int kTailPriority = 100;

constexpr std::int64_t kCoverAtMs = 3000;  // past the usual fade-in

std::string text_of(const media::Rung& rung) {
  return std::to_string(rung.width) + "x" + std::to_string(rung.height) + " crf " + std::to_string(rung.crf) +
         " maxrate " + std::to_string(rung.maxrate_kbps) + " bufsize " + std::to_string(rung.bufsize_kbps);
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

// Tails of about the same length, so that workers end together.
void add_tail(const Plan& plan, const std::vector<std::string>& rungs, std::vector<Run>& out) {
  const std::int64_t rest = grid_of(plan).segments() - kHeadSegments;
  if (rest <= 0) return;
  const std::int64_t parts = (rest + kTailSegments - 1) / kTailSegments;
  for (std::int64_t part = 0; part < parts; ++part) {
    const std::int64_t begin = rest * part / parts, end = rest * (part + 1) / parts;
    out.push_back({Kind::kEncode, kTailPriority, rungs, kHeadSegments + begin, end - begin});
  }
}

}  // namespace

bool Plan::operator==(const Plan& other) const {
  return profile == other.profile && rate == other.rate && frames == other.frames && rungs == other.rungs &&
         default_rung == other.default_rung && audio_kbps == other.audio_kbps &&
         cover.at_ms == other.cover.at_ms && cover.width == other.cover.width &&
         cover.height == other.cover.height;
}

Result<Plan> make_plan(const media::ProbeEvent& probe) {
  CH_TRY(media::Grid::make(probe.video.rate, probe.video.frames).map([](const auto&) {}));
  Plan plan;
  plan.profile = kProfileVersion;
  plan.rate = probe.video.rate;
  plan.frames = probe.video.frames;
  CH_ASSIGN(plan.rungs, rungs_for(probe.video.width, probe.video.height, probe.video.rate));
  const media::Rung& first = default_rung(plan.rungs);
  plan.default_rung = first.name;
  plan.audio_kbps = kAudioKbps;
  plan.cover = {std::min(kCoverAtMs, duration_ms(plan) / 2), first.width, first.height};
  return plan;
}

media::Grid grid_of(const Plan& plan) {
  return media::Grid::make(plan.rate, plan.frames).value();
}

std::int64_t duration_ms(const Plan& plan) {
  return static_cast<std::int64_t>(grid_of(plan).duration() * 1000 + 0.5);
}

const media::Rung& rung_of(const Plan& plan, std::string_view name) {
  const auto it =
      std::find_if(plan.rungs.begin(), plan.rungs.end(), [&](const auto& rung) { return rung.name == name; });
  assert(it != plan.rungs.end());
  return *it;
}

std::string_view to_text(Kind kind) {
  switch (kind) {
    case Kind::kEncode:
      return "encode";
    case Kind::kAudio:
      return "audio";
    case Kind::kPicture:
      return "picture";
    case Kind::kPackage:
      return "package";
    case Kind::kWithdraw:
      return "withdraw";
  }
  return "";
}

Result<Kind> parse_kind(std::string_view text) {
  for (const Kind kind : {Kind::kEncode, Kind::kAudio, Kind::kPicture, Kind::kPackage, Kind::kWithdraw}) {
    if (to_text(kind) == text) return kind;
  }
  return fail(internal("BAD_TASK", "A task of an unknown kind."));
}

std::vector<Run> runs(const Plan& plan) {
  std::vector<std::string> all, others;
  for (const media::Rung& rung : plan.rungs) {
    all.push_back(rung.name);
    if (rung.name != plan.default_rung) others.push_back(rung.name);
  }
  const std::int64_t head = std::min(kHeadSegments, grid_of(plan).segments());
  std::vector<Run> out;
  out.push_back({Kind::kEncode, kHeadPriority, {plan.default_rung}, 0, head});
  out.push_back({Kind::kAudio, kHeadPriority, {}, 0, 0});
  if (!others.empty()) out.push_back({Kind::kEncode, kOtherHeadsPriority, others, 0, head});
  out.push_back({Kind::kPicture, kPicturePriority, {}, 0, 0});
  add_tail(plan, all, out);
  return out;
}

Run package_run() {
  return {Kind::kPackage, kPackagePriority, {}, 0, 0};
}

Run withdraw_run() {
  return {Kind::kWithdraw, kWithdrawPriority, {}, 0, 0};
}

std::vector<PieceName> pieces_of(const Plan& plan, const Run& run) {
  std::vector<PieceName> out;
  const auto add = [&out](std::string_view track, std::int64_t first, std::int64_t end) {
    out.push_back({std::string(track), kInit});
    for (std::int64_t i = first; i < end; ++i) out.push_back({std::string(track), i});
  };
  switch (run.kind) {
    case Kind::kEncode:
      for (const std::string& rung : run.rungs) add(rung, run.first, run.first + run.count);
      break;
    case Kind::kAudio:
      add(kAudio, 0, grid_of(plan).segments());
      break;
    case Kind::kPicture:
      out.push_back({std::string(kCover), 0});
      break;
    case Kind::kPackage:
    case Kind::kWithdraw:
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
        text += " video " + text_of(rung_of(plan, name.track)) + slice(name.index);
        if (name.index != kInit) text += cascade(plan, run, name.track);
      } else if (run.kind == Kind::kAudio) {
        text += " audio " + std::to_string(plan.audio_kbps) + " of " + std::to_string(plan.frames) +
                slice(name.index);
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
