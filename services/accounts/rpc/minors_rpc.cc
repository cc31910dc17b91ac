#include "services/accounts/rpc/minors_rpc.h"

#include "cliffhanger/accounts/v1/minors_service.pb.h"

namespace cliffhanger::accounts {
namespace {

v1::MinorsMode to_message(const MinorsMode& mode) {
  v1::MinorsMode out;
  out.set_enabled(mode.enabled);
  if (!mode.enabled) return out;
  out.set_greatest_rating(mode.greatest_rating);
  out.set_daily_minutes(mode.daily_minutes);
  out.set_time_zone(mode.time_zone);
  set_time(out.mutable_change_time(), mode.changed);
  return out;
}

template <class Response>
Response with_mode(const MinorsMode& mode) {
  Response out;
  *out.mutable_mode() = to_message(mode);
  return out;
}

class Minding {
 public:
  explicit Minding(MinorsDeps deps) : d_(std::move(deps)), a_(d_.accounts) {}

  Result<MinorsMode> get(const Call& call) const {
    return a_.pool.read([&](sql::Tx& tx) { return d_.modes(tx, call)->find(call.caller.user); });
  }

  Result<MinorsMode> set(const Call& call, const v1::SetMinorsModeRequest& in) const {
    const MinorsLimits limits{in.greatest_rating(), in.daily_minutes(),
                              in.time_zone().empty() ? "UTC" : in.time_zone()};
    CH_TRY(check_time_zone(call, limits.time_zone));
    CH_ASSIGN(const auto before, look(call));
    std::string hash = before.mode.pin_hash;
    if (before.mode.enabled) {
      CH_TRY(check_pin(call, hash, in.pin()));
    } else {
      CH_TRY(check_password(call, before.account, in.password()));
      CH_ASSIGN(hash, a_.passwords.hash(call, in.pin()));
    }
    return change(call, call.caller.user, [&](MinorsMode& mode) -> Result<bool> {
      if (mode.pin_hash != before.mode.pin_hash) return fail(changed_meanwhile());
      pin_was_right(mode);
      mode.pin_hash = hash;
      return accounts::set(mode, limits, a_.clock.now());
    });
  }

  Result<MinorsMode> end(const Call& call, const std::string& pin) const {
    CH_ASSIGN(const auto before, look(call));
    if (!before.mode.enabled) return before.mode;
    CH_TRY(check_pin(call, before.mode.pin_hash, pin));
    return change(call, call.caller.user, [&](MinorsMode& mode) -> Result<bool> {
      if (mode.pin_hash != before.mode.pin_hash) return fail(changed_meanwhile());
      return accounts::end(mode, a_.clock.now());
    });
  }

  Result<MinorsMode> lift(const Call& call, const UserId& user) const {
    return change(call, user,
                  [&](MinorsMode& mode) -> Result<bool> { return accounts::end(mode, a_.clock.now()); });
  }

 private:
  struct Before {
    Account account;
    MinorsMode mode;
  };

  static Error changed_meanwhile() {
    return aborted("MINORS_MODE_CHANGED", "Somebody else changed it at the same time; try again.");
  }

  // The caller's account, locked, and its mode.
  Result<Before> locked(sql::Tx& tx, const Call& call, const UserId& user) const {
    CH_ASSIGN(auto account, a_.unit(tx, call).people->lock(user));
    if (!account || !account->merged_into.empty())
      return fail(not_found("ACCOUNT_NOT_FOUND", "There is no such account."));
    CH_ASSIGN(auto mode, d_.modes(tx, call)->find(user));
    return Before{std::move(*account), std::move(mode)};
  }

  // What is there; the PIN that is about to be looked at is counted.
  Result<Before> look(const Call& call) const {
    return a_.pool.transact([&](sql::Tx& tx) -> Result<Before> {
      CH_ASSIGN(auto before, locked(tx, call, call.caller.user));
      if (!before.mode.enabled) return before;
      CH_TRY(count_pin(before.mode, a_.clock.now()));
      CH_TRY(d_.modes(tx, call)->keep(call.caller.user, before.mode));
      return before;
    });
  }

  Result<void> check_pin(const Call& call, const std::string& hash, const std::string& pin) const {
    CH_ASSIGN(const bool right, a_.passwords.verify(call, hash, pin));
    if (!right) return fail(denied("WRONG_PIN", "The PIN is wrong."));
    return {};
  }

  Result<void> check_password(const Call& call, const Account& account, const std::string& password) const {
    if (account.guest) return {};
    CH_ASSIGN(const bool right, a_.passwords.verify(call, account.password_hash, password));
    if (!right) return fail(unauthenticated("WRONG_CREDENTIALS", "The password is wrong."));
    return {};
  }

  Result<void> check_time_zone(const Call& call, const std::string& name) const {
    CH_ASSIGN(const bool known,
              a_.pool.read([&](sql::Tx& tx) { return d_.modes(tx, call)->knows_time_zone(name); }));
    if (known) return {};
    return fail(invalid("TIME_ZONE_UNKNOWN", "There is no such time zone.",
                        {{"timeZone", "is no name of the IANA time zone database"}}));
  }

  // `rule` gives whether the house must hear of it.
  template <class Rule>
  Result<MinorsMode> change(const Call& call, const UserId& user, Rule rule) const {
    return a_.pool.transact([&](sql::Tx& tx) -> Result<MinorsMode> {
      CH_ASSIGN(auto before, locked(tx, call, user));
      const auto modes = d_.modes(tx, call);
      CH_ASSIGN(const bool news, rule(before.mode));
      if (before.mode.version > 0) CH_TRY(modes->keep(user, before.mode));
      if (news) CH_TRY(modes->tell(user, before.mode));
      return before.mode;
    });
  }

  const MinorsDeps d_;
  const AccountsRpc::Deps& a_;
};

}  // namespace

rpc::Service minors_service(MinorsDeps deps) {
  const auto minding = std::make_shared<const Minding>(std::move(deps));
  rpc::Service service("cliffhanger.accounts.v1.MinorsService");
  service
      .on([minding](const Call& call, const v1::GetMinorsModeRequest&) -> Result<v1::GetMinorsModeResponse> {
        return minding->get(call).map(with_mode<v1::GetMinorsModeResponse>);
      })
      .on([minding](const Call& call,
                    const v1::SetMinorsModeRequest& in) -> Result<v1::SetMinorsModeResponse> {
        return minding->set(call, in).map(with_mode<v1::SetMinorsModeResponse>);
      })
      .on([minding](const Call& call,
                    const v1::EndMinorsModeRequest& in) -> Result<v1::EndMinorsModeResponse> {
        return minding->end(call, in.pin()).map(with_mode<v1::EndMinorsModeResponse>);
      })
      .on([minding](const Call& call,
                    const v1::LiftMinorsModeRequest& in) -> Result<v1::LiftMinorsModeResponse> {
        CH_ASSIGN(const auto user, UserId::parse(in.user_id()));
        return minding->lift(call, user).map(with_mode<v1::LiftMinorsModeResponse>);
      });
  return service;
}

}  // namespace cliffhanger::accounts
