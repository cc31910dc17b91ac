#pragma once
#include "libs/host/host.h"
#include "services/collector/migrations.h"

namespace cliffhanger::collector {

// The collector of objects that nobody needs. Needs PostgreSQL, the object store, and ingest, transcode and catalog to answer for their own.
std::unique_ptr<host::Module> make_collector(config::Settings& settings, host::Host& host);

}  // namespace cliffhanger::collector
