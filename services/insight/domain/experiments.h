#pragma once
// What the world keeps of experiments, of one tenant, within one transaction.
#include <optional>
#include <utility>

#include "libs/core/call.h"
#include "libs/stats/arm.h"
#include "libs/stats/survival.h"
#include "services/insight/domain/event.h"
#include "services/insight/domain/experiment.h"

namespace cliffhanger::insight {

struct HouseExperiment {
  Tenant tenant;
  Experiment experiment;
};

class Experiments {
 public:
  virtual ~Experiments() = default;

  // Fails with EXPERIMENT_KEY_TAKEN.
  virtual Result<void> create(const Experiment& experiment) = 0;
  // `to_change`: nobody else changes it until the transaction ends.
  virtual Result<std::optional<Experiment>> find(const Uuid& id, bool to_change) = 0;
  virtual Result<void> save(const Experiment& experiment) = 0;
  // Newest first, those older than `before` (all if empty), of one owner (of all if empty).
  virtual Result<std::vector<Experiment>> list(const UserId& owner, const Uuid& before, int limit) = 0;
  // Whether another one that runs has a part of its slice. Starts of experiments of one layer wait for one
  // another.
  virtual Result<bool> layer_taken(const Experiment& experiment) = 0;
  // Starts of experiments on one subject, of one owner, wait for one another.
  virtual Result<void> hold_subject(const Experiment& experiment) = 0;
  virtual Result<void> hold_owner(const Experiment& experiment) = 0;
  // Others that run on its subject, of its owner: so many at most, by id, those behind `after` (all if
  // empty).
  virtual Result<std::vector<Experiment>> running_on_subject(const Experiment& experiment, const Uuid& after,
                                                             int limit) = 0;
  virtual Result<std::vector<Experiment>> running_of_owner(const Experiment& experiment, const Uuid& after,
                                                           int limit) = 0;

  // Those that give anything to anybody: running, stopped with a winner, or on an ending that somebody may
  // still be in the midst of; by their keys. All if `keys` is empty.
  virtual Result<std::vector<Experiment>> live(const std::vector<std::string>& keys, Time now) = 0;
  // The same, of these alone.
  virtual Result<std::vector<Experiment>> live_of(const std::vector<std::string>& ids, Time now) = 0;
  // Who a guest is who signed in; everybody else is who they are.
  virtual Result<UserId> person(const UserId& user) = 0;
  // Whether the person has played the episode.
  virtual Result<bool> began(const UserId& user, const Uuid& episode) = 0;
  // What stuck to these attributes and values.
  virtual Result<experiment::StickyDocuments> stuck(
      const std::vector<std::pair<std::string, std::string>>& who) = 0;
  // Keeps an assignment of a person, by which attribute and weights it came about, unless there is one: the
  // one that counts.
  virtual Result<std::string> stick(const UserId& user, const std::string& attribute,
                                    const std::string& value, const std::string& assignment,
                                    const std::string& variation_key, const std::vector<double>& weights) = 0;
  // The first time counts.
  virtual Result<void> expose(const Experiment& experiment, const UserId& user, int variation, Time now) = 0;

  // Counts what some people did who did something lately; whether there may be more. What follows tells what
  // is counted.
  virtual Result<bool> settle() = 0;
  // People of each variation, and how many there should be by the weights at the time they came.
  struct Split {
    std::vector<double> people, expected;
  };
  virtual Result<Split> split(const Experiment& experiment) = 0;
  // What they did since (and in the 14 days before), for each variation.
  virtual Result<std::vector<stats::Arm>> arms(const Experiment& experiment, Metric metric) = 0;
  // Who came to the end of the subject's episode after getting each variation, those alike together, and the
  // seconds until they began the next.
  virtual Result<std::vector<std::vector<stats::Subject>>> reached(const Experiment& experiment,
                                                                   Time now) = 0;

  // What the experiment's creator was told last: the report, and the people of each variation in it. Whoever
  // asks holds the experiment (find, to change it).
  struct Told {
    std::vector<std::int64_t> people;
    std::string report;
  };
  virtual Result<std::optional<Told>> told(const Uuid& id) = 0;
  virtual Result<void> tell(const Uuid& id, const Told& told) = 0;
};

// What people did, as playback tells it.
class Activities {
 public:
  virtual ~Activities() = default;

  struct Where {
    Uuid episode, series;
    int number = 0;  // in the series
  };
  virtual Result<void> add(const UserId& user, const Where& where, const Watched& what, Time at) = 0;
  // Of an activity of a person on a day; taken back: below zero.
  struct Said {
    int likes = 0, follows = 0;
  };
  virtual Result<void> react(const UserId& user, const Said& what, Time at) = 0;
  // So many comments that were not counted before.
  virtual Result<void> comment(const UserId& user, std::int64_t comments, Time at) = 0;
  // The account did what the guest did, and is in what the guest was in, unless it was already. What stuck to
  // the guest sticks to the account if it `may_stick`, else to nobody. Again: changes nothing.
  virtual Result<void> merge(const UserId& guest, const UserId& user, bool may_stick) = 0;
};

}  // namespace cliffhanger::insight
