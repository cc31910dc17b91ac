#pragma once
#include "app/evaluate/options.h"

namespace cliffhanger::app::evaluation {

// The files as a problem, and what was odd about them.
struct Data {
  learn::Problem problem;
  learn::Format format = learn::Format::kAuto;
  std::string split;               // "given", "last", "random"
  std::int64_t duplicates = 0;     // repeated user and item within a file, left out
  std::int64_t also_in_train = 0;  // of the test, in training too: left out of the test, but for last items
  std::int64_t users_only_in_test = 0;  // left out: there is nothing to rank for them by
  std::int64_t users_without_test = 0;  // in no average
  std::int64_t items_only_in_test = 0;  // nobody can find them; they count as missed
};

// What contents() and read_table() fail with, and NO_RATINGS where relevance wants them.
Result<Data> load(const Options& options);

// The whole of a file, uncompressed if it is gzip's; NO_FILE, BAD_GZIP, TOO_LARGE above `most` bytes.
Result<std::string> contents(const std::string& path, std::size_t most);

}  // namespace cliffhanger::app::evaluation
