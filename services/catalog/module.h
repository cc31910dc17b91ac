#pragma once
#include "libs/host/host.h"
#include "services/catalog/migrations.h"

namespace cliffhanger::catalog {

// Series and episodes. Needs PostgreSQL and Redis; listens to transcode and ingest.
std::unique_ptr<host::Module> make_catalog(config::Settings& settings, host::Host& host);

}  // namespace cliffhanger::catalog
