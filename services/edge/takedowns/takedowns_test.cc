#include "services/edge/takedowns/takedowns.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

namespace cliffhanger::edge {
namespace {

using namespace std::chrono_literals;

const Time kNow = from_micros(1'800'000'000'000'000);

class TakedownsTest : public ::testing::Test {
 protected:
  hls::Grant grant(const char* tenant = "default", Duration life = 6h) {
    return {*Tenant::parse(tenant), SessionId::make(kNow, random_), RevisionId::make(kNow, random_),
            kNow + life};
  }
  static std::string refusal(const Takedowns& known, const hls::Grant& grant) {
    const auto checked = known.check(grant);
    return checked ? "" : checked.error().reason;
  }
  SystemRandom random_;
};

TEST_F(TakedownsTest, NothingIsRefusedUntilItIsTold) {
  Takedowns known({});
  const auto one = grant(), other = grant();
  EXPECT_EQ(refusal(known, one), "");
  EXPECT_EQ(known.revoke(one.tenant, one.session, one.expires, true), 0u);
  EXPECT_EQ(refusal(known, one), "SESSION_REVOKED");
  EXPECT_EQ(refusal(known, other), "");
  EXPECT_EQ(known.withdraw(other.tenant, other.revision, other.expires), 0u);
  EXPECT_EQ(refusal(known, other), "REVISION_WITHDRAWN");
  EXPECT_EQ(known.sessions() + known.revisions(), 2u);
}

TEST_F(TakedownsTest, TenantsAreApart) {
  Takedowns known({});
  const auto ours = grant();
  auto theirs = ours;
  theirs.tenant = *Tenant::parse("acme");
  known.withdraw(theirs.tenant, theirs.revision, theirs.expires);
  EXPECT_EQ(refusal(known, ours), "");
  EXPECT_EQ(refusal(known, theirs), "REVISION_WITHDRAWN");
}

TEST_F(TakedownsTest, TokensGivenLaterAreGood) {
  Takedowns known({});
  auto before = grant(), after = before;
  after.expires += 1s;
  known.withdraw(before.tenant, before.revision, before.expires);
  EXPECT_EQ(refusal(known, before), "REVISION_WITHDRAWN");
  EXPECT_EQ(refusal(known, after), "");
  known.withdraw(before.tenant, before.revision, after.expires);
  EXPECT_EQ(refusal(known, after), "REVISION_WITHDRAWN");
  known.withdraw(before.tenant, before.revision, before.expires);
  EXPECT_EQ(refusal(known, after), "REVISION_WITHDRAWN") << "late news takes nothing back";
}

TEST_F(TakedownsTest, WhatIsOverIsForgotten) {
  Takedowns known({});
  const auto soon = grant("default", 1h), later = grant();
  known.revoke(soon.tenant, soon.session, soon.expires, false);
  known.revoke(later.tenant, later.session, later.expires, false);
  known.withdraw(soon.tenant, soon.revision, soon.expires);
  known.forget(soon.expires + 1s);
  EXPECT_EQ(known.sessions(), 1u);
  EXPECT_EQ(known.revisions(), 0u);
  EXPECT_EQ(refusal(known, later), "SESSION_REVOKED");
}

TEST_F(TakedownsTest, AFloodDisplacesTheViewersOwnFirstAndThenWhatEndsSoonest) {
  Takedowns known({64, 64, 1});
  std::vector<hls::Grant> by_operators;
  for (int i = 0; i < 20; ++i) {
    by_operators.push_back(grant("default", i < 10 ? 1h : 6h));
    known.revoke(by_operators[i].tenant, by_operators[i].session, by_operators[i].expires, false);
  }
  std::size_t forgotten = 0;
  for (int i = 0; i < 10'000; ++i) {
    const auto own = grant("default", 7h);
    forgotten += known.revoke(own.tenant, own.session, own.expires, true);
    EXPECT_LE(known.sessions(), 64u);
    EXPECT_EQ(refusal(known, own), "SESSION_REVOKED") << "the newest is always kept";
  }
  EXPECT_EQ(forgotten + known.sessions(), 10'020u);
  for (const auto& one : by_operators) EXPECT_EQ(refusal(known, one), "SESSION_REVOKED");
  const auto left = [&](int begin, int end) {
    return std::count_if(by_operators.begin() + begin, by_operators.begin() + end,
                         [&](const auto& one) { return refusal(known, one) != ""; });
  };
  for (int i = 0; i < 200; ++i) {
    const auto more = grant("default", 7h);
    known.revoke(more.tenant, more.session, more.expires, false);
    EXPECT_TRUE(left(10, 20) == 10 || left(0, 10) == 0);
  }
  EXPECT_EQ(left(0, 20), 0);
}

TEST_F(TakedownsTest, ManyThreadsLookWhileOneWrites) {
  Takedowns known({4096, 64, 8});
  const auto revoked = grant(), free = grant();
  known.revoke(revoked.tenant, revoked.session, revoked.expires, false);
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i)
    readers.emplace_back([&] {
      while (!stop)
        if (known.check(revoked) || !known.check(free)) ++wrong;
    });
  for (int i = 0; i < 20'000; ++i) {
    const auto other = grant("default", 1h);
    known.revoke(other.tenant, other.session, other.expires, true);
    if (i % 5000 == 0) known.forget(kNow + 2h);
  }
  stop = true;
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace cliffhanger::edge
