#include "services/insight/rpc/tell_acts.h"

#include <map>

#include "cliffhanger/insight/v1/events.pb.h"
#include "services/insight/domain/limits.h"

namespace cliffhanger::insight {
namespace {

void put(v1::EpisodeActs& to, const Acts& acts) {
  if (!acts.episode.empty()) to.set_episode_id(acts.episode.text());
  if (!acts.series.empty()) to.set_series_id(acts.series.text());
  to.set_watched_ms(acts.watched_ms);
  to.set_impressions(acts.impressions);
  to.set_completes(acts.completes);
  to.set_skips(acts.skips);
  to.set_quick_skips(acts.quick_skips);
  to.set_shares(acts.shares);
  set_time(to.mutable_last_time(), acts.last);
  if (acts.shared > Time()) set_time(to.mutable_share_time(), acts.shared);
}

Acts acts_in(const v1::EpisodeActs& in) {
  const auto id = [](const std::string& text) { return Uuid::parse(text).value_or(Uuid()); };
  return {id(in.episode_id()),
          id(in.series_id()),
          in.watched_ms(),
          in.impressions(),
          in.completes(),
          in.skips(),
          in.shares(),
          in.quick_skips(),
          time_of(in.last_time()),
          time_of(in.share_time())};
}

v1::ViewerActs message_of(const std::vector<Acts>& acts) {
  v1::ViewerActs out;
  for (const Acts& one : acts) put(*out.add_acts(), one);
  return out;
}

// In the name of the service: of nobody's request.
Call call_of(const Tenant& tenant, Random& random) {
  Call out;
  out.caller = {tenant, Role::kService, UserId(), "insight", false};
  out.trace = Trace::start(random);
  return out;
}

using People = std::map<UserId, std::vector<Acts>>;

Result<void> tell(sql::Tx& tx, const Tenant& tenant, People& people, bus::Outbox& outbox, const Clock& clock,
                  Random& random) {
  v1::ViewersActed event;
  for (auto& [user, acts] : people) {
    *event.add_viewers() = message_of(merged(std::move(acts)));
    event.mutable_viewers()->rbegin()->set_user_id(user.text());
  }
  people.clear();
  return outbox.emit(tx, call_of(tenant, random), Uuid::v7(clock.now(), random), 0, event);
}

}  // namespace

std::string body_of(const std::vector<Acts>& acts) {
  return message_of(acts).SerializeAsString();
}

Result<bool> tell_acts(sql::Tx& tx, ActsQueue& queue, bus::Outbox& outbox, const Clock& clock,
                       Random& random) {
  CH_ASSIGN(const auto entries, queue.take(kBatchesAtOnce));
  People people;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto& entry = entries[i];
    v1::ViewerActs body;
    if (!body.ParseFromString(entry.body))
      return fail(internal("BAD_ACTS", "What a batch said of its viewer can't be read."));
    for (const auto& one : body.acts()) people[entry.user].push_back(acts_in(one));
    const bool last = i + 1 == entries.size() || entries[i + 1].tenant != entry.tenant;
    const bool full = people.size() >= kToldAtOnce && (last || entries[i + 1].user != entry.user);
    if (last || full) CH_TRY(tell(tx, entry.tenant, people, outbox, clock, random));
  }
  return entries.size() == static_cast<std::size_t>(kBatchesAtOnce);
}

}  // namespace cliffhanger::insight
