#pragma once
// The one interface of all learners: fit on histories, score histories.
//
// A model knows items, not people: it scores whatever history it is handed, of a user of the training or of a
// new one. So folding in what a viewer did a moment ago, validation and test all are the same call, and a
// viewer who is forgotten leaves nothing behind but their share in the items' statistics.
#include <Eigen/Core>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "libs/core/result.h"
#include "libs/learn/history.h"

namespace cliffhanger::learn {

// One row for each user, one column for each item; higher is better. Only the order within a row means
// something.
using Scores = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

using Parameters = std::map<std::string, double>;

// A hyper-parameter: what tuning tries, and where it begins.
struct Axis {
  std::string name;
  std::vector<double> values;  // in order of size
  std::size_t initial = 0;
};

// What fitting may use.
struct Resources {
  int threads = 1;
  std::uint64_t seed = 1;
  // Whether time is up: the fit ends early with DEADLINE_EXCEEDED. Asked by several threads at once, for each
  // block of rows or columns.
  std::function<bool()> expired = [] { return false; };
  // What fits on one and the same history with the same seed may share, such as singular vectors; null for no
  // sharing.
  std::shared_ptr<std::map<std::string, std::shared_ptr<const void>>> cache;
};

// Immutable once made, so safe from many threads.
class Model {
 public:
  virtual ~Model() = default;
  // Scores all items for the users first … first + out.rows() of `histories`; `out` has a column for each
  // item of the training. What a user has taken already is scored too; the caller masks it.
  virtual void score(const History& histories, Index first, Scores& out) const = 0;
};

class Learner {
 public:
  virtual ~Learner() = default;
  virtual std::string name() const = 0;
  // Whether it can only learn from ordered histories.
  virtual bool wants_order() const { return false; }
  // What may be tuned, the most promising first.
  virtual std::vector<Axis> axes(const History& data) const = 0;
  // Bytes that fitting and its model need at most, beside the history.
  virtual std::size_t memory(const History& data, const Parameters& parameters) const = 0;
  // About how many floating-point operations of a large dense product take as long as a fit does, to tell
  // beforehand what is hopeless; 0: always quick.
  virtual double operations(const History& data, const Parameters& parameters) const { return 0; }
  // Parameters that are not named have the initial value of their axis. Fails with DEADLINE_EXCEEDED (time),
  // INVALID_ARGUMENT (no such data can be learnt from).
  virtual Result<std::shared_ptr<const Model>> fit(const History& data, const Parameters& parameters,
                                                   const Resources& resources) const = 0;
};

// The initial value of each axis.
Parameters initial_parameters(const std::vector<Axis>& axes);

// Every learner of this library, in no order of merit; owned by the caller.
std::vector<std::unique_ptr<Learner>> all_learners();

}  // namespace cliffhanger::learn
