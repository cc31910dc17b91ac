#pragma once
#include <memory>

#include "services/insight/migrations.h"

namespace cliffhanger::config {
class Settings;
}
namespace cliffhanger::host {
class Host;
class Module;
}  // namespace cliffhanger::host

namespace cliffhanger::insight {

std::unique_ptr<host::Module> make_insight(config::Settings& settings, host::Host& host);

}  // namespace cliffhanger::insight
