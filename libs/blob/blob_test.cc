// What only the folder has; what every store has is in conformance_test.cc.
#include "libs/blob/blob.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "libs/testing/servers.h"

namespace cliffhanger::blob {
namespace {

class BlobTest : public testing::Test {
 protected:
  harness::TempDir dir_;
  std::unique_ptr<Store> store_ = open_directory(dir_.path() + "/blobs");
};

TEST_F(BlobTest, WhatKilledWritersLeftIsSweptAfterADay) {
  namespace fs = std::filesystem;
  const fs::path tmp = dir_.path() + "/blobs/.tmp";
  std::ofstream(tmp / "old") << "x";
  std::ofstream(tmp / "new") << "x";
  fs::last_write_time(tmp / "old", fs::file_time_type::clock::now() - std::chrono::hours(25));
  open_directory(dir_.path() + "/blobs");
  EXPECT_FALSE(fs::exists(tmp / "old"));
  EXPECT_TRUE(fs::exists(tmp / "new"));
}

TEST_F(BlobTest, UnfinishedFilesAreCountedAndRemoved) {
  namespace fs = std::filesystem;
  const fs::path tmp = dir_.path() + "/blobs/.tmp";
  std::ofstream(tmp / "old") << "x";
  fs::last_write_time(tmp / "old", fs::file_time_type::clock::now() - std::chrono::hours(2));
  auto writer = *store_->create("a");
  ASSERT_TRUE(writer->write("x"));
  const Time hour_ago = SystemClock().now() - std::chrono::hours(1);
  EXPECT_EQ(*store_->remove_unfinished(hour_ago, true), 1);
  EXPECT_TRUE(fs::exists(tmp / "old"));
  EXPECT_EQ(*store_->remove_unfinished(hour_ago, false), 1);
  EXPECT_EQ(*store_->remove_unfinished(hour_ago, false), 0);
  EXPECT_FALSE(fs::exists(tmp / "old"));
  ASSERT_TRUE(writer->publish());
}

// A folder goes with its last object, and the next object wants it again.
TEST_F(BlobTest, WritersAndRemoversOfOneFolder) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      const std::string key = "a/b" + std::to_string(t % 2) + "/c/" + std::to_string(t);
      for (int i = 0; i < 150; ++i) {
        const auto put = store_->put(key, "x");
        EXPECT_TRUE(put) << put.error().breadcrumbs.back();
        EXPECT_TRUE(store_->head(key));
        EXPECT_TRUE(store_->remove(key));
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace cliffhanger::blob
