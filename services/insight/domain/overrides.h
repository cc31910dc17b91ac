#pragma once
// What of an experiment the house applies by itself: what a variation's value puts in the place of what
// everybody gets.
#include <string>
#include <vector>

#include "libs/core/error.h"
#include "services/insight/domain/experiment.h"

namespace cliffhanger::insight {

// Empty members: as everybody gets it.
struct Override {
  std::string title;
  Uuid cover_episode;
  Uuid ending_episode, ending_revision;  // one of them
  int paywall = 0;
  std::string ranking;  // JSON

  bool operator==(const Override&) const = default;
  bool empty() const { return *this == Override(); }
};

// What the value of a variation says of what its subject's kind is about; whatever else is in it is the
// app's.
Override override_of(SubjectKind kind, const Variation& variation);

// Whether the house does anything for any variation.
bool house_applies(const Definition& definition);

// Whether both change the same thing, and somebody could be in both.
bool contend(const Definition& a, const Definition& b);

// Whether they are for people who differ (by condition, coverage, layer, holdout or attribute) and somebody
// could be in both: side by side their reports, which are of persons whatever the subjects, tell of those by
// whom they differ. Slices of one layer that don't overlap share nobody: the difference tells nothing.
bool compares_parts(const Definition& a, const Definition& b);

// What is wrong with subject and values; nothing is asked of others.
std::vector<FieldFault> faults_of_overrides(const Definition& definition);

}  // namespace cliffhanger::insight
