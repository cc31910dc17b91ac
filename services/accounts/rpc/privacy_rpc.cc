#include "services/accounts/rpc/privacy_rpc.h"

#include <algorithm>

#include "cliffhanger/accounts/v1/privacy_service.pb.h"
#include "services/accounts/rpc/leaving.h"

namespace cliffhanger::accounts {
namespace {

constexpr int kMostHistory = 100;

void fill(v1::Consent* out, const Decision& one) {
  out->set_purpose(static_cast<v1::ConsentPurpose>(one.purpose));
  out->set_granted(one.granted);
  out->set_decided(true);
  out->set_policy_version(one.policy_version);
  set_time(out->mutable_decide_time(), one.decided);
}

// One for each purpose: as decided, or as the house has it.
template <class Response>
void fill_all(Response& out, const std::vector<Decision>& latest, bool house_default) {
  for (const Purpose purpose : kPurposes) {
    auto* to = out.add_consents();
    const auto found = std::ranges::find(latest, purpose, &Decision::purpose);
    if (found != latest.end()) {
      fill(to, *found);
    } else {
      to->set_purpose(static_cast<v1::ConsentPurpose>(purpose));
      to->set_granted(granted_by_default(purpose, house_default));
    }
  }
}

Result<std::vector<Decision>> decisions_of(const v1::SetConsentsRequest& in, Time now) {
  std::vector<Decision> out;
  for (const auto& one : in.decisions()) {
    const auto known = std::ranges::find(kPurposes, static_cast<Purpose>(one.purpose()));
    if (known == kPurposes.end())
      return fail(invalid("INVALID_REQUEST", "There is no such purpose.",
                          {{"decisions", "has a purpose that is not one of the contract's"}}));
    out.push_back({*known, one.granted(), in.policy_version(), now, 0});
  }
  return out;
}

class Consenting {
 public:
  explicit Consenting(PrivacyDeps deps) : d_(std::move(deps)), a_(d_.accounts) {}

  Result<v1::GetConsentsResponse> consents(const Call& call) const {
    return a_.pool.read([&](sql::Tx& tx) -> Result<v1::GetConsentsResponse> {
      const Unit unit = a_.unit(tx, call);
      CH_ASSIGN(const auto latest, unit.consents->latest(call.caller.user));
      CH_ASSIGN(const auto history, unit.consents->history(call.caller.user, kMostHistory));
      v1::GetConsentsResponse out;
      fill_all(out, latest, d_.consent_default);
      for (const Decision& one : history) fill(out.add_history(), one);
      return out;
    });
  }

  Result<v1::SetConsentsResponse> decide(const Call& call, const v1::SetConsentsRequest& in) const {
    CH_ASSIGN(const auto wanted, decisions_of(in, a_.clock.now()));
    return a_.pool.transact([&](sql::Tx& tx) -> Result<v1::SetConsentsResponse> {
      const Unit unit = a_.unit(tx, call);
      Accounts accounts(
          {*unit.people, *unit.sessions, *unit.consents, *unit.news, a_.mint, a_.clock, a_.random, a_.policy},
          call.caller);
      CH_TRY(accounts.decide(wanted));
      CH_ASSIGN(const auto latest, unit.consents->latest(call.caller.user));
      v1::SetConsentsResponse out;
      fill_all(out, latest, d_.consent_default);
      return out;
    });
  }

 private:
  const PrivacyDeps d_;
  const AccountsRpc::Deps& a_;
};

}  // namespace

rpc::Service privacy_service(PrivacyDeps deps) {
  const auto consents = std::make_shared<const Consenting>(deps);
  const auto leaving = std::make_shared<const Leaving>(std::move(deps));
  rpc::Service service("cliffhanger.accounts.v1.PrivacyService");
  service.on([consents](const Call& call, const v1::GetConsentsRequest&) { return consents->consents(call); })
      .on([consents](const Call& call, const v1::SetConsentsRequest& in) {
        return consents->decide(call, in);
      })
      .on([leaving](const Call& call, const v1::EraseMeRequest& in) { return leaving->erase(call, in); })
      .on([leaving](const Call& call, const v1::GetErasureRequest& in) { return leaving->find(call, in); })
      .on([leaving](const Call& call, const v1::ListErasuresRequest& in) { return leaving->list(call, in); })
      .on([leaving](const Call& call, const v1::ConfirmErasureRequest& in) {
        return leaving->confirm(call, in);
      })
      .on([leaving](const Call& call, const v1::ExportMeRequest& in) {
        return leaving->export_me(call, in);
      });
  return service;
}

}  // namespace cliffhanger::accounts
