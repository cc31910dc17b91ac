#include "libs/arms/arms.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "libs/core/random.h"
#include "libs/testing/manual_clock.h"

namespace cliffhanger::arms {
namespace {

using namespace std::chrono_literals;

class ArmsTest : public testing::Test {
 protected:
  Uuid id() { return Uuid::v7(clock_.now(), random_); }
  Experiment about(SeriesId series, Kind kind, const std::string& key) {
    Experiment out{tenant_, id(), key, kind, {}, series, {{"control", {}}, {"other", {}}}};
    out.variations[1].what.title = "Title of " + key;
    return out;
  }
  Call viewer(UserId user) {
    Call call;
    call.caller = {tenant_, Role::kViewer, user, "", true};
    return call;
  }
  // An Arms that gives everybody the variation `given_` of what is asked.
  std::unique_ptr<Arms> make(Arms::Options options = {}) {
    return std::make_unique<Arms>(
        [this]() -> Result<std::vector<Experiment>> {
          if (away_) return fail(unavailable("AWAY", "Away."));
          return experiments_;
        },
        [this](const Call& call, const std::vector<Uuid>& wanted,
               const std::string&) -> Result<std::vector<Assigned>> {
          ++asked_;
          deadline_ = call.deadline;
          client_ = call.client;
          if (away_) return fail(unavailable("AWAY", "Away."));
          std::vector<Assigned> out;
          for (const Uuid& one : wanted)
            if (!given_.empty()) out.push_back({one, given_, true});
          return out;
        },
        metrics_, options);
  }
  std::vector<Arm> of(const Arms& arms, UserId user, SeriesId series, Kind kind = Kind::kTitle) {
    return of(arms, viewer(user), series, kind);
  }
  std::vector<Arm> of(const Arms& arms, const Call& call, SeriesId series, Kind kind,
                      const std::string& country = "") {
    const auto book = arms.book();
    std::vector<const Experiment*> wanted;
    book->find(tenant_, series.uuid(), kind, wanted);
    return arms.of(call, country, book, wanted);
  }

  harness::ManualClock clock_;
  SystemRandom random_;
  obs::Metrics metrics_;
  const Tenant tenant_ = *Tenant::parse("default");
  const SeriesId series_ = SeriesId::make(clock_.now(), random_);
  const UserId user_ = UserId::make(clock_.now(), random_);
  std::vector<Experiment> experiments_;
  std::string given_ = "other";
  std::chrono::steady_clock::time_point deadline_;
  ClientFacts client_;
  std::atomic<int> asked_ = 0;
  std::atomic<bool> away_ = false;
};

TEST_F(ArmsTest, InAnotherCountryItIsAskedAnew) {
  experiments_ = {about(series_, Kind::kTitle, "title")};
  const auto arms = make();
  ASSERT_TRUE(arms->refresh());
  given_ = "";
  EXPECT_TRUE(of(*arms, viewer(user_), series_, Kind::kTitle, "FR").empty());
  given_ = "other";
  EXPECT_EQ(of(*arms, viewer(user_), series_, Kind::kTitle, "DE").size(), 1U) << "a condition may hold here";
  of(*arms, viewer(user_), series_, Kind::kTitle, "DE");
  EXPECT_EQ(asked_, 2);
}

TEST_F(ArmsTest, OfAnotherAppOfThePersonItIsAskedAnew) {
  experiments_ = {about(series_, Kind::kTitle, "title")};
  const auto arms = make();
  ASSERT_TRUE(arms->refresh());
  Call old = viewer(user_), updated = viewer(user_);
  old.client = {"de", "ios", "2.9.1"}, updated.client = {"de", "ios", "2.10.0"};
  given_ = "";
  EXPECT_TRUE(of(*arms, old, series_, Kind::kTitle, "DE").empty());
  given_ = "other";
  EXPECT_EQ(of(*arms, updated, series_, Kind::kTitle, "DE").size(), 1U)
      << "a condition may hold for this one";
  EXPECT_EQ(client_, updated.client) << "it goes with the question";
  of(*arms, updated, series_, Kind::kTitle, "DE");
  EXPECT_EQ(asked_, 2);
}

TEST_F(ArmsTest, WhoIsAnotherAppWithEachRequestIsNotAskedAboutEachTime) {
  experiments_ = {about(series_, Kind::kTitle, "title")};
  const auto arms = make();
  ASSERT_TRUE(arms->refresh());
  Call call = viewer(user_);
  for (int i = 0; i < 20; ++i) {
    call.client.app_version = "1." + std::to_string(i);
    EXPECT_EQ(of(*arms, call, series_, Kind::kTitle, "DE").size(), i < 4 ? 1U : 0U) << i;
  }
  EXPECT_EQ(asked_, 4) << "the rest is the control";
  call.client.app_version = "1.0";
  EXPECT_EQ(of(*arms, call, series_, Kind::kTitle, "DE").size(), 1U) << "what was told stays known";
  EXPECT_EQ(of(*arms, UserId::make(clock_.now(), random_), series_).size(), 1U) << "others are asked about";
}

TEST_F(ArmsTest, WhatIsKnownIsNotAskedAgain) {
  experiments_ = {about(series_, Kind::kTitle, "title")};
  const auto arms = make();
  EXPECT_TRUE(of(*arms, user_, series_).empty()) << "nothing is known yet";
  ASSERT_TRUE(arms->refresh());
  for (int i = 0; i < 3; ++i) {
    const auto got = of(*arms, user_, series_);
    ASSERT_EQ(got.size(), 1U);
    EXPECT_EQ(got[0].variation->what.title, "Title of title");
    EXPECT_TRUE(got[0].in_experiment);
  }
  EXPECT_EQ(asked_, 1);
  EXPECT_TRUE(of(*arms, user_, SeriesId::make(clock_.now(), random_)).empty());
  EXPECT_EQ(asked_, 1) << "of what no experiment is about nobody is asked";
  given_ = "";
  const auto other = UserId::make(clock_.now(), random_);
  EXPECT_TRUE(of(*arms, other, series_).empty());
  EXPECT_TRUE(of(*arms, other, series_).empty());
  EXPECT_EQ(asked_, 2) << "being in nothing is known as well";
}

TEST_F(ArmsTest, AServiceThatIsAwayIsTheControlAndNotAskedAgainAtOnce) {
  experiments_ = {about(series_, Kind::kTitle, "title")};
  const auto arms = make({.patience = 50ms, .pause = 1h});
  ASSERT_TRUE(arms->refresh());
  ASSERT_EQ(of(*arms, user_, series_).size(), 1U);
  away_ = true;
  EXPECT_FALSE(arms->refresh());
  EXPECT_FALSE(arms->book()->empty(tenant_)) << "definitions stay";
  EXPECT_EQ(of(*arms, user_, series_).size(), 1U) << "and what a viewer got";
  const auto asked_before = asked_.load();
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(of(*arms, UserId::make(clock_.now(), random_), series_).empty());
  EXPECT_EQ(asked_, asked_before + 1);
  EXPECT_LE(deadline_, std::chrono::steady_clock::now() + 50ms);
}

TEST_F(ArmsTest, WhatWasToldIsAskedAgainAfterAWhile) {
  experiments_ = {about(series_, Kind::kTitle, "title")};
  const auto arms = make({.keep = 0ms});
  ASSERT_TRUE(arms->refresh());
  EXPECT_EQ(of(*arms, user_, series_).size(), 1U);
  given_ = "";
  EXPECT_TRUE(of(*arms, user_, series_).empty()) << "who refuses profiling meanwhile";
}

TEST_F(ArmsTest, KindsAndTenantsAreApart) {
  experiments_ = {about(series_, Kind::kCover, "cover"), about(series_, Kind::kPaywall, "paywall"),
                  about({}, Kind::kRanking, "ranking")};
  const auto arms = make();
  ASSERT_TRUE(arms->refresh());
  ASSERT_EQ(of(*arms, user_, series_, Kind::kTitle).size(), 1U) << "titles and covers are one question";
  EXPECT_EQ(of(*arms, user_, series_, Kind::kPaywall)[0].experiment->key, "paywall");
  EXPECT_EQ(arms->book()->rankings(tenant_).size(), 1U);
  const auto other = *Tenant::parse("other");
  EXPECT_TRUE(arms->book()->empty(other));
  EXPECT_TRUE(arms->book()->rankings(other).empty());
}

TEST_F(ArmsTest, NoMoreViewersAreKnownThanFit) {
  experiments_ = {about(series_, Kind::kTitle, "title")};
  const auto arms = make({.keep = 1h, .viewers = 10});
  ASSERT_TRUE(arms->refresh());
  std::vector<UserId> people;
  for (int i = 0; i < 30; ++i) {
    people.push_back(UserId::make(clock_.now(), random_));
    of(*arms, people.back(), series_);
  }
  EXPECT_EQ(asked_, 30);
  of(*arms, people.back(), series_);
  EXPECT_EQ(asked_, 30) << "the newest is known";
  of(*arms, people.front(), series_);
  EXPECT_EQ(asked_, 31) << "the oldest was forgotten";
}

TEST_F(ArmsTest, ManyAskWhileDefinitionsChange) {
  experiments_ = {about(series_, Kind::kTitle, "title")};
  const auto arms = make();
  ASSERT_TRUE(arms->refresh());
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        if (t == 0) {
          EXPECT_TRUE(arms->refresh());
        } else {
          const auto got = of(*arms, user_, series_);
          ASSERT_EQ(got.size(), 1U);
          EXPECT_EQ(got[0].variation->what.title, "Title of title");
        }
      }
    });
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace cliffhanger::arms
