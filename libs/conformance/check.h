#pragma once
// Checks a presentation against every rule and reports. The rules are those of docs/CONFORMANCE.md; `rules()`
// in rule.h is the table.
#include <cstdint>
#include <string>
#include <vector>

#include "libs/conformance/rule.h"
#include "libs/conformance/source.h"
#include "libs/core/result.h"

namespace cliffhanger::conformance {

struct Outcome {
  const Rule* rule = nullptr;  // of the table, which lives for ever
  Verdict verdict;
};

// A variant's bits a second, declared and measured. 0 where unknown or not declared.
struct Figure {
  std::string name;
  double declared_peak = 0, measured_peak = 0, declared_average = 0, measured_average = 0;
};

struct Report {
  std::string uri;
  std::vector<Outcome> outcomes;  // one for each rule
  std::vector<Figure> figures;    // one for each variant
  int variants = 0, segments = 0;
  double seconds = 0;

  // Rules of that level that are not met.
  int unmet(Level level) const;
};

// Reads the playlist at `uri` and all that it names. Fails only if that playlist can't be read: with the
// source's error, NOT_A_PLAYLIST or PLAYLIST_TOO_LARGE. Whatever else is wrong is in the report.
Result<Report> check(Source& source, const std::string& uri);

// What a person reads: by group of rules, the figures, and a last line: "conformant", "conformant; M shoulds
// not met", or "N musts and M shoulds not met".
std::string to_text(const Report& report);
// {"uri", "conformant", "musts", "shoulds", "variants": [...], "rules": [{"id", "level", "group", "meaning",
// "result": "met" | "unmet" | "not judged", "judged", "failed", "findings": [{"where", "found",
// "expected"}]}]}
std::string to_json(const Report& report);
// "Rule 7.3 (tfdt goes on without a gap) is not met by v540/3.m4s: found 5, expected 7." for the first
// finding.
std::string to_sentence(const Outcome& outcome);

}  // namespace cliffhanger::conformance
