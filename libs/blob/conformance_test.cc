// What every object store promises: one suite, run against the folder and against S3 (npm's s3rver) in both
// styles of naming a bucket.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "libs/blob/s3/store.h"
#include "libs/core/encoding.h"
#include "libs/core/id.h"
#include "libs/digest/sha256.h"
#include "libs/testing/servers.h"

namespace cliffhanger::blob {
namespace {

// One kind of store: places that nobody else uses, and any number of stores on the same place, as if of
// several processes.
struct Kind {
  std::string name;
  std::function<std::unique_ptr<Store>(const std::string& dir, const std::string& place)> open;
};

std::unique_ptr<Store> on_s3(const std::string& dir, const std::string& place, s3::Style style) {
  static SystemClock clock;
  static SystemRandom random;
  const auto& server = harness::S3::shared();
  s3::Options options;
  options.bucket = harness::S3::kBucket;
  options.prefix = place;
  options.style = style;
  options.endpoint = std::string(style == s3::Style::kPath ? "http://127.0.0.1:" : "http://s3.localhost:") +
                     std::to_string(server.port());
  options.credentials = {harness::S3::kKeyId, harness::S3::kSecret, ""};
  options.cache_dir = dir + "/cache";
  options.cache_bytes = 64 << 20;
  options.part_bytes = 5 << 20;
  return std::move(*s3::open_store(options, {clock, random}));
}

class StoreTest : public testing::TestWithParam<Kind> {
 protected:
  std::unique_ptr<Store> another() { return GetParam().open(dir_.path(), place_); }

  SystemRandom random_;
  harness::TempDir dir_;
  const std::string place_ = "test/" + Uuid::v7(SystemClock().now(), random_).text();
  std::unique_ptr<Store> store_ = another();
};

const Kind kDirectory{"directory", [](const std::string& dir, const std::string& place) {
                        return open_directory(dir + "/blobs/" + place);
                      }};
const Kind kS3Path{"s3_path", [](const std::string& dir, const std::string& place) {
                     return on_s3(dir, place, s3::Style::kPath);
                   }};
const Kind kS3Host{"s3_host", [](const std::string& dir, const std::string& place) {
                     return on_s3(dir, place, s3::Style::kHost);
                   }};
const auto name_of = [](const auto& info) { return info.param.name; };

INSTANTIATE_TEST_SUITE_P(Kinds, StoreTest, testing::Values(kDirectory, kS3Path, kS3Host), name_of);

// Takes a while; how the bucket is named makes no difference to it.
class ManyObjectsTest : public StoreTest {};
INSTANTIATE_TEST_SUITE_P(Kinds, ManyObjectsTest, testing::Values(kDirectory, kS3Path), name_of);

TEST_P(StoreTest, IsReady) {
  const auto ready = store_->ready();
  EXPECT_TRUE(ready) << ready.error().message;
}

TEST_P(StoreTest, KeysCannotLeaveTheStore) {
  for (const char* key : {"", "/a", "a/", "a//b", "../a", "a/../b", ".", "a b", "a\\b", "a?b", "a%2e"}) {
    EXPECT_EQ(store_->put(key, "x").error().reason, "BAD_OBJECT_KEY") << key;
    EXPECT_EQ(store_->open(key).error().reason, "BAD_OBJECT_KEY") << key;
    EXPECT_EQ(store_->get(key).error().reason, "BAD_OBJECT_KEY") << key;
    EXPECT_EQ(store_->get_range(key, 0, 1).error().reason, "BAD_OBJECT_KEY") << key;
    EXPECT_EQ(store_->head(key).error().reason, "BAD_OBJECT_KEY") << key;
    EXPECT_EQ(store_->remove(key).error().reason, "BAD_OBJECT_KEY") << key;
  }
}

TEST_P(StoreTest, AppearsWholeOrNotAtAll) {
  {
    auto writer = *store_->create("a/b");
    ASSERT_TRUE(writer->write("half"));
    EXPECT_EQ(another()->head("a/b").error().reason, "OBJECT_NOT_FOUND");
  }
  EXPECT_EQ(store_->head("a/b").error().reason, "OBJECT_NOT_FOUND");
  ASSERT_TRUE(store_->put("a/b", "whole"));
  EXPECT_EQ(another()->head("a/b")->bytes, 5);
  EXPECT_EQ(*another()->get("a/b"), "whole");
  EXPECT_EQ(*store_->get("a/b"), "whole");
  EXPECT_EQ(store_->get("a/b", 4).error().reason, "OBJECT_TOO_LARGE");
  EXPECT_EQ(*store_->get("a/b", 5), "whole");
  EXPECT_EQ(*store_->open("a/b")->read(1, 3), "hol");
  EXPECT_EQ(*another()->open("a/b")->read(0, 100), "whole");
}

TEST_P(StoreTest, WhatIsNotThereIsNotFound) {
  EXPECT_EQ(store_->head("no").error().reason, "OBJECT_NOT_FOUND");
  EXPECT_EQ(store_->get("no").error().reason, "OBJECT_NOT_FOUND");
  EXPECT_EQ(store_->open("no").error().reason, "OBJECT_NOT_FOUND");
  EXPECT_EQ(store_->get_range("no", 0, 1).error().reason, "OBJECT_NOT_FOUND");
  EXPECT_TRUE(store_->remove("no"));
  EXPECT_TRUE(store_->list("no/", "", 10)->empty());
  EXPECT_TRUE(store_->remove_all("no/"));
}

TEST_P(StoreTest, AnEmptyObjectIsOne) {
  ASSERT_TRUE(store_->put("empty", ""));
  const auto other = another();
  EXPECT_EQ(other->head("empty")->bytes, 0);
  EXPECT_EQ(*other->get("empty"), "");
  EXPECT_EQ(other->open("empty")->size(), 0);
  EXPECT_EQ(*other->get_range("empty", 0, 10), "");
  EXPECT_EQ(other->list("", "", 10)->size(), 1u);
}

TEST_P(StoreTest, WhatIsWrittenAgainIsReadAnew) {
  const auto other = another();
  for (const std::string text : {"one", "another", "3"}) {
    ASSERT_TRUE(store_->put("index", text));
    EXPECT_EQ(*other->get("index"), text);
    EXPECT_EQ(*store_->get("index"), text);
    EXPECT_EQ(other->head("index")->bytes, static_cast<std::int64_t>(text.size()));
    EXPECT_EQ(*store_->open("index")->read(0, 100), text);  // by who wrote it
  }
}

TEST_P(StoreTest, OpenedObjectOutlivesItsName) {
  ASSERT_TRUE(store_->put("a", "x"));
  const auto opened = store_->open("a");
  ASSERT_TRUE(store_->remove("a"));
  ASSERT_TRUE(store_->remove("a"));
  EXPECT_EQ(*opened->read(0, 10), "x");
  EXPECT_EQ(store_->open("a").error().reason, "OBJECT_NOT_FOUND");
  EXPECT_EQ(another()->get("a").error().reason, "OBJECT_NOT_FOUND");
}

TEST_P(StoreTest, EachOpenedHasAPlaceOfItsOwn) {
  ASSERT_TRUE(store_->put("a", "abcd"));
  const auto one = store_->open("a"), two = store_->open("a");
  char byte = 0;
  ASSERT_EQ(::read(one->fd(), &byte, 1), 1);
  ASSERT_EQ(::read(one->fd(), &byte, 1), 1);
  ASSERT_EQ(::read(two->fd(), &byte, 1), 1);
  EXPECT_EQ(byte, 'a');
}

TEST_P(StoreTest, RangesEndWithTheObject) {
  ASSERT_TRUE(store_->put("a", "0123456789"));
  EXPECT_EQ(*store_->get_range("a", 0, 3), "012");
  EXPECT_EQ(*store_->get_range("a", 7, 100), "789");
  EXPECT_EQ(*store_->get_range("a", 10, 5), "");
  EXPECT_EQ(*store_->get_range("a", 99, 5), "");
  EXPECT_EQ(*store_->get_range("a", 2, 0), "");
}

TEST_P(StoreTest, LargeObjectsComeBackAsTheyWere) {
  std::string piece = random_.bytes(1'000'003);
  Sha256 sent, got;
  std::int64_t bytes = 0;
  {
    auto writer = *store_->create("large");
    for (int i = 0; i < 13; ++i) {
      piece[0] = static_cast<char>(i);
      sent.add(piece);
      bytes += static_cast<std::int64_t>(piece.size());
      ASSERT_TRUE(writer->write(piece));
    }
    EXPECT_EQ(store_->head("large").error().reason, "OBJECT_NOT_FOUND");
    const auto published = writer->publish();
    ASSERT_TRUE(published) << published.error().message;
  }
  const auto opened = another()->open("large");
  ASSERT_TRUE(opened) << opened.error().message;
  ASSERT_EQ(opened->size(), bytes);
  for (std::int64_t at = 0; at < bytes; at += 1 << 20) got.add(*opened->read(at, 1 << 20));
  EXPECT_EQ(got.hex(), sent.hex());
  EXPECT_EQ(store_->get("large", bytes - 1).error().reason, "OBJECT_TOO_LARGE");
}

TEST_P(StoreTest, ALargeOneThatIsGivenUpLeavesNothing) {
  {
    auto writer = *store_->create("large");
    ASSERT_TRUE(writer->write(std::string(11 << 20, 'x')));
  }
  EXPECT_EQ(store_->head("large").error().reason, "OBJECT_NOT_FOUND");
  EXPECT_TRUE(store_->list("", "", 10)->empty());
}

TEST_P(StoreTest, TakesFiles) {
  const std::string path = dir_.path() + "/file", text = random_.bytes(700'001);
  std::ofstream(path) << text;
  ASSERT_TRUE(store_->put_file("file", path));
  EXPECT_EQ(*another()->get("file"), text);
  EXPECT_FALSE(store_->put_file("file", path + "-missing"));
}

TEST_P(StoreTest, ListsInOrderAndRemovesByPrefix) {
  for (const char* key : {"p/3", "p/1", "p/2", "p/2.b", "q/1", "p1", "P/1"})
    ASSERT_TRUE(store_->put(key, "x"));
  std::vector<std::string> keys;
  const auto all = *store_->list("p/", "", 10);
  for (const auto& it : all) keys.push_back(it.key);
  EXPECT_EQ(keys, (std::vector<std::string>{"p/1", "p/2", "p/2.b", "p/3"}));
  const auto page = store_->list("p/", "p/1", 1);
  ASSERT_EQ(page->size(), 1u);
  EXPECT_EQ(page->front().key, "p/2");
  EXPECT_EQ(page->front().bytes, 1);
  EXPECT_TRUE(store_->list("p/", "p/3", 10)->empty());
  ASSERT_TRUE(store_->remove_all("p/"));
  EXPECT_TRUE(store_->list("p/", "", 10)->empty());
  EXPECT_EQ(another()->list("", "", 10)->size(), 3u);
}

// Folders are no bounds to the order, and pages of any size are the same list. s3rver, unlike S3, walks its folders, so what sorts before the slash comes too late
// there and is left out; the house gives no such keys.
TEST_P(StoreTest, TheOrderIsThatOfTheKeys) {
  std::vector<std::string> keys = {"a", "b-/2", "b-x", "b.x/y", "b/", "b/1/2", "b/1/3/4", "b/1/4", "b/1x", "b0", "c/d/e/f"};
  if (GetParam().name != kDirectory.name) keys.erase(keys.begin() + 1, keys.begin() + 4);
  for (const auto& key : keys)
    if (!key.ends_with('/')) ASSERT_TRUE(store_->put(key, "x"));
  std::vector<std::string> wanted;
  for (const auto& key : keys)
    if (!key.ends_with('/')) wanted.push_back(key);
  for (const std::size_t most : {1u, 2u, 3u, 100u}) {
    std::vector<std::string> seen;
    for (auto page = *store_->list("", "", most); !page.empty(); page = *store_->list("", seen.back(), most)) {
      EXPECT_LE(page.size(), most);
      for (const auto& it : page) seen.push_back(it.key);
      ASSERT_LE(seen.size(), wanted.size());
    }
    EXPECT_EQ(seen, wanted) << most;
  }
  EXPECT_EQ(store_->list("b", "b.x/y", 100)->size(), 5u);
  EXPECT_EQ(store_->list("b/1", "", 100)->size(), 4u);
  EXPECT_EQ(store_->list("b/1/", "b/1/2", 1)->front().key, "b/1/3/4");
  EXPECT_TRUE(store_->list("../", "", 10)->empty());
}

TEST_P(StoreTest, TellsWhenAnObjectWasWritten) {
  const Time before = SystemClock().now() - std::chrono::seconds(2);
  ASSERT_TRUE(store_->put("a/b", "x"));
  const Time after = SystemClock().now() + std::chrono::seconds(2);
  for (const Time when : {store_->head("a/b")->modified, store_->list("a/", "", 1)->front().modified}) {
    EXPECT_GT(when, before);
    EXPECT_LT(when, after);
  }
}

TEST_P(ManyObjectsTest, PagesOfMoreThanAThousand) {
  constexpr int kMany = 1'005;
  std::vector<std::thread> writers;
  for (int part = 0; part < 4; ++part) {
    writers.emplace_back([&, part] {
      for (int i = part; i < kMany; i += 4)
        EXPECT_TRUE(store_->put("many/" + std::to_string(10'000 + i), ""));
    });
  }
  for (auto& writer : writers) writer.join();
  const auto all = *store_->list("many/", "", 5'000);
  ASSERT_EQ(all.size(), static_cast<std::size_t>(kMany));
  for (int i = 0; i < kMany; ++i)
    ASSERT_EQ(all[static_cast<std::size_t>(i)].key, "many/" + std::to_string(10'000 + i));
  ASSERT_TRUE(store_->remove_all("many/"));
  EXPECT_TRUE(store_->list("", "", 10)->empty());
}

TEST_P(StoreTest, WritersOfOneKeyDoNotMix) {
  std::vector<std::thread> threads;
  for (char c = 'a'; c < 'e'; ++c) {
    threads.emplace_back([&, c] {
      for (int i = 0; i < 5; ++i) EXPECT_TRUE(store_->put("same", std::string(20'000, c)));
    });
  }
  for (auto& thread : threads) thread.join();
  const auto found = another()->get("same");
  // s3rver writes an object and its digest one after the other, so it may have mixed two; that must be noticed.
  if (!found && std::string_view(GetParam().name) != kDirectory.name) {
    EXPECT_NE(found.error().message.find("its digest is another"), std::string::npos) << found.error().message;
    return;
  }
  ASSERT_TRUE(found) << found.error().reason << " " << found.error().message;
  EXPECT_EQ(*found, std::string(20'000, (*found)[0]));
}

// A certificate that nobody vouches for is refused, whatever is asked; one of the CA that was named is not.
TEST(S3OverHttps, WhoAnswersIsVerified) {
  harness::TempDir dir;
  const std::string certificate = dir.path() + "/cert.pem", key = dir.path() + "/key.pem";
  const std::string make =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=s3 "
      "-addext subjectAltName=IP:127.0.0.1 -out " +
      certificate + " -keyout " + key + " 2>/dev/null";
  ASSERT_EQ(std::system(make.c_str()), 0);
  const harness::S3 server(certificate, key);
  SystemClock clock;
  SystemRandom random;
  s3::Options options;
  options.bucket = harness::S3::kBucket;
  options.style = s3::Style::kPath;
  options.endpoint = "https://127.0.0.1:" + std::to_string(server.port());
  options.credentials = {harness::S3::kKeyId, harness::S3::kSecret, ""};
  options.cache_dir = dir.path() + "/cache";
  const auto stranger = std::move(*s3::open_store(options, {clock, random}));
  EXPECT_NE(stranger->ready().error().message.find("certificates"), std::string::npos)
      << stranger->ready().error().message;
  EXPECT_FALSE(stranger->put("a", "x"));
  options.ca_file = certificate;
  const auto known = std::move(*s3::open_store(options, {clock, random}));
  ASSERT_TRUE(known->put("a", "x"));
  EXPECT_EQ(*known->get("a"), "x");
  options.endpoint =
      "https://localhost:" + std::to_string(server.port());  // a name that the certificate has not
  const auto misnamed = std::move(*s3::open_store(options, {clock, random}));
  EXPECT_FALSE(misnamed->get("a"));
}

}  // namespace
}  // namespace cliffhanger::blob
