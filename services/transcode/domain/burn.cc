#include "services/transcode/domain/burn.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "libs/media/limits.h"
#include "services/transcode/domain/profile.h"

namespace cliffhanger::transcode {
namespace {

constexpr int kBurnPriority = 150;  // behind everyone's tails
// Of a job's line; the rest of it takes little.
constexpr std::size_t kMostTextBytes = media::limits::kMaxJobBytes / 4;
constexpr int kPercentPerLine = 5;  // WebVTT's lines, as players size them

// A "line:" that is none is no reason to refuse what players would show at the bottom.
std::optional<int> top_of(std::string_view settings) {
  const auto at = (" " + std::string(settings)).find(" line:");
  if (at == std::string::npos) return std::nullopt;
  std::string_view value = settings.substr(at + 5);
  value = value.substr(0, value.find_first_of(" ,"));
  double number = 0;
  const auto [end, bad] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (bad != std::errc() || !std::isfinite(number)) return std::nullopt;
  const bool percent = end != value.data() + value.size() && *end == '%';
  if (!percent) number = number < 0 ? 100 + kPercentPerLine * number : kPercentPerLine * number;
  return static_cast<int>(std::clamp(number, 0.0, 100.0));
}

bool is_shown(const media::BurnCue& cue, const Plan& plan, const media::Span& segment) {
  const media::Span frames = media::frames_within(plan.rate, cue.start_ms, cue.end_ms);
  return std::max(frames.start, segment.start) < std::min(frames.end(), segment.end());
}

std::vector<media::BurnCue> shown_in(const Plan& plan, const Burning& what, std::int64_t first,
                                     std::int64_t count) {
  const media::Grid grid = grid_of(plan);
  const std::int64_t start = grid.segment(first).start, end = grid.segment(first + count - 1).end();
  std::vector<media::BurnCue> out;
  for (media::BurnCue cue : what.cues) {
    if (!is_shown(cue, plan, {start, end - start})) continue;
    // Captions may have been put before the episode's length was known.
    cue.end_ms = std::min(cue.end_ms, duration_ms(plan));
    out.push_back(std::move(cue));
  }
  return out;
}

std::size_t bytes_of(const std::vector<media::BurnCue>& cues) {
  std::size_t out = 0;
  for (const media::BurnCue& cue : cues) out += cue.text.size();
  return out;
}

bool fits(const std::vector<media::BurnCue>& cues) {
  return cues.size() <= media::limits::kMaxBurnCues && bytes_of(cues) <= kMostTextBytes;
}

// Everything of the cues that affects pixels.
std::string text_of(const std::vector<media::BurnCue>& cues, std::string_view language) {
  std::string out = " " + std::string(kBurnBuild) + " in " + std::string(language);
  for (const media::BurnCue& cue : cues) {
    out += " cue " + std::to_string(cue.start_ms) + "-" + std::to_string(cue.end_ms) + " top " +
           (cue.top_percent ? std::to_string(*cue.top_percent) : "none") + " of " +
           std::to_string(cue.text.size()) + " " + cue.text;
  }
  return out;
}

constexpr std::string_view kBurnedName = "burned-";

std::string folder(std::string_view language) {
  return std::string(kBurnedName).append(language);
}

}  // namespace

std::vector<media::BurnCue> burn_cues(const std::vector<captions::Cue>& cues) {
  std::vector<media::BurnCue> out;
  for (const captions::Cue& cue : cues) {
    std::string text = captions::plain_text(cue.text);
    if (text.find_first_not_of(" \t\n") == std::string::npos) continue;
    out.push_back({cue.start_ms, cue.end_ms, std::move(text), top_of(cue.settings)});
  }
  return out;
}

Plan burned_plan(const Plan& plan) {
  const auto first = std::find_if(plan.rungs.begin(), plan.rungs.end(),
                                  [&](const media::Rung& rung) { return rung.name == plan.default_rung; });
  const std::ptrdiff_t end = first - plan.rungs.begin() + 1, begin = std::max<std::ptrdiff_t>(0, end - 2);
  Plan out = plan;
  out.rungs.assign(plan.rungs.begin() + begin, plan.rungs.begin() + end);
  if (!plan.tail_crfs.empty())
    out.tail_crfs.assign(plan.tail_crfs.begin() + begin, plan.tail_crfs.begin() + end);
  out.hevc.clear();
  out.founding.reset();
  out.storyboard = {};
  return out;
}

std::vector<Recipe> burned_recipes(const Plan& plan, std::string_view source_sha256, const Burning& what) {
  const Plan part = burned_plan(plan);
  // They are encoded in one cascade, the head as well.
  std::string among = " among";
  for (const media::Rung& rung : part.rungs)
    among += " " + std::to_string(rung.width) + "x" + std::to_string(rung.height);
  std::vector<Recipe> out;
  for (const Recipe& own : recipes(part, source_sha256)) {
    const bool video = std::any_of(part.rungs.begin(), part.rungs.end(),
                                   [&](const media::Rung& rung) { return rung.name == own.name.track; });
    if (!video || own.name.index == kInit) continue;
    const auto cues = shown_in(plan, what, own.name.index, 1);
    if (cues.empty()) continue;
    out.push_back({{burned_track(what.language, what.version, own.name.track), own.name.index},
                   own.text + among + text_of(cues, what.language)});
  }
  return out;
}

Result<std::optional<BurnPart>> next_part(const Plan& plan, const Burning& what,
                                          const std::set<PieceName>& present) {
  const Plan part = burned_plan(plan);
  BurnPart out{burn_run(what.language, what.version), {what.language, {}}};
  for (const media::Rung& rung : part.rungs) out.run.rungs.push_back(rung.name);
  const auto lacks = [&](std::int64_t index) {
    return std::any_of(part.rungs.begin(), part.rungs.end(), [&](const media::Rung& rung) {
      return !present.contains({burned_track(what.language, what.version, rung.name), index});
    });
  };
  const std::int64_t segments = grid_of(plan).segments();
  for (std::int64_t i = 0; i < segments; ++i) {
    const bool wanted = lacks(i) && !shown_in(plan, what, i, 1).empty();
    if (out.run.count == 0) {
      if (!wanted) continue;
      out.run.first = i;
    }
    // The tail's factors may be others than the head's.
    const bool goes_on =
        wanted && out.run.count < kTailSegments && (out.run.first >= kHeadSegments || i < kHeadSegments);
    if (!goes_on) break;
    auto cues = shown_in(plan, what, out.run.first, out.run.count + 1);
    if (!fits(cues)) break;
    out.burn.cues = std::move(cues);
    ++out.run.count;
  }
  if (out.run.count > 0) return out;
  for (std::int64_t i = 0; i < segments; ++i) {
    if (lacks(i) && !fits(shown_in(plan, what, i, 1)))
      return fail(
          invalid("BURN_TOO_MUCH_TEXT", "More cues are shown within a few seconds than can be drawn."));
  }
  return std::nullopt;
}

Run burn_run(const std::string& language, const std::string& version) {
  Run out{Kind::kBurn, kBurnPriority, {}, 0, 0, {}, {}};
  out.language = language;
  out.version = version;
  return out;
}

Assembly burned_assembly(const Plan& plan, const Assembly& all, const Burning& what) {
  const Plan part = burned_plan(plan);
  const std::int64_t segments = grid_of(plan).segments();
  std::vector<Piece> out;
  const auto take = [&](const Piece* piece, std::string_view track) {
    if (piece == nullptr) return false;
    out.push_back(*piece);
    out.back().name.track = track;
    return true;
  };
  for (std::int64_t i = kInit; i < segments; ++i) {
    take(all.find(kAudio, i), kAudio);
    for (const media::Rung& rung : part.rungs) {
      const bool drawn =
          i != kInit && take(all.find(burned_track(what.language, what.version, rung.name), i), rung.name);
      if (!drawn) take(all.find(rung.name, i), rung.name);
    }
  }
  take(all.find(kCover, 0), kCover);
  return Assembly(std::move(out), all.protection());
}

std::string burned_playlist_name(std::string_view language) {
  return folder(language) + ".m3u8";
}

std::string burned_manifest_name(std::string_view language) {
  return folder(language) + ".mpd";
}

bool is_burned(std::string_view name) {
  return name.starts_with(kBurnedName);
}

bool is_burned_name(std::string_view name, std::string_view language) {
  return name == burned_playlist_name(language) || name == burned_manifest_name(language) ||
         name.starts_with(folder(language) + "/");
}

Presentation burned_presentation(const Plan& plan, const Assembly& assembly,
                                 const std::vector<Variant>& variants, const Burning& what) {
  constexpr std::size_t kNameDigits = 16;
  const Layout layout{
      burned_playlist_name(what.language), burned_manifest_name(what.language), folder(what.language) + "/",
      [&](const Piece& piece) {
        const bool own = piece.name.index == kInit || shown_in(plan, what, piece.name.index, 1).empty();
        const std::string index = std::to_string(piece.name.index);
        return own ? std::string() : index + "-" + piece.sha256.substr(0, kNameDigits) + ".m4s";
      }};
  return rearranged(plan, assembly, variants, layout);
}

}  // namespace cliffhanger::transcode
