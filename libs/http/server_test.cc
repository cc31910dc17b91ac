#include <gtest/gtest.h>

#include "libs/http/test_peer.h"
#include "libs/http/test_server.h"

namespace cliffhanger::http {
namespace {

TEST_F(ServerTest, AnswersKeepsAliveAndCounts) {
  start();
  auto http = client();
  for (int i = 0; i < 3; ++i) {
    auto answer = http.get("/hello");
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, "hello");
    EXPECT_EQ(answer->headers.get("Content-Length"), "5");
    EXPECT_TRUE(answer->headers.find("Date"));
  }
  EXPECT_EQ(recorder_.opens, 1);
  ASSERT_TRUE(eventually([&] { return recorder_.copy(recorder_.log).size() == 3; }));
  EXPECT_EQ(recorder_.copy(recorder_.log)[0], "GET hello 200 0 5");
}

TEST_F(ServerTest, RoutesCapturesAndRefuses) {
  start();
  auto http = client();
  EXPECT_EQ(http.get("/items/a%20b/parts/v540/3.m4s")->body, "a b|v540/3.m4s");
  const auto missing = http.get("/nothing");
  EXPECT_EQ(missing->status, 404);
  EXPECT_EQ(missing->headers.get("Content-Type"), "application/problem+json");
  EXPECT_NE(missing->body.find("\"code\":\"NO_SUCH_PATH\""), std::string::npos);
  const auto wrong = http.post("/hello", "");
  EXPECT_EQ(wrong->status, 405);
  EXPECT_EQ(wrong->headers.get("Allow"), "GET");
}

TEST_F(ServerTest, HeadHasTheHeadersAlone) {
  start();
  auto http = client();
  const auto head = http.head("/hello");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->status, 200);
  EXPECT_EQ(head->headers.get("Content-Length"), "5");
  EXPECT_EQ(head->body, "");
  EXPECT_EQ(http.get("/hello")->body, "hello");  // and the connection is in step
}

TEST_F(ServerTest, AThrowingHandlerIsA500) {
  start();
  auto http = client();
  EXPECT_EQ(http.get("/throw")->status, 500);
  EXPECT_EQ(recorder_.copy(recorder_.throws), std::vector<std::string>{"oops"});
  EXPECT_EQ(http.get("/hello")->status, 200);
}

TEST_F(ServerTest, BodiesWithLengthAndChunked) {
  start();
  auto http = client();
  const std::string big(99'000, 'x');
  EXPECT_EQ(http.post("/echo", big)->body, big);
  Peer peer(port_);
  // Split in awkward places, with an extension, a trailer, and the next request right behind.
  for (const std::string_view piece :
       {"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r", "\n5;x=y\r", "\nhel",
        "lo\r\n1\r\n!\r\n0\r",
        "\nTrailer: t\r\n\r\nGET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"}) {
    ASSERT_TRUE(peer.send(piece));
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  const auto answer = peer.receive();
  EXPECT_NE(answer.find("\r\n\r\nhello!HTTP/1.1 200"), std::string::npos) << answer;
  EXPECT_TRUE(answer.ends_with("hello"));
}

TEST_F(ServerTest, ManyChunksOfEverySizeArrive) {
  start();
  Peer peer(port_);
  std::string request =
      "PATCH /count HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
  std::size_t total = 0;
  for (std::size_t n = 1; n < 70'000; n = n * 3 + 1) {
    char size[16];
    std::snprintf(size, sizeof size, "%zx\r\n", n);
    request += size + std::string(n, 'c') + "\r\n";
    total += n;
  }
  ASSERT_TRUE(peer.send(request + "0\r\n\r\n"));
  EXPECT_TRUE(peer.receive().ends_with("\r\n\r\n" + std::to_string(total)));
}

TEST_F(ServerTest, ABodyOverTheRoutesLimitIs413) {
  start();
  auto http = client();
  EXPECT_EQ(http.post("/echo", std::string(100'001, 'x'))->status, 413);
  Peer peer(port_);
  peer.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 30; ++i) peer.send("1000\r\n" + std::string(4096, 'y') + "\r\n");
  EXPECT_EQ(status_line(peer.receive()), "HTTP/1.1 413 Content Too Large");
}

TEST_F(ServerTest, Expect100IsAnsweredWhenTheBodyIsWanted) {
  start();
  Peer peer(port_);
  peer.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(peer.receive("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  peer.send("ok");
  EXPECT_TRUE(peer.receive("\r\n\r\nok").ends_with("\r\n\r\nok"));
  Peer unwanted(port_);
  unwanted.send("POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  const auto answer = unwanted.receive();  // and closes, since nobody knows whether the body comes
  EXPECT_EQ(status_line(answer), "HTTP/1.1 200 OK");
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
}

TEST_F(ServerTest, AnswersBeforeTheAnswerComeWhileTheBodyIsSent) {
  start();
  Peer peer(port_);
  peer.send("PATCH /inform HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nConnection: close\r\nExpect: 100-continue\r\n\r\n");
  const std::string hint = "HTTP/1.1 104 Upload Resumption Supported\r\nUpload-Offset: ";
  EXPECT_EQ(peer.receive("Continue\r\n\r\n"), hint + "0\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n");
  peer.send("ab");
  EXPECT_EQ(peer.receive("\r\n\r\n"), hint + "2\r\n\r\n");
  peer.send("cd");
  const auto rest = peer.receive();
  EXPECT_TRUE(rest.starts_with(hint + "4\r\n\r\nHTTP/1.1 200 OK\r\n") || rest.starts_with("HTTP/1.1 200 OK\r\n")) << rest;
  EXPECT_TRUE(rest.ends_with("\r\n\r\n4"));
  EXPECT_EQ(client().send({"PATCH", "/inform", {}, "12345", {}})->body, "5") << "our client looks for the real one";
}

TEST_F(ServerTest, AnOldPeerGetsNoAnswerBeforeTheAnswer) {
  start();
  Peer peer(port_);
  peer.send("PATCH /inform HTTP/1.0\r\nContent-Length: 2\r\n\r\nok");
  EXPECT_EQ(status_line(peer.receive()), "HTTP/1.1 200 OK");
}

// Many clients look at nothing before they have sent everything.
TEST_F(ServerTest, APeerThatReadsNothingIsNotWaitedFor) {
  start();
  Peer peer(port_, 4096);
  const std::uint64_t total = 256 << 20;
  peer.send("PATCH /inform HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: " + std::to_string(total) + "\r\n\r\n");
  const std::string piece(16 << 10, 'x');
  for (std::uint64_t sent = 0; sent < total; sent += piece.size()) ASSERT_TRUE(peer.send(piece));
  EXPECT_TRUE(peer.receive().ends_with("\r\n\r\n" + std::to_string(total)));
}

TEST_F(ServerTest, AnUnreadBodyDoesNotBecomeARequest) {
  start();
  Peer peer(port_);
  const std::string inner = "GET /throw HTTP/1.1\r\nHost: a\r\n\r\n";
  peer.send("POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(inner.size()) +
            "\r\n\r\n" + inner + "GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const auto answer = peer.receive();
  EXPECT_NE(answer.find("ignoredHTTP/1.1 200 OK"), std::string::npos) << answer;
  EXPECT_TRUE(answer.ends_with("hello"));
  EXPECT_TRUE(recorder_.copy(recorder_.throws).empty());
}

TEST_F(ServerTest, PipelinedRequestsAreAnsweredInOrder) {
  start();
  Peer peer(port_);
  std::string requests;
  for (int i = 0; i < 50; ++i)
    requests += "GET /items/" + std::to_string(i) + "/parts/p HTTP/1.1\r\nHost: a\r\n\r\n";
  peer.send(requests + "GET /items/end/parts/p HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const auto answer = peer.receive();
  std::size_t at = 0;
  for (int i = 0; i < 50; ++i) {
    at = answer.find("\r\n\r\n" + std::to_string(i) + "|p", at);
    ASSERT_NE(at, std::string::npos) << i;
  }
  EXPECT_TRUE(answer.ends_with("end|p"));
}

TEST_F(ServerTest, PrematureEndIsNotACleanEnd) {
  start();
  {
    Peer peer(port_);
    peer.send("PATCH /count HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n" + std::string(700, 'x'));
    ASSERT_TRUE(eventually([&] { return running_ == 700; }));
  }
  ASSERT_TRUE(eventually([&] { return !ending().empty(); }));
  EXPECT_EQ(ending(), kBodyEndedEarly);
  EXPECT_EQ(counted_, 700u);
  ending_.clear();
  Peer peer(port_);
  peer.send("PATCH /count HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
  peer.shut_write();
  ASSERT_TRUE(eventually([&] { return !ending().empty(); }));
  EXPECT_EQ(ending(), kBodyEndedEarly);
  EXPECT_EQ(counted_, 5u);
}

TEST_F(ServerTest, FilesByRange) {
  std::string contents;
  for (int i = 0; i < 300'000; ++i) contents += std::to_string(i) + ',';
  file_size_ = contents.size();
  start();
  auto http = client();
  file_ = file_with(contents, true);
  EXPECT_EQ(http.get("/file", {{"Range", "bytes=70000-700000"}})->body, contents.substr(70'000, 630'001));
  file_ = file_with(contents);
  EXPECT_EQ(http.get("/file")->body, contents);
  const auto part = http.get("/file", {{"Range", "bytes=1000-1999"}});
  EXPECT_EQ(part->status, 206);
  EXPECT_EQ(part->body, contents.substr(1000, 1000));
  EXPECT_EQ(http.get("/file", {{"Range", "bytes=99999999-"}})->status, 416);
  const auto head = http.head("/file");
  EXPECT_EQ(head->headers.get("Content-Length"), std::to_string(contents.size()));
  EXPECT_EQ(head->body, "");
}

TEST_F(ServerTest, PiecesComeAsOneBody) {
  file_ = file_with(std::string(300'000, 'f') + "tail");
  const auto text = [](std::string it) { return std::make_shared<const std::string>(std::move(it)); };
  router_.add(
      "GET", "/pieces",
      [&](Request&) -> Task<Response> {
        Response out;
        out.body = Pieces{{text("one "), FileRange{file_, 0, 300'000}, text(""), text(" two "), FileRange{file_, 300'000, 4}}};
        co_return out;
      },
      "pieces");
  router_.add(
      "GET", "/nothing",
      [](Request&) -> Task<Response> {
        Response out;
        out.body = Pieces{};
        co_return out;
      },
      "nothing");
  start();
  auto http = client();
  for (int i = 0; i < 2; ++i) {
    const auto got = http.get("/pieces");
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(got->headers.get("Content-Length"), "300013");
    EXPECT_EQ(got->body, "one " + std::string(300'000, 'f') + " two tail");
  }
  EXPECT_EQ(http.get("/nothing")->body, "");
  EXPECT_EQ(http.head("/pieces")->headers.get("Content-Length"), "300013");
}

TEST_F(ServerTest, AFileThatShrankBreaksTheConnectionOff) {
  file_ = file_with("short");
  file_size_ = 500'000;
  start();
  const auto answer = client().get("/file");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().reason, "HTTP_CLOSED");
}

TEST_F(ServerTest, DrainFinishesWhatRunsAndClosesWhatIdles) {
  start();
  auto idle = client();
  ASSERT_TRUE(idle.get("/hello"));
  std::atomic<bool> answered{false};
  std::thread busy([&] {
    auto answer = client().get("/slow");
    answered = answer && answer->body == "7" && answer->headers.get("Connection") == "close";
  });
  ASSERT_TRUE(eventually([&] { return entered_.load(); }));
  std::thread drain([&] { server_->drain(std::chrono::steady_clock::now() + std::chrono::seconds(20)); });
  ASSERT_TRUE(eventually([&] { return recorder_.closes == 1; }));  // the idle one, while the other still runs
  EXPECT_FALSE(answered);
  release_ = true;
  drain.join();
  busy.join();
  EXPECT_TRUE(answered);
  EXPECT_EQ(client().get("/hello").error().reason, "HTTP_CONNECT_FAILED");
}

TEST_F(ServerTest, DrainCutsWhatOutlivesTheDeadline) {
  start();
  Peer stuck(port_);
  stuck.send("PATCH /count HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc");
  ASSERT_TRUE(eventually([&] { return running_ == 3; }));
  server_->drain(std::chrono::steady_clock::now());
  EXPECT_EQ(server_->connections(), 0u);
  EXPECT_EQ(ending(), kBodyEndedEarly);
  EXPECT_EQ(counted_, 3u);
}

TEST_F(ServerTest, AFullPoolSaysSo) {
  start();
  std::thread first([&] { client().get("/slow"); });
  ASSERT_TRUE(eventually([&] { return entered_.load(); }));
  std::thread second([&] { client().get("/slow"); });
  ASSERT_TRUE(eventually([&] { return pool_.jobs() == 2; }));
  const auto third = client().get("/slow");
  EXPECT_EQ(third->status, 503);
  release_ = true;
  first.join();
  second.join();
}

TEST_F(ServerTest, ASecondServerOnTheSamePortIsRefused) {
  start();
  Recorder other;
  Server second({"127.0.0.1", 1, {}}, [this](Request& r) { return router_.handle(r); }, other);
  const auto port = second.start(port_);
  ASSERT_FALSE(port);
  EXPECT_EQ(port.error().reason, "ADDRESS_IN_USE");
}

TEST_F(ServerTest, ConnectionsOverTheLimitAreTold) {
  Limits limits;
  limits.connections = 2;
  start(limits, 1);
  auto a = client(), b = client(), c = client();
  ASSERT_EQ(a.get("/hello")->status, 200);
  ASSERT_EQ(b.get("/hello")->status, 200);
  const auto third = c.get("/hello");
  if (third) EXPECT_EQ(third->status, 503);  // or the reset overtook it
  EXPECT_EQ(recorder_.refusals, 1);
}

TEST_F(ServerTest, ConnectionsOfOneAddressOverItsLimitAreToldAndRoomIsMadeAgain) {
  Limits limits;
  limits.connections_of_one = 2;
  start(limits, 1);
  auto a = client(), b = client();
  ASSERT_EQ(a.get("/hello")->status, 200);
  ASSERT_EQ(b.get("/hello")->status, 200);
  Peer third(port_);
  EXPECT_TRUE(third.receive().starts_with("HTTP/1.1 429 "));
  EXPECT_EQ(recorder_.refusals, 1);
  {
    const auto leaves = std::move(a);
  }
  ASSERT_TRUE(eventually([&] { return server_->connections() == 1; }));
  EXPECT_EQ(client().get("/hello")->status, 200);
}

TEST_F(ServerTest, ServersThatShareAnOccupancyShareTheirLimits) {
  Limits limits;
  limits.connections = 3;
  limits.connections_of_one = 2;
  occupancy_ = std::make_shared<Occupancy>();
  start(limits, 1);
  Server other({"127.0.0.1", 1, limits, nullptr, occupancy_}, [this](Request& r) { return router_.handle(r); }, recorder_);
  const auto port = other.start(0);
  ASSERT_TRUE(port);
  auto a = client();
  ASSERT_EQ(a.get("/hello")->status, 200);
  {
    Client b("127.0.0.1", *port);
    ASSERT_EQ(b.get("/hello")->status, 200);
    EXPECT_TRUE(Peer(*port).receive().starts_with("HTTP/1.1 429 "));
    EXPECT_TRUE(Peer(port_).receive().starts_with("HTTP/1.1 429 "));
    EXPECT_EQ(occupancy_->enter("another", 3, 2), 0);
    EXPECT_TRUE(Peer(port_).receive().starts_with("HTTP/1.1 503 "));
    occupancy_->leave("another");
    EXPECT_EQ(server_->connections(), 1u);
    EXPECT_EQ(other.connections(), 1u);
  }
  ASSERT_TRUE(eventually([&] { return other.connections() == 0; }));
  EXPECT_EQ(client().get("/hello")->status, 200);
  other.drain(std::chrono::steady_clock::now() + std::chrono::seconds(20));  // waits for its own alone
  EXPECT_EQ(a.get("/hello")->status, 200);
}

}  // namespace
}  // namespace cliffhanger::http
