#include "services/edge/objects/refreshed.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include "libs/testing/manual_clock.h"

namespace cliffhanger::edge {
namespace {

using std::chrono::seconds;

class RefreshedTest : public ::testing::Test {
 protected:
  ~RefreshedTest() override {
    held_ = false;
    pool_.stop();
    work_.reset();
    thread_.join();
  }
  // Starts to ask; what comes is the value, or the error's reason.
  std::future<std::string> begin() {
    return boost::asio::co_spawn(io_, [this]() -> http::Task<std::string> {
      const auto got = co_await refreshed_.get("key", [this](const std::optional<std::string>& before) { return read(before); });
      co_return got ? *got : got.error().reason;
    }, boost::asio::use_future);
  }
  std::string ask() { return begin().get(); }
  void settle() {
    while (busy_ > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  void wait_for_reads(int reads) {
    while (reads_ < reads) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    settle();
  }
  Result<Refreshed<std::string>::Read> read(const std::optional<std::string>& before) {
    ++busy_;
    ++reads_;
    while (held_) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    const std::lock_guard lock(mutex_);
    before_ = before.value_or("none");
    --busy_;
    if (error_) return fail(*error_);
    return Refreshed<std::string>::Read{value_, 1, {seconds(10), seconds(30), seconds(100)}};
  }
  void set(std::string value) {
    const std::lock_guard lock(mutex_);
    value_ = std::move(value);
  }
  void fail_with(std::optional<Error> error) {
    const std::lock_guard lock(mutex_);
    error_ = std::move(error);
  }

  harness::ManualClock clock_;
  rpc::Pool pool_{{"test", 2, 100}};
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<http::Executor> work_{io_.get_executor()};
  std::thread thread_{[this] { io_.run(); }};
  std::mutex mutex_;
  std::string value_ = "one", before_;
  std::optional<Error> error_;
  std::atomic<bool> held_{false};
  std::atomic<int> reads_{0}, busy_{0};
  Refreshed<std::string> refreshed_{{100, 10}, std::chrono::milliseconds(50), {clock_, pool_}};
};

TEST_F(RefreshedTest, FreshThenStaleWhileReadAgainThenReadFirst) {
  EXPECT_EQ(ask(), "one");
  set("two");
  clock_.advance(seconds(9));
  EXPECT_EQ(ask(), "one");
  EXPECT_EQ(reads_, 1);
  clock_.advance(seconds(1));
  EXPECT_EQ(ask(), "one") << "read again behind this answer";
  wait_for_reads(2);
  while (ask() != "two") std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_EQ(reads_, 2);
  EXPECT_EQ(before_, "one");
  set("three");
  clock_.advance(seconds(30));
  EXPECT_EQ(ask(), "three") << "too old to be given out";
}

TEST_F(RefreshedTest, ASlowReadingIsNotWaitedForByWhoHasSomething) {
  EXPECT_EQ(ask(), "one");
  set("two");
  held_ = true;
  clock_.advance(seconds(20));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ask(), "one");
  clock_.advance(seconds(40));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ask(), "one") << "not within the patience";
  EXPECT_EQ(reads_, 2) << "one reading for all of them";
  held_ = false;
  while (ask() != "two") std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

TEST_F(RefreshedTest, WhileItCannotBeReadTheOldOneIsGoodForSoLongOnly) {
  EXPECT_EQ(ask(), "one");
  fail_with(unavailable("AWAY", "The store is away."));
  clock_.advance(seconds(60));
  EXPECT_EQ(ask(), "one");
  const int reads = reads_;
  EXPECT_EQ(ask(), "one");
  EXPECT_EQ(reads_, reads) << "not asked again within the same second";
  clock_.advance(seconds(39));
  EXPECT_EQ(ask(), "one");
  clock_.advance(seconds(1));
  EXPECT_EQ(ask(), "AWAY") << "too old";
  fail_with(std::nullopt);
  EXPECT_EQ(ask(), "one");
}

TEST_F(RefreshedTest, AClockThatIsSetBackMakesNothingFresh) {
  clock_.advance(seconds(1000));
  EXPECT_EQ(ask(), "one");
  set("two");
  clock_.advance(-seconds(500));
  EXPECT_EQ(ask(), "one") << "read again behind this answer";
  while (ask() != "two") std::this_thread::sleep_for(std::chrono::milliseconds(1));
  settle();
  fail_with(unavailable("AWAY", "Away."));
  clock_.advance(seconds(60));
  const int reads = reads_;
  EXPECT_EQ(ask(), "two");
  clock_.advance(-seconds(20));
  EXPECT_EQ(ask(), "two");
  wait_for_reads(reads + 2);  // it was not tried just now, but then
}

TEST_F(RefreshedTest, WhatIsGoneIsForgotten) {
  EXPECT_EQ(ask(), "one");
  fail_with(not_found("GONE", "Not there."));
  clock_.advance(seconds(15));
  EXPECT_EQ(ask(), "one");
  wait_for_reads(2);
  while (ask() != "GONE") std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_EQ(ask(), "GONE");
  fail_with(std::nullopt);
  EXPECT_EQ(ask(), "one");
  fail_with(not_found("GONE", "Not there."));
  clock_.advance(seconds(60));
  EXPECT_EQ(ask(), "GONE") << "an answer, not a failure to read";
}

TEST_F(RefreshedTest, ManyMissesAreOneReading) {
  held_ = true;
  std::vector<std::future<std::string>> all;
  for (int i = 0; i < 1000; ++i) all.push_back(begin());
  while (reads_ == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  held_ = false;
  for (auto& one : all) EXPECT_EQ(one.get(), "one");
  EXPECT_LE(reads_, 1);
}

}  // namespace
}  // namespace cliffhanger::edge
