#include "services/edge/api/admission.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "cliffhanger/accounts/v1/accounts_service.pb.h"
#include "cliffhanger/catalog/v1/catalog_service.pb.h"
#include "cliffhanger/ingest/v1/ingest_service.pb.h"
#include "cliffhanger/playback/v1/playback_service.pb.h"
#include "cliffhanger/recommendation/v1/recommendation_service.pb.h"
#include "libs/rpc/methods.h"

namespace cliffhanger::edge {
namespace {

template <class Request>
Priority of() {
  return priority_of(rpc::method_taking(Request::descriptor()));
}

TEST(Admission, PrioritiesFollowTheContract) {
  EXPECT_EQ(of<playback::v1::CreateSessionRequest>(), Priority::kPlayback);
  EXPECT_EQ(of<accounts::v1::CreateGuestRequest>(), Priority::kPlayback);
  EXPECT_EQ(of<recommendation::v1::GetFeedRequest>(), Priority::kFeed);
  EXPECT_EQ(of<catalog::v1::GetEpisodeRequest>(), Priority::kFeed);
  EXPECT_EQ(of<ingest::v1::GetUploadRequest>(), Priority::kUploads);
  EXPECT_EQ(of<catalog::v1::UpdateEpisodeRequest>(), Priority::kBackOffice);
}

TEST(Admission, TheLessImportantIsRefusedFirst) {
  Admission admission(10);
  std::vector<Admission::Slot> slots;
  const auto fill = [&](Priority priority) {
    while (auto slot = admission.admit(priority)) slots.push_back(std::move(*slot));
    return slots.size();
  };
  EXPECT_EQ(fill(Priority::kBackOffice), 4u);
  EXPECT_EQ(fill(Priority::kUploads), 6u);
  EXPECT_EQ(fill(Priority::kFeed), 8u);
  EXPECT_EQ(fill(Priority::kPlayback), 10u);
  const auto refused = admission.admit(Priority::kPlayback);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "OVERLOADED");
  EXPECT_EQ(refused.error().metadata.at("retry_after_ms"), "1000");
  slots.clear();
  EXPECT_EQ(admission.under_way(), 0u);
  EXPECT_TRUE(admission.admit(Priority::kBackOffice));
}

TEST(Admission, WhatIsHeldCountsAndIsNeverRefused) {
  Admission admission(10);
  std::vector<Admission::Slot> slots;
  for (int i = 0; i < 12; ++i) slots.push_back(admission.hold());
  EXPECT_EQ(admission.under_way(), 12u);
  EXPECT_FALSE(admission.admit(Priority::kPlayback));
  slots.clear();
  EXPECT_TRUE(admission.admit(Priority::kPlayback));
}

TEST(Admission, CountsWellFromManyThreads) {
  Admission admission(8);
  std::atomic<std::size_t> most = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i)
      threads.emplace_back([&] {
        for (int j = 0; j < 2000; ++j) {
          const auto slot = admission.admit(Priority::kFeed);
          const std::size_t now = admission.under_way();
          for (std::size_t seen = most; slot && seen < now && !most.compare_exchange_weak(seen, now);) {
          }
        }
      });
  }
  EXPECT_EQ(admission.under_way(), 0u);
  EXPECT_LE(most, 6u);
  EXPECT_GT(most, 0u);
}

}  // namespace
}  // namespace cliffhanger::edge
