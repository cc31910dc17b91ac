#include "services/collector/domain/rights.h"

#include "libs/core/house.h"

namespace cliffhanger::collector {

Result<void> check_may_run(const Caller& caller) {
  if (caller.tenant == house()) return {};
  return fail(denied("NOT_THE_HOUSE", "A run is over the objects of all tenants: only operators of the house's tenant begin or stop one."));
}

std::string message_for(const Tenant& reader, const Collection& collection) {
  return reader == house() ? collection.message : "";
}

}  // namespace cliffhanger::collector
