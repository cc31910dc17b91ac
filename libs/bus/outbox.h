#pragma once
// Telling the house of a change: the event is a row written in the change's own transaction; the relay publishes it afterwards.
#include <functional>

#include "libs/core/call.h"
#include "libs/core/clock.h"
#include "libs/core/random.h"
#include "libs/sql/sql.h"

namespace google::protobuf {
class Message;
}

namespace cliffhanger::bus {

// One per service. Safe from many threads.
class Outbox {
 public:
  Outbox(const Clock& clock, Random& random) : clock_(clock), random_(random) {}
  // Called after each commit that told something; set once by the relay's owner, before any emit.
  void on_news(std::function<void()> wake) { wake_ = std::move(wake); }

  // Writes `payload` as an event of `aggregate` at its `version` (counting up by one with each change; 0 where order does not
  // matter). Tenant and trace are the call's.
  Result<void> emit(sql::Tx& tx, const Call& call, const Uuid& aggregate, std::int64_t version,
                    const google::protobuf::Message& payload);

 private:
  const Clock& clock_;
  Random& random_;
  std::function<void()> wake_;
};

}  // namespace cliffhanger::bus
