#include "services/transcode/worker/scratch.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "libs/testing/servers.h"

namespace cliffhanger::transcode {
namespace {

namespace fs = std::filesystem;

std::size_t count(const std::string& path) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(path), fs::directory_iterator()));
}

TEST(Scratch, FoldersGoWithTheirObjects) {
  const harness::TempDir dir;
  SystemRandom random;
  const std::string root = dir.path() + "/a/scratch";
  std::string path;
  {
    Scratch scratch = Scratch::open(root, random).value();
    {
      const ScratchFolder folder = scratch.folder().value();
      path = folder.path();
      std::ofstream(path + "/file") << "x";
      EXPECT_GE(folder.fd(), 0);
    }
    EXPECT_FALSE(fs::exists(path));
    EXPECT_EQ(count(root), 1U);
  }
  EXPECT_EQ(count(root), 0U);
}

TEST(Scratch, WhatTheDeadLeftIsRemovedAndTheLivingKeepTheirs) {
  const harness::TempDir dir;
  SystemRandom random;
  fs::create_directories(dir.path() + "/scratch/dead/run");
  std::ofstream(dir.path() + "/scratch/dead/run/0.m4s") << "x";
  Scratch living = Scratch::open(dir.path() + "/scratch", random).value();
  EXPECT_EQ(count(dir.path() + "/scratch"), 1U);
  const ScratchFolder folder = living.folder().value();
  const Scratch other = Scratch::open(dir.path() + "/scratch", random).value();
  EXPECT_TRUE(fs::exists(folder.path()));
  EXPECT_EQ(count(dir.path() + "/scratch"), 2U);
}

TEST(Scratch, AFileInItsPlaceIsAnError) {
  const harness::TempDir dir;
  SystemRandom random;
  std::ofstream(dir.path() + "/scratch") << "x";
  EXPECT_EQ(Scratch::open(dir.path() + "/scratch", random).error().reason, "SCRATCH_FAILED");
}

}  // namespace
}  // namespace cliffhanger::transcode
