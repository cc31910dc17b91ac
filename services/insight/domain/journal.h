#pragma once
#include <vector>

#include "libs/core/call.h"
#include "libs/core/result.h"
#include "services/insight/domain/event.h"

namespace cliffhanger::insight {

// What devices told, of one tenant, within one transaction.
class Journal {
 public:
  virtual ~Journal() = default;
  // Keeps what is new of the events of one person's device, and says which those are; they point into `events`.
  virtual Result<std::vector<const Event*>> record(const UserId& user, Time received, const Device& device,
                                                   const std::vector<Event>& events) = 0;
};

}  // namespace cliffhanger::insight
