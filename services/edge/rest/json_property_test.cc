// For any message: message → JSON → message gives the same message, and no text, however broken, does harm.
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>

#include "cliffhanger/testing/v1/echo.pb.h"
#include "services/edge/rest/json_reader.h"
#include "services/edge/rest/json_writer.h"

namespace cliffhanger::edge::rest {
namespace {

using namespace cliffhanger::testing::v1;

std::string any_text() {
  // Characters of one to four bytes, and those that JSON escapes.
  const auto points = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
      "a", "Z", "\"", "\\", "/", "\n", "\t", std::string(1, '\0'), "\x1f", "\x7f", "é", "\u2028", "😀", "<"));
  std::string text;
  for (const auto& point : points) text += point;
  return text;
}

std::string any_bytes() {
  return *rc::gen::arbitrary<std::string>();
}

// Any bit pattern of a finite number.
double any_double() {
  const auto bits = *rc::gen::arbitrary<std::uint64_t>();
  double value;
  std::memcpy(&value, &bits, sizeof value);
  return std::isfinite(value) ? value : *rc::gen::element(0.0, -0.0, 0.1, 5e-324, 1.7976931348623157e308);
}

float any_float() {
  const auto bits = *rc::gen::arbitrary<std::uint32_t>();
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return std::isfinite(value) ? value : 0.1f;
}

Nested any_nested(int depth) {
  Nested nested;
  nested.set_title(any_text());
  nested.set_loudness(*rc::gen::arbitrary<std::int32_t>());
  if (depth > 0 && *rc::gen::arbitrary<bool>()) *nested.mutable_inner() = any_nested(depth - 1);
  return nested;
}

Colour any_colour() {
  return static_cast<Colour>(*rc::gen::inRange(0, 3));
}

google::protobuf::Value any_value(int depth) {
  google::protobuf::Value value;
  switch (*rc::gen::inRange(0, depth > 0 ? 6 : 4)) {
    case 0:
      value.set_null_value(google::protobuf::NULL_VALUE);
      break;
    case 1:
      value.set_bool_value(*rc::gen::arbitrary<bool>());
      break;
    case 2:
      value.set_number_value(any_double());
      break;
    case 3:
      value.set_string_value(any_text());
      break;
    case 4:
      (*value.mutable_struct_value()->mutable_fields())[any_text()] = any_value(depth - 1);
      break;
    default:
      *value.mutable_list_value()->add_values() = any_value(depth - 1);
  }
  return value;
}

void fill_plain(Everything& it) {
  it.set_flag(*rc::gen::arbitrary<bool>());
  it.set_i32(*rc::gen::arbitrary<std::int32_t>());
  it.set_i64(*rc::gen::arbitrary<std::int64_t>());
  it.set_u32(*rc::gen::arbitrary<std::uint32_t>());
  it.set_u64(*rc::gen::arbitrary<std::uint64_t>());
  it.set_s32(*rc::gen::arbitrary<std::int32_t>());
  it.set_f64(*rc::gen::arbitrary<std::int64_t>());
  it.set_real(any_float());
  it.set_number(any_double());
  it.set_text(any_text());
  it.set_data(any_bytes());
  it.set_colour(any_colour());
  if (*rc::gen::arbitrary<bool>()) it.set_maybe_text(any_text());
  if (*rc::gen::arbitrary<bool>()) it.set_maybe_number(*rc::gen::inRange(-2, 2));
  if (*rc::gen::arbitrary<bool>())
    it.set_left(any_text());
  else if (*rc::gen::arbitrary<bool>())
    *it.mutable_right() = any_nested(1);
}

void fill_lists(Everything& it) {
  for (const auto n : *rc::gen::arbitrary<std::vector<std::int32_t>>()) it.add_numbers(n);
  for (int n = *rc::gen::inRange(0, 3); n > 0; --n) {
    it.add_texts(any_text());
    *it.add_nesteds() = any_nested(2);
    it.add_colours(any_colour());
    (*it.mutable_labels())[any_text()] = any_text();
    (*it.mutable_by_number())[*rc::gen::arbitrary<std::int64_t>()] = any_nested(0);
    (*it.mutable_by_flag())[*rc::gen::arbitrary<bool>()] = any_colour();
  }
}

void fill_well_known(Everything& it) {
  if (*rc::gen::arbitrary<bool>()) {
    it.mutable_time()->set_seconds(*rc::gen::inRange<std::int64_t>(-62135596800, 253402300800));
    it.mutable_time()->set_nanos(*rc::gen::inRange(0, 1000000000));
  }
  if (*rc::gen::arbitrary<bool>()) {
    const int sign = *rc::gen::element(1, -1);
    it.mutable_span()->set_seconds(sign * *rc::gen::inRange<std::int64_t>(0, 315576000001));
    it.mutable_span()->set_nanos(sign * *rc::gen::inRange(0, 1000000000));
  }
  for (int n = *rc::gen::inRange(0, 3); n > 0; --n)
    it.mutable_update_mask()->add_paths(*rc::gen::element<std::string>("a", "cover_url", "x.y_z"));
  if (*rc::gen::arbitrary<bool>()) it.mutable_wrapped_text()->set_value(any_text());
  if (*rc::gen::arbitrary<bool>())
    it.mutable_wrapped_number()->set_value(*rc::gen::arbitrary<std::int64_t>());
  if (*rc::gen::arbitrary<bool>()) it.mutable_wrapped_flag()->set_value(*rc::gen::arbitrary<bool>());
  if (*rc::gen::arbitrary<bool>()) (*it.mutable_anything()->mutable_fields())[any_text()] = any_value(2);
  if (*rc::gen::arbitrary<bool>()) *it.mutable_any_value() = any_value(2);
}

TEST(JsonProperty, ThereAndBackIsTheSame) {
  EXPECT_TRUE(rc::check("message → JSON → message", [] {
    Everything it;
    fill_plain(it);
    fill_lists(it);
    fill_well_known(it);
    const std::string text = message_to_json(it);
    Everything back;
    const auto read = json_to_message(text, back);
    if (!read)
      RC_FAIL(read.error().message + " " + (read.error().faults.empty() ? "" : read.error().faults[0].field) +
              "\n" + text);
    if (!google::protobuf::util::MessageDifferencer::Equals(it, back)) RC_FAIL(text);
  }));
}

TEST(JsonProperty, DamagedTextIsReadOrRefusedButNeverHarms) {
  EXPECT_TRUE(rc::check("damaged JSON", [] {
    Everything it;
    fill_plain(it);
    fill_well_known(it);
    std::string text = message_to_json(it);
    for (int n = *rc::gen::inRange(1, 4); n > 0; --n) {
      const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
      const char c =
          *rc::gen::element('"', '{', '}', '[', ']', ',', ':', '\\', '0', '-', 'e', 'x', '\xff', '\0');
      switch (*rc::gen::inRange(0, 3)) {
        case 0:
          text[at] = c;
          break;
        case 1:
          text.insert(at, 1, c);
          break;
        default:
          text.erase(at, *rc::gen::inRange<std::size_t>(1, 9));
      }
      if (text.empty()) return;
    }
    Everything back;
    const auto read = json_to_message(text, back);
    if (!read) RC_ASSERT(read.error().reason == "INVALID_JSON" || read.error().reason == "INVALID_REQUEST");
  }));
}

}  // namespace
}  // namespace cliffhanger::edge::rest
