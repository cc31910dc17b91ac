#pragma once
// What `cliffhanger evaluate` is told.
#include <cstdint>
#include <string>
#include <vector>

#include "app/commands.h"
#include "libs/core/result.h"
#include "libs/learn/evaluate.h"
#include "libs/learn/read.h"

namespace cliffhanger::app::evaluation {

extern const char kHelp[];

struct Options {
  bool help = false;
  std::string train, test, validation;  // files
  learn::Format format = learn::Format::kAuto;
  std::vector<int> k;                 // empty: 10 and 20 (adjacency: 20 and 10)
  std::vector<std::string> learners;  // empty: auto
  double time_limit = 0;              // seconds; 0: the default, of wall and of CPU time
  int trials = 0;                     // 0: as many as the time allows
  std::size_t memory_limit = std::size_t{4} << 30;
  std::uint64_t seed = 1;
  int threads = 0;  // 0: all cores
  bool mask_seen = true;
  bool all_relevant = true;
  double least_rating = 0;     // where not all are relevant
  std::string objective;       // empty: by the kind of data
  std::string cut = "auto";    // of validation: auto, random, last, tail
  std::string split = "auto";  // of the test where it has no file: auto, random, last
  double test_share = 0.2;     // of a random one
  bool quiet = false;

  std::string policy_log, policy, policy_prior, campaign = "men";  // off-policy evaluation instead
};

// Fails with BAD_OPTION.
Result<Options> parse(const Arguments& arguments);

}  // namespace cliffhanger::app::evaluation
