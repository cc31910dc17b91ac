// What servers may answer, and how often they lead elsewhere.
#include "services/ingest/import/fetch.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "services/ingest/import/test_origin.h"

namespace cliffhanger::ingest {
namespace {

using namespace std::chrono_literals;

struct Basket final : FetchSink {
  Result<void> head(const FetchHead& of) override {
    seen = of;
    return {};
  }
  Result<void> body(std::string_view bytes) override {
    got += bytes;
    if (got.size() > most) return fail(invalid("FULL", "Full."));
    if (on_body) on_body();
    return {};
  }
  std::string got;
  std::size_t most = 1 << 20;
  std::optional<FetchHead> seen;
  std::function<void()> on_body;
};

class FetchTest : public testing::Test {
 protected:
  Origin& serve(Origin::Script script) {
    origins_.push_back(std::make_unique<Origin>(std::move(script)));
    rules_.reach.ports.push_back(origins_.back()->port());
    return *origins_.back();
  }
  Origin& says(const std::string& answer) {
    return serve([answer](const Origin::Request&, Origin::Peer& peer) { peer.send(answer); });
  }
  Error failure(const std::string& url, std::int64_t from = 0) {
    basket_ = {};
    const auto done = fetch({url, from, from > 0 ? "\"1\"" : ""}, rules_, basket_, stop_.get_token());
    return done ? Error{} : done.error();
  }
  std::string reason(const std::string& url, std::int64_t from = 0) { return failure(url, from).reason; }
  std::string reason_of(const std::string& answer, std::int64_t from = 0) {
    return reason(says(answer).url(), from);
  }

  FetchRules rules_{{false, {80, 443}, {*parse_network("127.0.0.1")}}, {2000ms, 20s}};
  Basket basket_;
  std::stop_source stop_;
  std::vector<std::unique_ptr<Origin>> origins_;
};

TEST_F(FetchTest, AFileComesWhole) {
  const auto& origin = says(whole_answer("0123456789", "ETag: \"a\"\r\nContent-Type: Video/MP4; x=y\r\n"));
  ASSERT_EQ(reason(origin.url()), "");
  EXPECT_EQ(basket_.got, "0123456789");
  EXPECT_EQ(basket_.seen->total, 10);
  EXPECT_EQ(basket_.seen->validator, "\"a\"");
  EXPECT_EQ(basket_.seen->content_type, "video/mp4");
  EXPECT_FALSE(basket_.seen->partial);
  const auto asked = origin.requests().at(0);
  EXPECT_EQ(asked.method, "GET");
  EXPECT_EQ(asked.field("accept-encoding"), "identity");
  for (const char* name : {"range", "if-range", "authorization", "cookie", "referer"})
    EXPECT_EQ(asked.field(name), "") << name;
}

TEST_F(FetchTest, ChunksInformationalAnswersAndAnEndOfTheConnectionAreFine) {
  EXPECT_EQ(reason_of(answer_head("200 OK", "Transfer-Encoding: chunked\r\n") + chunk("ab") + chunk("cd") +
                      "0\r\nX: y\r\n\r\n"),
            "");
  EXPECT_EQ(basket_.got, "abcd");
  EXPECT_FALSE(basket_.seen->total);
  EXPECT_TRUE(basket_.seen->ends);
  EXPECT_EQ(
      reason_of("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\nETag: \"wrong\"\r\n\r\n" + whole_answer("ab")),
      "");
  EXPECT_EQ(basket_.seen->validator, "");
  EXPECT_EQ(reason_of("HTTP/1.0 200 OK\r\n\r\nab"), "");
  EXPECT_EQ(basket_.got, "ab");
  EXPECT_FALSE(basket_.seen->ends) << "or the connection broke off";
}

TEST_F(FetchTest, GoesOnWhereItWas) {
  const auto& origin =
      serve([](const auto& request, auto& peer) { send_file(request, peer, "0123456789", "\"1\""); });
  ASSERT_EQ(reason(origin.url(), 4), "");
  EXPECT_EQ(basket_.got, "456789");
  EXPECT_TRUE(basket_.seen->partial);
  EXPECT_EQ(basket_.seen->total, 10);
  EXPECT_EQ(origin.requests().at(0).field("range"), "bytes=4-");
  EXPECT_EQ(origin.requests().at(0).field("if-range"), "\"1\"");
  const auto& other =
      serve([](const auto& request, auto& peer) { send_file(request, peer, "0123456789", "\"2\""); });
  ASSERT_EQ(reason(other.url(), 4), "");
  EXPECT_FALSE(basket_.seen->partial);
  EXPECT_EQ(basket_.got, "0123456789");
}

TEST_F(FetchTest, PartsThatDontFitAreNotTaken) {
  const auto part = [](const std::string& range) {
    return whole_answer("456789", range, "206 Partial Content");
  };
  EXPECT_EQ(reason_of(part("Content-Range: bytes 4-9/10\r\n"), 4), "");
  EXPECT_TRUE(basket_.seen->ends);
  EXPECT_EQ(reason_of(part("Content-Range: bytes 4-9/*\r\n"), 4), "");
  EXPECT_FALSE(basket_.seen->total);
  EXPECT_FALSE(basket_.seen->ends) << "there may be more of the file";
  for (const char* range : {"", "Content-Range: bytes 3-9/10\r\n", "Content-Range: bytes -4-9/10\r\n",
                            "Content-Range: bytes 4\r\n", "Content-Range: bytes 4/9-10\r\n",
                            "Content-Range: lines 4-9/10\r\n", "Content-Range: bytes 4x-9/10\r\n"})
    EXPECT_EQ(reason_of(part(range), 4), "IMPORT_CHANGED") << range;
  EXPECT_EQ(reason_of(whole_answer("", "", "416 Range Not Satisfiable"), 4), "IMPORT_CHANGED");
  EXPECT_EQ(reason_of(whole_answer("", "", "416 Range Not Satisfiable")), "IMPORT_REFUSED");
  EXPECT_EQ(reason_of(whole_answer("no", "Content-Range: bytes */3\r\n", "416 Range Not Satisfiable"), 4),
            "IMPORT_CHANGED");
  EXPECT_EQ(reason_of(whole_answer("no", "Content-Range: bytes */4\r\n", "416 Range Not Satisfiable"), 4),
            "");
  EXPECT_EQ(basket_.seen->total, 4);
  EXPECT_TRUE(basket_.seen->ends);
  EXPECT_EQ(basket_.got, "") << "that was the end";
  EXPECT_EQ(reason_of(part("Content-Range: bytes 0-5/10\r\n")), "IMPORT_REFUSED")
      << "nobody asked for a part";
}

TEST_F(FetchTest, ADateIsAValidatorOnlyWhenItIsStrong) {
  const auto validator = [this](const std::string& fields) {
    EXPECT_EQ(reason_of(whole_answer("ab", fields)), "");
    return basket_.seen->validator;
  };
  EXPECT_EQ(validator("Last-Modified: Sun, 22 Nov 2026 09:00:00 GMT\r\n"), "Sun, 22 Nov 2026 09:00:00 GMT");
  EXPECT_EQ(validator("Last-Modified: Sun, 22 Nov 2026 10:00:00 GMT\r\n"), "")
      << "it may change again within that second";
  EXPECT_EQ(validator("Last-Modified: yesterday, perhaps\r\n"), "");
  EXPECT_EQ(validator("ETag: W/\"a\"\r\nLast-Modified: Sun, 22 Nov 2026 09:00:00 GMT\r\n"), "");
  EXPECT_EQ(validator("ETag: \"a\"\r\nLast-Modified: Sun, 22 Nov 2026 09:00:00 GMT\r\n"), "\"a\"");
  EXPECT_EQ(validator(""), "");
}

TEST_F(FetchTest, WhatCantBeSentBackIsNoValidator) {
  const auto validator = [this](const std::string& fields) {
    EXPECT_EQ(reason_of(whole_answer("ab", fields)), "");
    return basket_.seen->validator;
  };
  const auto tag_of = [](std::size_t size) { return '"' + std::string(size - 2, 'x') + '"'; };
  EXPECT_EQ(validator("ETag: " + tag_of(512) + "\r\n"), tag_of(512));
  EXPECT_EQ(validator("ETag: " + tag_of(513) + "\r\n"), "");
  EXPECT_EQ(validator("ETag: " + tag_of(10'000) + "\r\n"), "");
  for (const char* tag :
       {"\"caf\xE9\"", "\"\xC3\xA9\"", "\"a\tb\"", "\"a\x7f\"", "\"a", "a", "\"", "W/\"a\""})
    EXPECT_EQ(validator("ETag: " + std::string(tag) + "\r\n"), "") << tag;
  EXPECT_EQ(validator("ETag: \"a\"\r\nETag: \"b\"\r\n"), "") << "which of them?";
  EXPECT_EQ(validator("Last-Modified: Sun, 22 Nov 2026 09:00:00 GMT" + std::string(600, ' ') + "\r\n"),
            "Sun, 22 Nov 2026 09:00:00 GMT");
  EXPECT_EQ(validator("Last-Modified: Sun,\xE9 22 Nov 2026 09:00:00 GMT\r\n"), "");
}

TEST_F(FetchTest, AnswersThatAreNoFileHaveReasons) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"404 Not Found", "IMPORT_NOT_FOUND"},    {"410 Gone", "IMPORT_NOT_FOUND"},
      {"401 Unauthorized", "IMPORT_FORBIDDEN"}, {"403 Forbidden", "IMPORT_FORBIDDEN"},
      {"451 Legal", "IMPORT_FORBIDDEN"},        {"400 Bad Request", "IMPORT_REFUSED"},
      {"418 Teapot", "IMPORT_REFUSED"},         {"204 No Content", "IMPORT_REFUSED"},
      {"304 Not Modified", "IMPORT_REFUSED"},   {"302 Found", "IMPORT_REFUSED"},
      {"300 Choices", "IMPORT_REFUSED"},        {"500 Oops", "IMPORT_ORIGIN_BUSY"},
      {"503 Busy", "IMPORT_ORIGIN_BUSY"},       {"429 Slower", "IMPORT_ORIGIN_BUSY"},
      {"408 Timeout", "IMPORT_ORIGIN_BUSY"}};
  for (const auto& [status, wanted] : cases) {
    const auto why = failure(says(answer_head(status, "Content-Length: 6\r\n") + "secret").url());
    EXPECT_EQ(why.reason, wanted) << status;
    EXPECT_EQ(why.code == Code::kUnavailable, why.reason == "IMPORT_ORIGIN_BUSY") << status;
    EXPECT_EQ(basket_.got, "") << "nothing of the body of " << status;
  }
}

TEST_F(FetchTest, SaysWhenAServerWantsToBeAskedAgain) {
  const auto after = [this](const std::string& value) {
    const auto why = failure(says(answer_head("429 Slower", "Retry-After: " + value + "\r\n")).url());
    return why.metadata.contains("retry_after_ms") ? why.metadata.at("retry_after_ms") : "";
  };
  EXPECT_EQ(after("7"), "7000");
  EXPECT_EQ(after("Sun, 22 Nov 2026 10:01:00 GMT"), "60000");
  EXPECT_EQ(after("Sun, 22 Nov 2026 09:00:00 GMT"), "0");
  EXPECT_EQ(after("99999999999"), "86400000");
  EXPECT_EQ(after("-1"), "");
  EXPECT_EQ(after("soon"), "");
}

TEST_F(FetchTest, WhatIsCompressedForTheWayIsRefused) {
  for (const char* field : {"Content-Encoding: gzip\r\n", "Content-Encoding: br\r\n",
                            "Content-Encoding: identity\r\nContent-Encoding: gzip\r\n"})
    EXPECT_EQ(reason_of(whole_answer("ab", field)), "IMPORT_ENCODED") << field;
  EXPECT_EQ(
      reason_of(answer_head("200 OK", "Transfer-Encoding: gzip, chunked\r\n") + chunk("ab") + "0\r\n\r\n"),
      "IMPORT_ENCODED");
  EXPECT_EQ(reason_of(whole_answer("ab", "Content-Encoding: identity\r\n")), "");
}

TEST_F(FetchTest, HeadsAreBounded) {
  EXPECT_EQ(reason_of(answer_head("200 OK", "X: " + std::string(100'000, 'x') + "\r\n")), "IMPORT_REFUSED");
  const auto& endless = serve([](const auto&, auto& peer) {
    peer.send("HTTP/1.1 200 OK\r\n");
    while (peer.send("X: " + std::string(1000, 'x') + "\r\n")) {
    }
  });
  EXPECT_EQ(reason(endless.url()), "IMPORT_REFUSED");
  const auto& hints = serve([](const auto&, auto& peer) {
    while (peer.send("HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n")) {
    }
  });
  EXPECT_EQ(reason(hints.url()), "IMPORT_REFUSED");
  EXPECT_NE(reason_of("SSH-2.0-OpenSSH_9.2\r\n"), "");
  EXPECT_EQ(basket_.got, "") << "what is no HTTP is not taken for a file";
}

TEST_F(FetchTest, AConnectionThatBreaksOffIsNoEnd) {
  EXPECT_EQ(reason_of(""), "IMPORT_BROKEN_OFF");
  EXPECT_EQ(reason_of("HTTP/1.1 200 OK\r\nConte"), "IMPORT_BROKEN_OFF");
  EXPECT_EQ(reason_of(answer_head("200 OK", "Content-Length: 5\r\n") + "ab"), "IMPORT_BROKEN_OFF");
  EXPECT_EQ(basket_.got, "ab");
  EXPECT_EQ(reason_of(answer_head("200 OK", "Transfer-Encoding: chunked\r\n") + chunk("ab")),
            "IMPORT_BROKEN_OFF");
  EXPECT_EQ(reason_of(answer_head("200 OK", "Transfer-Encoding: chunked\r\n") + "zz\r\n"),
            "IMPORT_BROKEN_OFF");
}

TEST_F(FetchTest, ServersThatDontMoveOnAreLeft) {
  rules_.limits.stall = 300ms;
  EXPECT_EQ(reason(serve([](const auto&, auto& peer) { peer.wait_until_gone(); }).url()), "IMPORT_STALLED");
  EXPECT_EQ(reason(serve([](const auto&, auto& peer) {
                     peer.send(answer_head("200 OK") + "ab");
                     peer.wait_until_gone();
                   }).url()),
            "IMPORT_STALLED");
  const auto& drops = serve([](const auto&, auto& peer) {
    peer.send(answer_head("200 OK"));
    while (peer.send("a")) std::this_thread::sleep_for(20ms);
  });
  EXPECT_EQ(reason(drops.url()), "IMPORT_STALLED") << "a drop now and then is no progress";
}

// However fast it was at first.
TEST_F(FetchTest, ServersThatAreTooSlowAreLeft) {
  rules_.limits.window = 200ms;
  rules_.limits.window_bytes = 256 << 10;
  const auto& origin = serve([](const auto&, auto& peer) {
    peer.send(answer_head("200 OK") + std::string(300 << 10, 'a'));
    while (peer.send(std::string(1024, 'a'))) std::this_thread::sleep_for(20ms);
  });
  EXPECT_EQ(reason(origin.url()), "IMPORT_STALLED");
  EXPECT_GT(basket_.got.size(), 300u << 10);
}

TEST_F(FetchTest, AStopEndsItAndSoDoesTheEndOfItsTime) {
  const auto& origin = serve([](const auto&, auto& peer) {
    peer.send(answer_head("200 OK") + "ab");
    peer.wait_until_gone();
  });
  rules_.limits.stall = 60s;
  basket_.on_body = [this] { stop_.request_stop(); };
  EXPECT_EQ(fetch({origin.url(), 0, ""}, rules_, basket_, stop_.get_token()).error().reason,
            "IMPORT_STOPPED");
  basket_.on_body = nullptr;
  stop_ = {};
  std::jthread later([this] {
    std::this_thread::sleep_for(50ms);
    stop_.request_stop();
  });
  EXPECT_EQ(fetch({origin.url(), 0, ""}, rules_, basket_, stop_.get_token()).error().reason,
            "IMPORT_STOPPED");
  EXPECT_EQ(
      fetch({origin.url(), 0, "", std::chrono::steady_clock::now()}, rules_, basket_, {}).error().reason,
      "IMPORT_TIMED_OUT");
}

TEST_F(FetchTest, WhatTheSinkSaysEndsIt) {
  const auto& endless = serve([](const auto&, auto& peer) {
    peer.send(answer_head("200 OK"));
    while (peer.send(std::string(65536, 'x'))) {
    }
  });
  EXPECT_EQ(reason(endless.url()), "FULL");
}

TEST_F(FetchTest, WhatIsThrownEndsItAsAnError) {
  const auto& origin = says(whole_answer("0123456789"));
  basket_.on_body = [] { throw std::runtime_error("no luck"); };
  const auto done = fetch({origin.url(), 0, ""}, rules_, basket_, {});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().reason, "IMPORT_FAILED");
  EXPECT_EQ(done.error().code, Code::kInternal);
  EXPECT_EQ(done.error().metadata.at("what"), "no luck");
  EXPECT_EQ(done.error().message.find("luck"), std::string::npos) << "creators read that one";
}

TEST_F(FetchTest, RedirectsAreFollowedAFewTimes) {
  Origin& origin = serve([](const auto& request, auto& peer) {
    const int left = std::stoi(request.target.substr(1));
    if (left == 0)
      send_file(request, peer, "0123456789", "\"1\"");
    else
      peer.send(answer_head(left % 2 ? "302 Found" : "308 Moved",
                            "Location: /" + std::to_string(left - 1) + "\r\nContent-Length: 3\r\n") +
                "no!");
  });
  ASSERT_EQ(reason(origin.url("/5"), 4), "");
  EXPECT_EQ(basket_.got, "456789") << "the range goes along";
  EXPECT_EQ(origin.requests().size(), 6u);
  EXPECT_EQ(reason(origin.url("/6")), "IMPORT_REDIRECT_REFUSED");
  EXPECT_EQ(reason(serve([](const auto&, auto& peer) {
                     peer.send(answer_head("301 Moved", "Location: /\r\n"));
                   }).url()),
            "IMPORT_REDIRECT_REFUSED");
}

TEST_F(FetchTest, RedirectsLeadNowhereElse) {
  const auto& inside = says(whole_answer("secret"));
  const auto to = [this](const std::string& where) {
    const auto out = reason_of(answer_head("302 Found", "Location: " + where + "\r\n"));
    EXPECT_EQ(basket_.got, "");
    return out;
  };
  for (const std::string host :
       {"127.0.0.2", "[::1]", "0x7f.0.0.2", "2130706434", "[::ffff:127.0.0.2]", "169.254.169.254"})
    EXPECT_EQ(to(inside.url("/", host)), "IMPORT_ADDRESS_REFUSED") << host;
  for (const std::string where : {"file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/",
                                  "http://127.0.0.1:22/", "http://me:pw@127.0.0.1/", "http://"})
    EXPECT_EQ(to(where), "IMPORT_REDIRECT_REFUSED") << where;
  EXPECT_EQ(to("http://169.254.169.254/latest/meta-data/"), "IMPORT_ADDRESS_REFUSED");
}

TEST_F(FetchTest, TheAddressIsCheckedThatANameStandsFor) {
  const auto& origin = says(whole_answer("secret"));
  ASSERT_EQ(reason(origin.url("/", "localhost")), "");
  rules_.reach.networks.clear();
  for (const std::string host : {"localhost", "LOCALHOST"})
    EXPECT_EQ(reason(origin.url("/", host)), "IMPORT_ADDRESS_REFUSED") << host;
  EXPECT_NE(reason(origin.url("/", "localhost.")), "") << "known or not, as the machine's resolver sees it";
  EXPECT_EQ(origin.requests().size(), 1u) << "nobody connected";
}

TEST_F(FetchTest, ProxiesOfTheEnvironmentAreNotAsked) {
  const auto& proxy = says(whole_answer("by the proxy"));
  const auto& origin = says(whole_answer("by itself"));
  for (const char* name : {"http_proxy", "all_proxy", "ALL_PROXY"}) ::setenv(name, proxy.url("").c_str(), 1);
  EXPECT_EQ(reason(origin.url()), "");
  for (const char* name : {"http_proxy", "all_proxy", "ALL_PROXY"}) ::unsetenv(name);
  EXPECT_EQ(basket_.got, "by itself");
  EXPECT_TRUE(proxy.requests().empty());
}

TEST_F(FetchTest, NobodyThereIsSaid) {
  std::uint16_t port = 0;
  {
    Origin gone([](const auto&, auto&) {});
    port = gone.port();
  }
  rules_.reach.ports.push_back(port);
  const auto why = failure("http://127.0.0.1:" + std::to_string(port) + "/");
  EXPECT_EQ(why.reason, "IMPORT_UNREACHABLE");
  EXPECT_EQ(why.code, Code::kUnavailable);
  EXPECT_EQ(reason("http://there-is-no-such-host.invalid/"), "IMPORT_HOST_UNKNOWN");
}

}  // namespace
}  // namespace cliffhanger::ingest
