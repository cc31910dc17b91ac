#include "services/edge/packs/wish.h"

#include <gtest/gtest.h>

#include "services/edge/limits.h"

namespace cliffhanger::edge {
namespace {

using std::chrono::milliseconds;

const std::string kId = "0193b6c0-0000-7000-8000-000000000001";
const std::string kSeries = R"("seriesId":")" + kId + '"';

Wish read(const std::string& fields, const http::Headers& headers = {}, std::int64_t most = 8 << 20) {
  auto wish = read_wish("{" + kSeries + (fields.empty() ? "" : ",") + fields + "}", headers, most);
  EXPECT_TRUE(wish) << wish.error().message;
  return wish ? *wish : Wish{};
}
std::string reason(const std::string& body) {
  const auto wish = read_wish(body, {}, 8 << 20);
  return wish ? "" : wish.error().reason;
}

TEST(Wish, HasDefaults) {
  const auto wish = read("");
  EXPECT_EQ(wish.count, kPackEpisodes);
  EXPECT_EQ(wish.segments, 2);
  EXPECT_EQ(wish.max_bytes, kPackBytes);
  EXPECT_EQ(wish.network.throughput, 0);
  EXPECT_FALSE(wish.network.buffered);
  EXPECT_FALSE(wish.network.save_data);
}

TEST(Wish, FieldsGoBeforeHeaders) {
  const http::Headers headers = {{"CMCD-Request", "bl=21300,dl=18500, mtp=48100"}};
  EXPECT_EQ(read("", headers).network.throughput, 48'100'000);
  EXPECT_EQ(read("", headers).network.buffered, milliseconds(21'300));
  const auto said = read(R"("bandwidthBps":"1000000","bufferMs":0)", headers);
  EXPECT_EQ(said.network.throughput, 1'000'000);
  EXPECT_EQ(said.network.buffered, milliseconds(0));
}

TEST(Wish, CmcdThatCannotBeReadIsAbsent) {
  for (const char* value : {"", ",", "mtp", "mtp=", "mtp=x", "mtp=-1", "mtp=1.5", "mtp=\"100\"", "MTP=100",
                            "mtp=99999999999999999999", "xmtp=100", "=,==,mtp =100"}) {
    const auto network = read("", {{"CMCD-Request", value}}).network;
    EXPECT_EQ(network.throughput, 0) << value;
    EXPECT_FALSE(network.buffered) << value;
  }
  EXPECT_FALSE(read("", {{"CMCD-Request", "bl=0,mtp=100,su"}}).network.buffered) << "nothing plays yet";
  EXPECT_EQ(read("", {{"CMCD-Request", "bl=0,su=?0"}}).network.buffered, milliseconds(0));
}

TEST(Wish, SaveDataIsOneSegmentOfOneEpisode) {
  for (const char* value : {"on", "On", " on ", "on;v=1"}) {
    const auto wish = read(R"("count":5)", {{"Save-Data", value}});
    EXPECT_TRUE(wish.network.save_data) << value;
    EXPECT_EQ(wish.count, 1);
    EXPECT_EQ(wish.segments, 1);
  }
  for (const char* value : {"", "off", "one", "1"})
    EXPECT_FALSE(read("", {{"Save-Data", value}}).network.save_data) << value;
  EXPECT_EQ(read(R"("saveData":true,"segments":2)").segments, 1);
}

TEST(Wish, BytesAreBounded) {
  EXPECT_EQ(read(R"("maxBytes":1000)").max_bytes, 1000);
  EXPECT_EQ(read(R"("maxBytes":67108864)").max_bytes, 8 << 20);
  EXPECT_EQ(read("", {}, 100'000).max_bytes, 100'000);
}

TEST(Wish, IsReadStrictly) {
  EXPECT_EQ(reason("{}"), "INVALID_REQUEST");
  EXPECT_EQ(reason(""), "INVALID_REQUEST");
  EXPECT_EQ(reason(R"({"feed":true,)" + kSeries + "}"), "INVALID_REQUEST");
  EXPECT_EQ(reason(R"({"feed":true})"), "");
  EXPECT_EQ(reason("{" + kSeries + R"(,"count":11})"), "INVALID_REQUEST");
  EXPECT_EQ(reason("{" + kSeries + R"(,"count":-1})"), "INVALID_REQUEST");
  EXPECT_EQ(reason("{" + kSeries + R"(,"maxBytes":67108865})"), "INVALID_REQUEST");
  EXPECT_EQ(reason("{" + kSeries + R"(,"unknown":1})"), "INVALID_REQUEST");
  EXPECT_EQ(reason("{" + kSeries + ",}"), "INVALID_JSON");
  EXPECT_EQ(reason(R"({"episodeIds":["x"]})"), "INVALID_REQUEST");
  std::string many = R"({"episodeIds":[")" + kId + '"';
  for (int i = 0; i < 10; ++i) many += ",\"" + kId + '"';
  EXPECT_EQ(reason(many + "]}"), "INVALID_REQUEST");
}

}  // namespace
}  // namespace cliffhanger::edge
