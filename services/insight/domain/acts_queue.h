#pragma once
#include <string>
#include <vector>

#include "libs/core/call.h"
#include "libs/core/id.h"
#include "libs/core/result.h"

namespace cliffhanger::insight {

// What batches said of their viewers' taste and was not told yet, of all tenants, within one transaction.
class ActsQueue {
 public:
  struct Entry {
    Tenant tenant;
    UserId user;
    std::string body;  // as it was added
  };
  virtual ~ActsQueue() = default;
  // Comes with the batch, in its transaction. `body` is opaque here.
  virtual Result<void> add(const Tenant& tenant, const UserId& user, const std::string& body) = 0;
  // Takes out up to `most`, those that nobody else is taking, by tenant and user.
  virtual Result<std::vector<Entry>> take(int most) = 0;
};

}  // namespace cliffhanger::insight
