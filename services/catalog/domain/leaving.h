#pragma once
#include "services/catalog/domain/library.h"

namespace cliffhanger::catalog {

// Takes one series of an owner who is erased out of the world, with its episodes: viewers lose what was
// published meanwhile, and whoever keeps films or uploads hears that the episodes are gone. True if there may
// be more; again it changes nothing.
Result<bool> remove_one_series_of(Library& library, const UserId& owner);

}  // namespace cliffhanger::catalog
