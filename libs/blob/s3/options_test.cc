#include "libs/blob/s3/options.h"

#include <gtest/gtest.h>

#include "libs/blob/s3/retry.h"
#include "libs/aws/xml.h"

namespace cliffhanger::blob::s3 {
namespace {

using namespace std::chrono_literals;

TEST(ParseUrl, TakesBucketAndPrefix) {
  Options o;
  ASSERT_TRUE(parse_url("s3://my.bucket-1", o));
  EXPECT_EQ(o.bucket, "my.bucket-1");
  EXPECT_EQ(o.prefix, "");
  ASSERT_TRUE(parse_url("s3://films/prod/eu/", o));
  EXPECT_EQ(o.bucket, "films");
  EXPECT_EQ(o.prefix, "prod/eu");
}

TEST(ParseUrl, RefusesWhatIsNone) {
  Options o;
  for (const char* url : {"", "films", "http://films", "s3:/films", "s3://", "s3://a", "s3://Films",
                          "s3://-films", "s3://fi lms", "s3://films//x", "s3://films/../x", "s3://films/a b",
                          "s3://films/a?b", "s3://user:secret@films"})
    EXPECT_EQ(parse_url(url, o).error().reason, "BAD_OBJECT_STORE_URL") << url;
}

TEST(Check, NamesWhatDoesNotGoTogether) {
  Options good;
  good.bucket = "films";
  good.credentials = {"ID", "secret", ""};
  EXPECT_TRUE(check(good));
  const std::pair<std::function<void(Options&)>, const char*> cases[] = {
      {[](Options& o) { o.bucket = "X"; }, "bucket"},
      {[](Options& o) { o.endpoint = "films.example"; }, "endpoint"},
      {[](Options& o) { o.endpoint = "https://films.example/path"; }, "endpoint"},
      {[](Options& o) { o.region = ""; }, "region"},
      {[](Options& o) { o.region = "a/b"; }, "region"},
      {[](Options& o) { o.credentials.secret = ""; }, "credentials"},
      {[](Options& o) { o.credentials.session_token = "a\r\nX: y"; }, "credentials"},
      {[](Options& o) { o.sse = "rot13"; }, "AES256"},
      {[](Options& o) { o.sse_key_id = "key"; }, "KMS"},
      {[](Options& o) { o.bucket = "my.films"; }, "path style"},
      {[](Options& o) { o.delete_life = 0s; }, "removal"}};
  for (const auto& [change, word] : cases) {
    Options o = good;
    change(o);
    ASSERT_FALSE(check(o)) << word;
    EXPECT_NE(check(o).error().message.find(word), std::string::npos) << check(o).error().message;
  }
}

// Whatever the deployment sets: one that is waited for when its signature is over would be refused, or be
// carried out by nobody knows whom.
TEST(Removals, AreNeverWaitedForLongerThanTheyAreSignedFor) {
  Options o;
  EXPECT_EQ(removal_patience(o), o.connect + o.stall);  // as all other requests
  for (const auto wait : {o.connect + o.stall, 14'999ms, 15'000ms, 15'001ms, 60'000ms, 3'600'000ms}) {
    for (const bool connecting : {true, false}) {
      Options slow;
      (connecting ? slow.connect : slow.stall) = wait;
      EXPECT_LE(removal_patience(slow), slow.delete_life);
      EXPECT_GT(removal_patience(slow), 0ms);
    }
  }
  o.request = 100ms;
  EXPECT_EQ(removal_patience(o), 100ms);
}

TEST(StorageClasses, AreGivenByTheBeginningOfKeys) {
  Options o;
  o.prefix = "house";
  ASSERT_TRUE(parse_classes("sources/=STANDARD_IA,sources/brand/=GLACIER_IR,segments/=STANDARD", o));
  EXPECT_EQ(class_of(o, "house/sources/default/x"), "STANDARD_IA");
  EXPECT_EQ(class_of(o, "house/sources/brand/x"), "GLACIER_IR");
  EXPECT_EQ(class_of(o, "house/segments/default/x"), "STANDARD");
  EXPECT_EQ(class_of(o, "house/revisions/default/x"), "");
  EXPECT_EQ(class_of(Options(), "sources/default/x"), "");
  Options none;
  EXPECT_TRUE(parse_classes("", none));
  EXPECT_TRUE(none.classes.empty());
}

TEST(StorageClasses, WhatIsWrongIsNamedWithWhatThereIs) {
  const auto why = [](std::string_view text) {
    Options o;
    const auto read = parse_classes(text, o);
    return read ? "" : read.error().reason + " " + read.error().message;
  };
  EXPECT_EQ(why("sources/=COLD"),
            "BAD_STORAGE_CLASS \"COLD\": the storage classes are STANDARD, INTELLIGENT_TIERING, STANDARD_IA, ONEZONE_IA, GLACIER_IR, "
            "REDUCED_REDUNDANCY, EXPRESS_ONEZONE.");
  EXPECT_NE(why("sources/=DEEP_ARCHIVE"), "");  // can't be read at once
  EXPECT_NE(why("source/=STANDARD").find("covers/, exports/, models/, parts/, revisions/, segments/, sources/"), std::string::npos);
  for (const char* bad : {"sources/", "=STANDARD", "sources/=", "sources/=STANDARD,", "sources/=STANDARD,,", "sources/=STANDARD,sources/=STANDARD_IA",
                          "sources/=standard", "sources/= STANDARD"})
    if (std::string_view(bad) != "sources/=STANDARD,") EXPECT_NE(why(bad), "") << bad;
}

TEST(RetryBudget, IsSpentAndEarned) {
  RetryBudget budget(25);
  EXPECT_TRUE(budget.take());
  EXPECT_TRUE(budget.take());
  EXPECT_FALSE(budget.take());
  for (int i = 0; i < 5; ++i) budget.give();
  EXPECT_TRUE(budget.take());
  for (int i = 0; i < 1000; ++i) budget.give();
  EXPECT_TRUE(budget.take());
  EXPECT_TRUE(budget.take());
  EXPECT_FALSE(budget.take());
}

TEST(Backoff, GrowsToItsBound) {
  SystemRandom random;
  for (int retry = 0; retry < 40; ++retry) {
    for (int i = 0; i < 50; ++i) {
      const auto pause = backoff(retry, 100ms, 5s, random);
      EXPECT_GE(pause, 0ms);
      EXPECT_LE(pause, std::min<std::chrono::milliseconds>(5s, 100ms * (1 << std::min(retry, 10))));
    }
  }
}

TEST(Xml, GivesTheLeaves) {
  std::string seen;
  const auto read = aws::read_xml(
      "<?xml version=\"1.0\"?><A><B>1</B><C x='y'><B>&lt;2&gt;</B></C></A>",
      [&](std::string_view path, const std::string& text) { seen += std::string(path) + '=' + text + ' '; });
  EXPECT_TRUE(read);
  EXPECT_EQ(seen, "A/B=1 A/C/B=<2> A/C= A= ");
  EXPECT_EQ(aws::xml_text("<Error><Code>NoSuchKey</Code></Error>", "Error/Code"), "NoSuchKey");
  EXPECT_EQ(aws::xml_text("<Error><Code>NoSuchKey", "Error/Code"), "");
}

}  // namespace
}  // namespace cliffhanger::blob::s3
