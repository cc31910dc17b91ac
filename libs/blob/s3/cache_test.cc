#include "libs/blob/s3/cache.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <thread>

#include "libs/testing/servers.h"

namespace cliffhanger::blob::s3 {
namespace {

namespace fs = std::filesystem;

class CacheTest : public testing::Test {
 protected:
  // Keeps `bytes` bytes under the key.
  void add(const std::string& key, std::int64_t bytes) {
    auto spool = *cache_->spool();
    ASSERT_TRUE(spool->write(std::string(static_cast<std::size_t>(bytes), key[0])));
    ASSERT_TRUE(cache_->keep(key, *spool));
  }
  std::int64_t on_disk() const {
    std::int64_t sum = 0;
    for (const auto& it : fs::directory_iterator(cache_->folder()))
      sum += static_cast<std::int64_t>(it.file_size());
    return sum;
  }

  harness::TempDir dir_;
  std::unique_ptr<Cache> cache_ = std::move(*Cache::open(dir_.path(), 100));
};

TEST_F(CacheTest, GivesWhatItKept) {
  EXPECT_FALSE(cache_->find("a"));
  add("a", 10);
  EXPECT_EQ(*cache_->find("a")->read(0, 100), std::string(10, 'a'));
  add("a", 5);
  EXPECT_EQ(cache_->find("a")->size(), 5);
  EXPECT_EQ(cache_->bytes(), 5);
  cache_->forget("a");
  EXPECT_FALSE(cache_->find("a"));
  EXPECT_EQ(on_disk(), 0);
}

TEST_F(CacheTest, StaysWithinItsBound) {
  for (int i = 0; i < 50; ++i) {
    add(std::to_string(i), 1 + i % 20);
    EXPECT_LE(cache_->bytes(), 100);
    EXPECT_EQ(on_disk(), cache_->bytes());
  }
}

TEST_F(CacheTest, WhatIsAskedForStaysThroughAScan) {
  add("wanted", 20);
  ASSERT_TRUE(cache_->find("wanted"));
  for (int i = 0; i < 50; ++i) add(std::to_string(i), 10);
  EXPECT_TRUE(cache_->find("wanted"));
  EXPECT_FALSE(cache_->find("0"));
  EXPECT_TRUE(cache_->find("49"));
}

TEST_F(CacheTest, WhatWasWantedLongAgoGoes) {
  add("old", 20);
  ASSERT_TRUE(cache_->find("old"));
  for (int i = 0; i < 20; ++i) {
    add(std::to_string(i), 10);
    cache_->find(std::to_string(i));
  }
  EXPECT_FALSE(cache_->find("old"));
}

TEST_F(CacheTest, WhatIsTooLargeLivesWhileItIsOpen) {
  add("small", 10);
  auto spool = *cache_->spool();
  ASSERT_TRUE(spool->write(std::string(26, 'x')));
  const auto opened = cache_->keep("large", *spool);
  spool.reset();
  EXPECT_EQ(opened->read(0, 100)->size(), 26u);
  EXPECT_FALSE(cache_->find("large"));
  EXPECT_TRUE(cache_->find("small"));
  EXPECT_EQ(cache_->bytes(), 10);
  EXPECT_EQ(on_disk(), 10);
}

TEST_F(CacheTest, WhatIsOnItsWayTakesRoom) {
  for (int i = 0; i < 10; ++i) add(std::to_string(i), 10);
  {
    auto spool = *cache_->spool();
    spool->reserve(60);
    EXPECT_LE(cache_->bytes(), 100);
    EXPECT_FALSE(cache_->find("5"));
    EXPECT_TRUE(cache_->find("6"));
  }
  EXPECT_EQ(cache_->bytes(), 40);
  EXPECT_EQ(on_disk(), 40);
}

TEST_F(CacheTest, EvictedWhileOpenStaysReadable) {
  add("a", 20);
  const auto opened = cache_->find("a");
  cache_->forget("a");
  EXPECT_EQ(opened->read(0, 100)->size(), 20u);
}

TEST_F(CacheTest, FilesThatAreGoneOrCutAreMisses) {
  add("a", 10);
  add("b", 10);
  add("c", 10);
  std::vector<fs::path> files;
  for (const auto& it : fs::directory_iterator(cache_->folder())) files.push_back(it.path());
  std::sort(files.begin(), files.end());
  fs::remove(files[0]);
  fs::resize_file(files[1], 3);
  EXPECT_FALSE(cache_->find("a"));
  EXPECT_FALSE(cache_->find("b"));
  EXPECT_TRUE(cache_->find("c"));
  EXPECT_EQ(cache_->bytes(), 10);
}

// A disk that is full once so many bytes are on it; another's writing, as it were.
std::atomic<std::int64_t> room_on_disk{0};
ssize_t write_to_full(int fd, const void* bytes, std::size_t count, off_t at) {
  if (room_on_disk < static_cast<std::int64_t>(count)) return errno = ENOSPC, -1;
  room_on_disk -= static_cast<std::int64_t>(count);
  return ::pwrite(fd, bytes, count, at);
}

TEST_F(CacheTest, AFullDiskKeepsNobodyFromReading) {
  harness::TempDir full;
  cache_ = std::move(*Cache::open(full.path(), 100, write_to_full));
  room_on_disk = 30;
  add("a", 20);
  ASSERT_TRUE(cache_->find("a"));
  {
    auto spool = *cache_->spool();
    ASSERT_TRUE(spool->write(std::string(10, 'b')));  // as far as there is room
    ASSERT_TRUE(spool->write(std::string(7, 'c')));
    const auto opened = cache_->keep("b", *spool);
    ASSERT_TRUE(opened);
    spool.reset();
    EXPECT_EQ(*opened->read(0, 100), std::string(10, 'b') + std::string(7, 'c'));
  }
  EXPECT_FALSE(cache_->find("a")) << "what was kept made way";
  EXPECT_FALSE(cache_->find("b")) << "it passed through memory";
  EXPECT_EQ(cache_->bytes(), 0);
  EXPECT_EQ(on_disk(), 0);
  auto large = *cache_->spool();
  const auto refused = large->write(std::string(Cache::kMostInMemory + 1, 'x'));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "OBJECT_STORE_FULL");
  large.reset();
  room_on_disk = 1000;
  add("c", 20);
  EXPECT_TRUE(cache_->find("c")) << "and there is room again";
}

TEST_F(CacheTest, BeginsEmptyWhateverIsThere) {
  add("a", 10);
  const fs::path slot = cache_->folder();
  // What a process that was killed left, and worse.
  cache_.reset();
  fs::create_directories(slot / "folder" / "in it");
  std::ofstream(slot / "1") << "rubbish";
  std::ofstream(fs::path(dir_.path()) / "not-ours") << "x";
  fs::create_symlink("/etc", slot / "link");
  cache_ = std::move(*Cache::open(dir_.path(), 100));
  EXPECT_EQ(cache_->folder(), slot);
  EXPECT_TRUE(fs::is_empty(slot));
  EXPECT_TRUE(fs::exists("/etc/passwd"));
  EXPECT_TRUE(fs::exists(fs::path(dir_.path()) / "not-ours"));
  add("a", 10);
  EXPECT_TRUE(cache_->find("a"));
}

TEST_F(CacheTest, ProcessesShareAFolderWithoutSharingFiles) {
  add("a", 10);
  auto other = std::move(*Cache::open(dir_.path(), 100));
  EXPECT_NE(other->folder(), cache_->folder());
  EXPECT_FALSE(other->find("a"));
  EXPECT_TRUE(cache_->find("a"));
}

TEST_F(CacheTest, AFolderThatCannotBeMadeIsAnError) {
  std::ofstream(dir_.path() + "/file") << "x";
  const auto opened = Cache::open(dir_.path() + "/file", 100);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().reason, "OBJECT_STORE_FAILED");
}

TEST_F(CacheTest, ManyThreads) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        const std::string key(1, static_cast<char>('a' + (i * (t + 1)) % 20));
        if (const auto found = cache_->find(key))
          EXPECT_EQ(*found->read(0, 100), std::string(10, key[0]));
        else
          add(key, 10);
        if (i % 17 == 0) cache_->forget(key);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_LE(cache_->bytes(), 100);
  EXPECT_EQ(on_disk(), cache_->bytes());
}

}  // namespace
}  // namespace cliffhanger::blob::s3
