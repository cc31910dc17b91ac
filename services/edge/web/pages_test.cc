#include "services/edge/web/pages.h"

#include <filesystem>

#include "services/edge/edge_world.h"

namespace cliffhanger::edge {
namespace {

class PagesTest : public EdgeTest {};

TEST_F(PagesTest, FilesAndTheApplicationsOwnPaths) {
  auto http = client();
  const auto index = http.get("/");
  ASSERT_EQ(index->status, 200);
  EXPECT_NE(index->body.find("<title>Cliffhanger"), std::string::npos);
  EXPECT_EQ(index->headers.get("Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(index->headers.get("Cache-Control"), "no-cache");
  EXPECT_NE(index->headers.get("Content-Security-Policy").find("media-src 'self' blob:"), std::string::npos);
  EXPECT_EQ(index->headers.get("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(http.get("/series/0193")->body, index->body);
  const auto script = http.get("/assets/app-1234.js");
  EXPECT_EQ(script->body, "let a = 1;");
  EXPECT_EQ(script->headers.get("Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(http.get("/assets/gone.js")->status, 404);
  EXPECT_EQ(http.get("/.secret")->status, 404);
  EXPECT_EQ(http.post("/", "x")->status, 405);
  const auto zipped = http.get("/", {{"Accept-Encoding", "gzip"}});
  EXPECT_EQ(zipped->headers.get("Content-Encoding"), "gzip");
  EXPECT_EQ(http.get("/", {{"If-None-Match", std::string(index->headers.get("ETag"))}})->status, 304);
  EXPECT_EQ(http.head("/")->headers.get("Content-Length"), std::to_string(index->body.size()));
}

TEST_F(PagesTest, AFolderWithoutItsIndexIsRefused) {
  std::filesystem::create_directories(dir_.path() + "/empty");
  EXPECT_EQ(Pages::load(dir_.path() + "/empty").error().reason, "BAD_WEB_FOLDER");
  EXPECT_EQ(Pages::load(dir_.path() + "/none").error().reason, "BAD_WEB_FOLDER");
}

}  // namespace
}  // namespace cliffhanger::edge
