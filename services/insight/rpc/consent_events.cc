#include "services/insight/rpc/consent_events.h"

#include "cliffhanger/accounts/v1/events.pb.h"

namespace cliffhanger::insight {

void listen_to_consents(bus::Consumer& consumer, const OpenConsents& consents) {
  consumer.on(
      "accounts",
      [consents](sql::Tx& tx, const Call& call, const accounts::v1::ConsentChanged& event) -> Result<void> {
        CH_ASSIGN(const auto user, UserId::parse(event.user_id()));
        Decisions decisions;
        for (const auto& one : event.decisions()) {
          if (one.purpose() == accounts::v1::CONSENT_PURPOSE_ANALYTICS) decisions.analytics = one.granted();
          if (one.purpose() == accounts::v1::CONSENT_PURPOSE_PROFILING) decisions.profiling = one.granted();
        }
        if (!decisions.analytics && !decisions.profiling) return {};
        return consents(tx, call)->hear(user, decisions, event.version(), time_of(event.time()));
      });
}

}  // namespace cliffhanger::insight
