#pragma once
#include "libs/host/host.h"

namespace cliffhanger::edge {

// The only HTTP door; see README.md.
std::unique_ptr<host::Module> make_edge(config::Settings& settings, host::Host& host);

}  // namespace cliffhanger::edge
