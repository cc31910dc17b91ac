#pragma once
#include <memory>

#include "services/playback/migrations.h"

namespace cliffhanger::config {
class Settings;
}
namespace cliffhanger::host {
class Host;
class Module;
}  // namespace cliffhanger::host

namespace cliffhanger::playback {

// Throws std::runtime_error if the keys of HLS URLs can't be used.
std::unique_ptr<host::Module> make_playback(config::Settings& settings, host::Host& host);

}  // namespace cliffhanger::playback
