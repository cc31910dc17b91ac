#pragma once
// People: guests, who have no e-mail address, and accounts, who have one.
#include <string>
#include <string_view>

#include "libs/core/call.h"
#include "libs/core/clock.h"

namespace cliffhanger::accounts {

struct Account {
  UserId id;
  std::string email;          // lower case; empty for a guest
  std::string password_hash;  // argon2id, encoded; empty for a guest
  std::string display_name;
  std::string language;  // BCP 47 tag or empty
  Role role = Role::kViewer;
  bool guest = true;
  Time created;
  UserId merged_into;        // of a guest who signed in to an account: that one; such a guest is no more
  std::int64_t version = 1;  // counts up with each change
};

// What the deployment decides.
struct Policy {
  bool creators_by_invitation = false;  // only operators make creators
  Tenant operator_tenant;               // where, and
  std::string operator_email;  // with which address (lower case) the first operator signs up; empty: nowhere
};

// The form in which an address is kept and looked up: ASCII letters in lower case.
std::string normal_email(std::string_view email);

// Fails with PASSWORD_TOO_WEAK: the password is the e-mail address or its local part, one character or a run
// of neighbours, or among the most used ones. Its length is the contract's matter.
Result<void> check_password(std::string_view password, std::string_view email);

// The role of who signs up. `no_operator_yet`: the tenant has none. Fails with CREATORS_BY_INVITATION.
Result<Role> role_at_sign_up(const Policy& policy, const Tenant& tenant, std::string_view email,
                             bool wants_creator, bool no_operator_yet);

// Gives a viewer the role of a creator; creators and operators stay what they are. Fails with
// GUEST_CANNOT_CREATE, CREATORS_BY_INVITATION.
Result<void> become_creator(Account& account, const Policy& policy);

// What an operator does. Fails with GUEST_CANNOT_CREATE for a guest's promotion and OWN_ROLE, so that a
// tenant doesn't lose its last operator by a slip.
Result<void> set_role(Account& account, Role role, const UserId& by);

}  // namespace cliffhanger::accounts
