#pragma once
// What JavaScript makes of values that are not of the type an operator wants. GrowthBook's definitions are
// evaluated by SDKs in many languages, and its JavaScript is what they must agree with (ECMA-262, section 7).
#include <boost/json/value.hpp>
#include <string>
#include <string_view>

namespace cliffhanger::experiment {

using Json = boost::json::value;
using Object = boost::json::object;
using Array = boost::json::array;

// As a condition (ToBoolean).
bool truthy(const Json& value);
// As a number (ToNumber): NaN if it is none. Decimal numbers only.
double number_of(const Json& value);
// As a text (ToString); arrays join with commas.
std::string text_of(const Json& value);
// The shortest decimal text that reads back as the same number, as JavaScript writes it.
std::string text_of(double number);
// Equal without conversions (===): objects and arrays never are, being two things.
bool identical(const Json& a, const Json& b);
// Whether JSON.stringify would give the same text: also the order of keys counts.
bool same_text(const Json& a, const Json& b);
// In lower case, by Unicode's simple mapping. Bytes that are no UTF-8 stay.
std::string lower(std::string_view text);

// The member of an object as the type wanted, or nullptr.
const Json* member(const Object& object, std::string_view key);
const Object* object_in(const Object& object, std::string_view key);
const Array* array_in(const Object& object, std::string_view key);
// The member's text, or "" if it is none.
std::string_view string_in(const Object& object, std::string_view key);
// The member's number, or `otherwise`.
double number_in(const Object& object, std::string_view key, double otherwise);

}  // namespace cliffhanger::experiment
