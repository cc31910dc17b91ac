#pragma once
#include "libs/host/host.h"

namespace cliffhanger::embedded {
extern const Files ingest_migrations;
}

namespace cliffhanger::ingest {

// Resumable uploads; see README.md.
std::unique_ptr<host::Module> make_ingest(config::Settings& settings, host::Host& host);

}  // namespace cliffhanger::ingest
