#include "services/recommendation/rpc/notifications_rpc.h"

#include <map>

#include "cliffhanger/recommendation/v1/notifications_service.pb.h"
#include "libs/core/region.h"
#include "libs/sql/unit_of_work.h"
#include "services/recommendation/limits.h"

namespace cliffhanger::recommendation {
namespace {

namespace v1 = cliffhanger::recommendation::v1;

static_assert(static_cast<int>(NoticeReason::kForYou) + 1 == v1::NOTIFICATION_REASON_FOR_YOU);
static_assert(static_cast<int>(NoticeSilence::kNothing) + 1 == v1::NOTIFICATION_SILENCE_NOTHING);

// The picks of one request, within its transaction.
class Picking {
 public:
  Picking(const RpcDeps& deps, sql::Tx& tx, const Call& call, Notices& notices, Duration quiet)
      : deps_(deps),
        call_(call),
        memory_(deps.open(tx, call)),
        notices_(notices),
        quiet_(quiet),
        catalogue_(deps.catalogues.of(call.caller.tenant)),
        model_(deps.models.current(call.caller.tenant)),
        ranker_(deps.rankers != nullptr ? deps.rankers->current(call.caller.tenant) : nullptr) {}

  // For the person who is `asked` for: the account, where that is a guest who signed in.
  Result<UserId> person(UserId asked) { return memory_->person(asked); }

  Result<v1::NotificationPick> pick(UserId asked, UserId user, const std::string& region) {
    v1::NotificationPick out;
    out.set_user_id(asked.text());
    const Time now = deps_.clock.now();
    CH_ASSIGN(const auto state, notices_.lock(user, zone_of(region), now));
    auto silence = silent(state, now, quiet_);
    if (!silence) {
      CH_ASSIGN(const auto notice, choose(user, region, state));
      if (notice) {
        CH_TRY(notices_.add(user, *notice, now));
        out.set_series_id(notice->series.text());
        out.set_episode_id(notice->episode.text());
        out.set_reason(static_cast<v1::NotificationReason>(static_cast<int>(notice->reason) + 1));
        return out;
      }
      silence = NoticeSilence::kNothing;
    }
    out.set_silence(static_cast<v1::NotificationSilence>(static_cast<int>(*silence) + 1));
    return out;
  }

 private:
  Result<std::optional<Notice>> choose(UserId user, const std::string& region, const NoticeState& state) {
    CH_ASSIGN(auto viewer, memory_->viewer(user));
    viewer.audience = {deps_.minors.greatest_rating(call_.caller.tenant, user), region};
    const Standings standings(*catalogue_, viewer);
    const auto candidates = notice_candidates(*catalogue_, viewer, standings, deps_.clock.now());
    std::vector<SeriesId> begun;
    for (const auto& one : candidates) begun.push_back(one.series);
    CH_ASSIGN(const auto nexts, memory_->next_episodes(user, begun));
    // What they did not ask for is made of their profile.
    std::optional<Menu> menu;
    if (!viewer.profiling_refused && viewer.all_seen && !is_here(viewer, deps_.clock.now())) {
      const auto chain = Chain::start(deps_.clock.now(), deps_.random);
      const ShownList shown;
      Asked asked{*catalogue_, viewer,       model_.get(),  chain,
                  shown,       deps_.policy, kItemsPerPage, ranker_.get()};
      const Wishes wishes(deps_, call_.caller.tenant, *catalogue_, region);
      wishes.put_into(asked);
      menu = make_menu(asked);
    }
    return pick_notice(*catalogue_, standings, candidates, nexts, menu ? &*menu : nullptr, state);
  }

  const RpcDeps& deps_;
  const Call& call_;
  const std::unique_ptr<Memory> memory_;
  Notices& notices_;
  const Duration quiet_;
  const std::shared_ptr<const Catalogue> catalogue_;
  const std::shared_ptr<const TasteModel> model_;
  const std::shared_ptr<const Ranker> ranker_;
};

}  // namespace

rpc::Service notifications_service(const RpcDeps& deps, OpenNotices notices) {
  rpc::Service service("cliffhanger.recommendation.v1.NotificationsService");
  service.on(sql::in_transaction(
      deps.pool,
      [deps, notices](sql::Tx& tx, const Call& call,
                      const v1::PickNotificationsRequest& in) -> Result<v1::PickNotificationsResponse> {
        const auto hours = in.quiet_hours() > 0 ? in.quiet_hours() : kQuietHours;
        const auto opened = notices(tx, call);
        Picking picking(deps, tx, call, *opened, std::chrono::hours(hours));
        // In the order of persons, so that two requests never wait for each other.
        std::map<std::pair<UserId, UserId>, std::string> viewers;
        for (const auto& one : in.viewers()) {
          if (!one.region().empty() && !looks_like_region(one.region()))
            return fail(invalid("INVALID_REQUEST", "A region is two letters, as ISO 3166-1 has them.",
                                {{"region", "must be two capital letters"}}));
          CH_ASSIGN(const auto asked, UserId::parse(one.user_id()));
          CH_ASSIGN(const auto user, picking.person(asked));
          viewers.emplace(std::pair(user, asked), one.region());
        }
        v1::PickNotificationsResponse out;
        for (const auto& [who, region] : viewers) {
          CH_ASSIGN(*out.add_picks(), picking.pick(who.second, who.first, region));
        }
        return out;
      }));
  return service;
}

}  // namespace cliffhanger::recommendation
