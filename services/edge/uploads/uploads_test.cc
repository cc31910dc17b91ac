#include "services/edge/uploads/uploads.h"

#include "libs/core/encoding.h"
#include "libs/http/test_peer.h"
#include "services/edge/edge_world.h"
#include "services/edge/limits.h"
#include "services/edge/uploads/metadata.h"

namespace cliffhanger::edge {
namespace {

const std::string kEpisode = "0193b6c0-0000-7000-8000-000000000001";
const std::string kType = "application/offset+octet-stream";

std::string noise(std::size_t bytes) {
  std::string out(bytes, '\0');
  std::uint32_t state = 12345;
  for (auto& c : out) c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  return out;
}

class UploadsTest : public EdgeTest {
 protected:
  http::Headers headers(const std::string& bearer) {
    return {{"Tus-Resumable", "1.0.0"}, {"Authorization", bearer}};
  }
  http::Headers append_at(std::int64_t offset) {
    auto out = headers(creator());
    out.add("Content-Type", kType);
    out.add("Upload-Offset", std::to_string(offset));
    return out;
  }
  // The path of a new upload.
  std::string create(std::int64_t length) {
    auto with = headers(creator());
    with.add("Upload-Length", std::to_string(length));
    with.add("Upload-Metadata", "episode_id " + base64_encode(kEpisode) + ",filename " +
                                    base64_encode("a b.mp4") + ",filetype " + base64_encode("video/mp4"));
    const auto made = client().post("/uploads", "", with);
    EXPECT_EQ(made->status, 201) << made->body;
    EXPECT_EQ(made->headers.get("Upload-Offset"), "0");
    EXPECT_EQ(made->headers.get("Upload-Expires"), "Fri, 15 Jan 2027 08:00:00 GMT");
    return std::string(made->headers.get("Location"));
  }
  static std::string id_of(const std::string& path) { return path.substr(9); }
  std::string offset_of(const std::string& path) {
    return std::string(client().head(path, headers(creator()))->headers.get("Upload-Offset"));
  }
  std::string stored(const std::string& path) {
    std::string all;
    for (const auto& key : ingest_.get(id_of(path)).parts) all += *store_.get(key);
    return all;
  }
};

TEST_F(UploadsTest, IsCreatedAppendedAndSeen) {
  const auto bytes = noise(700'000);
  const auto path = create(700'000);
  auto http = client();
  for (std::size_t at = 0; at < bytes.size(); at += 262'144) {
    const auto done = http.patch(path, bytes.substr(at, 262'144), append_at(static_cast<std::int64_t>(at)));
    ASSERT_TRUE(done);
    ASSERT_EQ(done->status, 204) << done->body;
    EXPECT_EQ(done->headers.get("Upload-Offset"),
              std::to_string(std::min<std::size_t>(at + 262'144, bytes.size())));
    EXPECT_EQ(done->headers.get("Tus-Resumable"), "1.0.0");
  }
  const auto head = http.head(path, headers(creator()));
  EXPECT_EQ(head->status, 200);
  EXPECT_EQ(head->headers.get("Upload-Offset"), "700000");
  EXPECT_EQ(head->headers.get("Upload-Length"), "700000");
  EXPECT_EQ(head->headers.get("Cache-Control"), "no-store");
  const auto metadata = parse_metadata(head->headers.get("Upload-Metadata"));
  EXPECT_EQ(metadata->at("filename"), "a b.mp4");
  EXPECT_EQ(metadata->at("episode_id"), kEpisode);
  EXPECT_EQ(stored(path), bytes);
}

TEST_F(UploadsTest, ALargeBodyBecomesPartsOfAtMost8MiB) {
  const std::size_t total = 20'000'000;
  const auto bytes = noise(total);
  const auto path = create(total);
  ASSERT_EQ(client().patch(path, bytes, append_at(0))->status, 204);
  const auto upload = ingest_.get(id_of(path));
  ASSERT_EQ(upload.parts.size(), 3u);
  for (const auto& key : upload.parts) EXPECT_LE(store_.head(key)->bytes, kPartBytes);
  EXPECT_EQ(stored(path), bytes);
}

TEST_F(UploadsTest, CreationWithUpload) {
  auto with = headers(creator());
  with.add("Upload-Length", "10");
  with.add("Upload-Metadata", "episode_id " + base64_encode(kEpisode));
  with.add("Content-Type", kType);
  const auto made = client().post("/uploads", "01234", with);
  ASSERT_EQ(made->status, 201) << made->body;
  EXPECT_EQ(made->headers.get("Upload-Offset"), "5");
  const std::string path(made->headers.get("Location"));
  EXPECT_EQ(client().patch(path, "56789", append_at(5))->status, 204);
  EXPECT_EQ(stored(path), "0123456789");
}

TEST_F(UploadsTest, TheKeyIsOfTheCreationAlone) {
  auto with = headers(creator());
  with.add("Upload-Length", "10");
  with.add("Upload-Metadata", "episode_id " + base64_encode(kEpisode));
  with.add("Content-Type", kType);
  with.add("Idempotency-Key", "once");
  const std::string path(client().post("/uploads", "01234", with)->headers.get("Location"));
  auto more = append_at(5);
  more.add("Idempotency-Key", "once");
  EXPECT_EQ(client().patch(path, "567", more)->status, 204);
  auto end = headers(creator());
  end.add("Idempotency-Key", "once");
  EXPECT_EQ(client().head(path, end)->status, 200);
  EXPECT_EQ(client().del(path, end)->status, 204);
  EXPECT_EQ(ingest_.keyed(), std::vector<std::string>{"CreateUpload"});
}

TEST_F(UploadsTest, ACreationThatComesAgainTellsWhereItStands) {
  const auto create_with = [&](const std::string& key, const std::string& body) {
    auto with = headers(creator());
    with.add("Upload-Length", "10");
    with.add("Upload-Metadata", "episode_id " + base64_encode(kEpisode));
    with.add("Content-Type", kType);
    with.add("Idempotency-Key", key);
    return client().post("/uploads", body, with);
  };
  for (const std::string body : {"01234", "0123456789"}) {
    const auto first = create_with(body, body), again = create_with(body, body);
    ASSERT_EQ(again->status, 201) << again->body;
    EXPECT_EQ(again->headers.get("Location"), first->headers.get("Location"));
    EXPECT_EQ(again->headers.get("Upload-Offset"), std::to_string(body.size()));
    EXPECT_EQ(stored(std::string(first->headers.get("Location"))), body);
  }
}

TEST_F(UploadsTest, WithoutAValidTokenNothingReachesIngest) {
  const auto path = create(100);
  ingest_server_.stop();  // who asks it gets 503
  EXPECT_EQ(client().head(path, headers(creator()))->status, 423);
  for (const auto& [token, reason] :
       std::map<std::string, std::string>{{"", "TOKEN_MISSING"}, {"Bearer nonsense", "TOKEN_INVALID"}}) {
    auto with = append_at(0);
    with.set("Upload-Length", "5");
    with.remove("Authorization");
    if (!token.empty()) with.set("Authorization", token);
    for (const std::string method : {"POST", "PATCH", "HEAD", "DELETE"}) {
      const auto target = method == "POST" ? "/uploads" : path;
      const auto got = client().send({method, target, with, method == "PATCH" ? "x" : "", {}});
      EXPECT_EQ(got->status, 401) << method;
      if (method != "HEAD") EXPECT_NE(got->body.find(reason), std::string::npos) << got->body;
    }
  }
}

TEST_F(UploadsTest, EveryVerbHasARate) {
  const auto path = create(100);
  strict_now_ = true;
  auto http = client();
  EXPECT_EQ(http.patch(path, "0", append_at(0))->status, 204);
  EXPECT_EQ(http.head(path, headers(creator()))->status, 200);
  EXPECT_EQ(http.patch(path, "1", append_at(1))->status, 204);
  const auto before = ingest_.calls();
  const auto refused = http.patch(path, "2", append_at(2));
  EXPECT_EQ(refused->status, 429) << refused->body;
  EXPECT_TRUE(refused->headers.find("Retry-After"));
  const auto later = client().head(path, headers(creator()));
  EXPECT_EQ(later->status, 423) << "by 429 clients would give the upload up";
  EXPECT_TRUE(later->headers.find("Retry-After"));
  EXPECT_EQ(client().del(path, headers(creator()))->status, 429);
  EXPECT_EQ(ingest_.calls(), before);
}

TEST_F(UploadsTest, OnePersonHasNoMoreThanSixteenAtOnce) {
  const auto begin = [&](http::Peer& peer, const std::string& path) {
    peer.send("PATCH " + path +
              " HTTP/1.1\r\nHost: a\r\nTus-Resumable: 1.0.0\r\nAuthorization: " + creator() +
              "\r\nContent-Type: " + kType + "\r\nUpload-Offset: 0\r\nContent-Length: 100\r\n\r\n");
    for (int i = 0; i < 2000 && ingest_.get(id_of(path)).epoch == 0; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    EXPECT_EQ(ingest_.get(id_of(path)).epoch, 1);
  };
  const auto last = create(3);
  const auto me = creator_;
  {
    std::vector<std::unique_ptr<http::Peer>> open;
    for (std::size_t i = 0; i < kMaxUploadsOfOne; ++i)
      begin(*open.emplace_back(std::make_unique<http::Peer>(port_)), create(100));
    const auto refused = client().patch(last, "abc", append_at(0));
    EXPECT_EQ(refused->status, 429) << refused->body;
    EXPECT_NE(refused->body.find("TOO_MANY_UPLOADS"), std::string::npos);
    EXPECT_EQ(refused->headers.get("Retry-After"), "1");
    creator_ = UserId::make(clock_.now(), random_);
    EXPECT_EQ(client().patch(create(3), "abc", append_at(0))->status, 204) << "another person";
    creator_ = me;
  }
  int status = 429;  // until the edge has seen that the connections are gone
  for (int i = 0; i < 2000 && status == 429; ++i) {
    status = client().patch(last, "abc", append_at(0))->status;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(status, 204);
}

TEST_F(UploadsTest, ABrokenConnectionCommitsWhatArrived) {
  const auto path = create(1'000'000);
  {
    http::Peer peer(port_);
    peer.send("PATCH " + path + " HTTP/1.1\r\nHost: a\r\nTus-Resumable: 1.0.0\r\nAuthorization: " +
              creator() + "\r\nContent-Type: " + kType +
              "\r\nUpload-Offset: 0\r\nContent-Length: 1000000\r\n\r\n" + noise(300'000));
  }
  for (int i = 0; i < 2000 && offset_of(path) == "0"; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(offset_of(path), "300000");
  const auto rest = noise(1'000'000).substr(300'000);
  EXPECT_EQ(client().patch(path, rest, append_at(300'000))->status, 204);
  EXPECT_EQ(stored(path), noise(1'000'000));
}

TEST_F(UploadsTest, ChunkedBodiesAreTakenAndBoundedByTheLength) {
  const auto path = create(10);
  const auto send = [&](std::int64_t offset, const std::string& chunks) {
    http::Peer peer(port_);
    peer.send("PATCH " + path +
              " HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTus-Resumable: 1.0.0\r\nAuthorization: " +
              creator() + "\r\nContent-Type: " + kType + "\r\nUpload-Offset: " + std::to_string(offset) +
              "\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks);
    return http::status_line(peer.receive());
  };
  EXPECT_EQ(send(0, "4\r\n0123\r\n0\r\n\r\n"), "HTTP/1.1 204 No Content");
  EXPECT_EQ(send(4, "8\r\n45678901\r\n0\r\n\r\n"), "HTTP/1.1 413 Content Too Large");
  EXPECT_EQ(offset_of(path), "10");
  EXPECT_EQ(stored(path), "0123456789");
}

TEST_F(UploadsTest, ANewerWriterFencesTheOlder) {
  const auto path = create(100);
  http::Peer old(port_);
  old.send("PATCH " + path + " HTTP/1.1\r\nHost: a\r\nTus-Resumable: 1.0.0\r\nAuthorization: " + creator() +
           "\r\nContent-Type: " + kType + "\r\nUpload-Offset: 0\r\nContent-Length: 100\r\n\r\n" +
           std::string(50, 'o'));
  for (int i = 0; i < 2000 && ingest_.get(id_of(path)).epoch == 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(client().patch(path, std::string(100, 'n'), append_at(0))->status, 204);
  old.send(std::string(50, 'o'));
  const auto answer = old.receive("trace_id");
  EXPECT_EQ(http::status_line(answer).substr(0, 12), "HTTP/1.1 409");
  EXPECT_NE(answer.find("STALE_EPOCH"), std::string::npos);
  EXPECT_EQ(stored(path), std::string(100, 'n'));
}

TEST_F(UploadsTest, NothingIsAcknowledgedThatIngestDidNotCommit) {
  const auto path = create(100);
  ingest_.fail_commits(true);
  const auto failed = client().patch(path, std::string(100, 'x'), append_at(0));
  EXPECT_EQ(failed->status, 503);
  EXPECT_TRUE(failed->headers.find("Retry-After"));
  ingest_.fail_commits(false);
  EXPECT_EQ(offset_of(path), "0");
  EXPECT_EQ(client().patch(path, std::string(100, 'y'), append_at(0))->status, 204);
  EXPECT_EQ(stored(path), std::string(100, 'y'));
}

TEST_F(UploadsTest, UnderOverloadNothingNewIsBegunAndWhatIsHereIsCommitted) {
  const auto path = create(200);
  std::vector<Admission::Slot> busy;
  for (int i = 0; i < 39; ++i) busy.push_back(admission_.hold());  // of 64: uploads have 38
  const auto refused = client().patch(path, std::string(100, 'x'), append_at(0));
  EXPECT_EQ(refused->status, 503);
  EXPECT_NE(refused->body.find("OVERLOADED"), std::string::npos);
  EXPECT_TRUE(refused->headers.find("Retry-After"));
  EXPECT_EQ(client().head(path, headers(creator()))->status, 423);
  busy.clear();
  ingest_.hold_commits(true);
  std::thread sending([&] { EXPECT_EQ(client().patch(path, std::string(100, 'x'), append_at(0))->status, 204); });
  while (ingest_.holding() == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_GE(admission_.under_way(), 1u) << "a commit counts";
  while (busy.size() < 100) busy.push_back(admission_.hold());
  ingest_.hold_commits(false);
  sending.join();
  busy.clear();
  EXPECT_EQ(offset_of(path), "100");
  EXPECT_EQ(admission_.under_way(), 0u);
}

TEST_F(UploadsTest, TerminationEndsIt) {
  const auto path = create(100);
  EXPECT_EQ(client().del(path, headers(creator()))->status, 204);
  EXPECT_EQ(client().head(path, headers(creator()))->status, 410);
  const auto patch = client().patch(path, "x", append_at(0));
  EXPECT_EQ(patch->status, 410);
  EXPECT_NE(patch->body.find("UPLOAD_NOT_RECEIVING"), std::string::npos);
}

TEST_F(UploadsTest, EveryFaultHasItsStatusAndReason) {
  const auto path = create(100);
  const auto expect = [](const Result<http::ClientResponse>& got, int status, std::string_view reason) {
    ASSERT_TRUE(got);
    EXPECT_EQ(got->status, status) << got->body;
    EXPECT_NE(got->body.find('"' + std::string(reason) + '"'), std::string::npos) << got->body;
    EXPECT_EQ(got->headers.get("Content-Type"), "application/problem+json");
    EXPECT_EQ(got->headers.get("Tus-Resumable"), "1.0.0");
  };
  const auto without = [](http::Headers from, std::string_view name) { return from.remove(name), from; };
  const auto with = [](http::Headers from, std::string_view name, std::string value) {
    return from.set(name, value), from;
  };
  auto http = client();
  const auto wrong = http.patch(path, "x", append_at(5));
  expect(wrong, 409, "WRONG_OFFSET");
  EXPECT_EQ(wrong->headers.get("Upload-Offset"), "0");
  expect(http.patch(path, "x", without(append_at(0), "Tus-Resumable")), 412, "TUS_VERSION");
  expect(http.patch(path, "x", with(append_at(0), "Tus-Resumable", "0.2.2")), 412, "TUS_VERSION");
  expect(http.patch(path, "x", with(append_at(0), "Content-Type", "text/plain")), 415,
         "UNSUPPORTED_MEDIA_TYPE");
  expect(http.patch(path, "x", with(append_at(0), "Upload-Offset", "-1")), 400, "BAD_UPLOAD_OFFSET");
  expect(http.patch(path, std::string(101, 'x'), append_at(0)), 413, "UPLOAD_TOO_LARGE");
  expect(http.patch(path, "x", without(append_at(0), "Authorization")), 401, "TOKEN_MISSING");
  const auto stranger = bearer(Role::kCreator, UserId::make(clock_.now(), random_));
  expect(http.patch(path, "x", with(append_at(0), "Authorization", stranger)), 404, "UPLOAD_NOT_FOUND");
  EXPECT_EQ(http.head(path, headers(stranger))->status, 404);
  expect(http.patch("/uploads/" + kEpisode, "x", append_at(0)), 404, "UPLOAD_NOT_FOUND");
  expect(http.post("/uploads", "", headers(creator())), 400, "BAD_UPLOAD_LENGTH");
  expect(http.post("/uploads", "", with(headers(creator()), "Upload-Defer-Length", "2")), 400, "BAD_UPLOAD_LENGTH");
  expect(http.post("/uploads", "", with(headers(creator()), "Upload-Concat", "final;x")), 400, "BAD_UPLOAD_CONCAT");
  auto bad = with(headers(creator()), "Upload-Length", "5");
  expect(http.post("/uploads", "", with(bad, "Upload-Metadata", "episode_id !!!")), 400,
         "BAD_UPLOAD_METADATA");
  bad.set("Upload-Metadata", "episode_id " + base64_encode(kEpisode));
  expect(http.post("/uploads", "", with(bad, "Upload-Length", std::to_string(1ll << 31))), 413,
         "UPLOAD_TOO_LARGE");
  EXPECT_EQ(offset_of(path), "0");
}

TEST_F(UploadsTest, PatchMayComeAsPost) {
  const auto path = create(3);
  auto with = append_at(0);
  with.add("X-HTTP-Method-Override", "PATCH");
  EXPECT_EQ(client().post(path, "abc", with)->status, 204);
  EXPECT_EQ(client().post(path, "abc", append_at(0))->status, 405);
}

TEST(UploadMetadata, IsStrict) {
  const auto good = parse_metadata("a " + base64_encode("x y") + ", b ,c");
  ASSERT_TRUE(good);
  EXPECT_EQ(*good, (std::map<std::string, std::string>{{"a", "x y"}, {"b", ""}, {"c", ""}}));
  for (const std::string bad : {"a !!", "a YQ==,a YQ==", ",", "a /w==", "a YQ== YQ==", "\xC3\xB6 YQ==", "\xFF", "a\x7F"})
    EXPECT_FALSE(parse_metadata(bad)) << bad;
  EXPECT_FALSE(parse_metadata(std::string(kMaxUploadMetadata + 1, 'a')));
}

}  // namespace
}  // namespace cliffhanger::edge
