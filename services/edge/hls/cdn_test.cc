// What a CDN gets of the edge, and what browsers get for the CDN.
#include <thread>

#include "cliffhanger/playback/v1/playback_service.pb.h"
#include "services/edge/edge_world.h"
#include "services/edge/hls/cdn_cookies.h"
#include "services/edge/hls/hls.h"

namespace cliffhanger::edge {
namespace {

class CdnTest : public EdgeTest {
 protected:
  CdnTest() : revision_(RevisionId::make(clock_.now(), random_)) {
    takedowns_.set_current(true);
    EXPECT_TRUE(store_.put("segments/ab/abcd.m4s", std::string(100'000, 's')));
    EXPECT_TRUE(store_.put("playlists/one.m3u8", "#EXTM3U\n" + std::string(500, '#') + "\n"));
    EXPECT_TRUE(store_.put("secret/other", "not a member"));
    EXPECT_TRUE(store_.put(
        index_key(*Tenant::parse("default"), revision_),
        R"({"state":"ready","objects":{"main.m3u8":{"key":"playlists/one.m3u8","bytes":10,"type":)"
        R"("application/vnd.apple.mpegurl"},"v540/3.m4s":{"key":"segments/ab/abcd.m4s","bytes":100000,"type":"video/mp4"}}})"));
    content_keys_[revision_.text() + SessionId().text()] = "0123456789abcdef";
  }
  std::string path(const std::string& name, const std::string& tenant = "default") {
    return "/cdn/" + tenant + '/' + revision_.text() + '/' + name;
  }
  int status(const std::string& path, const std::string& secret = kOldSecret) {
    return client().get(path, {{kOriginSecretHeader, secret}})->status;
  }

  const RevisionId revision_;
};

TEST_F(CdnTest, MembersAreForWhoKnowsASecret) {
  auto http = client();
  for (const std::string secret : {kOldSecret, kNewSecret}) {
    const auto segment = http.get(path("v540/3.m4s"), {{kOriginSecretHeader, secret}});
    EXPECT_EQ(segment->status, 200);
    EXPECT_EQ(segment->body.size(), 100'000u);
    EXPECT_EQ(segment->headers.get("Cache-Control"), "public, max-age=31536000, immutable");
    EXPECT_EQ(segment->headers.get("Access-Control-Allow-Origin"), "") << "the CDN says whose pages may read";
    const auto playlist = http.get(path("main.m3u8"), {{kOriginSecretHeader, secret}});
    EXPECT_EQ(playlist->status, 200);
    EXPECT_EQ(playlist->headers.get("Cache-Control"), "public, max-age=60");
    EXPECT_EQ(playlist->headers.get("Vary"), "Accept-Encoding");
  }
  for (const std::string wrong :
       {"", "0123456789abcdef0123456789abcdee", "0123456789abcdef0123456789abcdef0"}) {
    const auto refused = http.get(path("v540/3.m4s"), {{kOriginSecretHeader, wrong}});
    EXPECT_EQ(refused->status, 403) << wrong;
    EXPECT_NE(refused->body.find("\"ORIGIN_SECRET_INVALID\""), std::string::npos);
    EXPECT_EQ(refused->headers.get("Cache-Control"), "no-store");
  }
  EXPECT_EQ(http.get(path("v540/3.m4s"))->status, 403);
  EXPECT_EQ(http.get(path("none"))->status, 403) << "what is there is not told either";
  const auto part = http.get(path("v540/3.m4s"), {{kOriginSecretHeader, kNewSecret}, {"Range", "bytes=0-9"}});
  EXPECT_EQ(part->status, 206);
  EXPECT_EQ(http.head(path("main.m3u8"), {{kOriginSecretHeader, kNewSecret}})->status, 200);
}

TEST_F(CdnTest, NothingButMembersOfTheRevision) {
  EXPECT_EQ(status(path("key")), 404) << "keys are for sessions";
  EXPECT_EQ(status(path("none")), 404);
  for (const char* name : {"../main.m3u8", "v540/../main.m3u8", "%2e%2e/main.m3u8", "v540%2f..%2fmain.m3u8",
                           "/main.m3u8", "..%2f..%2f..%2fsecret/other", "secret/other"})
    EXPECT_NE(status(path(name)), 200) << name;
  EXPECT_EQ(status(path("main.m3u8", "other")), 404);
  EXPECT_EQ(status(path("main.m3u8", "..")), 400);
  EXPECT_EQ(status(path("main.m3u8", "DEFAULT")), 404);
  std::string upper = revision_.text();
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  EXPECT_EQ(status("/cdn/default/" + upper + "/main.m3u8"), 404) << "a purge would not find it";
  EXPECT_EQ(status("/cdn/default/none/main.m3u8"), 404);
  EXPECT_EQ(status("/cdn/default/" + RevisionId::make(clock_.now(), random_).text() + "/main.m3u8"), 404);
}

TEST_F(CdnTest, WhatWasTakenDownIsRefusedAsLongAsPassesFromBeforeLive) {
  EXPECT_EQ(status(path("v540/3.m4s")), 200);
  takedowns_.withdraw(*Tenant::parse("default"), revision_, clock_.now() + std::chrono::hours(6));
  for (const char* name : {"main.m3u8", "v540/3.m4s", "none"}) {
    const auto gone = client().get(path(name), {{kOriginSecretHeader, kOldSecret}});
    EXPECT_EQ(gone->status, 410) << name;
    EXPECT_EQ(gone->headers.get("Cache-Control"), "no-store");
  }
  clock_.advance(std::chrono::hours(6));
  EXPECT_EQ(status(path("v540/3.m4s")), 410) << "until it is over";
  clock_.advance(std::chrono::seconds(1));
  EXPECT_EQ(status(path("v540/3.m4s")), 200);
}

TEST_F(CdnTest, AnEdgeThatHeardOfNoTakedownsLatelyIsNotKeptForLong) {
  takedowns_.set_current(false);
  for (const char* name : {"main.m3u8", "v540/3.m4s"})
    EXPECT_EQ(client().get(path(name), {{kOriginSecretHeader, kOldSecret}})->headers.get("Cache-Control"),
              "public, max-age=5");
  const hls::Grant grant{*Tenant::parse("default"), SessionId::make(clock_.now(), random_), revision_,
                         clock_.now() + std::chrono::hours(6)};
  EXPECT_EQ(client().get(hls::url_path(keys_.sign(grant), grant, "v540/3.m4s"))->headers.get("Cache-Control"),
            "public, max-age=31536000, immutable");
}

TEST_F(CdnTest, OnlyOneOrTwoLongSecretsAreTaken) {
  const std::string good(32, 'x');
  EXPECT_TRUE(OriginSecrets::parse("# old\n" + good + "\r\n\n" + good + "y\n"));
  for (const std::string& bad : {std::string(), std::string("short"), good + "\n" + good + "\n" + good,
                                 std::string(32, ' '), good + " with spaces", std::string(257, 'x')})
    EXPECT_EQ(OriginSecrets::parse(bad).error().reason, "BAD_ORIGIN_SECRET") << bad;
}

TEST_F(CdnTest, CookiesAreSetForEverySessionOfAnAnswer) {
  playback::v1::PrepareSessionsResponse answer;
  for (const char* path : {"/cdn/default/a/", "/cdn/default/b/"}) {
    auto* cookie = answer.add_items()->mutable_session()->mutable_cdn()->add_cookies();
    cookie->set_name("CloudFront-Policy");
    cookie->set_value("abc_-~");
    cookie->set_path(path);
    cookie->set_max_age_seconds(600);
  }
  answer.mutable_items(1)->mutable_session()->mutable_cdn()->mutable_cookies(0)->set_domain("example.com");
  answer.add_items()->set_code("EPISODE_LOCKED");
  answer.add_items()->mutable_session()->set_playlist_url("/hls/…");
  http::Headers headers;
  add_cookies_of_answer(headers, answer);
  std::vector<std::string> set;
  for (const auto& [name, value] : headers) set.push_back(name + ": " + value);
  EXPECT_EQ(set, (std::vector<std::string>{"Set-Cookie: CloudFront-Policy=abc_-~; Path=/cdn/default/a/; "
                                           "Max-Age=600; Secure; HttpOnly; SameSite=None",
                                           "Set-Cookie: CloudFront-Policy=abc_-~; Domain=example.com; "
                                           "Path=/cdn/default/b/; Max-Age=600; Secure; "
                                           "HttpOnly; SameSite=None"}));
  http::Headers none;
  add_cookies_of_answer(none, playback::v1::ListTakedownsResponse());
  EXPECT_EQ(none.begin(), none.end());
  playback::v1::RenewSessionResponse renewed;
  *renewed.mutable_cdn() = answer.items(0).session().cdn();
  add_cookies_of_answer(none, renewed);
  EXPECT_NE(none.begin(), none.end());
}

}  // namespace
}  // namespace cliffhanger::edge
