#pragma once
// A rule of the reference, what judging it gave, and how rules are written down: a row of a table and a small
// function.
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "libs/conformance/limits.h"
#include "libs/conformance/presentation.h"

namespace cliffhanger::conformance {

enum class Level { kMust, kShould };

struct Finding {
  std::string where, found, expected;
};

// What judging one rule gave.
class Verdict {
 public:
  // One thing judged; `describe` makes the finding if it is not well.
  template <class Describe>
  void expect(bool well, Describe describe) {
    ++judged_;
    if (well) return;
    ++failed_;
    if (findings_.size() < kMaxFindings) findings_.push_back(describe());
  }
  std::int64_t judged() const { return judged_; }
  std::int64_t failed() const { return failed_; }
  const std::vector<Finding>& findings() const { return findings_; }  // the first kMaxFindings

 private:
  std::int64_t judged_ = 0, failed_ = 0;
  std::vector<Finding> findings_;
};

struct Rule {
  // The number in Apple's HLS Authoring Specification ("1.13"), or a word for what is ours or the RFC's.
  const char* id;
  Level level;
  const char* group;    // for the report
  const char* meaning;  // one line
  void (*judge)(const Presentation&, Verdict&);
};

// All rules, in the order of the report.
const std::vector<Rule>& rules();

// Its parts, by what they look at.
std::span<const Rule> reading_rules();
std::span<const Rule> grid_rules();
std::span<const Rule> timing_rules();
std::span<const Rule> audio_rules();
std::span<const Rule> manifest_rules();
std::span<const Rule> iframe_rules();
std::span<const Rule> picture_rules();
std::span<const Rule> protection_rules();
std::span<const Rule> text_rules();
std::span<const Rule> delivery_rules();
std::span<const Rule> dash_rules();

}  // namespace cliffhanger::conformance
