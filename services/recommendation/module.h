#pragma once
#include "libs/host/host.h"
#include "services/recommendation/migrations.h"

namespace cliffhanger::recommendation {

// The feed. Needs PostgreSQL and Redis, and catalog to fill its pages; listens to catalog, playback,
// community and accounts.
std::unique_ptr<host::Module> make_recommendation(config::Settings& settings, host::Host& host);

}  // namespace cliffhanger::recommendation
