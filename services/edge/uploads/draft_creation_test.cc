#include "services/edge/uploads/draft_creation.h"

#include <gtest/gtest.h>

#include "cliffhanger/ingest/v1/ingest_service.pb.h"
#include "libs/core/encoding.h"
#include "libs/digest/sha256.h"
#include "libs/http/target.h"

namespace cliffhanger::edge {
namespace {

const std::string kEpisode = "0193b6c0-0000-7000-8000-000000000001";

http::Request creation(const std::string& query, http::Headers headers) {
  http::Request out;
  out.method = "POST";
  out.target = "/uploads" + (query.empty() ? "" : "?" + query);
  EXPECT_TRUE(http::split_target(out));
  out.headers = std::move(headers);
  return out;
}

TEST(DraftCreation, TheQueryAndTheFieldsOfHttpDescribeTheFile) {
  ingest::v1::CreateUploadRequest out;
  const std::string raw = sha256("film");
  ASSERT_TRUE(
      describe_file(creation("episode_id=" + kEpisode + "&purpose=dub&language=de&label=Deutsch%20(neu)",
                             {{"Content-Type", "Audio/MP4; codecs=\"mp4a.40.2\""},
                              {"Content-Disposition", "inline; filename=\"a b.m4a\""},
                              {"Repr-Digest", "sha-512=:AA==:, sha-256=:" + base64_encode(raw) + ":"}}),
                    out));
  EXPECT_EQ(out.episode_id(), kEpisode);
  EXPECT_EQ(out.purpose(), ingest::v1::UPLOAD_PURPOSE_DUB);
  EXPECT_EQ(out.language(), "de");
  EXPECT_EQ(out.label(), "Deutsch (neu)");
  EXPECT_EQ(out.content_type(), "audio/mp4");
  EXPECT_EQ(out.filename(), "a b.m4a");
  EXPECT_EQ(out.sha256(), hex_encode(raw));
  EXPECT_EQ(out.metadata(), "episode_id " + base64_encode(kEpisode) + ",purpose " + base64_encode("dub") +
                                ",language " + base64_encode("de") + ",label " +
                                base64_encode("Deutsch (neu)"));
}

TEST(DraftCreation, WhatTheMetadataSayGoesBeforeTheFields) {
  ingest::v1::CreateUploadRequest out;
  ASSERT_TRUE(describe_file(
      creation("purpose=video",
               {{"Upload-Metadata", "episode_id " + base64_encode(kEpisode) + ",filename " +
                                        base64_encode("a.mp4") + ",filetype " + base64_encode("video/mp4")},
                {"Content-Type", "text/plain"},
                {"Content-Disposition", "inline; filename=b.mp4"}}),
      out));
  EXPECT_EQ(out.filename(), "a.mp4");
  EXPECT_EQ(out.content_type(), "video/mp4");
}

TEST(DraftCreation, ThePartialTypeIsNotTheFiles) {
  ingest::v1::CreateUploadRequest out;
  ASSERT_TRUE(describe_file(creation("", {{"Content-Type", "application/partial-upload"}}), out));
  EXPECT_EQ(out.content_type(), "");
}

TEST(DraftCreation, ContradictionsAreRefused) {
  const auto refused = [](const std::string& query, http::Headers headers) {
    ingest::v1::CreateUploadRequest out;
    const auto done = describe_file(creation(query, std::move(headers)), out);
    return done ? "" : done.error().reason;
  };
  const std::string digest = "sha-256=:" + base64_encode(sha256("film")) + ":";
  EXPECT_EQ(refused("a=1&a=2", {}), "BAD_UPLOAD_METADATA");
  EXPECT_EQ(refused("a=1", {{"Upload-Metadata", "a MQ=="}}), "BAD_UPLOAD_METADATA");
  EXPECT_EQ(refused("a,b=1", {}), "BAD_UPLOAD_METADATA");
  EXPECT_EQ(refused("a+b=1", {}), "BAD_UPLOAD_METADATA");
  EXPECT_EQ(refused("purpose=trailer", {}), "BAD_UPLOAD_METADATA");
  EXPECT_EQ(refused("", {{"Content-Encoding", "gzip"}}), "UNSUPPORTED_MEDIA_TYPE");
  EXPECT_EQ(refused("", {{"Content-Encoding", "identity"}}), "");
  EXPECT_EQ(refused("sha256=" + hex_encode(sha256("other")), {{"Repr-Digest", digest}}), "BAD_DIGEST");
  EXPECT_EQ(refused("sha256=" + hex_encode(sha256("film")), {{"Repr-Digest", digest}}), "");
  for (const std::string bad :
       {"sha-256", "sha-256=:AA==:,", "sha-256=:AA==:", "sha-256=\"x\", ;", "SHA-256=:AA==:"})
    EXPECT_EQ(refused("", {{"Repr-Digest", bad}}), bad == "sha-256" ? "" : "BAD_DIGEST") << bad;
}

TEST(DraftCreation, FilenamesAreReadAsBrowsersWriteThem) {
  for (const auto& [field, name] : std::initializer_list<std::pair<std::string, std::string>>{
           {"attachment; filename=plain.mp4", "plain.mp4"},
           {"inline ;filename = \"with \\\"quotes\\\"; and more.mp4\" ; x=y",
            "with \"quotes\"; and more.mp4"},
           {"inline; filename=\"ascii.mp4\"; filename*=UTF-8''caf%C3%A9%20one.mp4", "café one.mp4"},
           {"inline; FILENAME*=utf-8'en'a%27b.mp4; filename=\"c\"", "a'b.mp4"},
           {"inline; filename*=ISO-8859-1''caf%E9; filename=cafe", "cafe"},
           {"inline; filename*=UTF-8''%FF; filename=ok", "ok"},
           {"inline; filename=\"open", "open"},
           {"inline; filename=\"\xFF\"", ""},
           {"inline; filename", ""},
           {"inline", ""},
           {"", ""},
           {";;;=;=", ""}})
    EXPECT_EQ(disposition_filename(field), name) << field;
}

TEST(DraftCreation, AContentDigestIsCheckedWhereItIsSha256) {
  const std::string sum = base64_encode(sha256("bytes"));
  auto checksum =
      content_digest({{"Content-Digest", "md5=:AA==:"}, {"Content-Digest", "sha-256=:" + sum + ":"}});
  ASSERT_TRUE(checksum && *checksum);
  (*checksum)->add("bytes");
  EXPECT_TRUE((*checksum)->matches());
  EXPECT_FALSE(*content_digest({{"Content-Digest", "sha-512=:AA==:"}}));
  EXPECT_FALSE(*content_digest({}));
  for (const std::string& bad :
       {std::string("sha-256=:AA==:"), "sha-256=:" + sum, "sha-256=:" + sum + ":,", "sha256 " + sum})
    EXPECT_EQ(content_digest({{"Content-Digest", bad}}).error().reason, "BAD_CHECKSUM") << bad;
}

}  // namespace
}  // namespace cliffhanger::edge
