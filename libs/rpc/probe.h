#pragma once
// What the gRPC layer tells the outside of itself. obs_probe.h writes it to logs and metrics; tests count.
#include <chrono>
#include <string>

#include "libs/core/call.h"
#include "libs/core/error.h"

namespace cliffhanger::rpc {

// One call that ended, on the server's side.
struct Served {
  const Call& call;
  const Error* error;               // null: it succeeded
  std::chrono::nanoseconds waited;  // for a thread
  std::chrono::nanoseconds ran;
};

class ServerProbe {
 public:
  virtual ~ServerProbe() = default;
  virtual void served(const Served& served) = 0;
  // Whenever a call is queued or leaves the queue.
  virtual void queue(std::size_t waiting, std::size_t running) = 0;
};

class ClientProbe {
 public:
  virtual ~ClientProbe() = default;
  // After each attempt; `attempt` counts from 1 and `error` is null if it succeeded.
  virtual void called(const std::string& method, const Error* error, int attempt,
                      std::chrono::nanoseconds took) = 0;
  // The circuit to the service was opened, since it does not answer, or closed again.
  virtual void circuit(const std::string& service, bool open) = 0;
};

// For programs and tests that don't care.
class NoServerProbe final : public ServerProbe {
 public:
  void served(const Served&) override {}
  void queue(std::size_t, std::size_t) override {}
};
class NoClientProbe final : public ClientProbe {
 public:
  void called(const std::string&, const Error*, int, std::chrono::nanoseconds) override {}
  void circuit(const std::string&, bool) override {}
};

}  // namespace cliffhanger::rpc
