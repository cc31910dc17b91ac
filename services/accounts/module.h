#pragma once
#include <memory>

#include "services/accounts/migrations.h"

namespace cliffhanger::config {
class Settings;
}
namespace cliffhanger::host {
class Host;
class Module;
}  // namespace cliffhanger::host

namespace cliffhanger::accounts {

// Throws std::runtime_error if the access token key or the argon2 cost can't be used.
std::unique_ptr<host::Module> make_accounts(config::Settings& settings, host::Host& host);

}  // namespace cliffhanger::accounts
