#pragma once
#include "libs/config/settings.h"

namespace cliffhanger::catalog {

// Nothing: what differs between tenants, such as review, is a setting of the tenant and stands in the database.
struct Config {
  static Config read(config::Settings&) { return {}; }
};

}  // namespace cliffhanger::catalog
