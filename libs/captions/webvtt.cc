#include <algorithm>
#include <array>

#include "libs/captions/formats.h"
#include "libs/captions/times.h"

namespace cliffhanger::captions {
namespace {

constexpr std::array<std::string_view, 5> kSettings = {"vertical", "line", "position", "size", "align"};
constexpr std::size_t kMaxSetting = 32;

bool is_setting(std::string_view name, std::string_view value) {
  if (std::find(kSettings.begin(), kSettings.end(), name) == kSettings.end()) return false;
  return !value.empty() && value.size() <= kMaxSetting && std::all_of(value.begin(), value.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == ',' || c == '%' || c == '-';
  });
}

// The settings that make sense, each once; regions are left out with their definitions.
std::string settings_of(std::string_view rest) {
  std::string out, names = " ";
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find_first_of(" \t"), rest.size());
    const std::string_view one = rest.substr(0, end);
    rest = trim(rest.substr(end));
    const std::size_t colon = one.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string name(one.substr(0, colon));
    if (!is_setting(name, one.substr(colon + 1)) || names.find(" " + name + " ") != std::string::npos)
      continue;
    names += name + " ";
    out += (out.empty() ? "" : " ") + std::string(one);
  }
  return out;
}

bool is_block(std::string_view line, std::string_view name) {
  return line.starts_with(name) &&
         (line.size() == name.size() || line[name.size()] == ' ' || line[name.size()] == '\t');
}

// To behind the header: WEBVTT and the lines up to the first blank one.
bool skip_header(const Lines& lines, std::size_t& at, Notes& notes) {
  if (lines.empty() || !is_block(lines[0], "WEBVTT")) {
    notes.fault(1, "BAD_HEADER", "A WebVTT file starts with a line WEBVTT.");
    return false;
  }
  for (at = 1; at < lines.size() && !is_blank(lines[at]); ++at) {
    if (lines[at].find("-->") == std::string_view::npos) continue;
    notes.fault(number_of(at), "BLANK_LINE_MISSING",
                "A blank line must stand between WEBVTT and the first cue.");
    skip_block(lines, at);
    break;
  }
  return true;
}

}  // namespace

std::vector<Cue> read_webvtt(const Lines& lines, Notes& notes) {
  std::vector<Cue> out;
  std::size_t at = 0;
  if (!skip_header(lines, at, notes)) return out;
  while (at < lines.size() && !notes.full()) {
    if (is_blank(lines[at])) {
      ++at;
      continue;
    }
    const bool arrow = lines[at].find("-->") != std::string_view::npos;
    if (!arrow &&
        (is_block(lines[at], "NOTE") || is_block(lines[at], "STYLE") || is_block(lines[at], "REGION"))) {
      skip_block(lines, at);
      continue;
    }
    // The cue's name, which nothing refers to.
    if (!arrow && at + 1 < lines.size() && !is_blank(lines[at + 1])) ++at;
    const auto timing = parse_timing(lines[at], parse_webvtt_time);
    const int number = number_of(at);
    if (!timing) {
      notes.fault(number, "TIME_EXPECTED", "A time was expected here, such as 00:01.000 --> 00:02.500.");
      skip_block(lines, at);
      continue;
    }
    ++at;
    const bool timed = check_times(timing->start, timing->end, "00:00:01.000", number, notes);
    const std::string payload = take_payload(lines, at, notes);
    if (!timed) continue;
    bool top = false;
    const auto text = from_markup(payload, false, top);
    if (!add_cue({*timing->start, *timing->end, {}, settings_of(timing->rest), number}, text, notes, out))
      break;
  }
  return out;
}

}  // namespace cliffhanger::captions
