// Bodies that come as time goes by.
#include <gtest/gtest.h>

#include <deque>

#include "libs/http/test_peer.h"
#include "libs/http/test_server.h"

namespace cliffhanger::http {
namespace {

using std::chrono::milliseconds;

// What the test says, piece by piece; "end" ends it. Looks for more every ten milliseconds.
struct Script {
  void say(std::string piece) {
    const std::lock_guard lock(mutex);
    pieces.push_back(std::move(piece));
  }
  std::mutex mutex;
  std::deque<std::string> pieces;
  std::atomic<int> alive{0};
};

class Scripted final : public Stream {
 public:
  Scripted(Script& script, TestPool& pool) : script_(script), pool_(pool) { ++script_.alive; }
  ~Scripted() override { --script_.alive; }
  Task<std::optional<std::string>> next() override {
    co_await run_blocking(pool_, []() -> Result<int> {
      std::this_thread::sleep_for(milliseconds(10));
      return 0;
    });
    const std::lock_guard lock(script_.mutex);
    if (script_.pieces.empty()) co_return std::string();
    std::string piece = std::move(script_.pieces.front());
    script_.pieces.pop_front();
    if (piece == "end") co_return std::nullopt;
    if (piece == "throw") throw std::runtime_error("oops");
    co_return piece;
  }

 private:
  Script& script_;
  TestPool& pool_;
};

class StreamTest : public ServerTest {
 protected:
  StreamTest() {
    router_.add(
        "GET", "/stream",
        [this](Request&) -> Task<Response> {
          Response out;
          out.headers.add("Content-Type", "text/event-stream");
          out.body = std::shared_ptr<Stream>(std::make_shared<Scripted>(script_, stream_pool_));
          co_return out;
        },
        "stream");
  }
  Script script_;
  TestPool stream_pool_;
};

TEST_F(StreamTest, EachPieceComesAtOnceAndTheConnectionGoesOn) {
  start();
  Peer peer(port_);
  peer.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
  script_.say("one");
  const std::string head = peer.receive("one\r\n");
  EXPECT_NE(head.find("Transfer-Encoding: chunked\r\n"), std::string::npos);
  EXPECT_EQ(head.find("Content-Length"), std::string::npos);
  EXPECT_TRUE(head.ends_with("\r\n3\r\none\r\n")) << head;
  script_.say(std::string(20, 'x'));
  EXPECT_EQ(peer.receive("x\r\n"), "14\r\n" + std::string(20, 'x') + "\r\n");
  script_.say("end");
  EXPECT_EQ(peer.receive("0\r\n\r\n"), "0\r\n\r\n");
  peer.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(peer.receive("hello").ends_with("\r\n\r\nhello"));
  EXPECT_TRUE(eventually([&] { return script_.alive == 0; }));
}

TEST_F(StreamTest, OurClientReadsIt) {
  start();
  script_.say("one ");
  script_.say("two");
  script_.say("end");
  const auto answer = client().get("/stream");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "one two");
}

TEST_F(StreamTest, AnOldPeerGetsItPlainAndUntilTheEndOfTheConnection) {
  start();
  Peer peer(port_);
  peer.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  script_.say("one");
  script_.say("end");
  const std::string all = peer.receive();
  EXPECT_TRUE(all.ends_with("\r\n\r\none")) << all;
  EXPECT_EQ(all.find("chunked"), std::string::npos);
}

TEST_F(StreamTest, HeadHasNoBody) {
  start();
  Peer peer(port_);
  peer.send(
      "HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\nGET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const std::string all = peer.receive();
  EXPECT_NE(all.find("\r\n\r\nHTTP/1.1 200"), std::string::npos) << all;
}

TEST_F(StreamTest, APeerThatLeavesIsNoticedWithoutAWord) {
  start();
  Peer peer(port_);
  peer.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
  script_.say("one");
  peer.receive("one\r\n");
  EXPECT_EQ(script_.alive, 1);
  peer.close();
  EXPECT_TRUE(eventually([&] { return script_.alive == 0; }));
  EXPECT_TRUE(eventually([&] { return server_->connections() == 0; }));
}

TEST_F(StreamTest, AQuietStreamOutlivesTheTimeoutsAndAReaderWhoTakesNothingIsCut) {
  Limits limits;
  limits.progress_timeout = limits.idle_timeout = limits.header_timeout = milliseconds(150);
  start(limits);
  Peer peer(port_, 4096);
  peer.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
  script_.say("one");
  peer.receive("one\r\n");
  std::this_thread::sleep_for(milliseconds(500));
  script_.say("two");
  EXPECT_EQ(peer.receive("two\r\n"), "3\r\ntwo\r\n");
  for (int i = 0; i < 20; ++i) script_.say(std::string(1 << 20, 'x'));
  EXPECT_TRUE(eventually([&] { return script_.alive == 0; }));
  EXPECT_EQ(recorder_.copy(recorder_.timeouts), std::vector<std::string>{"progress"});
}

TEST_F(StreamTest, AStreamThatThrowsIsBrokenOffAndNothingElse) {
  start();
  Peer peer(port_);
  peer.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
  script_.say("one");
  script_.say("throw");
  EXPECT_TRUE(peer.receive().ends_with("3\r\none\r\n"));
  EXPECT_EQ(recorder_.copy(recorder_.throws), std::vector<std::string>{"oops"});
  EXPECT_EQ(client().get("/hello")->body, "hello");
}

TEST_F(StreamTest, DrainingEndsItCleanly) {
  start();
  Peer peer(port_);
  peer.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
  script_.say("one");
  peer.receive("one\r\n");
  server_->drain(std::chrono::steady_clock::now() + std::chrono::seconds(20));
  EXPECT_EQ(peer.receive(), "0\r\n\r\n");
}

}  // namespace
}  // namespace cliffhanger::http
