#include "services/accounts/crypto/passwords.h"

#include <argon2.h>

#include <stdexcept>

namespace cliffhanger::accounts {
namespace {

constexpr std::size_t kSaltBytes = 16, kHashBytes = 32;
constexpr std::uint32_t kLanes = 1;  // each would be a thread

}  // namespace

Argon2Passwords::Argon2Passwords(Argon2Cost cost, int at_once, Random& random)
    : cost_(cost), random_(random), turns_(at_once) {
  auto made = hash_now(random_.bytes(kHashBytes));
  if (!made) throw std::runtime_error("argon2id does not run with this cost: " + made.error().message);
  nobodys_ = std::move(*made);
}

Result<void> Argon2Passwords::take_turn(const Call& call) {
  // A deadline that never comes can't be waited for: the clock's end overflows in some C++ libraries.
  const auto longest = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  if (turns_.try_acquire_until(std::min(call.deadline, longest))) return {};
  return fail(exhausted("PASSWORD_CHECK_BUSY", "Too many people sign in at this moment; try again.")
                  .with("retry_after_ms", "1000"));
}

Result<std::string> Argon2Passwords::hash_now(const std::string& password) {
  const std::string salt = random_.bytes(kSaltBytes);
  std::string encoded(
      argon2_encodedlen(cost_.passes, cost_.memory_kib, kLanes, kSaltBytes, kHashBytes, Argon2_id), '\0');
  const int code =
      argon2id_hash_encoded(cost_.passes, cost_.memory_kib, kLanes, password.data(), password.size(),
                            salt.data(), salt.size(), kHashBytes, encoded.data(), encoded.size());
  if (code != ARGON2_OK) return fail(internal("PASSWORD_HASH_FAILED", argon2_error_message(code)));
  encoded.resize(encoded.find('\0'));
  return encoded;
}

Result<std::string> Argon2Passwords::hash(const Call& call, const std::string& password) {
  CH_TRY(take_turn(call));
  auto made = hash_now(password);
  turns_.release();
  return made;
}

Result<bool> Argon2Passwords::verify(const Call& call, const std::string& hash, const std::string& password) {
  CH_TRY(take_turn(call));
  const int code =
      argon2id_verify((hash.empty() ? nobodys_ : hash).c_str(), password.data(), password.size());
  turns_.release();
  if (code != ARGON2_OK && code != ARGON2_VERIFY_MISMATCH) {
    return fail(internal("PASSWORD_HASH_FAILED", argon2_error_message(code)));
  }
  return code == ARGON2_OK && !hash.empty();
}

bool Argon2Passwords::outdated(const std::string& hash) const {
  const auto cost_of = [](const std::string& text) {
    return text.substr(0, text.find('$', text.find(",p=")));
  };
  return cost_of(hash) != cost_of(nobodys_);
}

}  // namespace cliffhanger::accounts
