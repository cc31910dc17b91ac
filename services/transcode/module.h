#pragma once
#include <memory>

#include "libs/host/host.h"
#include "services/transcode/migrations.h"

namespace cliffhanger::transcode {

// Plans sources and answers for revisions.
std::unique_ptr<host::Module> make_transcode(config::Settings& settings, host::Host& host);
// Does the work, in transcode's schema: as many processes as there are cores for it.
std::unique_ptr<host::Module> make_worker(config::Settings& settings, host::Host& host);

}  // namespace cliffhanger::transcode
