#include "services/accounts/domain/account.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "services/accounts/domain/limits.h"

namespace cliffhanger::accounts {
namespace {

// The most used passwords of eight characters and more, and what people make of this product's name.
constexpr auto kCommon = std::to_array<std::string_view>({
    "password",    "password1",    "password12",     "password123",   "passw0rd",   "p@ssw0rd",  "p@ssword",
    "pa55word",    "qwertyuiop",   "qwerty123",      "qwerty12",      "qwerty1234", "qwertyui",  "1q2w3e4r",
    "1q2w3e4r5t",  "1qaz2wsx",     "q1w2e3r4",       "zaq12wsx",      "asdfghjkl",  "asdfasdf",  "zxcvbnm1",
    "zxcvbnm123",  "iloveyou",     "iloveyou1",      "sunshine",      "princess",   "football",  "baseball",
    "superman",    "batman123",    "starwars",       "whatever",      "trustno1",   "letmein1",  "letmein123",
    "welcome1",    "welcome123",   "admin123",       "administrator", "changeme",   "dragon123", "monkey123",
    "michael1",    "computer",     "internet",       "samsung1",      "google123",  "abc12345",  "abcd1234",
    "a1b2c3d4",    "12341234",     "11223344",       "123123123",     "147258369",  "987654321", "123qweasd",
    "cliffhanger", "cliffhanger1", "cliffhanger123",
});

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

// "aaaaaaaa", "12345678", "hgfedcba": each character is the same step away from the one before.
bool is_run(std::string_view text) {
  const int step = text.size() < 2 ? 0 : text[1] - text[0];
  if (std::abs(step) > 1) return false;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] - text[i - 1] != step) return false;
  }
  return true;
}

}  // namespace

std::string normal_email(std::string_view email) {
  return lower(email);
}

Result<void> check_password(std::string_view password, std::string_view email) {
  const std::string plain = lower(password), address = lower(email);
  const bool guessable = plain.size() < kMinPasswordBytes || plain == address ||
                         plain == address.substr(0, address.find('@')) || is_run(plain) ||
                         std::ranges::find(kCommon, plain) != kCommon.end();
  if (!guessable) return {};
  return fail(invalid(
      "PASSWORD_TOO_WEAK", "This password is too easy to guess.",
      {{"password", "is your e-mail address, a run of neighbouring characters or a very common password"}}));
}

Result<Role> role_at_sign_up(const Policy& policy, const Tenant& tenant, std::string_view email,
                             bool wants_creator, bool no_operator_yet) {
  if (no_operator_yet && !policy.operator_email.empty() && email == policy.operator_email &&
      tenant == policy.operator_tenant) {
    return Role::kOperator;
  }
  if (!wants_creator) return Role::kViewer;
  if (policy.creators_by_invitation)
    return fail(denied("CREATORS_BY_INVITATION", "Only an operator makes creators here."));
  return Role::kCreator;
}

Result<void> become_creator(Account& account, const Policy& policy) {
  if (account.role >= Role::kCreator) return {};
  if (account.guest)
    return fail(precondition("GUEST_CANNOT_CREATE", "Sign up with an e-mail address first."));
  if (policy.creators_by_invitation)
    return fail(denied("CREATORS_BY_INVITATION", "Only an operator makes creators here."));
  account.role = Role::kCreator;
  return {};
}

Result<void> set_role(Account& account, Role role, const UserId& by) {
  if (account.id == by && account.role != role) {
    return fail(precondition("OWN_ROLE", "Operators can't change their own role; another operator can."));
  }
  if (account.guest && role > Role::kViewer) {
    return fail(precondition("GUEST_CANNOT_CREATE", "A guest has no e-mail address and stays a viewer."));
  }
  account.role = role;
  return {};
}

}  // namespace cliffhanger::accounts
