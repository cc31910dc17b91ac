#include "services/insight/rpc/reaction_events.h"

#include "cliffhanger/community/v1/events.pb.h"

namespace cliffhanger::insight {

void listen_to_reactions(bus::Consumer& consumer, const OpenActivities& activities,
                         const OpenConsents& consents) {
  consumer.on("community",
              [activities, consents](sql::Tx& tx, const Call& call,
                                     const community::v1::ReactionChanged& event, Time time) -> Result<void> {
                CH_ASSIGN(const auto user, UserId::parse(event.user_id()));
                const int by = event.set() ? 1 : -1;
                Activities::Said said;
                if (event.reaction() == community::v1::REACTION_LIKE) said.likes = by;
                if (event.reaction() == community::v1::REACTION_FOLLOW) said.follows = by;
                if (said.likes == 0 && said.follows == 0) return {};
                CH_ASSIGN(const bool may, consents(tx, call)->may_analyse(user));
                return may ? activities(tx, call)->react(user, said, time) : Result<void>();
              });
}

}  // namespace cliffhanger::insight
