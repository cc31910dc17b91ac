#pragma once
// Every bound of the evaluation. What goes beyond one is not matched: nobody is taken into an experiment by
// accident.
#include <cstddef>

namespace cliffhanger::experiment {

inline constexpr int kMaxConditionDepth = 32;              // of conditions within conditions
inline constexpr int kMaxConditionSteps = 100'000;         // comparisons of one evaluation
inline constexpr int kMaxPrerequisiteDepth = 32;           // features that wait for features
inline constexpr std::size_t kMaxPattern = 1'000;          // bytes of a regular expression
inline constexpr std::size_t kMaxPatternMemory = 1 << 20;  // bytes of its automaton
inline constexpr std::size_t kMaxSubject = 10'000;         // bytes of what it is held against

}  // namespace cliffhanger::experiment
