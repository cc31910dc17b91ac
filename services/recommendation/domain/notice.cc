#include "services/recommendation/domain/notice.h"

#include <algorithm>
#include <tuple>

#include "services/recommendation/limits.h"

namespace cliffhanger::recommendation {
namespace {

constexpr int kNightBegins = 22, kNightEnds = 8;
constexpr Duration kLeftFor = std::chrono::hours(3), kForgotten = std::chrono::hours(24 * 14);
constexpr double kSkipped = 0.5;
constexpr std::size_t kMostLeft = 20;                   // series left off that are looked at, the latest ones
constexpr Duration kNews = std::chrono::hours(24 * 7);  // for which a series of a followed creator is news
constexpr std::size_t kMostNews = 20;                   // of these that are looked at, the newest

struct Zone {
  std::string_view region, name;
};
// Of tzdata: countries whose people live by one clock.
constexpr Zone kZones[] = {
    {"AE", "Asia/Dubai"},        {"AR", "America/Argentina/Buenos_Aires"},
    {"AT", "Europe/Vienna"},     {"BD", "Asia/Dhaka"},
    {"BE", "Europe/Brussels"},   {"BG", "Europe/Sofia"},
    {"CH", "Europe/Zurich"},     {"CN", "Asia/Shanghai"},
    {"CO", "America/Bogota"},    {"CZ", "Europe/Prague"},
    {"DE", "Europe/Berlin"},     {"DK", "Europe/Copenhagen"},
    {"EG", "Africa/Cairo"},      {"FI", "Europe/Helsinki"},
    {"FR", "Europe/Paris"},      {"GB", "Europe/London"},
    {"GR", "Europe/Athens"},     {"HK", "Asia/Hong_Kong"},
    {"HU", "Europe/Budapest"},   {"IE", "Europe/Dublin"},
    {"IL", "Asia/Jerusalem"},    {"IN", "Asia/Kolkata"},
    {"IT", "Europe/Rome"},       {"JP", "Asia/Tokyo"},
    {"KE", "Africa/Nairobi"},    {"KR", "Asia/Seoul"},
    {"MA", "Africa/Casablanca"}, {"MY", "Asia/Kuala_Lumpur"},
    {"NG", "Africa/Lagos"},      {"NL", "Europe/Amsterdam"},
    {"NO", "Europe/Oslo"},       {"PE", "America/Lima"},
    {"PH", "Asia/Manila"},       {"PK", "Asia/Karachi"},
    {"PL", "Europe/Warsaw"},     {"RO", "Europe/Bucharest"},
    {"SA", "Asia/Riyadh"},       {"SE", "Europe/Stockholm"},
    {"SG", "Asia/Singapore"},    {"TH", "Asia/Bangkok"},
    {"TR", "Europe/Istanbul"},   {"TW", "Asia/Taipei"},
    {"VN", "Asia/Ho_Chi_Minh"},  {"ZA", "Africa/Johannesburg"},
};

// The newest first.
std::vector<At> news_of_creators(const Catalogue& catalogue, const Standings& standings, Time now) {
  std::vector<At> out;
  for (const UserId creator : standings.creators()) {
    for (const At at : catalogue.of_owner(creator)) {
      if (now - catalogue[at].published >= kNews) break;  // the newest are first
      const auto* standing = standings.of(at);
      if (standings.fits(at) && (standing == nullptr || !standing->started)) out.push_back(at);
    }
  }
  std::ranges::sort(out, [&](At a, At b) {
    return std::tie(catalogue[a].published, catalogue[a].id) >
           std::tie(catalogue[b].published, catalogue[b].id);
  });
  out.resize(std::min(out.size(), kMostNews));
  return out;
}

}  // namespace

std::string_view zone_of(std::string_view region) {
  const auto found = std::ranges::find(kZones, region, &Zone::region);
  return found == std::end(kZones) ? std::string_view() : found->name;
}

std::optional<NoticeSilence> silent(const NoticeState& state, Time now, Duration quiet) {
  if (!state.marketing) return NoticeSilence::kRefused;
  if (state.last && now - *state.last < quiet) return NoticeSilence::kTooSoon;
  if (state.hour && (*state.hour >= kNightBegins || *state.hour < kNightEnds)) return NoticeSilence::kNight;
  return std::nullopt;
}

std::vector<NoticeCandidate> notice_candidates(const Catalogue& catalogue, const Viewer& viewer,
                                               const Standings& standings, Time now) {
  std::vector<NoticeCandidate> followed, left;
  for (const auto& seen : viewer.seen) {
    const auto at = catalogue.find(seen.series);
    const auto* standing = at ? standings.of(*at) : nullptr;
    if (standing == nullptr || standing->finished || !standing->completed || !standings.fits(*at)) continue;
    if (standing->follows && seen.finished_at)
      followed.push_back({seen.series, NoticeReason::kNewEpisode});
    else if (now - seen.at >= kLeftFor && now - seen.at < kForgotten && seen.skips.score < kSkipped &&
             left.size() < kMostLeft)
      left.push_back({seen.series, NoticeReason::kGoOn});
  }
  for (const At at : news_of_creators(catalogue, standings, now))
    followed.push_back({catalogue[at].id, NoticeReason::kNewSeries});
  followed.insert(followed.end(), left.begin(), left.end());
  return followed;
}

bool is_here(const Viewer& viewer, Time now) {
  return !viewer.seen.empty() && now - viewer.seen.front().at < kLeftFor;
}

std::optional<Notice> pick_notice(const Catalogue& catalogue, const Standings& standings,
                                  std::span<const NoticeCandidate> candidates, std::span<const Next> nexts,
                                  const Menu* menu, const NoticeState& state) {
  for (const auto& [id, reason] : candidates) {
    const auto next = std::ranges::find(nexts, id, &Next::series);
    if (next == nexts.end() || next->after_last.empty() || state.told.contains(next->after_last)) continue;
    return Notice{id, next->after_last, reason};
  }
  if (menu == nullptr) return std::nullopt;
  for (const auto& valued : menu->all) {  // best first
    const auto& entry = catalogue[valued.at];
    const auto* standing = standings.of(valued.at);
    if ((standing != nullptr && standing->started) || state.told.contains(entry.first)) continue;
    return Notice{entry.id, entry.first, NoticeReason::kForYou};
  }
  return std::nullopt;
}

}  // namespace cliffhanger::recommendation
