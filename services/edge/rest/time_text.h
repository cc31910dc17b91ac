#pragma once
// google.protobuf's Timestamp and Duration as JSON spells them.
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <optional>
#include <string>
#include <string_view>

namespace cliffhanger::edge::rest {

// RFC 3339 with Z or an offset, at most 9 digits of a second, years 1 to 9999; nullopt otherwise. Leap
// seconds are refused.
std::optional<google::protobuf::Timestamp> parse_timestamp(std::string_view text);
// UTC with Z and 0, 3, 6 or 9 digits. Out of range: the nearest bound.
std::string write_timestamp(const google::protobuf::Timestamp& time);

// Seconds with at most 9 digits and an s, such as "1.5s" or "-0.25s", at most 10000 years; nullopt otherwise.
std::optional<google::protobuf::Duration> parse_duration(std::string_view text);
std::string write_duration(const google::protobuf::Duration& duration);

}  // namespace cliffhanger::edge::rest
