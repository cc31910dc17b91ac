// What the store on S3 does when S3, or the way to it, fails: slow, cut, wrong, forbidden, overloaded.
#include <new>
#include <thread>

#include "libs/blob/s3/test_faults.h"

namespace cliffhanger::blob::s3 {
namespace {

TEST_F(S3Faults, AThousandMissesAtOnceAreOneRead) {
  const std::string bytes(900, 'x');
  ASSERT_TRUE(store_->put("a", bytes));
  open([&](Options& o) { o.cache_dir = dir_.path() + "/empty"; });
  const int before = server_.count("GET");
  std::atomic<int> asking{0}, good{0};
  server_.fault([&](const Asked&, const std::function<Said()>& right) -> std::optional<Said> {
    while (asking < 1000) std::this_thread::sleep_for(1ms);
    return right();
  });
  std::vector<std::thread> threads;
  for (int i = 0; i < 1000; ++i)
    threads.emplace_back([&] {
      ++asking;
      const auto opened = store_->open("a");
      if (opened && *opened->read(0, 2000) == bytes) ++good;
    });
  for (auto& thread : threads) thread.join();
  server_.heal();
  EXPECT_EQ(good, 1000);
  EXPECT_EQ(server_.count("GET"), before + 1);
}

TEST_F(S3Faults, OverloadPasses) {
  for (const int status : {500, 503}) {
    server_.fail_times("PUT", 2, refusal(status, status == 503 ? "SlowDown" : "InternalError"));
    ASSERT_TRUE(store_->put("a", "text"));
    server_.fail_times("GET", 3, refusal(status, "SlowDown"));
    EXPECT_EQ(*store_->get("a"), "text");
    server_.fail_times("HEAD", 1, {status, {}, "", {}});
    EXPECT_EQ(store_->head("a")->bytes, 4);
    server_.fail_times("DELETE", 1, refusal(status, "SlowDown"));
    EXPECT_TRUE(store_->remove("a"));
  }
  EXPECT_EQ(noted_.retries, 14);
}

TEST_F(S3Faults, OverloadThatStaysIsAnErrorAfterFourTries) {
  server_.fail_times("GET", 1000, refusal(503, "SlowDown"));
  const auto got = store_->get("a");
  EXPECT_EQ(got.error().reason, "OBJECT_STORE_FAILED");
  EXPECT_EQ(got.error().code, Code::kUnavailable);
  EXPECT_EQ(server_.count("GET"), 4);
}

// 500 tokens, 10 a retry: after 50 retries each request is sent once, until some have succeeded.
TEST_F(S3Faults, AnOutageIsNotMultiplied) {
  server_.set(path("a"), "text");
  server_.fail_times("GET", 100'000, refusal(500, "InternalError"));
  constexpr int kCalls = 200;
  for (int i = 0; i < kCalls; ++i) EXPECT_FALSE(store_->get("a"));
  EXPECT_EQ(server_.count("GET"), kCalls + 50);
  server_.heal();
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(store_->get("a"));
  server_.fail_times("GET", 1, refusal(500, "InternalError"));
  EXPECT_TRUE(store_->get("a"));
}

TEST_F(S3Faults, ACutBodyGoesOnWhereItWas) {
  const std::string bytes = random_.bytes(2500);
  server_.set(path("a"), bytes);
  std::atomic<int> cuts{0};
  server_.fault([&](const Asked& asked, const auto& right) -> std::optional<Said> {
    if (asked.method != "GET" || ++cuts > 3) return std::nullopt;
    Said said = right();
    said.cut_after = said.body.size() / 2;
    return said;
  });
  EXPECT_EQ(*store_->get("a"), bytes);
  EXPECT_EQ(server_.asked()[1].headers.at("range"), "bytes=500-1499");
  EXPECT_EQ(server_.asked()[1].headers.at("if-match"), server_.asked()[2].headers.at("if-match"));
  cuts = 0;
  EXPECT_EQ(*store_->open("a")->read(0, 10'000), bytes);
}

TEST_F(S3Faults, ABodyThatIsAlwaysCutIsNoObject) {
  server_.set(path("a"), std::string(500, 'x'));
  server_.fault([&](const Asked&, const auto& right) -> std::optional<Said> {
    Said said = right();
    said.cut_after = 0;
    return said;
  });
  EXPECT_EQ(store_->open("a").error().reason, "OBJECT_STORE_FAILED");
  EXPECT_EQ(store_->get("a").error().reason, "OBJECT_STORE_FAILED");
  EXPECT_EQ(store_->get_range("a", 0, 100).error().reason, "OBJECT_STORE_FAILED");
  server_.heal();
  EXPECT_EQ(store_->open("a")->size(), 500);
}

// A shorter body than the head promised, of a server that thinks it is whole.
TEST_F(S3Faults, LessThanWasPromisedIsNoObject) {
  server_.set(path("a"), std::string(500, 'x'));
  server_.fault([&](const Asked& asked, const auto& right) -> std::optional<Said> {
    Said said = right();
    if (asked.method != "GET") return said;
    said.body.resize(100);
    said.headers["Content-Length"] = "100";
    return said;
  });
  // Each answer brings 100 bytes of what was asked for: together they are whole.
  EXPECT_EQ(store_->get("a")->size(), 500u);
  server_.fault([&](const Asked&, const auto& right) -> std::optional<Said> {
    Said said = right();
    said.headers["Content-Range"] = "bytes 0-99/500";
    said.body.resize(100);
    said.headers["Content-Length"] = "100";
    return said;
  });
  EXPECT_EQ(store_->get("a").error().reason, "OBJECT_STORE_FAILED");
}

TEST_F(S3Faults, AServerThatKnowsNoRangesGivesTheWhole) {
  const std::string bytes = random_.bytes(2500);
  server_.set(path("a"), bytes);
  server_.fault([&](const Asked& asked, const auto&) -> std::optional<Said> {
    if (asked.method != "GET") return std::nullopt;
    return Said{200, {}, bytes, {}};
  });
  EXPECT_EQ(*store_->get("a"), bytes);
  EXPECT_EQ(store_->get_range("a", 5, 10).error().reason, "OBJECT_STORE_FAILED");
}

TEST_F(S3Faults, AnObjectThatIsReplacedWhileItIsReadIsReadAnew) {
  server_.set(path("a"), std::string(2500, '1'));
  std::atomic<int> gets{0};
  server_.fault([&](const Asked&, const auto& right) -> std::optional<Said> {
    Said said = right();
    if (++gets == 1) server_.set(path("a"), std::string(1700, '2'));
    return said;
  });
  EXPECT_EQ(*store_->get("a"), std::string(1700, '2'));
}

// The same of a server that knows no If-Match: two halves of two objects are none.
TEST_F(S3Faults, HalvesOfTwoObjectsAreNone) {
  server_.set(path("a"), std::string(1700, '1'));
  std::atomic<int> gets{0};
  server_.fault([&](const Asked& asked, const auto& right) -> std::optional<Said> {
    if (asked.method != "GET") return std::nullopt;
    if (++gets == 1) {
      Said said = right();
      server_.set(path("a"), std::string(1700, '2'));
      return said;
    }
    const std::string rest(700, '2');
    return Said{206, {{"Content-Range", "bytes 1000-1699/1700"}, {"ETag", "\"another\""}}, rest, {}};
  });
  EXPECT_EQ(store_->get("a").error().reason, "OBJECT_STORE_FAILED");
  EXPECT_EQ(gets, 2);
}

TEST_F(S3Faults, OtherBytesThanWereStoredAreNoObject) {
  ASSERT_TRUE(store_->put("a", "what was stored"));
  open();  // without what it has of it
  server_.fault([&](const Asked& asked, const auto& right) -> std::optional<Said> {
    Said said = right();
    if (asked.method == "GET") said.body[3] ^= 1;
    return said;
  });
  EXPECT_EQ(store_->get("a").error().reason, "OBJECT_STORE_FAILED");
  EXPECT_EQ(store_->open("a").error().reason, "OBJECT_STORE_FAILED");
}

TEST_F(S3Faults, AnUploadThatIsCutIsSentAgain) {
  server_.cut_uploads(2);
  ASSERT_TRUE(store_->put("a", "text"));
  EXPECT_EQ(server_.objects().at(path("a")), "text");
  server_.cut_uploads(100);
  EXPECT_EQ(store_->put("b", "text").error().reason, "OBJECT_STORE_FAILED");
  EXPECT_FALSE(server_.objects().contains(path("b")));
  server_.cut_uploads(0);
  EXPECT_TRUE(store_->put("b", "text"));
}

TEST_F(S3Faults, AWrongEntityTagIsNotBelieved) {
  std::atomic<int> lies{1};
  server_.fault([&](const Asked& asked, const auto& right) -> std::optional<Said> {
    Said said = right();
    if (asked.method == "PUT" && lies-- > 0) said.headers["ETag"] = "\"0123456789abcdef0123456789abcdef\"";
    return said;
  });
  ASSERT_TRUE(store_->put("a", "text"));
  EXPECT_EQ(server_.count("PUT"), 2);
  lies = 100;
  EXPECT_EQ(store_->put("a", "text").error().reason, "OBJECT_STORE_FAILED");
  auto writer = *store_->create("parts");
  EXPECT_EQ(writer->write(std::string(1500, 'x')).error().reason, "OBJECT_STORE_FAILED");
}

TEST_F(S3Faults, BytesThatWereDamagedOnTheWayAreSentAgain) {
  server_.fail_times("PUT", 1, refusal(400, "BadDigest"));
  EXPECT_TRUE(store_->put("a", "text"));
  EXPECT_EQ(server_.count("PUT"), 2);
}

TEST_F(S3Faults, WhatWillNotPassIsAskedOnce) {
  const std::pair<Said, std::string> cases[] = {
      {refusal(403, "AccessDenied"), "refuses access (AccessDenied)"},
      {refusal(403, "SignatureDoesNotMatch"), "refuses access (SignatureDoesNotMatch)"},
      {refusal(403, "RequestTimeTooSkewed"),
       "refuses this machine's clock, which is too far from its own (Tue, 01 Jan 2030"},
      {refusal(404, "NoSuchBucket"), "bucket does not exist"},
      {refusal(301, "PermanentRedirect"), "another region"},
      {refusal(400, "InvalidArgument"), "failed (InvalidArgument)"},
  };
  for (const auto& [said, words] : cases) {
    server_.fail_times("GET", 1000, said);
    const auto before = server_.count("GET");
    const auto got = store_->get("a");
    EXPECT_EQ(got.error().reason, "OBJECT_STORE_FAILED") << words;
    EXPECT_NE(got.error().message.find(words), std::string::npos) << got.error().message;
    EXPECT_EQ(server_.count("GET"), before + 1) << words;
    EXPECT_NE(store_->ready().error().message.find(words), std::string::npos);
  }
  server_.fail_times("PUT", 1, refusal(507, "QuotaExceeded"));
  EXPECT_EQ(store_->put("a", "x").error().reason, "OBJECT_STORE_FULL");
}

// What stands before S3 answers, such as an ingress whose backends are away: no object is missing for that.
TEST_F(S3Faults, A404ThatIsNotOfS3SaysNothingOfTheObject) {
  server_.set(path("a"), "text");
  for (const std::string body : {"default backend - 404", "<html><body>404</body></html>", ""}) {
    server_.fault([&](const Asked&, const auto&) -> std::optional<Said> {
      return Said{404, {{"Content-Type", "text/html"}}, body, {}};
    });
    for (const auto& error : {store_->get("a").error(), store_->open("a").error(), store_->head("a").error(),
                              store_->get_range("a", 0, 1).error(), store_->remove("a").error()}) {
      EXPECT_EQ(error.reason, "OBJECT_STORE_FAILED") << body;
      EXPECT_EQ(error.code, Code::kUnavailable) << body;
    }
  }
  server_.heal();
  EXPECT_EQ(store_->head("a")->bytes, 4);
  ASSERT_TRUE(store_->remove("a"));
  server_.fail_times("DELETE", 1, refusal(404, "NoSuchKey"));
  EXPECT_TRUE(store_->remove("a"));
}

TEST_F(S3Faults, AHeadThatFindsNothingAsksForAByte) {
  server_.set(path("a"), "text");
  EXPECT_EQ(store_->head("a")->bytes, 4);
  EXPECT_EQ(server_.asked().size(), 1u);
  EXPECT_EQ(store_->head("b").error().reason, "OBJECT_NOT_FOUND");
  ASSERT_EQ(server_.asked().size(), 3u);
  EXPECT_EQ(server_.asked()[2].headers.at("range"), "bytes=0-0");
  // Made in between, or not known to all of S3 yet.
  server_.fail_times("HEAD", 1, {404, {}, "", {}});
  EXPECT_EQ(store_->head("a")->bytes, 4);
}

TEST_F(S3Faults, AnAnswerWithoutBytesIsAnEmptyObjectOnlyIfItSaysSo) {
  const auto answer = [&](const Said& said) {
    server_.fault([=](const Asked&, const auto&) -> std::optional<Said> { return said; });
  };
  answer({200, {}, "", {}});
  EXPECT_EQ(*store_->get("a"), "");
  for (const Said& said : {Said{204, {}, "", {}}, Said{206, {}, "", {}}, Said{202, {}, "", {}},
                           Said{200, {{"x-amz-meta-sha256", std::string(64, '0')}}, "", {}}}) {
    answer(said);
    EXPECT_EQ(store_->get("a").error().reason, "OBJECT_STORE_FAILED") << said.status;
    EXPECT_EQ(store_->open("a").error().reason, "OBJECT_STORE_FAILED") << said.status;
  }
}

// libcurl is C: what is thrown while it calls back ends the request, not the process.
TEST_F(S3Faults, ASinkThatThrowsEndsTheRead) {
  struct Throwing final : Sink {
    Result<void> begin(std::int64_t) override { return {}; }
    Result<void> write(std::string_view) override { throw std::bad_alloc(); }
  } sink;
  server_.set("/bucket/a", "text");
  Client client(options(), {clock_, random_});
  const auto read = client.fetch("a", sink);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::kInternal);
  EXPECT_EQ(server_.count("GET"), 1);
  EXPECT_EQ(client.head("a").value_or(Info()).bytes, 4);
}

TEST_F(S3Faults, SecretsAreInNoErrorAndNoUrl) {
  server_.fail_times("GET", 1000, refusal(403, "SignatureDoesNotMatch"));
  const auto error = store_->get("a").error();
  std::string told = error.message + noted_.text();
  for (const auto& crumb : error.breadcrumbs) told += crumb;
  for (const auto& asked : server_.asked()) told += asked.path + asked.query;
  EXPECT_EQ(told.find("very-secret"), std::string::npos) << told;
  EXPECT_EQ(told.find("the-session-token"), std::string::npos) << told;
  EXPECT_EQ(told.find("KEYID"), std::string::npos) << told;
  EXPECT_EQ(server_.asked().at(0).headers.at("x-amz-security-token"), "the-session-token");
}

TEST_F(S3Faults, AWrongSecretIsRefused) {
  open([](Options& o) { o.credentials.secret = "another"; });
  EXPECT_NE(store_->put("a", "x").error().message.find("SignatureDoesNotMatch"), std::string::npos);
  EXPECT_NE(store_->ready().error().message.find("SignatureDoesNotMatch"), std::string::npos);
  EXPECT_TRUE(server_.objects().empty());
}

TEST_F(S3Faults, AServerThatSaysNothingIsTimedOut) {
  open([](Options& o) {
    o.request = 100ms;
    o.attempts = 2;
  });
  server_.fault([](const Asked&, const auto&) -> std::optional<Said> { return Said{200, {}, "", {}, true}; });
  EXPECT_EQ(store_->get("a").error().message, "The object store did not answer in time.");
  EXPECT_EQ(store_->put("a", "x").error().message, "The object store did not answer in time.");
  EXPECT_EQ(server_.count("GET"), 2);
}

TEST_F(S3Faults, AServerThatIsAwayIsAnErrorUntilItIsBack) {
  open([](Options& o) { o.endpoint = "http://127.0.0.1:1"; });
  EXPECT_EQ(store_->get("a").error().message, "The object store can't be reached, or hung up.");
  EXPECT_EQ(store_->ready().error().reason, "OBJECT_STORE_FAILED");
}

// S3 may answer with an empty page before the last one: whoever takes it for the end misses objects.
TEST_F(S3Faults, AnEmptyPageIsNotTheEnd) {
  std::atomic<int> empty{0};
  const auto page = [](const std::string& token) {
    return Said{200, {}, "<ListBucketResult><IsTruncated>true</IsTruncated>" + token + "</ListBucketResult>", {}};
  };
  ASSERT_TRUE(store_->put("a", "x"));
  server_.fault([&](const Asked& it, const auto& right) -> std::optional<Said> {
    if (!it.has("list-type=2")) return std::nullopt;
    if (empty == 0) return ++empty, page("<NextContinuationToken>one/+</NextContinuationToken>");
    if (empty == 1 && it.has("continuation-token=one%2F%2B"))
      return ++empty, page("<NextContinuationToken>two</NextContinuationToken>");
    return empty == 2 && !it.has("continuation-token=two") ? refusal(400, "InvalidArgument") : right();
  });
  const auto found = store_->list("", "", 10);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->size(), 1u);
  for (const std::string token : {"", "<NextContinuationToken>same</NextContinuationToken>"}) {
    server_.fault([&](const Asked&, const auto&) -> std::optional<Said> { return page(token); });
    EXPECT_EQ(store_->list("", "", 10).error().reason, "OBJECT_STORE_FAILED") << token;
    EXPECT_EQ(store_->remove_all("p/").error().reason, "OBJECT_STORE_FAILED") << token;
  }
}

TEST_F(S3Faults, WhatIsNoXmlIsAnError) {
  for (const std::string body :
       {"", "<a", "<html>busy</html>", "<!DOCTYPE x [<!ENTITY e \"e\">]><ListBucketResult/>"}) {
    server_.fault([&](const Asked&, const auto&) -> std::optional<Said> { return Said{200, {}, body, {}}; });
    EXPECT_EQ(store_->list("", "", 10).error().reason, "OBJECT_STORE_FAILED") << body;
  }
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  server_.fault([&](const Asked&, const auto&) -> std::optional<Said> { return Said{200, {}, deep, {}}; });
  EXPECT_EQ(store_->list("", "", 10).error().reason, "OBJECT_STORE_FAILED");
  server_.fault([&](const Asked&, const auto&) -> std::optional<Said> {
    return Said{200, {}, std::string(5 << 20, 'x'), {}};
  });
  EXPECT_EQ(store_->list("", "", 10).error().reason, "OBJECT_STORE_FAILED");
}

}  // namespace
}  // namespace cliffhanger::blob::s3
