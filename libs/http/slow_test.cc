// Peers that are slow on purpose lose their connection; peers that are slow but moving keep it.
#include <gtest/gtest.h>

#include "libs/http/test_peer.h"
#include "libs/http/test_server.h"

namespace cliffhanger::http {
namespace {

using std::chrono::milliseconds;

TEST_F(ServerTest, AHeadThatDripsIsCut) {
  Limits limits;
  limits.header_timeout = milliseconds(200);
  start(limits);
  Peer peer(port_);
  peer.send("GET /hello HTTP/1.1\r\n");
  // It is told so, and what it sends after that is nobody's.
  std::jthread dripping([&](std::stop_token stop) {
    while (!stop.stop_requested() && peer.send("X")) std::this_thread::sleep_for(milliseconds(10));
  });
  const auto answer = peer.receive();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 408 ")) << answer;
  EXPECT_NE(answer.find("Connection: close"), answer.npos);
  ASSERT_TRUE(eventually([&] { return recorder_.closes == 1; }));
  EXPECT_EQ(recorder_.copy(recorder_.timeouts), std::vector<std::string>{"header"});
}

TEST_F(ServerTest, SilentConnectionsAreClosed) {
  Limits limits;
  limits.header_timeout = limits.idle_timeout = milliseconds(100);
  start(limits);
  Peer silent(port_), used(port_);
  used.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(used.receive().ends_with("hello"));  // receive() ends when the server closes
  EXPECT_EQ(silent.receive(), "");
}

// What the kernel still has of an answer when a connection ends for idleness is not lost.
TEST_F(ServerTest, TheTailOfAnAnswerOutlivesIdlenessAndLingering) {
  const std::string contents(200'000, 'f');
  file_ = file_with(contents);
  file_size_ = contents.size();
  Limits limits;
  limits.idle_timeout = limits.linger_timeout = milliseconds(100);
  start(limits);
  Peer idle(port_, 4096), lingers(port_, 4096);
  idle.send("GET /file HTTP/1.1\r\nHost: a\r\n\r\n");
  // Its body never comes, and is more than is waited for.
  lingers.send("GET /file HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return recorder_.closes == 2; }));
  EXPECT_EQ(recorder_.copy(recorder_.timeouts), std::vector<std::string>{"idle"});
  EXPECT_TRUE(idle.receive().ends_with("\r\n\r\n" + contents));
  EXPECT_TRUE(lingers.receive().ends_with("\r\n\r\n" + contents));
}

TEST_F(ServerTest, TheTailOfAnAnswerOutlivesDraining) {
  const std::string contents(200'000, 'f');
  file_ = file_with(contents);
  file_size_ = contents.size();
  start();
  Peer peer(port_, 4096);
  peer.send("GET /file HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return recorder_.copy(recorder_.log).size() == 1; }));
  server_->drain(std::chrono::steady_clock::now() + std::chrono::seconds(20));
  EXPECT_TRUE(peer.receive().ends_with("\r\n\r\n" + contents));
}

TEST_F(ServerTest, ABodyThatDripsIsCutAndWhatArrivedIsKnown) {
  Limits limits;
  limits.progress_timeout = milliseconds(200);
  start(limits);
  Peer peer(port_);
  peer.send("PATCH /count HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
  for (int i = 0; i < 2000 && ending().empty(); ++i) {
    peer.send("x");
    std::this_thread::sleep_for(milliseconds(10));
  }
  EXPECT_EQ(ending(), kBodyTooSlow);
  EXPECT_NE(peer.receive().find("Connection: close"), std::string::npos) << "it was told, by whatever the handler says";
  EXPECT_GT(counted_, 0u);
  EXPECT_LT(counted_, 1024u);
}

TEST_F(ServerTest, ABodyThatMovesOutlivesManyTimeouts) {
  Limits limits;
  limits.progress_timeout = milliseconds(400);
  start(limits);
  Peer peer(port_);
  peer.send("PATCH /count HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 40960\r\n\r\n");
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(peer.send(std::string(1024, 'x')));
    std::this_thread::sleep_for(milliseconds(20));
  }
  EXPECT_TRUE(peer.receive().ends_with("40960"));
}

TEST_F(ServerTest, AReaderThatStopsIsCut) {
  file_ = file_with(std::string(16 * 1024 * 1024, 'f'));
  file_size_ = 16 * 1024 * 1024;
  Limits limits;
  limits.progress_timeout = milliseconds(200);
  start(limits);
  Peer peer(port_, 4096);
  peer.send("GET /file HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return recorder_.closes == 1; }));
  EXPECT_EQ(recorder_.copy(recorder_.timeouts), std::vector<std::string>{"progress"});
  const auto log = recorder_.copy(recorder_.log);
  ASSERT_EQ(log.size(), 1u);
  EXPECT_TRUE(log[0].ends_with(" broken")) << log[0];
}

TEST_F(ServerTest, AReaderThatStopsInTheMiddleOfPiecesIsCutAndHoldsNoneOfThem) {
  file_ = file_with(std::string(16 * 1024 * 1024, 'f'));
  const std::weak_ptr<const File> watched = file_;
  router_.add(
      "GET", "/pieces",
      [&](Request&) -> Task<Response> {
        Response out;
        out.body = Pieces{{std::make_shared<const std::string>("head"), FileRange{std::move(file_), 0, 16 * 1024 * 1024},
                           std::make_shared<const std::string>("tail")}};
        co_return out;
      },
      "pieces");
  Limits limits;
  limits.progress_timeout = milliseconds(200);
  start(limits);
  Peer peer(port_, 4096);
  peer.send("GET /pieces HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return recorder_.closes == 1; }));
  EXPECT_EQ(recorder_.copy(recorder_.timeouts), std::vector<std::string>{"progress"});
  EXPECT_TRUE(eventually([&] { return watched.expired(); }));
}

TEST_F(ServerTest, AReaderThatMovesGetsEverything) {
  file_ = file_with(std::string(3 * 1024 * 1024, 'f'));
  file_size_ = 3 * 1024 * 1024;
  Limits limits;
  limits.progress_timeout = milliseconds(500);
  start(limits);
  Peer peer(port_, 65536);
  peer.send("GET /file HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  std::this_thread::sleep_for(milliseconds(100));
  const auto answer = peer.receive();
  EXPECT_EQ(answer.size() - answer.find("\r\n\r\n") - 4, file_size_);
}

// Copied at first, then by sendfile(2): not a byte is lost or comes twice.
TEST_F(ServerTest, AReaderThatBecomesSlowGetsEveryByteOfAMappedFile) {
  std::string contents;
  for (int i = 0; contents.size() < 3 * 1024 * 1024; ++i) contents += std::to_string(i) + ' ';
  file_ = file_with(contents, true);
  file_size_ = contents.size();
  start();
  Peer peer(port_, 65536);
  peer.send("GET /file HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  std::this_thread::sleep_for(milliseconds(100));
  const auto answer = peer.receive();
  EXPECT_EQ(answer.substr(answer.find("\r\n\r\n") + 4), contents);
}

TEST_F(ServerTest, AMappedFileThatWasCutBreaksItsAnswerAndNothingElse) {
  file_ = file_with(std::string(500'000, 'f'), true);
  file_size_ = 500'000;
  ASSERT_EQ(::ftruncate(file_->fd(), 5), 0);
  start();
  EXPECT_FALSE(client().get("/file"));
  EXPECT_EQ(client().get("/hello")->body, "hello");
}

}  // namespace
}  // namespace cliffhanger::http
