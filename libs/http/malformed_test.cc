// What a hostile or broken peer may send, and the answer that ends the connection.
#include <gtest/gtest.h>

#include "libs/http/test_peer.h"
#include "libs/http/test_server.h"

namespace cliffhanger::http {
namespace {

struct Case {
  const char* name;
  std::string request;
  int status;
};

std::vector<Case> cases() {
  const std::string get = "GET /hello HTTP/1.1\r\n", post = "POST /echo HTTP/1.1\r\nHost: a\r\n";
  std::string many = get + "Host: a\r\n";
  for (int i = 0; i < 64; ++i) many += "X" + std::to_string(i) + ": 1\r\n";
  return {
      {"no host", get + "\r\n", 400},
      {"two hosts", get + "Host: a\r\nHost: b\r\n\r\n", 400},
      {"host with a path", get + "Host: a/b\r\n\r\n", 400},
      {"both lengths", post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"both lengths, other order", post + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
       400},
      {"two lengths", post + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400},
      {"a list of lengths", post + "Content-Length: 5, 5\r\n\r\nhello", 400},
      {"a signed length", post + "Content-Length: +5\r\n\r\nhello", 400},
      {"a negative length", post + "Content-Length: -5\r\n\r\nhello", 400},
      {"an endless length", post + "Content-Length: 99999999999999999999999\r\n\r\n", 400},
      {"two codings", post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
      {"coding not last", post + "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n", 501},
      {"coding twice", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       400},
      {"a coding like chunked", post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501},
      {"a folded field", get + "Host: a\r\nX: 1\r\n 2\r\n\r\n", 400},
      {"space before the colon", get + "Host : a\r\n\r\n", 400},
      {"a bare line feed", "GET /hello HTTP/1.1\nHost: a\r\n\r\n", 400},
      {"a bare carriage return", get + "Host: a\rX: b\r\n\r\n", 400},
      {"a target too long", "GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
      {"a target that fills the head", "GET /" + std::string(17'000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
      {"another host in the target", "GET http://b/hello HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a zero byte", get + "Host: a\r\nX: a" + std::string(1, '\0') + "b\r\n\r\n", 400},
      {"no field name", get + "Host: a\r\n: b\r\n\r\n", 400},
      {"version 2", "GET /hello HTTP/2.0\r\nHost: a\r\n\r\n", 505},
      {"no version", "GET /hello\r\n\r\n", 400},
      {"noise", "\x16\x03\x01\x02\r\n\r\n", 400},
      {"dot steps", "GET /../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a bad escape", "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"too many fields", many + "\r\n", 431},
      {"a head too large", get + "Host: a\r\nX: " + std::string(17'000, 'x') + "\r\n\r\n", 431},
      {"an unknown expectation", post + "Expect: a-miracle\r\nContent-Length: 0\r\n\r\n", 417},
      {"a bad chunk size", post + "Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n", 400},
      {"a chunk longer than said", post + "Transfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n0\r\n\r\n", 400},
      {"a chunk size too large", post + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", 400},
      {"a chunk line without end", post + "Transfer-Encoding: chunked\r\n\r\n5;" + std::string(17'000, 'x'),
       400},
  };
}

TEST_F(ServerTest, MalformedRequestsAreRefusedAndTheConnectionEnds) {
  start();
  for (const auto& test : cases()) {
    Peer peer(port_);
    peer.send(test.request);
    const auto answer = peer.receive();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 " + std::to_string(test.status) + " "))
        << test.name << ": " << answer;
    EXPECT_NE(answer.find("application/problem+json"), std::string::npos) << test.name;
    EXPECT_EQ(answer.find("HTTP/1.1 ", 9), std::string::npos) << test.name << " was read as two requests";
  }
  EXPECT_EQ(client().get("/hello")->status, 200);
  ASSERT_TRUE(eventually([&] { return server_->connections() <= 1; }));
}

}  // namespace
}  // namespace cliffhanger::http
