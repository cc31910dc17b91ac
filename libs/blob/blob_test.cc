#include "libs/blob/blob.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "libs/testing/servers.h"

namespace cliffhanger::blob {
namespace {

class BlobTest : public testing::Test {
 protected:
  harness::TempDir dir_;
  std::unique_ptr<Store> store_ = open_directory(dir_.path() + "/blobs");
};

TEST_F(BlobTest, KeysCannotLeaveTheStore) {
  for (const char* key : {"", "/a", "a/", "a//b", "../a", "a/../b", ".", "a b", "a\\b"}) {
    EXPECT_EQ(store_->put(key, "x").error().reason, "BAD_OBJECT_KEY") << key;
    EXPECT_EQ(store_->open(key).error().reason, "BAD_OBJECT_KEY") << key;
  }
}

TEST_F(BlobTest, AppearsWholeOrNotAtAll) {
  {
    auto writer = *store_->create("a/b");
    ASSERT_TRUE(writer->write("half"));
    EXPECT_EQ(store_->head("a/b").error().reason, "OBJECT_NOT_FOUND");
  }
  EXPECT_EQ(store_->head("a/b").error().reason, "OBJECT_NOT_FOUND");
  ASSERT_TRUE(store_->put("a/b", "whole"));
  EXPECT_EQ(store_->head("a/b")->bytes, 5);
  EXPECT_EQ(*store_->get("a/b"), "whole");
  EXPECT_EQ(store_->get("a/b", 4).error().reason, "OBJECT_TOO_LARGE");
  EXPECT_EQ(*store_->open("a/b")->read(1, 3), "hol");
}

TEST_F(BlobTest, OpenedObjectOutlivesItsName) {
  ASSERT_TRUE(store_->put("a", "x"));
  const auto opened = store_->open("a");
  ASSERT_TRUE(store_->remove("a"));
  ASSERT_TRUE(store_->remove("a"));
  EXPECT_EQ(*opened->read(0, 10), "x");
  EXPECT_EQ(store_->open("a").error().reason, "OBJECT_NOT_FOUND");
}

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

TEST_F(BlobTest, ListsInOrderAndRemovesByPrefix) {
  for (const char* key : {"p/3", "p/1", "p/2", "q/1", "p1"}) ASSERT_TRUE(store_->put(key, "x"));
  const auto page = store_->list("p/", "p/1", 1);
  ASSERT_EQ(page->size(), 1u);
  EXPECT_EQ(page->front().key, "p/2");
  ASSERT_TRUE(store_->remove_all("p/"));
  EXPECT_TRUE(store_->list("p/", "", 10)->empty());
  EXPECT_EQ(store_->list("", "", 10)->size(), 2u);
}

}  // namespace
}  // namespace cliffhanger::blob
