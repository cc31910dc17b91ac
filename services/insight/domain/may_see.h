#pragma once
#include "libs/core/call.h"

namespace cliffhanger::insight {

// Whether somebody may see what is an owner's: operators and services that act for nobody see everyone's of
// their tenant.
inline bool may_see(const Caller& caller, const UserId& owner) {
  return caller.user == owner || caller.role == Role::kOperator ||
         (caller.role == Role::kService && caller.user.empty());
}

}  // namespace cliffhanger::insight
