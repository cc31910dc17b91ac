// Resumable uploads of the IETF draft, and what they have to do with tus.
#include "services/edge/uploads/draft.h"

#include <thread>

#include "libs/core/encoding.h"
#include "libs/digest/sha256.h"
#include "libs/http/test_peer.h"
#include "services/edge/edge_world.h"
#include "services/edge/limits.h"

namespace cliffhanger::edge {
namespace {

using Fields = std::initializer_list<std::pair<std::string, std::string>>;

const std::string kEpisode = "0193b6c0-0000-7000-8000-000000000001";
const std::string kCreation = "/uploads?episode_id=" + kEpisode;
const std::string kTypes = "https://iana.org/assignments/http-problem-types#";
// What a 104 begins with.
const std::string kHint = "HTTP/1.1 104 Upload Resumption Supported\r\n";

class DraftTest : public EdgeTest {
 protected:
  http::Headers with(Fields more) {
    http::Headers out{{"Upload-Draft-Interop-Version", "8"}, {"Authorization", creator()}};
    for (const auto& [name, value] : more) out.add(name, value);
    return out;
  }
  http::Headers append_at(std::int64_t offset, bool complete, Fields more = {}) {
    auto out = with(more);
    out.add("Content-Type", "application/partial-upload");
    out.add("Upload-Offset", std::to_string(offset));
    out.add("Upload-Complete", complete ? "?1" : "?0");
    return out;
  }
  http::ClientResponse post(const std::string& body, Fields more) {
    return *client().post(kCreation, body, with(more));
  }
  // The path of a new upload; of an open length if it is 0.
  std::string create(std::int64_t length) {
    auto headers = with({{"Upload-Complete", "?0"}});
    if (length > 0) headers.add("Upload-Length", std::to_string(length));
    const auto made = client().post(kCreation, "", headers);
    EXPECT_EQ(made->status, 201) << made->body;
    EXPECT_EQ(made->headers.get("Upload-Complete"), "?0");
    return std::string(made->headers.get("Location"));
  }
  http::ClientResponse head(const std::string& path) { return *client().head(path, with({})); }
  std::string offset_of(const std::string& path) {
    return std::string(head(path).headers.get("Upload-Offset"));
  }
  std::string stored(const std::string& path) {
    std::string all;
    for (const auto& key : ingest_.get(path.substr(9)).parts) all += *store_.get(key);
    return all;
  }
  std::string raw(const std::string& method, const std::string& target, Fields more) {
    std::string out = method + ' ' + target + " HTTP/1.1\r\nHost: a\r\nAuthorization: " + creator() + "\r\n";
    for (const auto& [name, value] : more) out += name + ": " + value + "\r\n";
    return out + "\r\n";
  }
  template <class Until>
  static bool eventually(Until until) {
    for (int i = 0; i < 4000; ++i) {
      if (until()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
  }
  static void expect_problem(const http::ClientResponse& got, int status, const std::string& type,
                             const std::string& code) {
    EXPECT_EQ(got.status, status) << got.body;
    EXPECT_EQ(got.headers.get("Content-Type"), "application/problem+json");
    EXPECT_EQ(got.headers.get("Upload-Complete"), "?0");
    EXPECT_NE(got.body.find("{\"type\":\"" + (type.empty() ? "about:blank" : kTypes + type) + '"'),
              std::string::npos)
        << got.body;
    EXPECT_NE(got.body.find("\"code\":\"" + code + '"'), std::string::npos) << got.body;
  }
};

TEST_F(DraftTest, OptionsTellBothProtocols) {
  const auto options = client().send({"OPTIONS", "/uploads", {}, {}, {}});
  EXPECT_EQ(options->status, 204);
  EXPECT_EQ(options->headers.get("Accept-Patch"), "application/partial-upload");
  EXPECT_EQ(options->headers.get("Upload-Limit"), "max-size=1073741824");
  EXPECT_EQ(options->headers.get("Tus-Version"), "1.0.0");
  EXPECT_EQ(options->headers.get("Tus-Max-Size"), "1073741824");
}

TEST_F(DraftTest, AFileGoesInOneRequest) {
  const auto made = post("0123456789", {{"Upload-Complete", "?1"}, {"Content-Type", "video/mp4"}});
  EXPECT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.headers.get("Upload-Complete"), "?1");
  EXPECT_EQ(made.headers.get("Upload-Offset"), "10");
  const std::string path(made.headers.get("Location"));
  EXPECT_EQ(stored(path), "0123456789");
  EXPECT_EQ(ingest_.get(path.substr(9)).type, "video/mp4");
  const auto known = head(path);
  EXPECT_EQ(known.status, 204);
  EXPECT_EQ(known.headers.get("Upload-Complete"), "?1");
  EXPECT_EQ(known.headers.get("Upload-Length"), "10");
}

TEST_F(DraftTest, AFileGoesInPiecesOfALengthThatIsToldLast) {
  const auto path = create(0);
  auto known = head(path);
  EXPECT_EQ(known.headers.get("Upload-Complete"), "?0");
  EXPECT_EQ(known.headers.get("Upload-Offset"), "0");
  EXPECT_FALSE(known.headers.find("Upload-Length"));
  EXPECT_EQ(known.headers.get("Cache-Control"), "no-store");
  EXPECT_TRUE(known.headers.get("Upload-Limit").starts_with("max-size=1073741824, max-age="))
      << known.headers.get("Upload-Limit");
  const auto first = client().patch(path, "0123", append_at(0, false));
  EXPECT_EQ(first->status, 204) << first->body;
  EXPECT_EQ(first->headers.get("Upload-Complete"), "?0");
  EXPECT_EQ(first->headers.get("Upload-Offset"), "4");
  const auto last = client().patch(path, "456789", append_at(4, true));
  EXPECT_EQ(last->status, 201) << last->body;
  EXPECT_EQ(last->headers.get("Upload-Complete"), "?1");
  EXPECT_EQ(last->headers.get("Location"), path);
  EXPECT_EQ(stored(path), "0123456789");
  EXPECT_EQ(ingest_.get(path.substr(9)).length, 10);
}

TEST_F(DraftTest, TheEndMayComeWithNoBytesAndAgain) {
  for (const std::int64_t length : {0, 4}) {
    const auto path = create(length);
    const auto piece = client().patch(path, "0123", append_at(0, false));
    EXPECT_EQ(piece->status, 204);
    EXPECT_EQ(piece->headers.get("Upload-Complete"), "?0");
    for (int again = 0; again < 2; ++again) {
      const auto end = client().patch(path, "", append_at(4, true));
      EXPECT_EQ(end->status, 201) << end->body;
      EXPECT_EQ(end->headers.get("Upload-Complete"), "?1");
    }
    EXPECT_EQ(head(path).headers.get("Upload-Complete"), "?1");
  }
}

TEST_F(DraftTest, AChunkedBodyEndsAnOpenUpload) {
  http::Peer peer(port_);
  peer.send(raw("POST", kCreation,
                {{"Upload-Complete", "?1"}, {"Transfer-Encoding", "chunked"}, {"Connection", "close"}}) +
            "4\r\n0123\r\n0\r\n\r\n");
  const auto answer = peer.receive();
  EXPECT_EQ(http::status_line(answer), "HTTP/1.1 201 Created");
  EXPECT_NE(answer.find("\r\nUpload-Complete: ?1\r\n"), std::string::npos) << answer;
  const auto at = answer.find("Location: ") + 10;
  EXPECT_EQ(ingest_.get(answer.substr(at, answer.find('\r', at) - at).substr(9)).length, 4);
}

TEST_F(DraftTest, WhoKnowsTheVersionHearsWhereToGoOnWhileTheBodyComes) {
  http::Peer peer(port_);
  peer.send(raw("POST", kCreation,
                {{"Upload-Complete", "?1"},
                 {"Upload-Draft-Interop-Version", "8"},
                 {"Content-Length", "20000000"},
                 {"Connection", "close"}}));
  const auto hint = peer.receive("\r\n\r\n");
  EXPECT_TRUE(hint.starts_with(kHint)) << hint;
  EXPECT_NE(hint.find("\r\nUpload-Draft-Interop-Version: 8\r\n"), std::string::npos);
  EXPECT_NE(hint.find("\r\nUpload-Limit: max-size=1073741824, max-age="), std::string::npos);
  const auto at = hint.find("Location: ") + 10;
  const std::string path = hint.substr(at, hint.find('\r', at) - at);
  peer.send(std::string(kPartBytes, 'x'));
  const auto progress = peer.receive("\r\n\r\n");
  EXPECT_EQ(progress, kHint + "Upload-Offset: 8388608\r\nUpload-Draft-Interop-Version: 8\r\n\r\n");
  peer.send(std::string(20'000'000 - kPartBytes, 'x'));
  const auto answer = peer.receive();
  EXPECT_NE(answer.find("HTTP/1.1 201 Created\r\n"), std::string::npos) << answer;
  EXPECT_NE(answer.find("\r\nLocation: " + path + "\r\n"), std::string::npos) << answer;
}

TEST_F(DraftTest, OthersHearNothingBeforeTheAnswer) {
  for (const std::string version : {"", "7", "9", "eight", "8, 8", "-8"}) {
    http::Peer peer(port_);
    peer.send(raw("POST", kCreation,
                  {{"Upload-Complete", "?1"},
                   {"Content-Length", "2"},
                   {"Connection", "close"},
                   {version.empty() ? "X-None" : "Upload-Draft-Interop-Version", version}}) +
              "ab");
    EXPECT_EQ(http::status_line(peer.receive()), "HTTP/1.1 201 Created") << version;
  }
}

TEST_F(DraftTest, EachProtocolGoesOnWithTheOthersUploads) {
  const auto tus = [&](const std::string& path, const std::string& bytes, std::int64_t offset) {
    return *client().patch(path, bytes,
                           {{"Tus-Resumable", "1.0.0"},
                            {"Authorization", creator()},
                            {"Content-Type", "application/offset+octet-stream"},
                            {"Upload-Offset", std::to_string(offset)}});
  };
  const auto path = create(9);
  EXPECT_EQ(client().patch(path, "012", append_at(0, false))->status, 204);
  EXPECT_EQ(tus(path, "345", 3).headers.get("Upload-Offset"), "6");
  const auto last = client().patch(path, "678", append_at(6, true));
  EXPECT_EQ(last->headers.get("Upload-Complete"), "?1");
  EXPECT_EQ(last->headers.find("Tus-Resumable"), std::nullopt);
  EXPECT_EQ(stored(path), "012345678");
  const auto seen = client().head(path, {{"Tus-Resumable", "1.0.0"}, {"Authorization", creator()}});
  EXPECT_EQ(seen->status, 200);
  EXPECT_EQ(seen->headers.get("Upload-Metadata"), "episode_id " + base64_encode(kEpisode));
  EXPECT_EQ(seen->headers.find("Upload-Complete"), std::nullopt);
}

TEST_F(DraftTest, AWrongOffsetIsToldTheRightOne) {
  const auto path = create(10);
  EXPECT_EQ(client().patch(path, "01234", append_at(0, false))->status, 204);
  for (const std::int64_t offset : {0, 7}) {
    const auto wrong = client().patch(path, "x", append_at(offset, false));
    expect_problem(*wrong, 409, "mismatching-upload-offset", "WRONG_OFFSET");
    EXPECT_EQ(wrong->headers.get("Upload-Offset"), "5");
    EXPECT_NE(wrong->body.find("\"expected-offset\":5,\"provided-offset\":" + std::to_string(offset)),
              std::string::npos)
        << wrong->body;
  }
  EXPECT_EQ(offset_of(path), "5");
}

TEST_F(DraftTest, LengthsMustAgree) {
  const auto inconsistent = [](const http::ClientResponse& got, const std::string& code) {
    expect_problem(got, 400, "inconsistent-upload-length", code);
  };
  inconsistent(post("01234", {{"Upload-Complete", "?1"}, {"Upload-Length", "6"}}), "LENGTH_INCONSISTENT");
  inconsistent(post("01234", {{"Upload-Complete", "?0"}, {"Upload-Length", "4"}}), "LENGTH_INCONSISTENT");
  const auto path = create(10);
  inconsistent(*client().patch(path, "01234", append_at(0, true)), "LENGTH_FIXED");
  inconsistent(*client().patch(path, "01234", append_at(0, false, {{"Upload-Length", "11"}})),
               "LENGTH_FIXED");
  inconsistent(*client().patch(path, "01234567890", append_at(0, false)), "LENGTH_INCONSISTENT");
  inconsistent(*client().patch(path, "01234", append_at(0, true, {{"Upload-Length", "10"}})),
               "LENGTH_INCONSISTENT");
  EXPECT_EQ(offset_of(path), "0");
  const auto open = create(0);
  EXPECT_EQ(client().patch(open, "01234", append_at(0, false))->status, 204);
  inconsistent(*client().patch(open, "5", append_at(5, false, {{"Upload-Length", "4"}})),
               "BAD_UPLOAD_LENGTH");
  EXPECT_EQ(client().patch(open, "5", append_at(5, false, {{"Upload-Length", "7"}}))->status, 204);
  EXPECT_EQ(client().patch(open, "6", append_at(6, true))->status, 201);
  EXPECT_EQ(stored(open), "0123456");
}

TEST_F(DraftTest, AChunkedBodyThatEndsEarlyEndsNothingAndOneThatIsTooLongEndsTheUpload) {
  const auto send = [&](const std::string& path, const std::string& complete, const std::string& chunks) {
    http::Peer peer(port_);
    peer.send(raw("PATCH", path,
                  {{"Upload-Complete", complete},
                   {"Upload-Offset", "0"},
                   {"Content-Type", "application/partial-upload"},
                   {"Transfer-Encoding", "chunked"},
                   {"Connection", "close"}}) +
              chunks);
    return peer.receive();
  };
  const auto early = create(10);
  const auto answer = send(early, "?1", "4\r\n0123\r\n0\r\n\r\n");
  EXPECT_EQ(http::status_line(answer), "HTTP/1.1 400 Bad Request");
  EXPECT_NE(answer.find(kTypes + "inconsistent-upload-length"), std::string::npos) << answer;
  EXPECT_EQ(offset_of(early), "4");
  EXPECT_EQ(head(early).headers.get("Upload-Complete"), "?0");
  const auto late = create(10);
  const auto void_now = send(late, "?0", "c\r\n012345678901\r\n0\r\n\r\n");
  EXPECT_EQ(http::status_line(void_now), "HTTP/1.1 400 Bad Request");
  EXPECT_NE(void_now.find(kTypes + "inconsistent-upload-length"), std::string::npos) << void_now;
  EXPECT_EQ(head(late).status, 410);
  EXPECT_TRUE(ingest_.get(late.substr(9)).parts.empty());
}

TEST_F(DraftTest, ACompleteUploadTakesNothingMore) {
  const auto path = create(4);
  EXPECT_EQ(client().patch(path, "0123", append_at(0, true))->status, 201);
  expect_problem(*client().patch(path, "4", append_at(4, false)), 400, "inconsistent-upload-length",
                 "LENGTH_INCONSISTENT");
  expect_problem(*client().patch(path, "", append_at(4, false)), 400, "completed-upload", "UPLOAD_COMPLETE");
  const auto before = client().patch(path, "0123", append_at(0, true));
  expect_problem(*before, 409, "mismatching-upload-offset", "WRONG_OFFSET");
  EXPECT_EQ(before->headers.get("Upload-Offset"), "4");
  EXPECT_EQ(stored(path), "0123");
}

TEST_F(DraftTest, FieldsThatAreMalformedDontCount) {
  const auto path = create(10);
  for (const std::string bad : {"1", "true", "?2", "?", "", "?1, ?1", "?1 ?0", "?1;", "\"?1\""}) {
    expect_problem(post("x", {{"Upload-Complete", bad}}), 400, "", "BAD_UPLOAD_COMPLETE");
    auto headers = append_at(0, false);
    headers.set("Upload-Complete", bad);
    expect_problem(*client().patch(path, "x", headers), 400, "", "BAD_UPLOAD_COMPLETE");
  }
  for (const std::string bad :
       {"-1", "1.0", "0x1", "", "9999999999999999", "?0", "0 0", "0,0", ":AA==:", "0;A"}) {
    auto headers = append_at(0, false);
    headers.set("Upload-Offset", bad);
    expect_problem(*client().patch(path, "x", headers), 400, "", "BAD_UPLOAD_OFFSET");
  }
  const auto open = post("", {{"Upload-Complete", "?0"}, {"Upload-Length", "-5"}});
  EXPECT_EQ(open.status, 201);
  EXPECT_FALSE(head(std::string(open.headers.get("Location"))).headers.find("Upload-Length"));
  auto odd = append_at(0, false);
  odd.set("Upload-Offset", " 0;source=\"a,b\"");
  odd.set("Upload-Complete", "?0;x");
  EXPECT_EQ(client().patch(path, "x", odd)->status, 204);
}

TEST_F(DraftTest, EveryOtherFaultHasItsStatus) {
  const auto path = create(10);
  auto typed = append_at(0, false);
  typed.set("Content-Type", "application/offset+octet-stream");
  expect_problem(*client().patch(path, "x", typed), 415, "", "UNSUPPORTED_MEDIA_TYPE");
  auto nobody = append_at(0, false);
  nobody.remove("Authorization");
  expect_problem(*client().patch(path, "x", nobody), 401, "", "TOKEN_MISSING");
  auto stranger = append_at(0, false);
  stranger.set("Authorization", bearer(Role::kCreator, UserId::make(clock_.now(), random_)));
  expect_problem(*client().patch(path, "x", stranger), 404, "", "UPLOAD_NOT_FOUND");
  expect_problem(*client().patch("/uploads/nothing", "x", append_at(0, false)), 404, "", "UPLOAD_NOT_FOUND");
  expect_problem(post("", {{"Upload-Complete", "?1"}}), 400, "", "UPLOAD_EMPTY");
  expect_problem(*client().patch(create(0), "", append_at(0, true)), 400, "", "UPLOAD_EMPTY");
  const auto large = post("", {{"Upload-Complete", "?0"}, {"Upload-Length", "1073741825"}});
  expect_problem(large, 413, "", "UPLOAD_TOO_LARGE");
  EXPECT_EQ(large.headers.get("Upload-Limit"), "max-size=1073741824");
  for (const std::string bytes : {"1099511627777", "999999999999999999"}) {
    http::Peer peer(port_);
    peer.send(raw("PATCH", path,
                  {{"Upload-Complete", "?1"},
                   {"Upload-Offset", "999999999999999"},
                   {"Content-Type", "application/partial-upload"},
                   {"Content-Length", bytes}}));
    const auto answer = peer.receive("trace_id");
    EXPECT_EQ(http::status_line(answer), "HTTP/1.1 413 Content Too Large") << answer;
  }
  EXPECT_EQ(client().del(path, with({}))->status, 204);
  EXPECT_EQ(head(path).status, 410);
  expect_problem(*client().patch(path, "x", append_at(0, false)), 410, "", "UPLOAD_NOT_RECEIVING");
}

TEST_F(DraftTest, ADigestOfTheBodyIsChecked) {
  const auto digest = [](std::string_view of) { return "sha-256=:" + base64_encode(sha256(of)) + ":"; };
  const auto path = create(5);
  expect_problem(*client().patch(path, "01234", append_at(0, true, {{"Content-Digest", digest("other")}})),
                 400, "", "CHECKSUM_MISMATCH");
  EXPECT_EQ(offset_of(path), "0");
  expect_problem(*client().patch(path, "01234", append_at(0, true, {{"Content-Digest", "sha-256=:AAAA:"}})),
                 400, "", "BAD_CHECKSUM");
  EXPECT_EQ(client().patch(path, "01234", append_at(0, true, {{"Content-Digest", digest("01234")}}))->status,
            201);
}

TEST_F(DraftTest, ACreationThatComesAgainIsAnsweredAgainOrToldWhereItStands) {
  const auto again = [&](const std::string& key, const std::string& body, const std::string& complete) {
    return post(body, {{"Upload-Complete", complete}, {"Idempotency-Key", key}, {"Upload-Length", "5"}});
  };
  const auto whole = again("a", "01234", "?1");
  EXPECT_EQ(again("a", "01234", "?1").headers.get("Location"), whole.headers.get("Location"));
  EXPECT_EQ(again("a", "01234", "?1").headers.get("Upload-Complete"), "?1");
  const auto part = again("b", "012", "?0");
  const auto known = again("b", "012", "?0");
  expect_problem(known, 409, "mismatching-upload-offset", "WRONG_OFFSET");
  EXPECT_EQ(known.headers.get("Location"), part.headers.get("Location"));
  EXPECT_EQ(known.headers.get("Upload-Offset"), "3");
}

TEST_F(DraftTest, WhatFailsOnOurSideIsNoEndOfTheUpload) {
  ingest_.fail_commits(true);
  const auto failed = post("01234", {{"Upload-Complete", "?1"}});
  expect_problem(failed, 503, "", "DATABASE_AWAY");
  const std::string path(failed.headers.get("Location"));
  ingest_.fail_commits(false);
  EXPECT_EQ(offset_of(path), "0");
  EXPECT_EQ(client().patch(path, "01234", append_at(0, true))->headers.get("Upload-Complete"), "?1");
  EXPECT_EQ(stored(path), "01234");
}

TEST_F(DraftTest, ABrokenConnectionCommitsWhatArrivedBeforeTheOffsetIsTold) {
  const auto path = create(1'000'000);
  {
    http::Peer peer(port_);
    peer.send(raw("PATCH", path,
                  {{"Upload-Complete", "?1"},
                   {"Upload-Offset", "0"},
                   {"Content-Type", "application/partial-upload"},
                   {"Content-Length", "1000000"}}) +
              std::string(300'000, 'x'));
    ASSERT_TRUE(eventually([&] { return ingest_.get(path.substr(9)).epoch == 1; }));
  }
  EXPECT_EQ(offset_of(path), "300000");
  EXPECT_EQ(client().patch(path, std::string(700'000, 'y'), append_at(300'000, true))->status, 201);
  EXPECT_EQ(stored(path), std::string(300'000, 'x') + std::string(700'000, 'y'));
}

// The other end went away without a word: what it brought and what it may yet bring must not move the offset
// that was told.
TEST_F(DraftTest, AnOffsetThatWasToldStaysTrue) {
  const auto path = create(100);
  http::Peer old(port_);
  old.send(raw("PATCH", path,
               {{"Upload-Complete", "?1"},
                {"Upload-Offset", "0"},
                {"Content-Type", "application/partial-upload"},
                {"Content-Length", "100"}}) +
           std::string(50, 'o'));
  ASSERT_TRUE(eventually([&] { return ingest_.get(path.substr(9)).epoch == 1; }));
  EXPECT_EQ(offset_of(path), "0");
  old.send(std::string(50, 'o'));
  EXPECT_EQ(http::status_line(old.receive("trace_id")), "HTTP/1.1 409 Conflict");
  EXPECT_EQ(client().patch(path, std::string(100, 'n'), append_at(0, true))->status, 201);
  EXPECT_EQ(stored(path), std::string(100, 'n'));
}

TEST_F(DraftTest, WithoutRoomForAByteMoreTheOffsetIsToldAllTheSame) {
  const auto path = create(0);
  ASSERT_EQ(client().patch(path, "01234", append_at(0, false))->status, 204);
  ingest_.fill_storage(true);
  const auto before = ingest_.get(path.substr(9)).epoch;
  const auto told = head(path);
  EXPECT_EQ(told.status, 204) << told.body;
  EXPECT_EQ(told.headers.get("Upload-Offset"), "5");
  EXPECT_GT(ingest_.get(path.substr(9)).epoch, before) << "whoever still writes is fenced";
  const auto refused = client().patch(path, "5", append_at(5, false));
  EXPECT_EQ(refused->status, 413);
  EXPECT_NE(refused->body.find("TENANT_QUOTA_EXCEEDED"), std::string::npos) << refused->body;
  EXPECT_EQ(client().patch(path, "", append_at(5, true))->status, 201) << "what is there may be the whole";
}

TEST_F(DraftTest, ANewerWriterFencesTheOlder) {
  const auto path = create(100);
  http::Peer old(port_);
  old.send(raw("PATCH", path,
               {{"Upload-Complete", "?1"},
                {"Upload-Offset", "0"},
                {"Content-Type", "application/partial-upload"},
                {"Content-Length", "100"}}) +
           std::string(50, 'o'));
  ASSERT_TRUE(eventually([&] { return ingest_.get(path.substr(9)).epoch == 1; }));
  EXPECT_EQ(client().patch(path, std::string(100, 'n'), append_at(0, true))->status, 201);
  old.send(std::string(50, 'o'));
  const auto answer = old.receive("trace_id");
  EXPECT_EQ(http::status_line(answer), "HTTP/1.1 409 Conflict");
  EXPECT_NE(answer.find("STALE_EPOCH"), std::string::npos);
  EXPECT_EQ(stored(path), std::string(100, 'n'));
}

}  // namespace
}  // namespace cliffhanger::edge
