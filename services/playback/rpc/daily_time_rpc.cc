#include "cliffhanger/playback/v1/daily_time_service.pb.h"
#include "services/playback/rpc/playback_rpc.h"

namespace cliffhanger::playback {

rpc::Service PlaybackRpc::daily_time_service() {
  rpc::Service service("cliffhanger.playback.v1.DailyTimeService");
  service.on([this](const Call& call, const v1::GetDailyTimeRequest&) -> Result<v1::GetDailyTimeResponse> {
    const Time now = d_.clock.now();
    CH_ASSIGN(const auto today, d_.pool.transact([&](sql::Tx& tx) -> Result<std::optional<DailyTime>> {
      const Unit unit = d_.unit(tx, call);
      CH_ASSIGN(const auto user, unit.shelf->person(call.caller.user));
      return unit.times->of(user, now);
    }));
    v1::GetDailyTimeResponse out;
    if (!today) return out;
    auto& to = *out.mutable_daily_time();
    to.set_watched_ms(today->watched_ms);
    to.set_allowed_ms(today->allowed_ms);
    set_time(to.mutable_reset_time(), today->resets);
    to.set_used_up(!check_time_left(today));
    return out;
  });
  return service;
}

}  // namespace cliffhanger::playback
