#pragma once
// For tests: what a service has told so far, before the relay takes it away.
#include <gtest/gtest.h>

#include <vector>

#include "cliffhanger/common/v1/event.pb.h"
#include "libs/sql/sql.h"

namespace cliffhanger::bus {

// All events in the outbox of the pool's schema, oldest first.
inline std::vector<common::v1::Event> outbox_events(sql::Pool& pool) {
  std::vector<common::v1::Event> out;
  const auto rows =
      pool.transact([](sql::Tx& tx) { return tx.run_text("SELECT event FROM outbox ORDER BY seq"); });
  EXPECT_TRUE(rows);
  for (std::size_t i = 0; rows && i < rows->size(); ++i) {
    EXPECT_TRUE(out.emplace_back().ParseFromString((*rows)[i].bytes(0)));
  }
  return out;
}

// The payloads of one type among them.
template <class Payload>
std::vector<Payload> outbox_payloads(sql::Pool& pool) {
  std::vector<Payload> out;
  for (const auto& event : outbox_events(pool)) {
    Payload payload;
    if (event.payload().UnpackTo(&payload)) out.push_back(std::move(payload));
  }
  return out;
}

}  // namespace cliffhanger::bus
