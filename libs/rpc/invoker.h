#pragma once
// What happens around every handler, independent of how the bytes came: authentication, access, validation,
// the idempotency key, the handler itself and what it throws.
#include <google/protobuf/io/zero_copy_stream.h>

#include <optional>

#include "libs/rpc/auth.h"
#include "libs/rpc/server.h"

namespace cliffhanger::rpc {

// A call as it arrived.
struct Arrival {
  Credentials credentials;
  std::string traceparent;
  std::string client;  // ClientFacts::text()
  std::optional<std::string> idempotency_key;
  std::chrono::steady_clock::time_point deadline;
};

// Trace, deadline and method are known from the first moment, so that refusals can be logged too.
Call open_call(const detail::Method& method, const Arrival& arrival, Random& random);

class Invoker {
 public:
  explicit Invoker(const Server::Deps& deps) : deps_(deps) {}

  // Runs the handler of `method` if `call` may have it. Fills in `call.caller`, the key and the hash.
  Result<std::unique_ptr<google::protobuf::Message>> run(const detail::Method& method, const Arrival& arrival,
                                                         google::protobuf::io::ZeroCopyInputStream& bytes,
                                                         Call& call) const;

 private:
  const Server::Deps deps_;
};

}  // namespace cliffhanger::rpc
