// Objects in parts, what they leave behind, and how many requests and connections things take.
#include <gtest/gtest.h>

#include <new>
#include <thread>

#include "libs/blob/s3/fake_s3.h"
#include "libs/blob/s3/flights.h"
#include "libs/blob/s3/store.h"
#include "libs/testing/servers.h"

namespace cliffhanger::blob::s3 {
namespace {

using namespace std::chrono_literals;

class S3Parts : public testing::Test {
 protected:
  Options options() const {
    Options o;
    o.bucket = "bucket";
    o.style = Style::kPath;
    o.endpoint = server_.endpoint();
    o.credentials = {FakeS3::kKeyId, FakeS3::kSecret, ""};
    o.cache_dir = dir_.path() + "/cache";
    o.first_pause = o.most_pause = 1ms;
    o.part_bytes = 1000;
    return o;
  }
  std::unique_ptr<Store> open(const Options& o) { return std::move(*open_store(o, {clock_, random_})); }
  static bool is_complete(const Asked& it) { return it.method == "POST" && it.has("uploadId="); }

  harness::TempDir dir_;
  SystemClock clock_;
  SystemRandom random_;
  FakeS3 server_;
  std::unique_ptr<Store> store_ = open(options());
};

TEST_F(S3Parts, OnePartIsAPlainObject) {
  ASSERT_TRUE(store_->put("a", std::string(1000, 'x')));
  EXPECT_EQ(server_.count("POST"), 0);
  EXPECT_EQ(server_.objects().at("/bucket/a").size(), 1000u);
}

TEST_F(S3Parts, MoreThanOneIsSentWhileItIsWritten) {
  const std::string bytes = random_.bytes(2345);
  auto writer = *store_->create("a");
  ASSERT_TRUE(writer->write(bytes.substr(0, 1001)));
  EXPECT_EQ(server_.count("PUT"), 1);
  ASSERT_TRUE(writer->write(bytes.substr(1001)));
  EXPECT_FALSE(server_.objects().contains("/bucket/a"));
  ASSERT_TRUE(writer->publish());
  EXPECT_EQ(server_.objects().at("/bucket/a"), bytes);
  EXPECT_EQ(server_.count("PUT"), 3);
  EXPECT_EQ(*store_->open("a")->read(0, 9999), bytes);
}

TEST_F(S3Parts, WhatIsGivenUpIsAborted) {
  {
    auto writer = *store_->create("a");
    ASSERT_TRUE(writer->write(std::string(1500, 'x')));
    EXPECT_EQ(server_.open_uploads(), 1u);
  }
  EXPECT_EQ(server_.open_uploads(), 0u);
  EXPECT_TRUE(server_.objects().empty());
}

TEST_F(S3Parts, APartThatFailsForGoodAbortsTheWhole) {
  server_.fault([](const Asked& it, const auto&) -> std::optional<Said> {
    if (it.has("partNumber=2")) return refusal(500, "InternalError");
    return std::nullopt;
  });
  {
    auto writer = *store_->create("a");
    ASSERT_TRUE(writer->write(std::string(1500, 'x')));
    EXPECT_EQ(writer->publish().error().reason, "OBJECT_STORE_FAILED");
  }
  EXPECT_EQ(server_.open_uploads(), 0u);
  EXPECT_TRUE(server_.objects().empty());
}

TEST_F(S3Parts, APartMayFailOnce) {
  std::atomic<int> left{2};
  server_.fault([&](const Asked& it, const auto&) -> std::optional<Said> {
    if (it.has("partNumber=2") && left-- > 0) return refusal(503, "SlowDown");
    return std::nullopt;
  });
  const std::string bytes = random_.bytes(2500);
  ASSERT_TRUE(store_->put("a", bytes));
  EXPECT_EQ(server_.objects().at("/bucket/a"), bytes);
}

// The object is there, but who completed it was not told: asked again, S3 knows the upload no more.
TEST_F(S3Parts, ACompletionWhoseAnswerIsLostIsOne) {
  std::atomic<bool> lost{false};
  server_.fault([&](const Asked& it, const auto& right) -> std::optional<Said> {
    if (!is_complete(it) || lost.exchange(true)) return std::nullopt;
    Said said = right();
    said.cut_after = 3;
    return said;
  });
  ASSERT_TRUE(store_->put("a", std::string(1500, 'x')));
  EXPECT_EQ(server_.objects().at("/bucket/a").size(), 1500u);
}

// The same answer, but the object that is there is another writer's.
TEST_F(S3Parts, AnUploadThatWasTakenAwayIsAnError) {
  server_.set("/bucket/a", "old");
  server_.fault([&](const Asked& it, const auto&) -> std::optional<Said> {
    if (is_complete(it)) return refusal(404, "NoSuchUpload");
    return std::nullopt;
  });
  EXPECT_EQ(store_->put("a", std::string(1500, 'x')).error().reason, "OBJECT_STORE_FAILED");
  EXPECT_EQ(server_.objects().at("/bucket/a"), "old");
}

// S3 answers 200 before it knows, and says later in the body that it failed.
TEST_F(S3Parts, AnErrorInAGoodAnswerIsAnError) {
  std::atomic<int> left{1};
  server_.fault([&](const Asked& it, const auto&) -> std::optional<Said> {
    if (is_complete(it) && left-- > 0) return refusal(200, "InternalError");
    return std::nullopt;
  });
  EXPECT_TRUE(store_->put("a", std::string(1500, 'x')));
  left = 100;
  EXPECT_EQ(store_->put("b", std::string(1500, 'x')).error().reason, "OBJECT_STORE_FAILED");
  EXPECT_FALSE(server_.objects().contains("/bucket/b"));
  EXPECT_EQ(server_.open_uploads(), 0u);
}

// Longer than any other request may take, and slower: with nothing but white space meanwhile.
TEST_F(S3Parts, CompletingAndRemovingManyMayTakeLong) {
  Options o = options();
  o.request = 1s;
  o.stall = 1s;
  o.attempts = 1;
  store_ = open(o);
  server_.fault([](const Asked& it, const auto& right) -> std::optional<Said> {
    if (it.has("list-type=2"))
      return Said{200,
                  {},
                  "<ListBucketResult><Contents><Key>a</Key><Size>1</Size></Contents></ListBucketResult>",
                  {}};
    if (!is_complete(it) && !it.has("delete=")) return std::nullopt;
    std::this_thread::sleep_for(2500ms);
    if (it.has("delete=")) return Said{200, {}, "<DeleteResult/>", {}};
    Said said = right();
    said.body = " \n <?xml version=\"1.0\"?>\n  " + said.body;
    return said;
  });
  EXPECT_TRUE(store_->put("a", std::string(1500, 'x')));
  EXPECT_EQ(server_.count("HEAD"), 0);
  EXPECT_TRUE(store_->remove_all(""));
}

// Each of these fails for the one who asks, yet the object is there.
TEST_F(S3Parts, ACompletionThatFailedIsLookedAt) {
  for (const Said& said : {refusal(500, "InternalError"), Said{200, {}, "<html>done?</html>", {}},
                           Said{200, {}, "", {}}, Said{404, {}, "default backend", {}}}) {
    server_.fault([&](const Asked& it, const auto& right) -> std::optional<Said> {
      if (!is_complete(it)) return std::nullopt;
      (void)right();
      return said;
    });
    EXPECT_TRUE(store_->put("a", std::string(1500, 'x'))) << said.status << said.body;
    // And here it is not.
    server_.fault([&](const Asked& it, const auto&) -> std::optional<Said> {
      if (!is_complete(it)) return std::nullopt;
      return said;
    });
    EXPECT_EQ(store_->put("b", std::string(1500, 'x')).error().reason, "OBJECT_STORE_FAILED")
        << said.status << said.body;
    EXPECT_FALSE(server_.objects().contains("/bucket/b"));
    EXPECT_EQ(server_.open_uploads(), 0u);
  }
}

TEST_F(S3Parts, EncryptionIsAskedForWithEveryObject) {
  Options o = options();
  o.sse = "aws:kms";
  o.sse_key_id = "arn:aws:kms:eu-west-1:1:key/2";
  store_ = open(o);
  ASSERT_TRUE(store_->put("a", "x"));
  ASSERT_TRUE(store_->put("b", std::string(1500, 'x')));
  for (const auto& asked : server_.asked()) {
    const bool creates = (asked.method == "PUT" && !asked.has("partNumber")) || asked.has("uploads=");
    EXPECT_EQ(asked.headers.contains("x-amz-server-side-encryption"), creates) << asked.method << asked.query;
    if (!creates) continue;
    EXPECT_EQ(asked.headers.at("x-amz-server-side-encryption"), "aws:kms");
    EXPECT_EQ(asked.headers.at("x-amz-server-side-encryption-aws-kms-key-id"), o.sse_key_id);
  }
}

// What KMS encrypted has a tag that is no digest of the object.
TEST_F(S3Parts, TagsOfKmsAreNoDigests) {
  server_.fault([](const Asked& it, const auto& right) -> std::optional<Said> {
    Said said = right();
    if (it.method == "PUT") {
      said.headers["ETag"] = "\"0123456789abcdef0123456789abcdef\"";
      said.headers["x-amz-server-side-encryption"] = "aws:kms";
    }
    return said;
  });
  EXPECT_TRUE(store_->put("a", "x"));
  EXPECT_EQ(server_.count("PUT"), 1);
}

// Of many that are to be removed at once S3 may leave some.
TEST_F(S3Parts, WhatIsLeftOfManyIsRemovedOneByOne) {
  server_.set("/bucket/p/1", "x");
  server_.fault([](const Asked& it, const auto&) -> std::optional<Said> {
    if (it.has("list-type=2"))
      return Said{200,
                  {},
                  "<ListBucketResult><Contents><Key>p/1</Key><Size>1</Size></Contents><IsTruncated>false</"
                  "IsTruncated></ListBucketResult>",
                  {}};
    if (it.has("delete="))
      return Said{200,
                  {},
                  "<DeleteResult><Error><Key>p/1</Key><Code>InternalError</Code></Error></DeleteResult>",
                  {}};
    return std::nullopt;
  });
  ASSERT_TRUE(store_->remove_all("p/"));
  EXPECT_TRUE(server_.objects().empty());
  EXPECT_EQ(server_.count("DELETE"), 1);
  server_.fault([](const Asked& it, const auto&) -> std::optional<Said> {
    if (it.has("list-type=2"))
      return Said{200,
                  {},
                  "<ListBucketResult><Contents><Key>p/1</Key><Size>1</Size></Contents></ListBucketResult>",
                  {}};
    return refusal(403, "AccessDenied");
  });
  EXPECT_EQ(store_->remove_all("p/").error().reason, "OBJECT_STORE_FAILED");
}

TEST_F(S3Parts, ConnectionsAreKept) {
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(store_->put("a", "x"));
    EXPECT_EQ(*store_->get("a"), "x");
  }
  EXPECT_EQ(server_.connections(), 1);
}

TEST_F(S3Parts, AThousandWhoWantTheSameAreOneRead) {
  server_.set("/bucket/a", std::string(900, 'x'));
  std::atomic<bool> held{true};
  server_.fault([&](const Asked&, const auto& right) -> std::optional<Said> {
    while (held) std::this_thread::sleep_for(1ms);
    return right();
  });
  constexpr int kReaders = 1000;
  std::atomic<int> begun{0}, good{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < kReaders; ++i) {
    readers.emplace_back([&] {
      ++begun;
      const auto opened = store_->open("a");
      if (opened && opened->read(0, 1000)->size() == 900) ++good;
    });
  }
  while (begun < kReaders) std::this_thread::sleep_for(1ms);
  held = false;
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(good, kReaders);
  EXPECT_EQ(server_.count("GET"), 1);
}

// Those who wait for a read that fails hear of it, and the next one reads again.
TEST_F(S3Parts, AReadThatFailsIsToldToAll) {
  std::atomic<bool> held{true};
  server_.fault([&](const Asked&, const auto&) -> std::optional<Said> {
    while (held) std::this_thread::sleep_for(1ms);
    return refusal(403, "AccessDenied");
  });
  std::atomic<int> failed{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 8; ++i) {
    readers.emplace_back([&] {
      if (!store_->open("a")) ++failed;
    });
  }
  held = false;
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(failed, 8);
  server_.heal();
  server_.set("/bucket/a", "x");
  EXPECT_EQ(store_->open("a")->size(), 1);
}

TEST_F(S3Parts, AReadThatThrowsIsToldToAll) {
  Flights flights;
  std::atomic<int> begun{0}, failed{0};
  constexpr int kReaders = 8;
  std::vector<std::thread> readers;
  for (int i = 0; i < kReaders; ++i) {
    readers.emplace_back([&] {
      ++begun;
      const auto opened = flights.open("a", [&]() -> Result<Opened> {
        while (begun < kReaders) std::this_thread::sleep_for(1ms);
        throw std::bad_alloc();
      });
      if (!opened && opened.error().code == Code::kInternal) ++failed;
    });
  }
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(failed, kReaders);
  server_.set("/bucket/a", "x");
  const auto opened = flights.open("a", [&] { return store_->open("a"); });
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->size(), 1);
}

TEST_F(S3Parts, WhatWasWrittenNeedsNoReading) {
  ASSERT_TRUE(store_->put("a", "x"));
  EXPECT_EQ(*store_->open("a")->read(0, 9), "x");
  EXPECT_EQ(server_.count("GET"), 0);
}

// A cached copy serves while S3 is away.
TEST_F(S3Parts, WhatIsCachedNeedsNoStore) {
  server_.set("/bucket/a", "x");
  ASSERT_TRUE(store_->open("a"));
  server_.fail_times("GET", 1000, refusal(503, "SlowDown"));
  EXPECT_EQ(*store_->open("a")->read(0, 9), "x");
}

// What processes left that were killed in the middle, over several pages and under the store's own prefix alone.
TEST_F(S3Parts, UnfinishedUploadsAreAborted) {
  Options o = options();
  o.prefix = "house";
  store_ = open(o);
  Client client(options(), {clock_, random_});
  server_.now("2030-01-01T00:00:00.000Z");
  for (const char* key : {"a", "b", "b", "c", "e"})
    ASSERT_TRUE(client.begin_parts("house/segments/default/" + std::string(key)));
  ASSERT_TRUE(client.begin_parts("other/segments/default/f"));
  server_.now("2030-01-02T00:00:00.000Z");
  ASSERT_TRUE(client.begin_parts("house/segments/default/young"));
  const Time between = from_micros(1'893'456'000'000'000 + 3'600'000'000);  // an hour after the first
  EXPECT_EQ(*store_->remove_unfinished(between, true), 5);
  EXPECT_EQ(server_.open_uploads(), 7u);
  EXPECT_EQ(*store_->remove_unfinished(between, false), 5);
  EXPECT_EQ(server_.open_uploads(), 2u);
  EXPECT_EQ(*store_->remove_unfinished(between, false), 0);
}

// A bucket without a prefix may be others' too.
TEST_F(S3Parts, WhatOthersLeftUnfinishedIsTheirs) {
  Client client(options(), {clock_, random_});
  server_.now("2030-01-01T00:00:00.000Z");
  for (const char* key : {"backups/db.tar", "segments/default/a.m4s"}) ASSERT_TRUE(client.begin_parts(key));
  ASSERT_EQ(server_.open_uploads(), 2u);
  const Time later = from_micros(1'893'456'001'000'000);
  EXPECT_EQ(*store_->remove_unfinished(later, true), 1);
  EXPECT_EQ(*store_->remove_unfinished(later, false), 1);
  EXPECT_EQ(server_.open_uploads(), 1u);
  EXPECT_EQ(*store_->remove_unfinished(later, false), 0);
}

TEST_F(S3Parts, StorageClassesAreSaidOfWholeObjectsAndOfParts) {
  Options o = options();
  o.prefix = "house";
  ASSERT_TRUE(parse_classes("sources/=STANDARD_IA,segments/=STANDARD", o));
  store_ = open(o);
  ASSERT_TRUE(store_->put("sources/default/small", "x"));
  ASSERT_TRUE(store_->put("sources/default/large", std::string(2500, 'x')));
  ASSERT_TRUE(store_->put("segments/default/a", "x"));
  ASSERT_TRUE(store_->put("covers/default/a", "x"));
  const auto made_in = [&](const std::string& key) {
    const auto headers = server_.headers_of("/bucket/house/" + key);
    const auto found = headers.find("x-amz-storage-class");
    return found == headers.end() ? "" : found->second;
  };
  EXPECT_EQ(made_in("sources/default/small"), "STANDARD_IA");
  EXPECT_EQ(made_in("sources/default/large"), "STANDARD_IA");
  EXPECT_EQ(made_in("segments/default/a"), "STANDARD");
  EXPECT_EQ(made_in("covers/default/a"), "");
  for (const auto& asked : server_.asked())  // of parts S3 wants none
    if (asked.has("partNumber=")) EXPECT_FALSE(asked.headers.contains("x-amz-storage-class"));
}

TEST_F(S3Parts, TimesAreThoseOfS3) {
  const Time time = from_micros(1'893'456'000'000'000);
  server_.now("2030-01-01T00:00:00.000Z");
  ASSERT_TRUE(store_->put("a/b", "x"));
  EXPECT_EQ(store_->head("a/b")->modified, time);
  EXPECT_EQ(store_->list("a/", "", 10)->front().modified, time);
  server_.now("soon");  // what can't be read is not old
  ASSERT_TRUE(store_->put("a/b", "x"));
  EXPECT_EQ(store_->list("a/", "", 10)->front().modified, Time::max());
}

}  // namespace
}  // namespace cliffhanger::blob::s3
