#include "services/edge/hls/hls.h"

#include <thread>

#include "libs/http/test_peer.h"
#include "services/edge/edge_world.h"
#include "services/edge/limits.h"
#include "services/edge/objects/unpack.h"

namespace cliffhanger::edge {
namespace {

class HlsTest : public EdgeTest {
 protected:
  HlsTest()
      : grant_{*Tenant::parse("default"), SessionId::make(clock_.now(), random_),
               RevisionId::make(clock_.now(), random_), clock_.now() + std::chrono::hours(6)} {
    for (int i = 0; i < 100'000; ++i) segment_ += static_cast<char>(i * 7);
    EXPECT_TRUE(store_.put("segments/ab/abcd.m4s", segment_));
    EXPECT_TRUE(store_.put("playlists/one.m3u8", playlist_));
    EXPECT_TRUE(store_.put("playlists/one.mpd", manifest_));
    EXPECT_TRUE(store_.put("playlists/one.vtt", "WEBVTT\n"));
    EXPECT_TRUE(store_.put("secret/other", "not a member"));
    publish("ready", "playlists/one.m3u8");
  }
  void publish(const std::string& state, const std::string& playlist) {
    EXPECT_TRUE(store_.put(
        index_key(grant_.tenant, grant_.revision),
        R"({"state":")" + state + R"(","objects":{"index.m3u8":{"key":")" + playlist +
            R"(","bytes":10,"type":"application/vnd.apple.mpegurl"},"v540/3.m4s":{"key":"segments/ab/abcd.m4s",)"
            R"("bytes":100000,"type":"video/mp4"},"main.mpd":{"key":"playlists/one.mpd","bytes":10,)"
            R"("type":"application/dash+xml"},"storyboard.vtt":{"key":"playlists/one.vtt","bytes":10,"type":"text/vtt"}}})"));
  }
  std::string url(std::string_view name) { return hls::url_path(keys_.sign(grant_), grant_, name); }

  const std::string playlist_ = "#EXTM3U\n" + std::string(2000, '#') + "\n";
  const std::string manifest_ = "<MPD>" + std::string(2000, ' ') + "</MPD>";
  std::string segment_;
  hls::Grant grant_;
};

TEST_F(HlsTest, TheKeyIsForTheSessionAndNobodyKeepsIt) {
  auto http = client();
  EXPECT_EQ(http.get(url("key"))->status, 404);
  content_keys_[grant_.revision.text() + grant_.session.text()] = "0123456789abcdef";
  const auto got = http.get(url("key"));
  EXPECT_EQ(got->status, 200);
  EXPECT_EQ(got->body, "0123456789abcdef");
  EXPECT_EQ(got->headers.get("Content-Type"), "application/octet-stream");
  EXPECT_EQ(got->headers.get("Cache-Control"), "private, no-store");
  EXPECT_EQ(got->headers.get("Access-Control-Allow-Origin"), "*");
  hls::Grant another = grant_;
  another.session = SessionId::make(clock_.now(), random_);
  EXPECT_EQ(http.get(hls::url_path(keys_.sign(another), another, "key"))->status, 404);
  std::string changed = url("key");
  changed[changed.find('.') + 5] ^= 1;
  EXPECT_EQ(http.get(changed)->status, 403);
}

TEST_F(HlsTest, WhatWasTakenDownIsRefusedUnderEveryName) {
  auto http = client();
  content_keys_[grant_.revision.text() + grant_.session.text()] = "0123456789abcdef";
  hls::Grant another = grant_;
  another.session = SessionId::make(clock_.now(), random_);
  const auto others = hls::url_path(keys_.sign(another), another, "index.m3u8");
  EXPECT_EQ(http.get(url("v540/3.m4s"))->status, 200);
  takedowns_.revoke(grant_.tenant, grant_.session, grant_.expires, true);
  for (const char* name : {"index.m3u8", "v540/3.m4s", "storyboard.vtt", "key", "none"}) {
    const auto refused = http.get(url(name));
    EXPECT_EQ(refused->status, 403) << name;
    EXPECT_NE(refused->body.find("\"SESSION_REVOKED\""), std::string::npos) << refused->body;
    EXPECT_EQ(refused->headers.get("Cache-Control"), "no-store");
  }
  EXPECT_EQ(http.head(url("v540/3.m4s"))->status, 403);
  EXPECT_EQ(http.get(url("v540/3.m4s"), {{"If-None-Match", "\"segments/ab/abcd.m4s\""}})->status, 403);
  EXPECT_EQ(http.get(others)->status, 200) << "another session goes on";
  takedowns_.withdraw(grant_.tenant, grant_.revision, grant_.expires);
  const auto gone = http.get(others);
  EXPECT_EQ(gone->status, 410);
  EXPECT_NE(gone->body.find("\"REVISION_WITHDRAWN\""), std::string::npos) << gone->body;
  EXPECT_EQ(gone->headers.get("Cache-Control"), "no-store");
  another.expires += std::chrono::seconds(1);
  EXPECT_EQ(http.get(hls::url_path(keys_.sign(another), another, "index.m3u8"))->status, 200)
      << "given after it was withdrawn, to who may still watch";
}

TEST_F(HlsTest, KeysAreChangedWhilePeopleWatch) {
  const std::string one = "k1:0123456789abcdef0123456789abcdef", two = "k2:fedcba9876543210fedcba9876543210";
  const auto old_url = url("index.m3u8");
  const auto both = *hls::Keys::parse(two + "\n" + one), alone = *hls::Keys::parse(two);
  const auto new_url = hls::url_path(both.sign(grant_), grant_, "index.m3u8");
  EXPECT_EQ(client().get(new_url)->status, 403) << "an edge that doesn't know the new key yet";
  keys_ = both;
  EXPECT_EQ(client().get(old_url)->status, 200);
  EXPECT_EQ(client().get(new_url)->status, 200);
  keys_ = alone;
  EXPECT_EQ(client().get(old_url)->status, 403);
  EXPECT_EQ(client().get(new_url)->status, 200);
}

TEST_F(HlsTest, SegmentsAreImmutableAndComeInRanges) {
  auto http = client();
  const auto whole = http.get(url("v540/3.m4s"));
  ASSERT_EQ(whole->status, 200) << whole->body;
  EXPECT_EQ(whole->body, segment_);
  EXPECT_EQ(whole->headers.get("Content-Type"), "video/mp4");
  EXPECT_EQ(whole->headers.get("Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(whole->headers.get("Access-Control-Allow-Origin"), "*");
  const std::string etag(whole->headers.get("ETag"));
  EXPECT_EQ(etag, "\"segments/ab/abcd.m4s\"");
  const auto part = http.get(url("v540/3.m4s"), {{"Range", "bytes=500-599"}});
  EXPECT_EQ(part->status, 206);
  EXPECT_EQ(part->body, segment_.substr(500, 100));
  EXPECT_EQ(part->headers.get("Content-Range"), "bytes 500-599/100000");
  const auto beyond = http.get(url("v540/3.m4s"), {{"Range", "bytes=100000-"}});
  EXPECT_EQ(beyond->status, 416);
  EXPECT_EQ(beyond->headers.get("Content-Range"), "bytes */100000");
  const auto known = http.get(url("v540/3.m4s"), {{"If-None-Match", etag}});
  EXPECT_EQ(known->status, 304);
  EXPECT_EQ(known->body, "");
  const auto head = http.head(url("v540/3.m4s"));
  EXPECT_EQ(head->status, 200);
  EXPECT_EQ(head->headers.get("Content-Length"), "100000");
}

TEST_F(HlsTest, WhatPlayersSayReachesInsightAndChangesNothing) {
  auto http = client();
  const auto silent = http.get(url("v540/3.m4s"));
  store_.opens = 0;
  const auto told = http.get(url("v540/3.m4s") + "?CMCD=bl%3D2100%2Cbr%3D900%2Cot%3Dv%2Csid%3D%22x%22");
  EXPECT_EQ(told->status, 200);
  EXPECT_EQ(told->body, silent->body);
  EXPECT_EQ(told->headers.get("ETag"), silent->headers.get("ETag"));
  EXPECT_EQ(store_.opens, 0) << "the same object, whatever the query says";
  EXPECT_EQ(http.get(url("index.m3u8"), {{"CMCD-Object", "ot=m"}, {"CMCD-Request", "su"}})->status, 200);
  EXPECT_EQ(http.get(url("v540/3.m4s"), {{"CMCD-Object", "br=x,,"}})->status, 200) << "nonsense plays too";
  EXPECT_EQ(http.get(url("v540/3.m4s") + "?CMCD=" + std::string(7000, 'a'))->status, 200);
  EXPECT_EQ(http.get(url("v540/4.m4s"), {{"CMCD-Object", "br=1"}})->status, 404);
  reports_.send();
  ASSERT_EQ(told_.size(), 1u);
  ASSERT_EQ(told_[0].deliveries_size(), 2);
  EXPECT_EQ(told_[0].deliveries(0).name(), "v540/3.m4s");
  EXPECT_EQ(told_[0].deliveries(0).buffer_ms(), 2100);
  EXPECT_EQ(told_[0].deliveries(0).session_id(), grant_.session.text());
  EXPECT_TRUE(told_[0].deliveries(1).urgent());
}

TEST_F(HlsTest, PlaylistsAreZippedAndShortLived) {
  auto http = client();
  const auto zipped = http.get(url("index.m3u8"), {{"Accept-Encoding", "gzip, br;q=0.9"}});
  ASSERT_EQ(zipped->status, 200) << zipped->body;
  EXPECT_EQ(zipped->headers.get("Content-Encoding"), "gzip");
  EXPECT_EQ(zipped->headers.get("Content-Type"), "application/vnd.apple.mpegurl");
  EXPECT_LT(zipped->body.size(), playlist_.size());
  EXPECT_EQ(unzip(zipped->body), playlist_);
  const auto plain = http.get(url("index.m3u8"));
  EXPECT_EQ(plain->body, playlist_);
  EXPECT_EQ(plain->headers.get("Vary"), "Accept-Encoding");
  EXPECT_TRUE(plain->headers.get("Cache-Control").starts_with("private"));
  EXPECT_NE(plain->headers.get("ETag"), zipped->headers.get("ETag"));
  EXPECT_EQ(http.get(url("index.m3u8"), {{"If-None-Match", std::string(plain->headers.get("ETag"))}})->status,
            304);
}

TEST_F(HlsTest, PlaylistsManifestsAndCaptionsComeInBrotli) {
  auto http = client();
  ASSERT_TRUE(store_.put("playlists/one.vtt", "WEBVTT\n" + std::string(1000, '-')));
  for (const char* name : {"index.m3u8", "main.mpd", "storyboard.vtt"}) {
    const auto plain = http.get(url(name)), small = http.get(url(name), {{"Accept-Encoding", "gzip, deflate, br"}});
    ASSERT_EQ(small->status, 200) << small->body;
    EXPECT_EQ(small->headers.get("Content-Encoding"), "br") << name;
    EXPECT_EQ(unbrotli(small->body), plain->body);
    EXPECT_EQ(small->headers.get("Vary"), "Accept-Encoding");
    EXPECT_EQ(http.get(url(name), {{"Accept-Encoding", "gzip, br;q=0"}})->headers.get("Content-Encoding"), "gzip");
    EXPECT_EQ(http.get(url(name), {{"Accept-Encoding", "identity;q=0"}})->status, 406);
    const std::string etag(small->headers.get("ETag"));
    EXPECT_EQ(http.get(url(name), {{"Accept-Encoding", "br"}, {"If-None-Match", etag}})->status, 304);
    EXPECT_EQ(http.get(url(name), {{"Accept-Encoding", "gzip"}, {"If-None-Match", etag}})->status, 200);
    for (const char* accept : {"br", "gzip", "identity"}) {
      const auto get = http.get(url(name), {{"Accept-Encoding", accept}}), head = http.head(url(name), {{"Accept-Encoding", accept}});
      for (const char* field : {"Content-Encoding", "ETag", "Vary", "Content-Length", "Content-Type", "Cache-Control", "Link"})
        EXPECT_EQ(head->headers.find(field), get->headers.find(field)) << field;
      EXPECT_EQ(head->body, "");
    }
  }
  EXPECT_FALSE(http.get(url("v540/3.m4s"), {{"Accept-Encoding", "br"}})->headers.find("Content-Encoding"));
}

TEST_F(HlsTest, DashManifestsAndTextTracksAreServedLikePlaylists) {
  auto http = client();
  const auto zipped = http.get(url("main.mpd"), {{"Accept-Encoding", "gzip"}});
  ASSERT_EQ(zipped->status, 200) << zipped->body;
  EXPECT_EQ(zipped->headers.get("Content-Type"), "application/dash+xml");
  EXPECT_EQ(unzip(zipped->body), manifest_);
  const auto plain = http.get(url("main.mpd"));
  EXPECT_EQ(plain->body, manifest_);
  EXPECT_EQ(plain->headers.get("Access-Control-Allow-Origin"), "*");
  EXPECT_TRUE(plain->headers.get("Cache-Control").starts_with("private"));
  EXPECT_EQ(http.get(url("storyboard.vtt"))->headers.get("Content-Type"), "text/vtt");
}

TEST_F(HlsTest, OnlyMembersAreServed) {
  auto http = client();
  const auto token = keys_.sign(grant_);
  const auto base = "/hls/" + token + "/" + grant_.revision.text();
  EXPECT_EQ(http.get(base + "/v540/4.m4s")->status, 404);
  EXPECT_EQ(http.get(base + "/secret/other")->status, 404);
  EXPECT_EQ(http.get(base + "/index.json")->status, 404);
  EXPECT_EQ(http.get(base + "/v540/../../secret/other")->status, 400);
  EXPECT_EQ(http.get(base + "/v540/..%2f..%2fsecret/other")->status, 400);
  EXPECT_EQ(http.get(base + "/")->status, 404);
  EXPECT_EQ(http.get(base)->status, 404);
}

TEST_F(HlsTest, TokensAreCheckedBeforeAnythingElse) {
  auto http = client();
  const auto reason = [](const Result<http::ClientResponse>& got) {
    EXPECT_EQ(got->status, 403);
    return got->body.find("TOKEN_EXPIRED") != std::string::npos   ? "expired"
           : got->body.find("TOKEN_INVALID") != std::string::npos ? "invalid"
                                                                  : "neither";
  };
  auto tampered = url("v540/3.m4s");
  tampered[7] = tampered[7] == '2' ? '3' : '2';
  EXPECT_STREQ(reason(http.get(tampered)), "invalid");
  // A token is for one revision only.
  const auto other = RevisionId::make(clock_.now(), random_);
  EXPECT_STREQ(reason(http.get("/hls/" + keys_.sign(grant_) + "/" + other.text() + "/v540/3.m4s")),
               "invalid");
  EXPECT_STREQ(reason(http.get("/hls/x/" + grant_.revision.text() + "/v540/3.m4s")), "invalid");
  const auto good = url("v540/3.m4s");
  clock_.advance(std::chrono::hours(6));
  EXPECT_STREQ(reason(http.get(good)), "expired");
}

TEST_F(HlsTest, AnUnknownRevisionIsNotFound) {
  grant_.revision = RevisionId::make(clock_.now(), random_);
  const auto got = client().get(url("index.m3u8"));
  EXPECT_EQ(got->status, 404);
  EXPECT_NE(got->body.find("REVISION_NOT_FOUND"), std::string::npos);
}

TEST_F(HlsTest, ProvisionalRevisionsAreReadAgainSoonAndReadyOnesLater) {
  auto http = client();
  publish("provisional", "playlists/one.m3u8");
  ASSERT_TRUE(store_.put("playlists/two.m3u8", "#EXTM3U\n#two\n"));
  const auto first = http.get(url("index.m3u8"));
  EXPECT_EQ(first->body, playlist_);
  EXPECT_EQ(first->headers.get("Cache-Control"), kProvisionalCaching);
  EXPECT_EQ(first->headers.get("CDN-Cache-Control"), kProvisionalCdnCaching);
  publish("provisional", "playlists/two.m3u8");
  EXPECT_EQ(http.get(url("index.m3u8"))->body, playlist_);  // not read yet
  clock_.advance(kProvisionalIndex.stale);
  EXPECT_EQ(http.get(url("index.m3u8"))->body, "#EXTM3U\n#two\n");
  publish("ready", "playlists/one.m3u8");
  clock_.advance(kProvisionalIndex.stale);
  EXPECT_EQ(http.get(url("index.m3u8"))->body, playlist_);
  publish("ready", "playlists/two.m3u8");  // its captions changed
  clock_.advance(kProvisionalIndex.stale);
  EXPECT_EQ(http.get(url("index.m3u8"))->body, playlist_);
  clock_.advance(kReadyIndex.stale);
  EXPECT_EQ(http.get(url("index.m3u8"))->body, "#EXTM3U\n#two\n");
  ASSERT_TRUE(store_.remove(index_key(grant_.tenant, grant_.revision)));
  EXPECT_EQ(http.get(url("index.m3u8"))->status, 200);
  clock_.advance(kReadyIndex.stale);
  EXPECT_EQ(http.get(url("index.m3u8"))->status, 404);
}

TEST_F(HlsTest, AProvisionalIndexThatComesLateDoesNotReplaceTheFinishedOne) {
  auto http = client();
  ASSERT_TRUE(store_.put("playlists/two.m3u8", "#EXTM3U\n#two\n"));
  publish("provisional", "playlists/two.m3u8");
  EXPECT_EQ(http.get(url("index.m3u8"))->body, "#EXTM3U\n#two\n");
  const auto provisional = store_.get(index_key(grant_.tenant, grant_.revision));
  publish("ready", "playlists/one.m3u8");
  const auto finished = store_.get(index_key(grant_.tenant, grant_.revision));
  ASSERT_TRUE(store_.put(ready_key(grant_.tenant, grant_.revision), *finished));
  ASSERT_TRUE(store_.put(index_key(grant_.tenant, grant_.revision), *provisional));
  clock_.advance(kProvisionalIndex.stale);
  EXPECT_EQ(http.get(url("index.m3u8"))->body, playlist_);
  EXPECT_EQ(http.get(url("index.m3u8"))->headers.get("Cache-Control"), kReadyCaching);
}

// The worker takes it away when the revision fails or is superseded: nobody waits for a playlist to grow.
TEST_F(HlsTest, AProvisionalIndexThatWasWithdrawnIsNotFound) {
  auto http = client();
  publish("provisional", "playlists/one.m3u8");
  EXPECT_EQ(http.get(url("index.m3u8"))->status, 200);
  ASSERT_TRUE(store_.remove(index_key(grant_.tenant, grant_.revision)));
  clock_.advance(kProvisionalIndex.stale);
  EXPECT_EQ(http.get(url("index.m3u8"))->status, 404);
}

TEST_F(HlsTest, AListIsGivenOutWhileItIsReadAgain) {
  auto http = client();
  ASSERT_TRUE(store_.put("playlists/two.m3u8", "#EXTM3U\n#two\n"));
  EXPECT_EQ(http.get(url("index.m3u8"))->body, playlist_);
  publish("ready", "playlists/two.m3u8");
  clock_.advance(kReadyIndex.fresh);
  store_.held = true;  // a store that says nothing keeps nobody waiting
  EXPECT_EQ(http.get(url("index.m3u8"))->body, playlist_);
  clock_.advance(kReadyIndex.stale);
  EXPECT_EQ(http.get(url("index.m3u8"))->body, playlist_);
  takedowns_.withdraw(grant_.tenant, grant_.revision, grant_.expires);
  EXPECT_EQ(http.get(url("index.m3u8"))->status, 410) << "and what was withdrawn is refused all the same";
  EXPECT_EQ(http.get(url("index.m3u8"))->headers.get("Cache-Control"), "no-store");
  EXPECT_FALSE(http.get(url("index.m3u8"))->headers.find("CDN-Cache-Control"));
  store_.held = false;
}

TEST_F(HlsTest, PlaylistsMayBeKeptByACdnForLessThanATakedownTakes) {
  const auto got = client().get(url("index.m3u8"));
  EXPECT_EQ(got->headers.get("Cache-Control"), kReadyCaching);
  EXPECT_EQ(got->headers.get("CDN-Cache-Control"), kReadyCdnCaching);
  EXPECT_TRUE(got->headers.get("Cache-Control").starts_with("private"));
  const auto known = client().get(url("index.m3u8"), {{"If-None-Match", std::string(got->headers.get("ETag"))}});
  EXPECT_EQ(known->status, 304);
  EXPECT_EQ(known->headers.get("CDN-Cache-Control"), kReadyCdnCaching);
  EXPECT_FALSE(client().get(url("gone.m3u8"))->headers.find("CDN-Cache-Control"));
}

class HintsTest : public HlsTest {
 protected:
  HintsTest() { put("ready", true); }
  void put(const std::string& state, bool begun) {
    const std::string segments = begun ? "#EXT-X-MAP:URI=\"init.mp4\"\n#EXTINF:2.0,\n0.m4s\n#EXTINF:2.0,\n1.m4s\n" : "";
    const std::string media = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:4\n" + segments;
    const std::string main =
        "#EXTM3U\n#EXT-X-VERSION:7\n"
        "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"Fr\",LANGUAGE=\"fr\",DEFAULT=NO,URI=\"fr/audio.m3u8\"\n"
        "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"En\",LANGUAGE=\"en\",DEFAULT=YES,AUTOSELECT=YES,URI=\"en/audio.m3u8\"\n"
        "#EXT-X-STREAM-INF:BANDWIDTH=900000,CODECS=\"avc1.640020,mp4a.40.2\",RESOLUTION=540x960,FRAME-RATE=30.000,AUDIO=\"a\"\n"
        "v540/video.m3u8\n"
        "#EXT-X-STREAM-INF:BANDWIDTH=300000,CODECS=\"avc1.640020,mp4a.40.2\",RESOLUTION=360x640,FRAME-RATE=30.000,AUDIO=\"a\"\n"
        "v360/video.m3u8\n";
    std::string members;
    const auto add = [&](const std::string& name, const std::string& bytes) {
      ASSERT_TRUE(store_.put(state + "/" + name, bytes));
      members += (members.empty() ? "\"" : ",\"") + name + R"(":{"key":")" + state + "/" + name + R"(","bytes":1,"type":"video/mp4"})";
    };
    add("main.m3u8", main);
    for (const std::string folder : {"v540", "v360", "en", "fr"}) {
      add(folder + (folder[0] == 'v' ? "/video.m3u8" : "/audio.m3u8"), media);
      for (const char* file : {"/init.mp4", "/0.m4s", "/1.m4s"}) add(folder + file, folder + file);
    }
    ASSERT_TRUE(store_.put(index_key(grant_.tenant, grant_.revision),
                           R"({"state":")" + state + R"(","objects":{)" + members + "}}"));
  }
  // What the answer's links lead to, as members.
  std::vector<std::string> hinted(const std::string& name, const http::Headers& headers) {
    std::vector<std::string> out;
    const auto folder = name.substr(0, name.rfind('/') + 1);
    std::string_view link = headers.get("Link");
    while (!link.empty()) {
      const auto end = link.find('>');
      out.push_back(folder + std::string(link.substr(1, end - 1)));
      link.remove_prefix(end + 1);
      EXPECT_TRUE(link.starts_with("; rel=preload; as=fetch; crossorigin")) << link;
      link.remove_prefix(std::min(link.size(), link.find(", ") == link.npos ? link.size() : link.find(", ") + 2));
    }
    return out;
  }
  using Names = std::vector<std::string>;
  // The answer once it tells so many members: what has to be read for that is read behind the answers before.
  http::ClientResponse whole(http::Client& http, const std::string& name, std::size_t members) {
    for (;;) {
      auto reply = http.get(url(name));
      if (!reply || reply->status != 200 || hinted(name, reply->headers).size() == members) return *reply;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
};

TEST_F(HintsTest, ThePlaylistTellsWhatAPlayerAsksForNext) {
  auto http = client();
  EXPECT_EQ(http.get(url("main.m3u8"))->status, 200);
  const auto main = std::optional(whole(http, "main.m3u8", 6));
  ASSERT_EQ(main->status, 200) << main->body;
  EXPECT_EQ(hinted("main.m3u8", main->headers),
            (Names{"v540/video.m3u8", "en/audio.m3u8", "v540/init.mp4", "v540/0.m4s", "en/init.mp4", "en/0.m4s"}));
  const auto video = http.get(url("v540/video.m3u8"));
  EXPECT_EQ(hinted("v540/video.m3u8", video->headers), (Names{"v540/init.mp4", "v540/0.m4s"}));
  EXPECT_EQ(video->headers.get("Link"), "<init.mp4>; rel=preload; as=fetch; crossorigin, <0.m4s>; rel=preload; as=fetch; crossorigin");
  for (const auto& name : hinted("main.m3u8", main->headers)) EXPECT_EQ(http.get(url(name))->status, 200) << name;
  EXPECT_EQ(main->headers.get("Link").find(keys_.sign(grant_)), std::string::npos) << "good for every session";
  EXPECT_NE(main->headers.get("Access-Control-Expose-Headers").find("Link"), std::string::npos);
  EXPECT_FALSE(http.get(url("main.m3u8"), {{"If-None-Match", std::string(main->headers.get("ETag"))}})->headers.find("Link"));
  EXPECT_FALSE(http.get(url("v540/0.m4s"))->headers.find("Link"));
  EXPECT_EQ(http.head(url("main.m3u8"))->headers.get("Link"), main->headers.get("Link"));
}

TEST_F(HintsTest, NobodyWaitsForThemAndWhatCouldNotBeReadIsReadAgain) {
  auto http = client();
  ASSERT_EQ(http.get(url("main.m3u8"), {{"If-None-Match", "*"}})->status, 304);  // it is in memory, and no hints are made
  ASSERT_TRUE(store_.remove("ready/en/audio.m3u8"));
  store_.held = true;
  const auto at_once = http.get(url("main.m3u8"));
  store_.held = false;
  ASSERT_TRUE(at_once);
  EXPECT_EQ(hinted("main.m3u8", at_once->headers), (Names{"v540/video.m3u8", "en/audio.m3u8"}));
  whole(http, "main.m3u8", 4);
  put("ready", true);
  whole(http, "main.m3u8", 6);
}

TEST_F(HintsTest, WhatHasNotBegunIsHintedOnceItHas) {
  auto http = client();
  put("provisional", false);
  EXPECT_EQ(hinted("main.m3u8", http.get(url("main.m3u8"))->headers), (Names{"v540/video.m3u8", "en/audio.m3u8"}));
  EXPECT_FALSE(http.get(url("v540/video.m3u8"))->headers.find("Link"));
  put("provisional", true);
  clock_.advance(kProvisionalIndex.stale);
  EXPECT_EQ(hinted("v540/video.m3u8", http.get(url("v540/video.m3u8"))->headers), (Names{"v540/init.mp4", "v540/0.m4s"}));
}

TEST_F(HlsTest, AThousandMissesAtOnceAreOneRead) {
  ASSERT_EQ(client().get(url("index.m3u8"))->status, 200);  // the index is known
  store_.opens = 0;
  store_.held = true;
  std::vector<std::unique_ptr<http::Peer>> readers;
  for (int i = 0; i < 1000; ++i) {
    readers.push_back(std::make_unique<http::Peer>(port_));
    ASSERT_TRUE(readers.back()->send("GET " + url("v540/3.m4s") + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
  }
  while (store_.opens == 0 || server_->connections() < 1000) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  store_.held = false;
  int good = 0;
  for (auto& reader : readers) good += reader->receive().ends_with(segment_);
  EXPECT_EQ(good, 1000);
  EXPECT_EQ(store_.opens, 1);
}

TEST(Index, RefusesWhatItCannotTrust) {
  EXPECT_TRUE(parse_index(R"({"state":"ready","objects":{}})"));
  for (const std::string bad :
       {"", "[]", "{}", R"({"state":"ready"})", R"({"state":"done","objects":{}})",
        R"({"state":"ready","objects":{"a":1}})",
        R"({"state":"ready","objects":{"a":{"key":"../x","bytes":1,"type":"video/mp4"}}})",
        R"({"state":"ready","objects":{"a":{"key":"x","bytes":-1,"type":"video/mp4"}}})",
        R"({"state":"ready","objects":{"a":{"key":"x","bytes":1}}})"})
    EXPECT_FALSE(parse_index(bad)) << bad;
}

}  // namespace
}  // namespace cliffhanger::edge
