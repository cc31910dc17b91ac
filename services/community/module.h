#pragma once
#include <memory>

#include "services/community/migrations.h"

namespace cliffhanger::config {
class Settings;
}
namespace cliffhanger::host {
class Host;
class Module;
}  // namespace cliffhanger::host

namespace cliffhanger::community {

std::unique_ptr<host::Module> make_community(config::Settings& settings, host::Host& host);

}  // namespace cliffhanger::community
