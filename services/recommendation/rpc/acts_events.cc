#include "services/recommendation/rpc/acts_events.h"

#include <utility>

namespace cliffhanger::recommendation {
namespace {

namespace insight = cliffhanger::insight::v1;

// What can't be read is of nothing, and nothing known is of that.
template <class SomeId>
SomeId id_of(const std::string& text) {
  return SomeId::parse(text).value_or(SomeId());
}

// Of messages from before that was told apart, when anything was done last.
std::optional<Time> shared_at(const insight::EpisodeActs& in) {
  if (in.shares() <= 0) return std::nullopt;
  return time_of(in.has_share_time() ? in.share_time() : in.last_time());
}

Engagement engagement_of(UserId user, const insight::EpisodeActs& in) {
  return {.user = user,
          .episode = id_of<EpisodeId>(in.episode_id()),
          .series = id_of<SeriesId>(in.series_id()),
          .watched_ms = in.watched_ms(),
          .impressions = in.impressions(),
          .completes = in.completes(),
          .skips = in.skips(),
          .shares = in.shares(),
          .quick_skips = in.quick_skips(),
          .last = time_of(in.last_time()),
          .shared = shared_at(in)};
}

}  // namespace

Result<void> hear_acts(sql::Tx& tx, const Call& call, const insight::ViewersActed& event,
                       const OpenMemory& memory, const OpenEngagements& engagements) {
  std::vector<Engagement> told;
  for (const auto& viewer : event.viewers()) {
    CH_ASSIGN(const auto user, UserId::parse(viewer.user_id()));
    for (const auto& acts : viewer.acts()) told.push_back(engagement_of(user, acts));
  }
  if (told.empty()) return {};
  return engage(*memory(tx, call), *engagements(tx, call), told);
}

void listen_to_acts(bus::Consumer& consumer, OpenMemory memory, OpenEngagements engagements) {
  consumer.on("insight",
              [memory = std::move(memory), engagements = std::move(engagements)](
                  sql::Tx& tx, const Call& call, const insight::ViewersActed& event) -> Result<void> {
                return hear_acts(tx, call, event, memory, engagements);
              });
}

}  // namespace cliffhanger::recommendation
