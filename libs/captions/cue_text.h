#pragma once
// The text of a cue as WebVTT wants it, made from other mark-up.
#include <string>
#include <string_view>
#include <vector>

namespace cliffhanger::captions {

// Takes text and tags in any order; what comes out is escaped and balanced, and its lines are trimmed.
class CueText {
 public:
  // Plain text; '\n' is a new line. WebVTT's entities stay what they are, other ampersands are escaped.
  void text(std::string_view plain);
  // tag: "i", "b", "u" or "v"; the voice's name is the annotation of "v". Already open: ignored.
  void open(std::string_view tag, std::string_view annotation = {});
  void close(std::string_view tag);  // not open: ignored

  struct Done {
    std::string text;
    std::size_t chars = 0, lines = 0;  // without mark-up; 0 characters if there is nothing to see
  };
  Done finish();

 private:
  struct Open {
    std::string name, annotation;
  };
  void append(std::string_view plain);
  void write_open(const Open& tag);
  std::string out_;
  std::vector<Open> open_;
  std::size_t tags_ = 0;
  std::string seen_;  // the characters alone
};

// SRT's and WebVTT's mark-up: <i>, <b>, <u> and <v Name> are kept, other tags are left out. `{\an8}` and its
// like, which SRT files have from ASS, are left out too where `braces`; whether one of them put the cue at
// the top goes to `top`.
CueText::Done from_markup(std::string_view lines, bool braces, bool& top);

}  // namespace cliffhanger::captions
