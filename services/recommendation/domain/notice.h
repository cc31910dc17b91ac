#pragma once
// Which episode is worth a notification to a viewer who is not here, and when none is.
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "services/recommendation/domain/memory.h"
#include "services/recommendation/domain/menu.h"

namespace cliffhanger::recommendation {

enum class NoticeReason { kNewEpisode, kGoOn, kForYou, kNewSeries };
enum class NoticeSilence { kRefused, kTooSoon, kNight, kNothing };

struct Notice {
  SeriesId series;
  EpisodeId episode;
  NoticeReason reason = NoticeReason::kForYou;
};

// What was told to a viewer, and what they said of being told.
struct NoticeState {
  bool marketing = false;    // whether they allow it; nobody does by saying nothing
  std::optional<Time> last;  // when something was picked for them
  std::set<EpisodeId> told;
  std::optional<int> hour;  // of their day, from 0; none: not known
};

// The time zone of a country whose people live by one clock, as tzdata names it; empty for others.
std::string_view zone_of(std::string_view region);

// Why nothing may be picked now, if so. `quiet`: no other within that time of the last.
std::optional<NoticeSilence> silent(const NoticeState& state, Time now, Duration quiet);

struct NoticeCandidate {
  SeriesId series;
  NoticeReason reason = NoticeReason::kGoOn;
};
// The series of which next_episodes is to be known, best first: followed ones that the viewer was at the end
// of and that go on, then those of the last days that creators whom they follow began and they did not, then
// those left off after an episode, hours to two weeks ago.
std::vector<NoticeCandidate> notice_candidates(const Catalogue& catalogue, const Viewer& viewer,
                                               const Standings& standings, Time now);

// Whether the viewer was here just now, so that what they did not ask for can wait for their feed.
bool is_here(const Viewer& viewer, Time now);

// The pick: of `candidates` the first that has an episode the viewer wasn't told of, as `nexts` says; else
// the best of `menu`, which is null where there may be none.
std::optional<Notice> pick_notice(const Catalogue& catalogue, const Standings& standings,
                                  std::span<const NoticeCandidate> candidates, std::span<const Next> nexts,
                                  const Menu* menu, const NoticeState& state);

// Notices of the call's tenant within one transaction.
class Notices {
 public:
  virtual ~Notices() = default;
  // Nobody else picks for the viewer until the transaction ends. `zone`: as zone_of has it.
  virtual Result<NoticeState> lock(UserId user, std::string_view zone, Time now) = 0;
  virtual Result<void> add(UserId user, const Notice& notice, Time now) = 0;
};

}  // namespace cliffhanger::recommendation
