#include "libs/rpc/validate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "cliffhanger/testing/v1/echo.pb.h"
#include "libs/rpc/limits.h"

namespace cliffhanger::rpc {
namespace {

using cliffhanger::testing::v1::Everything;
using ::testing::ElementsAre;

std::vector<std::string> faulty(const google::protobuf::Message& message) {
  std::vector<std::string> fields;
  const auto result = validate(message);
  if (!result) {
    EXPECT_EQ(result.error().reason, "INVALID_REQUEST");
    for (const auto& fault : result.error().faults) fields.push_back(fault.field);
  }
  return fields;
}

template <class Set>
bool good(Set set) {
  Everything it;
  set(it);
  return validate(it).has_value();
}

TEST(Validate, EmptyIsGood) {
  EXPECT_THAT(faulty(Everything()), ElementsAre());
}

TEST(Validate, Texts) {
  const auto email = [](const char* text) { return good([&](Everything& it) { it.set_email(text); }); };
  EXPECT_TRUE(email("a@b.example"));
  for (const char* bad : {"a", "@b", "a@", "a@b@c", "a b@c", "a@b\n"}) EXPECT_FALSE(email(bad)) << bad;
  const auto language = [](const char* text) { return good([&](Everything& it) { it.set_language(text); }); };
  for (const char* fine : {"en", "pt-BR", "zh-Hant-TW", "de-CH-1901"}) EXPECT_TRUE(language(fine)) << fine;
  for (const char* bad : {"e", "en_US", "en-", "-en", "e1", "abcdefghi", "en--US"})
    EXPECT_FALSE(language(bad)) << bad;
  const auto slug = [](const char* text) { return good([&](Everything& it) { it.set_slug(text); }); };
  EXPECT_TRUE(slug("a-1"));
  EXPECT_FALSE(slug("A"));
  EXPECT_FALSE(good([](Everything& it) { it.set_uuid("0190"); }));
  EXPECT_TRUE(good([](Everything& it) { it.set_uuid("0190b8a0-0000-7000-8000-000000000000"); }));
  EXPECT_FALSE(good([](Everything& it) { it.set_text(std::string("a\0b", 3)); }));
}

TEST(Validate, LengthsAreInCharactersAndBytes) {
  EXPECT_TRUE(good([](Everything& it) {
    it.mutable_nested()->set_loudness(1), it.mutable_nested()->set_title("äöüäöüäöüä");
  }));
  EXPECT_FALSE(good([](Everything& it) {
    it.mutable_nested()->set_loudness(1), it.mutable_nested()->set_title("12345678901");
  }));
  EXPECT_TRUE(good([](Everything& it) { it.set_data(std::string(64, '\0')); }));
  EXPECT_FALSE(good([](Everything& it) { it.set_data(std::string(65, 'x')); }));
}

TEST(Validate, ListsAndMaps) {
  Everything it;
  for (int i = 0; i < 17; ++i) it.add_texts("x");
  it.add_nesteds()->set_loudness(1);
  it.add_nesteds()->set_loudness(0);
  (*it.mutable_labels())["key"] = std::string(17, 'x');
  (*it.mutable_by_number())[7].set_loudness(99);
  EXPECT_THAT(faulty(it), ElementsAre("texts", "nesteds[1].loudness", "labels[key]", "byNumber[0].loudness"));
}

TEST(Validate, FaultsAreBounded) {
  Everything it;
  for (int i = 0; i < 1000; ++i) (*it.mutable_by_number())[i].set_loudness(99);
  EXPECT_EQ(faulty(it).size(), kMaxFaults);
}

TEST(Validate, DepthIsBounded) {
  Everything it;
  auto* nested = it.mutable_nested();
  for (int i = 0; i < 60; ++i) {
    nested->set_loudness(1);
    nested = nested->mutable_inner();
  }
  nested->set_loudness(1);
  EXPECT_EQ(faulty(it).size(), 1u);
}

}  // namespace
}  // namespace cliffhanger::rpc
