#include "services/edge/takedowns/listener.h"

#include <gtest/gtest.h>

#include <functional>

#include "cliffhanger/playback/v1/events.pb.h"
#include "libs/obs/names.h"
#include "libs/testing/servers.h"

namespace cliffhanger::edge {
namespace {

using namespace std::chrono_literals;
namespace v1 = playback::v1;

// A playback that says what the test wants, and a Redis of the test's own.
class ListenerTest : public ::testing::Test {
 protected:
  ~ListenerTest() override {
    if (listener_) listener_->stop();
  }
  // `again` and `ask` short: nothing here depends on how long they are.
  void start(bool with_redis = true) {
    TakedownListener::Timing timing;
    timing.ask = timing.again = 20ms;
    timing.first = 500ms;
    timing.stale = 50ms;
    listener_ = std::make_unique<TakedownListener>(
        TakedownListener::Deps{known_, [this](const std::string& cursor) { return answer(cursor); },
                               with_redis ? &redis_ : nullptr, clock_, metrics_, log_},
        timing);
    listener_->start();
  }
  // Pages of two; the cursor counts.
  Result<v1::ListTakedownsResponse> answer(const std::string& cursor) {
    const std::lock_guard lock(mutex_);
    if (away_) return fail(unavailable("UNAVAILABLE", "Away."));
    if (strange_ && !cursor.empty()) return fail(invalid("BAD_PAGE_TOKEN", "Another database."));
    strange_ = false;
    std::size_t at = cursor.empty() ? 0 : std::stoul(cursor);
    v1::ListTakedownsResponse out;
    for (; at < all_.size() && out.items_size() < 2; ++at) *out.add_items() = all_[at];
    out.set_cursor(std::to_string(at));
    out.set_more(at < all_.size());
    return out;
  }
  hls::Grant grant() {
    return {*Tenant::parse("default"), SessionId::make(clock_.now(), random_),
            RevisionId::make(clock_.now(), random_),
            std::chrono::floor<std::chrono::seconds>(clock_.now() + 6h)};
  }
  v1::Takedown session(const hls::Grant& grant) {
    v1::Takedown out;
    out.set_tenant(grant.tenant.text());
    out.set_session_id(grant.session.text());
    set_time(out.mutable_until(), grant.expires);
    return out;
  }
  v1::Takedown revision(const hls::Grant& grant) {
    auto out = session(grant);
    out.clear_session_id();
    out.set_revision_id(grant.revision.text());
    return out;
  }
  void tell(const v1::Takedown& takedown) {
    const std::lock_guard lock(mutex_);
    all_.push_back(takedown);
  }
  void hide(bool away) {
    const std::lock_guard lock(mutex_);
    away_ = away;
  }
  void stream(const std::string& bytes) {
    ASSERT_TRUE(redis_.command({"XADD", "cliffhanger:takedowns", "*", "takedowns", bytes}));
  }
  static std::string told(const v1::Takedown& takedown) {
    v1::TakenDown out;
    *out.add_items() = takedown;
    return out.SerializeAsString();
  }
  bool refused(const hls::Grant& grant) { return !known_.check(grant); }
  void until(const std::function<bool()>& done) {
    bool is = done();
    for (int i = 0; i < 4000 && !is; ++i, is = done()) std::this_thread::sleep_for(5ms);
    EXPECT_TRUE(is);
  }
  double age() {
    return metrics_.gauge(obs::names::kTakedownAge, "Since playback last told all takedowns").value();
  }

  SystemClock clock_;
  SystemRandom random_;
  obs::Metrics metrics_;
  obs::Logger log_{obs::Log::to_stderr(obs::Level::kError), "edge"};
  harness::Redis server_;
  redis::Client redis_{{server_.url(), 2, std::chrono::milliseconds(500)}};
  Takedowns known_{{}};
  std::mutex mutex_;
  std::vector<v1::Takedown> all_;
  bool away_ = false, strange_ = false;
  std::unique_ptr<TakedownListener> listener_;
};

TEST_F(ListenerTest, AnEdgeThatStartsKnowsAllBeforeItServes) {
  std::vector<hls::Grant> all;
  for (int i = 0; i < 5; ++i) {
    all.push_back(grant());
    tell(i % 2 == 0 ? session(all.back()) : revision(all.back()));
  }
  start();
  for (const auto& one : all) EXPECT_TRUE(refused(one));
  EXPECT_FALSE(refused(grant()));
  until([&] {
    return metrics_.expose().find("cliffhanger_takedowns{kind=\"session\"} 3") != std::string::npos;
  });
}

TEST_F(ListenerTest, WhatIsNewIsAskedForWithoutRedis) {
  start(false);
  const auto one = grant();
  tell(session(one));
  until([&] { return refused(one); });
}

TEST_F(ListenerTest, RedisTellsWhatPlaybackCantTell) {
  hide(true);
  const auto before = grant(), after = grant();
  stream(told(revision(before)));
  start();
  until([&] { return refused(before); });
  stream("nonsense");
  ASSERT_TRUE(redis_.command({"XADD", "cliffhanger:takedowns", "*", "other", "x"}));
  stream(told(session(after)));
  until([&] { return refused(after); });
  EXPECT_FALSE(refused(grant()));
}

TEST_F(ListenerTest, WhileNobodyTellsWhatIsKnownHoldsAndTheRestIsServed) {
  const auto one = grant(), other = grant();
  tell(session(one));
  start();
  hide(true);
  server_.kill();
  tell(session(other));
  until([&] { return age() > 2; });
  EXPECT_TRUE(refused(one));
  EXPECT_FALSE(refused(other));
  hide(false);
  until([&] { return refused(other); });
  until([&] { return age() < 2; });
}

TEST_F(ListenerTest, ARedisThatComesBackEmptyIsReadAnew) {
  const auto one = grant(), other = grant();
  hide(true);
  start();
  stream(told(session(one)));
  until([&] { return refused(one); });
  server_.kill();
  server_.start();
  until([&] { return redis_.command({"PING"}).has_value(); });
  // An id before those that the old one gave.
  ASSERT_TRUE(redis_.command({"XADD", "cliffhanger:takedowns", "1-1", "takedowns", told(session(other))}));
  until([&] { return refused(other); });
  EXPECT_TRUE(refused(one));
}

TEST_F(ListenerTest, ACursorThatPlaybackDoesNotKnowBeginsAgain) {
  const auto one = grant();
  start();
  {
    const std::lock_guard lock(mutex_);
    strange_ = true;  // another database, where it comes first
    all_.insert(all_.begin(), session(one));
  }
  until([&] { return refused(one); });
}

TEST_F(ListenerTest, WhatIsOverAndWhatIsNonsenseIsNotKept) {
  auto over = session(grant());
  set_time(over.mutable_until(), clock_.now() - 1h);
  tell(over);
  auto nobodys = session(grant());
  nobodys.set_tenant("NOT A TENANT");
  tell(nobodys);
  auto nothing = session(grant());
  nothing.set_session_id("x");
  tell(nothing);
  const auto good = grant();
  tell(session(good));
  start();
  EXPECT_TRUE(refused(good));
  EXPECT_EQ(known_.sessions() + known_.revisions(), 1u);
}

}  // namespace
}  // namespace cliffhanger::edge
