#pragma once
// The readers of the formats, for read(). Each gives the cues in the file's order and notes what is wrong.
#include <string_view>
#include <vector>

#include "libs/captions/captions.h"
#include "libs/captions/cue_text.h"
#include "libs/captions/lines.h"

namespace cliffhanger::captions {

using Lines = std::vector<std::string_view>;

std::vector<Cue> read_srt(const Lines& lines, Notes& notes);
std::vector<Cue> read_webvtt(const Lines& lines, Notes& notes);
std::vector<Cue> read_ass(const Lines& lines, Notes& notes);

// Adds a cue, or notes why it can't be one; false if there are too many.
bool add_cue(Cue cue, const CueText::Done& text, Notes& notes, std::vector<Cue>& out);
// Checks the times of the line `number`; false if they are none.
bool check_times(const std::optional<std::int64_t>& start, const std::optional<std::int64_t>& end,
                 std::string_view example, int number, Notes& notes);
// The lines from `at` to the next blank one, joined by \n; `at` moves there. Stops before a line with an
// arrow and notes it.
std::string take_payload(const Lines& lines, std::size_t& at, Notes& notes);
void skip_block(const Lines& lines, std::size_t& at);  // to the next blank line
int number_of(std::size_t index);                      // of a line, from 1

}  // namespace cliffhanger::captions
