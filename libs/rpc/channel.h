#pragma once
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <memory>
#include <mutex>
#include <string>

#include "libs/rpc/breaker.h"
#include "libs/rpc/client.h"
#include "libs/rpc/limits.h"

namespace cliffhanger::rpc {

// Retries that may be spent, so that a service in trouble isn't pushed down by three times the calls.
class RetryBudget {
 public:
  bool spend();  // false: none left
  void earn();   // for a call that succeeded

 private:
  std::mutex mutex_;
  double left_ = kRetryBudget;
};

struct Channel::State {
  explicit State(const std::string& address);
  std::shared_ptr<grpc::Channel> channel;
  grpc::GenericStub stub;
  RetryBudget budget;
  Breaker breaker;
};

}  // namespace cliffhanger::rpc
