// What only the folder has; what every store has is in conformance_test.cc.
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

}  // namespace
}  // namespace cliffhanger::blob
