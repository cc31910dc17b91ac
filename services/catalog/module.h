#pragma once
#include "libs/host/host.h"
#include "services/catalog/migrations.h"

namespace cliffhanger {

// Series and episodes. Has no settings of its own: review is a tenant's setting and stands in the database.
std::unique_ptr<host::Module> make_catalog(config::Settings& settings, host::Host& host);

}  // namespace cliffhanger
