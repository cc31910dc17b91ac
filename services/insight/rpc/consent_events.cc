#include "services/insight/rpc/consent_events.h"

#include "cliffhanger/accounts/v1/events.pb.h"

namespace cliffhanger::insight {

void listen_to_consents(bus::Consumer& consumer, const OpenConsents& consents) {
  consumer.on(
      "accounts",
      [consents](sql::Tx& tx, const Call& call, const accounts::v1::ConsentChanged& event) -> Result<void> {
        CH_ASSIGN(const auto user, UserId::parse(event.user_id()));
        for (const auto& one : event.decisions()) {
          if (one.purpose() != accounts::v1::CONSENT_PURPOSE_ANALYTICS) continue;
          CH_TRY(consents(tx, call)->hear(user, one.granted(), event.version(), time_of(event.time())));
        }
        return {};
      });
}

}  // namespace cliffhanger::insight
