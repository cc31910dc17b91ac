#include "services/edge/objects/coded.h"

#include "services/edge/limits.h"
#include "services/edge/objects/unpack.h"

namespace cliffhanger::edge {
namespace {

std::string noise(std::size_t bytes) {
  std::string out;
  for (std::uint32_t x = 1; out.size() < bytes; x = x * 1664525 + 1013904223) out += static_cast<char>(x >> 24);
  return out;
}

http::Request accepting(std::string accept, std::string known = {}) {
  http::Request request;
  if (!accept.empty()) request.headers.add("Accept-Encoding", std::move(accept));
  if (!known.empty()) request.headers.add("If-None-Match", std::move(known));
  return request;
}

std::string body_of(const http::Response& response) {
  const auto* shared = std::get_if<http::SharedText>(&response.body);
  return shared ? **shared : std::get<std::string>(response.body);
}

TEST(Encode, EveryCodingIsTheSameText) {
  for (const std::string& text : {std::string(2000, '#'), noise(3000), std::string(200'000, 'x') + noise(9), std::string("WEBVTT\n"), std::string()}) {
    const auto coded = encode(text);
    EXPECT_EQ(*coded.plain, text);
    EXPECT_EQ(unzip(*coded.gzip), text);
    if (coded.brotli) {
      EXPECT_EQ(unbrotli(*coded.brotli), text);
      EXPECT_LT(coded.brotli->size(), coded.gzip->size());
    }
    EXPECT_LE(coded.bytes(), 3 * text.size() + 100);
  }
  EXPECT_TRUE(encode(std::string(2000, '#')).brotli);
  EXPECT_FALSE(encode(noise(3000)).brotli) << "it gains nothing";
}

TEST(CodedResponse, EachCodingHasATagOfItsOwn) {
  const auto text = encode("#EXTM3U\n" + std::string(2000, '#'));
  const TextAnswer answer{"text/x", "tag", "private"};
  const std::pair<const char*, const char*> cases[] = {{"", "\"tag\""}, {"gzip", "\"tag+gzip\""}, {"br, gzip", "\"tag+br\""}};
  for (const auto& [accept, etag] : cases) {
    const auto full = coded_response(accepting(accept), text, answer);
    EXPECT_EQ(full.status, 200);
    EXPECT_EQ(full.headers.get("ETag"), etag);
    EXPECT_EQ(full.headers.get("Vary"), "Accept-Encoding");
    for (const auto& [accept2, etag2] : cases) {
      const auto again = coded_response(accepting(accept2, std::string("\"other\", W/") + etag), text, answer);
      EXPECT_EQ(again.status, etag == etag2 ? 304 : 200) << accept << " / " << accept2;
      EXPECT_EQ(again.headers.get("ETag"), etag2);
      EXPECT_EQ(again.headers.get("Vary"), "Accept-Encoding");
    }
  }
  EXPECT_EQ(coded_response(accepting("", "*"), text, answer).status, 304);
  const auto untagged = coded_response(accepting("br", "*"), text, {"text/x", "", "private"});
  EXPECT_EQ(untagged.status, 200);
  EXPECT_FALSE(untagged.headers.find("ETag"));
  EXPECT_EQ(unbrotli(body_of(untagged)), *text.plain);
}

TEST(CodedResponse, WhatNobodyCouldReadIsNotSent) {
  const auto refused = coded_response(accepting("identity;q=0, zstd"), encode("text"), {"text/x", "tag", "private"});
  EXPECT_EQ(refused.status, 406);
  EXPECT_EQ(refused.headers.get("Vary"), "Accept-Encoding");
  const Text picture{std::make_shared<const std::string>("bytes"), nullptr, nullptr};
  const auto sent = coded_response(accepting("identity;q=0, br"), picture, {"image/webp", "tag", "private"});
  EXPECT_EQ(sent.status, 200) << "there is only one of it";
  EXPECT_FALSE(sent.headers.find("Vary"));
}

TEST(Compress, OnlyWhatIsWorthIt) {
  const auto sent = [](std::string body, const char* accept) {
    auto out = http::text_response(200, "application/json", std::move(body));
    compress(accepting(accept), out);
    EXPECT_EQ(out.headers.get("Vary"), "Accept-Encoding");
    return out;
  };
  const std::string json(5000, '1');
  EXPECT_EQ(unbrotli(body_of(sent(json, "gzip, br"))), json);
  EXPECT_EQ(sent(json, "gzip, br").headers.get("Content-Encoding"), "br");
  EXPECT_EQ(unzip(body_of(sent(json, "gzip"))), json);
  EXPECT_EQ(body_of(sent(json, "gzip;q=0")), json);
  EXPECT_EQ(body_of(sent(json, "identity;q=0")), json);
  for (const auto& left : {std::string(kLeastCompressed - 1, '1'), std::string(kMostCompressed + 1, '1'), noise(5000)}) {
    EXPECT_EQ(body_of(sent(left, "gzip, br")), left);
    EXPECT_FALSE(sent(left, "gzip, br").headers.find("Content-Encoding"));
  }
}

}  // namespace
}  // namespace cliffhanger::edge
