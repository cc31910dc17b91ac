#include "libs/captions/words.h"

#include <algorithm>

#include "libs/captions/cue_text.h"
#include "libs/captions/limits.h"
#include "libs/captions/lines.h"

namespace cliffhanger::captions {
namespace {

constexpr std::size_t kLineChars = 42, kLines = 2;
constexpr std::int64_t kMostMs = 6000, kLeastMs = 1000, kPauseMs = 800;

// What one cue says.
class Draft {
 public:
  // False: the word belongs to the next cue.
  bool add(const Word& word) {
    if (lines_.empty()) {
      start_ms_ = word.start_ms;
      lines_.push_back(word.text);
    } else {
      if (word.start_ms - end_ms_ > kPauseMs || word.end_ms - start_ms_ > kMostMs) return false;
      const bool fits = code_points(lines_.back()) + 1 + code_points(word.text) <= kLineChars;
      if (!fits && lines_.size() == kLines) return false;
      if (fits) {
        lines_.back() += " " + word.text;
      } else {
        lines_.push_back(word.text);
      }
    }
    end_ms_ = std::min(std::max(word.end_ms, start_ms_ + 1), start_ms_ + kMostMs);
    return true;
  }
  Cue cue() const {
    CueText text;
    for (std::size_t i = 0; i < lines_.size(); ++i) text.text((i == 0 ? "" : "\n") + lines_[i]);
    return {start_ms_, end_ms_, text.finish().text, "", 0};
  }
  bool empty() const { return lines_.empty(); }

 private:
  std::vector<std::string> lines_;
  std::int64_t start_ms_ = 0, end_ms_ = 0;
};

}  // namespace

std::vector<Cue> cues_of(const std::vector<Word>& words) {
  std::vector<Cue> out;
  Draft draft;
  for (const Word& word : words) {
    if (is_blank(word.text) || code_points(word.text) > kLineChars || word.end_ms <= word.start_ms) continue;
    if (draft.add(word)) continue;
    out.push_back(draft.cue());
    if (out.size() == limits::kMaxCues) return out;
    draft = Draft();
    draft.add(word);
  }
  if (!draft.empty()) out.push_back(draft.cue());
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::int64_t room = i + 1 < out.size() ? out[i + 1].start_ms : limits::kMaxTimeMs;
    out[i].end_ms =
        std::min(std::max(out[i].end_ms, out[i].start_ms + kLeastMs), std::max(room, out[i].start_ms + 1));
  }
  return out;
}

}  // namespace cliffhanger::captions
