#pragma once
// Erasure and export: what PrivacyService has beside consents.
#include "cliffhanger/accounts/v1/privacy_service.pb.h"
#include "services/accounts/rpc/privacy_rpc.h"

namespace cliffhanger::accounts {

class Leaving {
 public:
  explicit Leaving(PrivacyDeps deps) : d_(std::move(deps)), a_(d_.accounts) {}

  Result<v1::EraseMeResponse> erase(const Call& call, const v1::EraseMeRequest& in) const;
  Result<v1::GetErasureResponse> find(const Call& call, const v1::GetErasureRequest& in) const;
  Result<v1::ListErasuresResponse> list(const Call& call, const v1::ListErasuresRequest& in) const;
  Result<v1::ConfirmErasureResponse> confirm(const Call& call, const v1::ConfirmErasureRequest& in) const;
  Result<v1::ExportMeResponse> export_me(const Call& call, const v1::ExportMeRequest& in) const;

 private:
  // The caller's account and whether the password is its own; an erasure that was begun before, instead.
  struct Asked {
    std::optional<Account> account;
    std::optional<Erasure> begun;
  };
  Result<Asked> asked(const Call& call) const;
  Result<Erasure> begin(const Call& call) const;
  void fill(v1::Erasure* out, const Erasure& erasure) const;

  const PrivacyDeps d_;
  const AccountsRpc::Deps& a_;
};

}  // namespace cliffhanger::accounts
