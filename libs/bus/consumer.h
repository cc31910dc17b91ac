#pragma once
#include <google/protobuf/message.h>

#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "libs/core/call.h"
#include "libs/obs/log.h"
#include "libs/obs/metrics.h"
#include "libs/redis/redis.h"
#include "libs/sql/sql.h"

namespace cliffhanger::common::v1 {
class Event;
}

namespace cliffhanger::bus {

// Listens to other services' streams as a consumer group of its own. Each event takes effect once: its handler runs in the transaction
// that also remembers its id; what is of somebody who was erased takes none (people.h). Events of one stream are handled in order; one that fails is tried again, and after kMostAttempts put
// into dead_event (not while the database is away: then it waits). Dying at any moment loses nothing: what was not acknowledged is
// read again.
class Consumer {
 public:
  struct Deps {
    sql::Pool& pool;
    redis::Client& redis;
    Random& random;
    obs::Metrics& metrics;
    obs::Logger log;
  };
  // `service` listens; `replica` is this process's name, the same after a restart.
  Consumer(std::string service, std::string replica, Deps deps);
  ~Consumer();  // stop()

  // Before start(): `handler(Tx&, const Call&, const Payload&) -> Result<void>` for the events of `from` whose payload is Payload. The call
  // is the causing request's trace, in the name of the service, in the event's tenant. A handler may take a fourth, the Time at which it happened.
  template <class Handler>
  Consumer& on(std::string_view from, Handler handler) {
    using Payload = typename Types<decltype(&Handler::operator())>::Payload;
    add(from, Payload::default_instance(),
        [handler = std::move(handler)](sql::Tx& tx, const Call& call, const google::protobuf::Message& payload, Time time) {
          if constexpr (std::is_invocable_v<Handler, sql::Tx&, const Call&, const Payload&, Time>)
            return handler(tx, call, static_cast<const Payload&>(payload), time);
          else
            return handler(tx, call, static_cast<const Payload&>(payload));
        });
    return *this;
  }

  void start();
  void stop();
  // stop() that doesn't wait: what is being handled ends, nothing more is read.
  void wind_down() { stopping_ = true; }
  // Reads and handles what is there, for tests: how many events took effect.
  Result<int> run_once(std::chrono::milliseconds block);

 private:
  using Erased = std::function<Result<void>(sql::Tx&, const Call&, const google::protobuf::Message&, Time)>;
  template <class T>
  struct Types;
  template <class C, class P>
  struct Types<Result<void> (C::*)(sql::Tx&, const Call&, const P&) const> {
    using Payload = P;
  };
  template <class C, class P>
  struct Types<Result<void> (C::*)(sql::Tx&, const Call&, const P&, Time) const> {
    using Payload = P;
  };
  struct Route {
    const google::protobuf::Message* prototype;
    Erased handler;
  };

  void add(std::string_view from, const google::protobuf::Message& prototype, Erased handler);
  void loop();
  Result<void> make_groups();
  Result<void> claim_abandoned();
  Result<redis::Reply> read(const std::string& position, std::chrono::milliseconds block);
  Result<int> handle_all(const redis::Reply& streams);
  // Whether it took effect now (not before).
  Result<bool> handle(const std::string& stream, const std::string& raw);
  Result<bool> effect(const common::v1::Event& event);
  Result<void> put_aside(const std::string& stream, const std::string& raw, const Error& why);
  bool pause(std::chrono::milliseconds time);

  const std::string service_, replica_;
  Deps deps_;
  obs::Counter consumed_, failed_;
  std::vector<std::string> streams_;
  std::map<std::string, Route> routes_;  // by payload type, full name
  bool groups_made_ = false, pending_read_ = false;
  std::chrono::steady_clock::time_point claim_at_{};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace cliffhanger::bus
