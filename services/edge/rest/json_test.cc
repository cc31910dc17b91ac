#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <limits>

#include "cliffhanger/testing/v1/echo.pb.h"
#include "services/edge/rest/document.h"
#include "services/edge/rest/json_reader.h"
#include "services/edge/rest/json_writer.h"

namespace cliffhanger::edge::rest {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;
using Everything = cliffhanger::testing::v1::Everything;

Everything read(const std::string& text) {
  Everything it;
  const auto result = json_to_message(text, it);
  EXPECT_TRUE(result) << text << ": " << (result ? "" : result.error().message);
  return it;
}

Error refused(const std::string& text) {
  Everything it;
  const auto result = json_to_message(text, it);
  EXPECT_FALSE(result) << text;
  return result ? Error{} : result.error();
}

std::vector<std::string> faulty(const std::string& text) {
  std::vector<std::string> fields;
  for (const auto& fault : refused(text).faults) fields.push_back(fault.field);
  return fields;
}

TEST(Json, SyntaxIsStrict) {
  for (const std::string& bad : std::initializer_list<std::string>{
           "", "{", "{\"i32\":1,}", "{'i32':1}", "{\"i32\":01}", "{\"i32\":+1}", "{\"i32\":1}x", "// no\n{}",
           "{\"text\":\"\x01\"}", "{\"text\":\"\xff\"}", "{\"text\":\"\\ud800\"}", "{\"i32\":NaN}",
           "{\"a\":1,\"a\":1}", "{\"\":1,\"\":2}", "\xef\xbb\xbf{}", "{}{}"}) {
    EXPECT_EQ(refused(bad).reason, "INVALID_JSON") << bad;
  }
  EXPECT_THAT(refused("{\n  \"i32\": 1,\n  \"i32\": 2\n}").message, HasSubstr("\"i32\" appears twice"));
  EXPECT_THAT(refused("{\n  \"i32\": oops\n}").message, HasSubstr("line 2, column 10"));
  EXPECT_TRUE(read(" \r\n\t{ } \n").text().empty());
}

TEST(Json, SizeAndDepthAreBounded) {
  EXPECT_EQ(refused(std::string(kMaxJsonBytes + 1, ' ')).reason, "BODY_TOO_LARGE");
  EXPECT_EQ(refused(std::string(100000, '[')).reason, "INVALID_JSON");
  std::string deep;
  for (std::size_t i = 0; i <= kMaxJsonDepth; ++i) deep += "{\"nested\":";
  EXPECT_EQ(refused(deep).reason, "INVALID_JSON");
}

TEST(Json, NamesEveryFaultAtOnce) {
  EXPECT_THAT(
      faulty(R"({"flag":"true","i32":3000000000,"u32":-1,"i64":1.5,"text":7,"data":"***","colour":"BLUE",
                         "nested":{"title":1,"innner":{}},"numbers":[1,"x",null],"labels":{"a":1},"byNumber":{"x":{}},
                         "time":"yesterday","span":"5","updateMask":"a_b","maybe_text":"snake","left":"a","right":{}})"),
      UnorderedElementsAre("flag", "i32", "u32", "i64", "text", "data", "colour", "nested.title",
                           "nested.innner", "numbers[1]", "numbers[2]", "labels[a]", "byNumber[x]", "time",
                           "span", "updateMask", "maybe_text", "right"));
  EXPECT_EQ(refused("[]").reason, "INVALID_REQUEST");
  EXPECT_THAT(faulty(R"({"colour":1})"), ElementsAre("colour"));
}

TEST(Json, FaultsAreBounded) {
  std::string text = "{\"numbers\":[";
  for (int i = 0; i < 1000; ++i) text += i == 0 ? "\"x\"" : ",\"x\"";
  EXPECT_EQ(refused(text + "]}").faults.size(), kMaxFaults);
}

TEST(Json, ReadsWhatTheMappingSays) {
  const auto it =
      read(R"({"flag":true,"i32":"-7","i64":9007199254740993,"u64":"18446744073709551615","real":1.5,
    "number":"Infinity","text":"aé😀","data":"-_-_","colour":"COLOUR_GREEN","maybeText":"","nesteds":[{},{"loudness":3}],
    "labels":{"k":"v"},"byNumber":{"-3":{"title":"x"}},"byFlag":{"true":"COLOUR_RED"},"time":"2026-11-22T10:30:00.5+01:00",
    "span":"-0.25s","updateMask":"title,coverUrl","wrappedText":"w","wrappedNumber":"5","wrappedFlag":false,
    "anything":{"a":[1,null,{"b":"c"}]},"right":{"title":"r"},"nested":null})");
  EXPECT_EQ(it.i32(), -7);
  EXPECT_EQ(it.i64(), 9007199254740993);
  EXPECT_EQ(it.u64(), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(it.number(), std::numeric_limits<double>::infinity());
  EXPECT_EQ(it.text(), "aé😀");
  EXPECT_EQ(it.data(), "\xfb\xff\xbf");
  EXPECT_TRUE(it.has_maybe_text());
  EXPECT_FALSE(it.has_nested());
  EXPECT_EQ(it.nesteds(1).loudness(), 3);
  EXPECT_EQ(it.by_number().at(-3).title(), "x");
  EXPECT_EQ(it.by_flag().at(true), cliffhanger::testing::v1::COLOUR_RED);
  EXPECT_EQ(it.time().seconds(), 1795339800);
  EXPECT_EQ(it.time().nanos(), 500000000);
  EXPECT_EQ(it.span().nanos(), -250000000);
  EXPECT_THAT(it.update_mask().paths(), ElementsAre("title", "cover_url"));
  EXPECT_EQ(it.wrapped_number().value(), 5);
  EXPECT_TRUE(it.has_wrapped_flag());
  EXPECT_EQ(it.anything().fields().at("a").list_value().values_size(), 3);
  EXPECT_EQ(it.right().title(), "r");
}

TEST(Json, Times) {
  const auto time = [](const std::string& text) {
    Everything it;
    return json_to_message("{\"time\":\"" + text + "\"}", it).has_value();
  };
  for (const char* good :
       {"0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z", "2024-02-29T00:00:00-23:59"}) {
    EXPECT_TRUE(time(good)) << good;
  }
  for (const char* bad : {"2023-02-29T00:00:00Z", "2024-01-01", "2024-01-01T00:00:00", "2024-01-01 00:00:00Z",
                          "2024-01-01T24:00:00Z", "2024-01-01T00:00:60Z", "2024-13-01T00:00:00Z",
                          "0000-01-01T00:00:00Z", "2024-01-01T00:00:00.Z", "2024-01-01T00:00:00.1234567890Z",
                          "2024-01-01T00:00:00z", "9999-12-31T23:59:59-00:01"}) {
    EXPECT_FALSE(time(bad)) << bad;
  }
}

TEST(Json, WritesAStableShape) {
  cliffhanger::testing::v1::EchoResponse response;
  response.set_text("a\"b\\\n\x01");
  response.set_left_ms(-5);
  EXPECT_EQ(
      message_to_json(response),
      R"({"text":"a\"b\\\n\u0001","tenant":"","user":"","role":"","traceId":"","idempotencyKey":"","requestHash":"","leftMs":"-5"})");
  cliffhanger::testing::v1::GetEchoResponse empty;
  EXPECT_EQ(message_to_json(empty), R"({"echoId":"","pageSize":0,"tags":[]})");
}

TEST(Json, WritesEveryKind) {
  const std::string text =
      R"({"flag":false,"i32":0,"i64":"0","u32":0,"u64":"0","s32":0,"f64":"0","real":0.1,"number":1e+100,"text":"","data":"AAE=",)"
      R"("colour":"COLOUR_RED","maybeNumber":0,"numbers":[1,2],"texts":[],"nesteds":[],"colours":["COLOUR_UNSPECIFIED"],)"
      R"("labels":{"k":"v"},"byNumber":{},"time":"1969-12-31T23:59:59.999Z","span":"-1.500s","updateMask":"aB,c.dE",)"
      R"("wrappedText":"","anything":{"n":null},"left":"","byFlag":{"false":"COLOUR_GREEN"},"uuid":"","email":"","language":"","slug":"","anyValue":[true,1.5]})";
  EXPECT_EQ(message_to_json(read(text)), text);
}

}  // namespace
}  // namespace cliffhanger::edge::rest
