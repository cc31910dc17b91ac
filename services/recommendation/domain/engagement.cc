#include "services/recommendation/domain/engagement.h"

namespace cliffhanger::recommendation {

Result<void> engage(Memory& memory, Engagements& engagements, const std::vector<Engagement>& told) {
  CH_ASSIGN(const auto news, engagements.known(told));
  if (news.empty()) return {};
  CH_ASSIGN(const auto all, engagements.add(news));
  for (std::size_t i = 0; i < news.size() && i < all.size(); ++i) {
    const auto& fresh = news[i];
    if (fresh.shares > 0 && fresh.shares == all[i].shares)
      CH_TRY(memory.learn_taste(fresh.user, fresh.series, true));
    if (fresh.quick_skips > 0 && fresh.quick_skips == all[i].quick_skips)
      CH_TRY(memory.learn_taste(fresh.user, fresh.series, false));
  }
  return {};
}

}  // namespace cliffhanger::recommendation
