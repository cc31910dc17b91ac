#include "services/insight/exports/event_line.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "libs/testing/servers.h"
#include "services/insight/exports/gzip.h"

namespace cliffhanger::insight {
namespace {

ExportedEvent full() {
  ExportedEvent out;
  const std::string id = "01890a5d-ac96-774b-bcce-b302099a8057";
  for (auto* text :
       {&out.user_id, &out.event_id, &out.episode_id, &out.series_id, &out.revision_id, &out.session_id})
    *text = id;
  out.received_time = out.event_time = "2026-11-29T22:35:58.000001Z";
  out.value = "a \"b\" \\ c\n\td \x01 \u00e9 \U0001F4A9";
  out.region = "DE";
  out.kind = 1;
  out.place = 3;
  out.network = out.platform = out.form = 1;
  out.position_ms = 1000;
  out.amount_ms = -5;
  out.bitrate_bps = 1'400'000;
  return out;
}

std::set<std::string> names(const boost::json::object& in) {
  std::set<std::string> out;
  for (const auto& [name, value] : in) out.emplace(name);
  return out;
}

TEST(EventLine, HasWhatThePublishedSchemaSays) {
  const auto line = line_of(full());
  ASSERT_EQ(line.find('\n'), line.size() - 1);
  const auto json = boost::json::parse(line).as_object();
  EXPECT_EQ(json.at("value").as_string(), full().value);
  EXPECT_EQ(json.at("kind").as_string(), "IMPRESSION");
  EXPECT_EQ(json.at("amount_ms").as_int64(), -5);
  std::ifstream file(std::string(std::getenv("CLIFFHANGER_SOURCE_DIR")) +
                     "/docs/schemas/exported_event.json");
  std::stringstream text;
  text << file.rdbuf();
  const auto schema = boost::json::parse(text.str()).as_object();
  EXPECT_EQ(names(json), names(schema.at("properties").as_object()));
  for (const auto& [name, value] : json) {
    const auto& type = schema.at("properties").as_object().at(name).as_object().at("type").as_string();
    EXPECT_EQ(value.is_string(), type == "string") << name;
  }
  ExportedEvent bare;
  bare.user_id = bare.event_id = full().user_id;
  bare.received_time = bare.event_time = full().received_time;
  std::set<std::string> required;
  for (const auto& name : schema.at("required").as_array()) required.emplace(name.as_string());
  EXPECT_EQ(names(boost::json::parse(line_of(bare)).as_object()), required);
}

TEST(EventLine, KindsOfANewerProcessAreNumbers) {
  auto event = full();
  event.kind = 4711;
  EXPECT_EQ(boost::json::parse(line_of(event)).as_object().at("kind").as_string(), "4711");
}

TEST(EventLine, ItsHeadIsFoundAgainAndNothingElseIsOne) {
  const auto line = line_of(full());
  const auto head = head_of(line);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->user_id, full().user_id);
  EXPECT_EQ(head->received_time, full().received_time);
  for (const std::string bad : {"", "{}", "{\"event_id\":\"x\"}", line.substr(0, 60).c_str()})
    EXPECT_EQ(head_of(bad).error().reason, "EXPORT_UNREADABLE") << bad;
}

class GzipTest : public testing::Test {
 protected:
  void put(const std::vector<std::string>& lines) {
    const auto writer = *store_->create("exports/a");
    GzipWriter gzip(*writer);
    for (const auto& line : lines) ASSERT_TRUE(gzip.write(line + "\n"));
    ASSERT_TRUE(gzip.finish());
    ASSERT_TRUE(writer->publish());
    EXPECT_EQ(gzip.bytes(), store_->head("exports/a")->bytes);
  }
  Result<std::vector<std::string>> read() {
    std::vector<std::string> out;
    CH_TRY(each_gzip_line(*store_->open("exports/a"), [&](std::string_view line) -> Result<void> {
      out.emplace_back(line);
      return {};
    }));
    return out;
  }
  harness::TempDir dir_;
  std::unique_ptr<blob::Store> store_ = blob::open_directory(dir_.path());
};

TEST_F(GzipTest, LinesComeBackWhateverTheirLength) {
  std::vector<std::string> lines;
  std::uint32_t random = 1;
  for (int i = 0; i < 3000; ++i) {
    std::string line;
    for (std::size_t length = (random = random * 1664525 + 1013904223) >> 22; line.size() < length;)
      line += static_cast<char>('a' + (random = random * 1664525 + 1013904223) % 26);
    lines.push_back(line);
  }
  put(lines);
  EXPECT_EQ(*read(), lines);
  put({});
  EXPECT_TRUE(read()->empty());
}

TEST_F(GzipTest, WhatIsCutOrDamagedIsNoExport) {
  put(std::vector<std::string>(5000, "the same line again and again"));
  auto bytes = *store_->get("exports/a");
  ASSERT_TRUE(store_->put("exports/a", bytes.substr(0, bytes.size() - 9)));
  EXPECT_EQ(read().error().reason, "EXPORT_UNREADABLE");
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x55);
  ASSERT_TRUE(store_->put("exports/a", bytes));
  EXPECT_EQ(read().error().reason, "EXPORT_UNREADABLE");
  ASSERT_TRUE(store_->put("exports/a", "no gzip"));
  EXPECT_EQ(read().error().reason, "EXPORT_UNREADABLE");
}

}  // namespace
}  // namespace cliffhanger::insight
