#include "libs/captions/formats.h"
#include "libs/captions/times.h"

namespace cliffhanger::captions {

std::vector<Cue> read_srt(const Lines& lines, Notes& notes) {
  std::vector<Cue> out;
  std::size_t at = 0;
  while (at < lines.size() && !notes.full()) {
    if (is_blank(lines[at])) {
      ++at;
      continue;
    }
    // The counter may be missing, and is of no use otherwise.
    if (is_digits(trim(lines[at])) && at + 1 < lines.size()) ++at;
    const auto timing = parse_timing(lines[at], parse_srt_time);
    const int number = number_of(at);
    if (!timing) {
      notes.fault(number, "TIME_EXPECTED",
                  "A time was expected here, such as 00:00:01,000 --> 00:00:02,500.");
      skip_block(lines, at);
      continue;
    }
    ++at;
    const bool timed = check_times(timing->start, timing->end, "00:00:01,000", number, notes);
    const std::string payload = take_payload(lines, at, notes);
    if (!timed) continue;
    bool top = false;
    const auto text = from_markup(payload, true, top);
    if (!add_cue({*timing->start, *timing->end, {}, top ? "line:0" : "", number}, text, notes, out)) break;
  }
  return out;
}

}  // namespace cliffhanger::captions
