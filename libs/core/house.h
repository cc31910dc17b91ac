#pragma once
#include "libs/core/call.h"

namespace cliffhanger {

// The tenant whose operators run the house, and so decide what concerns all tenants: `default`.
inline Tenant house() {
  return *Tenant::parse("default");
}

}  // namespace cliffhanger
