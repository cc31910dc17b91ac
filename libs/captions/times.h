#pragma once
// Times in captions files, in milliseconds.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cliffhanger::captions {

// "01:02:03,004", and kindly "1:02:03.4"; nullopt for anything else, also for minutes and seconds above 59
// and times above kMaxTimeMs.
std::optional<std::int64_t> parse_srt_time(std::string_view text);
// "01:02:03.004" or "02:03.004".
std::optional<std::int64_t> parse_webvtt_time(std::string_view text);
// "1:02:03.45".
std::optional<std::int64_t> parse_ass_time(std::string_view text);

std::string webvtt_time(std::int64_t ms);  // "00:00:01.000"

// "A --> B rest".
struct TimingLine {
  std::optional<std::int64_t> start, end;  // nullopt: it is no time
  std::string_view start_text, end_text, rest;
};
using ParseTime = std::optional<std::int64_t> (*)(std::string_view);
std::optional<TimingLine> parse_timing(std::string_view line, ParseTime parse);  // nullopt without an arrow

}  // namespace cliffhanger::captions
