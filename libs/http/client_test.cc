#include "libs/http/client.h"

#include <gtest/gtest.h>

#include "libs/http/test_server.h"

namespace cliffhanger::http {
namespace {

TEST(Url, IsParsedStrictly) {
  const auto url = Url::parse("http://localhost:8080/a/b?c=d");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "localhost");
  EXPECT_EQ(url->port, 8080);
  EXPECT_EQ(url->target, "/a/b?c=d");
  EXPECT_EQ(Url::parse("http://h")->target, "/");
  EXPECT_EQ(Url::parse("http://[::1]:9/x")->host, "::1");
  EXPECT_EQ(Url::parse("http://[::1]/x")->port, 80);
  for (const auto* bad : {"", "https://h/", "http://", "http:///x", "http://h:0/", "http://h:99999/",
                          "http://h:x/", "http://u@h/", "http://h/a b"})
    EXPECT_FALSE(Url::parse(bad)) << bad;
}

TEST_F(ServerTest, AFileIsUploadedWithProgress) {
  start();
  std::string contents(3'000'000, 'u');
  ClientRequest request{"PATCH", "/count", {}, FileRange{file_with(contents), 1000, 2'000'000}, {}};
  std::vector<std::uint64_t> seen;
  request.on_progress = [&](std::uint64_t sent) { seen.push_back(sent); };
  auto http = client();
  const auto answer = http.send(request);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "2000000");
  ASSERT_FALSE(seen.empty());
  EXPECT_EQ(seen.back(), 2'000'000u);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
}

TEST_F(ServerTest, AnEarlyAnswerEndsTheUpload) {
  start();
  auto http = client();
  ClientRequest request{"POST", "/echo", {}, std::string(50'000'000, 'u'), {}};
  const auto answer = http.send(request);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 413);
  EXPECT_EQ(http.get("/hello")->status, 200);
}

TEST_F(ServerTest, AKeptConnectionThatTheServerClosedIsOpenedAgain) {
  Limits limits;
  limits.idle_timeout = std::chrono::milliseconds(50);
  start(limits);
  auto http = client();
  ASSERT_TRUE(http.get("/hello"));
  ASSERT_TRUE(eventually([&] { return recorder_.closes == 1; }));
  const auto again = http.get("/hello");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(recorder_.opens, 2);
}

TEST_F(ServerTest, ASilentServerTimesOut) {
  start();
  Client http("127.0.0.1", port_, {std::chrono::milliseconds(1000), std::chrono::milliseconds(100), 1000});
  const auto answer = http.get("/slow");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().reason, "HTTP_TIMEOUT");
  release_ = true;
}

TEST(Client, SaysWhyItCannotConnect) {
  const auto answer = Client("127.0.0.1", 1).get("/");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().reason, "HTTP_CONNECT_FAILED");
}

}  // namespace
}  // namespace cliffhanger::http
