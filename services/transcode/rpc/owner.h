#pragma once
#include "libs/core/call.h"
#include "services/transcode/domain/desk.h"

namespace cliffhanger::transcode {

// Operators change everyone's of their tenant, so do services that act for nobody; everyone else their own.
inline OwnerFilter owner_for(const Caller& caller) {
  if (caller.role == Role::kOperator || (caller.role == Role::kService && caller.user.empty()))
    return std::nullopt;
  return caller.user;
}

}  // namespace cliffhanger::transcode
