// Imports from the URL to the verified source, from servers that behave and from those that don't.
#include "services/ingest/import/test_imports.h"

namespace cliffhanger::ingest {
namespace {

class ImporterTest : public ImportsTest {};

TEST_F(ImporterTest, AFilmIsFetchedAndTreatedAsAnyOtherUpload) {
  const std::string clip = make_clip(dir_.path() + "/a.mp4");
  const auto& origin =
      serve([&](const auto& request, auto& peer) { send_file(request, peer, clip, "\"1\""); });
  auto upload = import_from(origin.url("/a.mp4?signature=x"), sha256_hex(clip));
  EXPECT_EQ(upload.state, State::kReceiving);
  upload = fetched(upload);
  EXPECT_EQ(upload.state, State::kVerifying);
  EXPECT_EQ(upload.length, static_cast<std::int64_t>(clip.size()));
  EXPECT_EQ(job(upload).url, "") << "what signed it is forgotten";
  upload = verified(upload);
  ASSERT_EQ(upload.state, State::kReady) << upload.failure_message;
  EXPECT_EQ(*blobs_->get(source_key(me_.tenant, *upload.source)), clip);
  EXPECT_EQ(upload.sha256, sha256_hex(clip));
  EXPECT_EQ(objects(), 1u);
  const auto event = told_alone<v1::SourceVerified>();
  EXPECT_EQ(event.episode_id(), episode_.text());
  EXPECT_EQ(event.series_id(), SeriesId(Uuid::from_name("s")).text());
  EXPECT_EQ(origin.requests().size(), 1u);
  EXPECT_EQ(origin.requests()[0].target, "/a.mp4?signature=x");
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE state <> 'done'"), 0);
}

TEST_F(ImporterTest, ALargeFileComesInPartsThatAreTheWhole) {
  const std::string bytes = noise(20 << 20);
  const auto& origin =
      serve([&](const auto& request, auto& peer) { send_file(request, peer, bytes, "\"1\""); });
  const auto upload = fetched(import_from(origin.url()));
  EXPECT_EQ(upload.state, State::kVerifying);
  EXPECT_EQ(upload.part_count, 3);
  EXPECT_EQ(sha256_hex(parts(upload)), sha256_hex(bytes));
  EXPECT_EQ(metrics_.counter("cliffhanger_import_bytes_total", "").value(),
            static_cast<double>(bytes.size()));
}

TEST_F(ImporterTest, AConnectionThatBreaksIsGoneOnWith) {
  const std::string bytes = noise(11'000'000);
  const auto& origin =
      serve([&](const auto& request, auto& peer) { send_file(request, peer, bytes, "\"1\"", 5'000'000); });
  auto upload = import_from(origin.url());
  ASSERT_TRUE(step());
  upload = now(upload);
  EXPECT_EQ(upload.state, State::kReceiving);
  EXPECT_EQ(upload.offset, 5'000'000);
  EXPECT_EQ(upload.length, 11'000'000);
  EXPECT_EQ(job(upload).trouble_reason, "IMPORT_BROKEN_OFF");
  EXPECT_FALSE(step()) << "not at once";
  upload = fetched((hurry(), upload));
  EXPECT_EQ(upload.state, State::kVerifying);
  EXPECT_EQ(sha256_hex(parts(upload)), sha256_hex(bytes));
  EXPECT_EQ(job(upload).trouble_reason, "");
  const auto asked = origin.requests();
  ASSERT_EQ(asked.size(), 3u);
  EXPECT_EQ(asked[1].field("range"), "bytes=5000000-");
  EXPECT_EQ(asked[2].field("range"), "bytes=10000000-");
}

TEST_F(ImporterTest, AServerWithoutRangesIsAskedForAllAgain) {
  const std::string bytes = noise(3'000'000);
  std::atomic<int> asked = 0;
  const auto& origin = serve([&](const auto&, auto& peer) {
    peer.send(whole_answer(bytes).substr(0, asked++ == 0 ? 1'000'000 : std::string::npos));
  });
  auto upload = import_from(origin.url());
  ASSERT_TRUE(step());
  EXPECT_GT(now(upload).offset, 900'000);
  upload = fetched((hurry(), upload));
  EXPECT_EQ(upload.state, State::kVerifying);
  EXPECT_TRUE(parts(upload) == bytes);
  EXPECT_EQ(objects(), 1u) << "what came first is gone";
  EXPECT_EQ(origin.requests().at(1).field("range"), "") << "there is nothing to hold it against";
}

TEST_F(ImporterTest, WithoutALengthTheEndTellsIt) {
  const std::string bytes = noise(9'000'000);
  const auto& origin = serve([&](const auto&, auto& peer) {
    peer.send(answer_head("200 OK", "Transfer-Encoding: chunked\r\n"));
    for (std::size_t at = 0; at < bytes.size(); at += 100'000)
      peer.send(chunk(std::string_view(bytes).substr(at, 100'000)));
    peer.send("0\r\n\r\n");
  });
  const auto upload = fetched(import_from(origin.url()));
  EXPECT_EQ(upload.state, State::kVerifying);
  EXPECT_EQ(upload.length, 9'000'000);
  EXPECT_TRUE(parts(upload) == bytes);
}

// The last answer was lost with its worker, so nobody knows that these were all bytes.
TEST_F(ImporterTest, WithoutALengthAnEndThatWasMissedIsFound) {
  const std::string bytes = noise(300'000);
  const auto& origin = serve([&](const auto& request, auto& peer) {
    const std::string fields = "ETag: \"1\"\r\nTransfer-Encoding: chunked\r\n";
    if (request.field("range").empty())
      peer.send(answer_head("200 OK", fields) + chunk(bytes));
    else
      peer.send(
          whole_answer("", "ETag: \"1\"\r\nContent-Range: bytes */300000\r\n", "416 Range Not Satisfiable"));
  });
  const auto upload = fetched(import_from(origin.url()));
  EXPECT_EQ(upload.state, State::kVerifying);
  EXPECT_EQ(upload.length, 300'000);
  EXPECT_TRUE(parts(upload) == bytes);
  EXPECT_EQ(origin.requests().size(), 2u);
}

// After chunks that broke off, a server that gives pieces and never says of how much: only the end tells.
TEST_F(ImporterTest, APieceOfAFileOfUnknownLengthIsNotItsEnd) {
  const std::string bytes = noise(600'000);
  const auto& origin = serve([&](const auto& request, auto& peer) {
    const std::string range = request.field("range");
    if (range.empty())
      return (void)peer.send(answer_head("200 OK", "ETag: \"1\"\r\nTransfer-Encoding: chunked\r\n") +
                             chunk(bytes.substr(0, 300'000)));
    const std::size_t from = std::stoul(range.substr(6)), to = std::min<std::size_t>(from + 200'000, 600'000);
    if (from == 600'000)
      return (void)peer.send(
          whole_answer("", "Content-Range: bytes */600000\r\n", "416 Range Not Satisfiable"));
    peer.send(whole_answer(bytes.substr(from, to - from),
                           "ETag: \"1\"\r\nContent-Range: bytes " + std::to_string(from) + "-" +
                               std::to_string(to - 1) + "/*\r\n",
                           "206 Partial Content"));
  });
  auto upload = import_from(origin.url());
  ASSERT_TRUE(step());
  hurry();
  ASSERT_TRUE(step());
  EXPECT_EQ(now(upload).state, State::kReceiving);
  EXPECT_EQ(now(upload).offset, 500'000);
  EXPECT_EQ(job(upload).trouble_reason, "IMPORT_BROKEN_OFF");
  upload = fetched((hurry(), upload));
  EXPECT_EQ(upload.state, State::kVerifying);
  EXPECT_EQ(upload.length, 600'000);
  EXPECT_TRUE(parts(upload) == bytes);
  EXPECT_EQ(origin.requests().size(), 4u);
}

TEST_F(ImporterTest, WithoutAnyEndThePromisedDigestDecides) {
  const std::string bytes = noise(300'000);
  const auto& origin = says("HTTP/1.0 200 OK\r\n\r\n" + bytes);
  auto upload = fetched(import_from(origin.url()));
  EXPECT_EQ(upload.failure_reason, "IMPORT_UNBOUNDED");
  EXPECT_EQ(upload.offset, 0);
  upload = fetched(import_from(origin.url(), sha256_hex(bytes)));
  EXPECT_EQ(upload.state, State::kVerifying);
  EXPECT_TRUE(parts(upload) == bytes);
}

TEST_F(ImporterTest, AValidatorThatIsNoTextIsNotKept) {
  const std::string bytes = noise(300'000);
  for (const std::string& tag : {std::string("\"caf\xE9\""), '"' + std::string(10'000, 'x') + '"'}) {
    std::atomic<int> asked = 0;
    const auto& origin = serve([&](const auto& request, auto& peer) {
      send_file(request, peer, bytes, tag, asked++ == 0 ? 100'000 : std::string::npos);
    });
    const auto upload = fetched(import_from(origin.url()));
    EXPECT_EQ(upload.state, State::kVerifying) << upload.failure_message;
    EXPECT_TRUE(parts(upload) == bytes);
    EXPECT_EQ(origin.requests().at(1).field("if-range"), "");
  }
}

TEST_F(ImporterTest, AFileThatChangedBeginsAgain) {
  const std::string old_bytes = noise(2'000'000), new_bytes = noise(2'500'000, "b");
  std::atomic<int> asked = 0;
  const auto& origin = serve([&](const auto& request, auto& peer) {
    if (asked++ == 0)
      send_file(request, peer, old_bytes, "\"1\"", 1'000'000);
    else
      send_file(request, peer, new_bytes, "\"2\"");
  });
  const auto upload = fetched(import_from(origin.url()));
  EXPECT_EQ(upload.state, State::kVerifying);
  EXPECT_EQ(upload.length, 2'500'000);
  EXPECT_TRUE(parts(upload) == new_bytes);
  EXPECT_EQ(origin.requests().size(), 2u);
  EXPECT_EQ(objects(), 1u);
}

TEST_F(ImporterTest, APartOfAnotherFileIsNotTaken) {
  const std::string old_bytes = noise(2'000'000), new_bytes = noise(2'000'000, "b");
  std::atomic<int> asked = 0;
  const auto& origin = serve([&](const auto& request, auto& peer) {
    const int turn = asked++;
    if (turn == 0)
      send_file(request, peer, old_bytes, "\"1\"", 1'000'000);
    else if (turn == 1)  // gives a part though If-Range says not to
      peer.send(whole_answer(new_bytes.substr(1'000'000),
                             "ETag: \"2\"\r\nContent-Range: bytes 1000000-1999999/2000000\r\n",
                             "206 Partial Content"));
    else
      send_file(request, peer, new_bytes, "\"2\"");
  });
  const auto upload = fetched(import_from(origin.url()));
  EXPECT_TRUE(parts(upload) == new_bytes);
  EXPECT_EQ(origin.requests().size(), 3u);
  EXPECT_EQ(origin.requests()[2].field("range"), "");
}

TEST_F(ImporterTest, WhatIsNoFileIsRejectedWithAReason) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {answer_head("404 Not Found"), "IMPORT_NOT_FOUND"},
      {answer_head("403 Forbidden"), "IMPORT_FORBIDDEN"},
      {whole_answer("<html>", "Content-Type: text/html; charset=utf-8\r\n"), "IMPORT_NOT_A_FILE"},
      {whole_answer(""), "UPLOAD_EMPTY"},
      {answer_head("200 OK", "Transfer-Encoding: chunked\r\n") + "0\r\n\r\n", "UPLOAD_EMPTY"},
      {answer_head("302 Found", "Location: http://169.254.169.254/latest/meta-data/\r\n"),
       "IMPORT_ADDRESS_REFUSED"},
      {answer_head("302 Found", "Location: file:///etc/passwd\r\n"), "IMPORT_REDIRECT_REFUSED"},
      {answer_head("302 Found", "Location: /again\r\n"), "IMPORT_REDIRECT_REFUSED"}};
  for (const auto& [answer, reason] : cases) {
    sql("DELETE FROM outbox");
    const auto upload = fetched(import_from(says(answer).url()));
    EXPECT_EQ(upload.state, State::kRejected) << reason;
    EXPECT_EQ(upload.failure_reason, reason);
    EXPECT_FALSE(upload.failure_message.empty());
    EXPECT_EQ(job(upload).url, "");
    const auto event = told_alone<v1::UploadRejected>();
    EXPECT_EQ(event.reason(), reason);
    EXPECT_EQ(event.upload_id(), upload.id.text());
    verified(upload);
    EXPECT_EQ(objects(), 0u);
  }
}

TEST_F(ImporterTest, WhatIsInsideIsNotAsked) {
  const auto& inside = says(whole_answer("secret"));
  rules_.reach.networks.clear();
  for (const char* host : {"127.0.0.1", "localhost", "[::1]"}) {
    const auto upload = fetched(import_from(inside.url("/", host)));
    EXPECT_EQ(upload.failure_reason, "IMPORT_ADDRESS_REFUSED") << host;
  }
  EXPECT_TRUE(inside.requests().empty());
}

TEST_F(ImporterTest, TooLargeAFileIsRefusedAtOnceOrCut) {
  policy_.most_bytes = 1'000'000;
  const auto& large = says(answer_head("200 OK", "Content-Length: 1000001\r\n") + "a");
  auto upload = fetched(import_from(large.url()));
  EXPECT_EQ(upload.failure_reason, "UPLOAD_TOO_LARGE");
  EXPECT_EQ(upload.offset, 0);
  const auto& endless = serve([&](const auto&, auto& peer) {
    peer.send(answer_head("200 OK"));
    while (peer.send(std::string(65536, 'x'))) {
    }
  });
  upload = fetched(import_from(endless.url(), std::string(64, '0')));
  EXPECT_EQ(upload.failure_reason, "UPLOAD_TOO_LARGE");
  EXPECT_LE(upload.offset, 1'000'000);
  verified(upload);
  EXPECT_EQ(objects(), 0u);
}

TEST_F(ImporterTest, ABodyThatGoesOnBeyondItsLengthIsCut) {
  const std::string bytes = noise(200'000);
  const auto& origin = serve([&](const auto& request, auto& peer) {
    if (request.field("range").empty()) return send_file(request, peer, bytes, "\"1\"", 100'000);
    peer.send(
        answer_head("206 Partial Content", "ETag: \"1\"\r\nContent-Range: bytes 100000-199999/200000\r\n") +
        bytes.substr(100'000));
    while (peer.send(std::string(65536, 'x'))) {
    }
  });
  const auto upload = fetched(import_from(origin.url()));
  EXPECT_EQ(upload.state, State::kVerifying);
  EXPECT_TRUE(parts(upload) == bytes);
}

TEST_F(ImporterTest, AnotherDigestThanPromisedIsRejected) {
  const std::string clip = make_clip(dir_.path() + "/a.mp4");
  const auto& origin = says(whole_answer(clip));
  const auto upload = verified(fetched(import_from(origin.url(), std::string(64, '0'))));
  EXPECT_EQ(upload.failure_reason, "DIGEST_MISMATCH");
}

TEST_F(ImporterTest, AServerInTroubleIsAskedAgain) {
  std::atomic<int> asked = 0;
  const auto& origin = serve([&](const auto& request, auto& peer) {
    const int turn = asked++;
    if (turn == 0)
      peer.send(answer_head("500 Oops"));
    else if (turn == 1)
      peer.send(answer_head("429 Slower", "Retry-After: 600\r\n"));
    else
      send_file(request, peer, "bytes", "\"1\"");
  });
  const auto upload = import_from(origin.url());
  ASSERT_TRUE(step());
  EXPECT_EQ(job(upload).trouble_reason, "IMPORT_ORIGIN_BUSY");
  EXPECT_EQ(job(upload).failures, 1);
  hurry();
  ASSERT_TRUE(step());
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE kind = 'import' AND state = 'ready' AND run_after > "
                   "now() + interval '9 minutes'"),
            1);
  EXPECT_FALSE(step());
  hurry();
  EXPECT_EQ(fetched(upload).state, State::kVerifying);
  EXPECT_TRUE(parts(upload) == "bytes");
}

TEST_F(ImporterTest, AServerThatStaysInTroubleIsGivenUp) {
  const auto& origin = says(answer_head("503 Busy"));
  const auto upload = fetched(import_from(origin.url()));
  EXPECT_EQ(upload.failure_reason, "IMPORT_ORIGIN_BUSY");
  EXPECT_EQ(origin.requests().size(), 8u);
  EXPECT_EQ(told_alone<v1::UploadRejected>().reason(), "IMPORT_ORIGIN_BUSY");
}

TEST_F(ImporterTest, AServerThatFallsSilentIsAskedForTheRest) {
  rules_.limits.stall = 400ms;
  const std::string bytes = noise(500'000);
  std::atomic<int> asked = 0;
  const auto& origin = serve([&](const auto& request, auto& peer) {
    if (asked++ > 0) return send_file(request, peer, bytes, "\"1\"");
    send_file(request, peer, bytes, "\"1\"", 200'000);
    peer.wait_until_gone();
  });
  auto upload = import_from(origin.url());
  ASSERT_TRUE(step());
  EXPECT_EQ(job(upload).trouble_reason, "IMPORT_STALLED");
  EXPECT_EQ(now(upload).offset, 200'000);
  upload = fetched((hurry(), upload));
  EXPECT_TRUE(parts(upload) == bytes);
}

TEST_F(ImporterTest, ItsTimeIsBounded) {
  const auto& origin = says(answer_head("503 Busy"));
  const auto upload = import_from(origin.url());
  ASSERT_TRUE(step());
  clock_.advance(3601s);
  EXPECT_EQ(fetched((hurry(), upload)).failure_reason, "IMPORT_TIMED_OUT");
}

}  // namespace
}  // namespace cliffhanger::ingest
