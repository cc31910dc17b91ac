#pragma once
#include "libs/config/settings.h"

namespace cliffhanger::accounts {

struct Config {
  std::int64_t hash_memory_kib, hash_passes, hashes_at_once;
  bool creators_by_invitation;
  std::string operator_email, operator_tenant;

  static Config read(config::Settings& settings) {
    Config c;
    c.hash_memory_kib =
        settings.number("CLIFFHANGER_ACCOUNTS_ARGON2_MEMORY_KIB", 19 * 1024, 8, 4 << 20,
                        "memory of one argon2id password hash; raising it renews a hash at the next sign-in");
    c.hash_passes = settings.number("CLIFFHANGER_ACCOUNTS_ARGON2_PASSES", 2, 1, 100,
                                    "passes of one argon2id password hash");
    c.hashes_at_once = settings.number("CLIFFHANGER_ACCOUNTS_HASHES_AT_ONCE", 2, 1, 64,
                                       "password hashes that run at the same time");
    c.creators_by_invitation = settings.flag("CLIFFHANGER_ACCOUNTS_CREATORS_BY_INVITATION", false,
                                             "only operators make creators; else anyone with an e-mail may");
    c.operator_email =
        settings.text("CLIFFHANGER_ACCOUNTS_OPERATOR_EMAIL", "",
                      "who signs up with this address becomes the operator, as long as the tenant has none");
    c.operator_tenant =
        settings.text("CLIFFHANGER_ACCOUNTS_OPERATOR_TENANT", "default", "the tenant in which that counts");
    return c;
  }
};

}  // namespace cliffhanger::accounts
