#pragma once
// Password hashes: argon2id (RFC 9106) by libargon2.
#include <cstdint>
#include <semaphore>

#include "libs/core/random.h"
#include "services/accounts/domain/ports.h"

namespace cliffhanger::accounts {

struct Argon2Cost {
  std::uint32_t memory_kib = 19 * 1024;
  std::uint32_t passes = 2;
  bool operator==(const Argon2Cost&) const = default;
};

// Runs at most `at_once` hashes at a time, so that their memory stays below at_once × memory_kib. Safe from
// many threads.
class Argon2Passwords final : public Passwords {
 public:
  static constexpr int kMostAtOnce = 64;
  Argon2Passwords(Argon2Cost cost, int at_once, Random& random);
  Result<std::string> hash(const Call& call, const std::string& password) override;
  Result<bool> verify(const Call& call, const std::string& hash, const std::string& password) override;
  // Whether `hash` was made with another cost than is wanted now.
  bool outdated(const std::string& hash) const;

 private:
  Result<std::string> hash_now(const std::string& password);
  Result<void> take_turn(const Call& call);

  const Argon2Cost cost_;
  Random& random_;
  std::counting_semaphore<kMostAtOnce> turns_;
  std::string nobodys_;  // the hash of a password that nobody knows
};

}  // namespace cliffhanger::accounts
