#pragma once
// The lines of a text, and what there is to say about them.
#include <string>
#include <string_view>
#include <vector>

#include "libs/captions/captions.h"

namespace cliffhanger::captions {

// Collects notes up to kMaxNotes of each kind.
class Notes {
 public:
  void fault(int line, std::string reason, std::string message);
  void warn(int line, std::string reason, std::string message);
  bool full() const;  // no more faults are listed
  std::vector<Note> faults, warnings;
};

// Ends at LF, CRLF or CR. Views into `text`.
std::vector<std::string_view> lines_of(std::string_view text);

std::string_view trim(std::string_view text);  // spaces and tabs
bool is_blank(std::string_view line);
bool is_digits(std::string_view text);  // and not empty
bool starts_with_no_case(std::string_view text, std::string_view prefix);

// The place of the first byte that is not UTF-8, or npos.
std::size_t find_bad_utf8(std::string_view text);
std::size_t code_points(std::string_view utf8);

}  // namespace cliffhanger::captions
