#pragma once
// The whole of an offline evaluation: cut, tune, fit on everything that is not the test, count on the test.
#include <optional>
#include <string>
#include <vector>

#include "libs/learn/blend.h"
#include "libs/learn/tune.h"

namespace cliffhanger::learn {

// How validation is held out: some of each user's items at random, the last one, or the last fifth.
enum class CutKind { kRandom, kLast, kTail };

struct Problem {
  History train;  // all that may be learnt from
  History test;   // what should be found; relevant items only
  std::optional<Cut>
      given;  // a validation file of its own: what it holds, and what tuning learns from; train holds both
  CutKind cut = CutKind::kRandom;
  // Whether what was chosen on a random cut is judged on each user's last items, because the test may be cut
  // so, rather than on other random cuts.
  bool tails_judge = false;
};

struct EvaluationOptions {
  std::vector<int> k{10, 20};
  std::string objective = "ndcg";     // what is tuned for, at the first k
  std::vector<std::string> learners;  // empty: all that suit the data, and "ours"
  bool mask_seen = true;
  double time_limit = 110;  // seconds of wall time
  double cpu_limit = 0;     // seconds of the process's CPU time, whichever ends first; 0: none
  int trials = 0;  // of each learner at most; then no clock is looked at, and the report is the same anywhere
  std::size_t memory_limit = std::size_t{4} << 30;
  double validation_share = 0.15;  // of a random cut
  std::uint64_t seed = 1;
  int threads = 2;
  std::function<bool(const History&, std::int64_t)>
      relevant;  // which held interactions count, by position; unset: all
};

struct LearnerReport {
  std::string name;
  std::string skipped;           // why there are no figures, or ""
  Parameters parameters;         // for "ours": the weights of its parts
  double validation = 0;         // the objective on the validation cut
  std::optional<Choice> choice;  // of "ours": whether its blend was taken; none: nothing to choose from
  int trials = 0;
  bool complete = true;  // whether tuning came to its end
  double tune_seconds = 0, fit_seconds = 0, test_seconds = 0;
  Ranking test;
};

struct Report {
  std::vector<LearnerReport> learners;
  std::int64_t test_users = 0;  // with something to find
  std::int64_t validation_users = 0;
  std::int64_t validation_lists = 0;  // more than users where they are asked about at several places
  bool validation_sampled = false;
  double seconds = 0;
};

// The names that EvaluationOptions::learners knows: each learner's, and "ours", the blend of all that were
// fitted.
std::vector<std::string> learner_names();

// Runs it, the learners that are most likely best for the kind of data first. Within the time limit what is
// hopeless is left out, and the best on validation is always fitted once more and tested. `progress` hears a
// line now and then. The test is looked at only in the end, with every choice made. Fails with
// INVALID_ARGUMENT for a learner that is not known or data that can't be cut.
Result<Report> run_evaluation(const Problem& problem, const EvaluationOptions& options,
                              const std::function<void(const std::string&)>& progress);

}  // namespace cliffhanger::learn
