#include "libs/host/blobs.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "libs/testing/servers.h"

namespace cliffhanger::host {
namespace {

class BlobSettings : public testing::Test {
 protected:
  BlobSettings() {
    for (const char* name : {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"})
      ::unsetenv(name);
    std::ofstream(dir_.path() + "/secret") << "the secret\n";
  }
  BlobConfig read(std::map<std::string, std::string> environment) {
    environment["CLIFFHANGER_BLOB_CACHE_DIR"] = dir_.path() + "/cache";
    config::Settings settings(std::move(environment));
    auto read = BlobConfig::read(settings);
    EXPECT_TRUE(settings.finish());
    for (const auto& it : settings.described())
      EXPECT_EQ(it.value.find("the secret"), std::string::npos) << it.name;
    return read;
  }
  std::unique_ptr<blob::Store> open(const BlobConfig& config) {
    return open_blobs(config, {clock_, random_});
  }
  std::string why_not(const BlobConfig& config) {
    try {
      open(config);
      return "it was opened";
    } catch (const std::runtime_error& e) {
      return e.what();
    }
  }

  harness::TempDir dir_;
  SystemClock clock_;
  SystemRandom random_;
};

TEST_F(BlobSettings, AFolderUnlessAUrlIsSet) {
  const auto config = read({{"CLIFFHANGER_BLOB_DIR", dir_.path() + "/blobs"}});
  EXPECT_TRUE(open(config)->put("a", "x"));
  EXPECT_TRUE(std::ifstream(dir_.path() + "/blobs/a").good());
}

TEST_F(BlobSettings, AnUnknownStorageClassIsAnErrorEverywhere) {
  EXPECT_NE(why_not(read({{"CLIFFHANGER_BLOB_DIR", dir_.path() + "/blobs"}, {"CLIFFHANGER_S3_STORAGE_CLASSES", "sources/=COLD"}}))
                .find("the storage classes are STANDARD,"), std::string::npos);
  EXPECT_NE(why_not(read({{"CLIFFHANGER_BLOB_URL", "s3://films/prod"},
                          {"CLIFFHANGER_S3_ACCESS_KEY_ID", "ID"},
                          {"CLIFFHANGER_S3_SECRET_KEY_FILE", dir_.path() + "/secret"},
                          {"CLIFFHANGER_S3_STORAGE_CLASSES", "films/=STANDARD"}}))
                .find("keys begin with"), std::string::npos);
  EXPECT_TRUE(open(read({{"CLIFFHANGER_BLOB_DIR", dir_.path() + "/blobs"}, {"CLIFFHANGER_S3_STORAGE_CLASSES", "sources/=STANDARD_IA"}}))
                  ->put("a", "x"));
}

TEST_F(BlobSettings, S3AsItIsDescribed) {
  const auto config = read({{"CLIFFHANGER_BLOB_URL", "s3://films/prod"},
                            {"CLIFFHANGER_S3_REGION", "eu-west-1"},
                            {"CLIFFHANGER_S3_ACCESS_KEY_ID", "ID"},
                            {"CLIFFHANGER_S3_SECRET_KEY_FILE", dir_.path() + "/secret"},
                            {"CLIFFHANGER_S3_SSE", "AES256"},
                            {"CLIFFHANGER_BLOB_CACHE_MB", "100"}});
  EXPECT_EQ(config.s3.credentials.key_id, "ID");
  EXPECT_EQ(config.s3.credentials.secret, "the secret");
  EXPECT_EQ(config.s3.cache_bytes, 100 << 20);
  EXPECT_EQ(config.s3.style, blob::s3::Style::kHost);
  EXPECT_TRUE(open(config));
}

TEST_F(BlobSettings, CredentialsOfAwsAreAllOrNone) {
  ::setenv("AWS_ACCESS_KEY_ID", "THEIRS", 1);
  ::setenv("AWS_SECRET_ACCESS_KEY", "their secret", 1);
  ::setenv("AWS_SESSION_TOKEN", "their token", 1);
  EXPECT_EQ(read({}).s3.credentials.key_id, "THEIRS");
  EXPECT_EQ(read({}).s3.credentials.session_token, "their token");
  const auto ours = read(
      {{"CLIFFHANGER_S3_ACCESS_KEY_ID", "ID"}, {"CLIFFHANGER_S3_SECRET_KEY_FILE", dir_.path() + "/secret"}});
  EXPECT_EQ(ours.s3.credentials.secret, "the secret");
  EXPECT_EQ(ours.s3.credentials.session_token, "");
}

TEST_F(BlobSettings, PathStyleAtAnEndpointOfOnesOwn) {
  EXPECT_EQ(read({{"CLIFFHANGER_S3_ENDPOINT", "https://s3.example"}}).s3.style, blob::s3::Style::kPath);
  EXPECT_EQ(
      read({{"CLIFFHANGER_S3_ENDPOINT", "https://s3.example"}, {"CLIFFHANGER_S3_STYLE", "host"}}).s3.style,
      blob::s3::Style::kHost);
}

TEST_F(BlobSettings, WhatIsWrongIsNamedAtTheStart) {
  EXPECT_NE(why_not(read({{"CLIFFHANGER_BLOB_URL", "s3://Films"}})).find("s3://bucket"), std::string::npos);
  EXPECT_NE(why_not(read({{"CLIFFHANGER_BLOB_URL", "s3://films"}})).find("credentials"), std::string::npos);
  EXPECT_NE(
      why_not(read({{"CLIFFHANGER_BLOB_URL", "s3://films"}, {"CLIFFHANGER_S3_STYLE", "dns"}})).find("STYLE"),
      std::string::npos);
}

}  // namespace
}  // namespace cliffhanger::host
