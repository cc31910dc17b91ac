#pragma once
// What experiments put in the place of what everybody gets: their definitions in memory, and what each viewer
// gets of them. Never an error and hardly a wait: whatever can't be found out in time is the control.
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "libs/core/call.h"
#include "libs/core/result.h"
#include "libs/obs/metrics.h"

namespace cliffhanger::arms {

// As the contract numbers the subjects of experiments.
enum class Kind { kEnding = 2, kPaywall, kCover, kTitle, kRanking };

// Empty members: as everybody gets it.
struct Override {
  std::string title;
  EpisodeId cover;             // the picture of this episode
  EpisodeId ending;            // the film of this episode, or of the subject
  RevisionId ending_revision;  // that film; empty: no other ending
  int paywall = 0;
  std::string ranking;  // JSON
};
struct Variation {
  std::string key;
  Override what;
};
struct Experiment {
  Tenant tenant;
  Uuid id;
  std::string key;
  Kind kind = Kind::kTitle;
  EpisodeId episode;
  SeriesId series;
  std::vector<Variation> variations;
};

// Everything that is to be applied. Immutable.
class Book {
 public:
  Book() = default;
  // Of experiments on one thing the first that a viewer is in counts.
  explicit Book(std::vector<Experiment> experiments);
  bool empty(const Tenant& tenant) const { return !tenants_.contains(tenant); }
  // Adds the experiments on a thing to `out`, in their order. Titles and covers are found under both kinds.
  void find(const Tenant& tenant, const Uuid& subject, Kind kind, std::vector<const Experiment*>& out) const;
  const std::vector<const Experiment*>& rankings(const Tenant& tenant) const;

 private:
  struct Shelf {
    std::multimap<Uuid, const Experiment*> by_subject;
    std::vector<const Experiment*> rankings;
  };
  std::vector<Experiment> experiments_;
  std::map<Tenant, Shelf> tenants_;
};

// What a viewer gets of one experiment. `book` keeps it alive.
struct Arm {
  std::shared_ptr<const Book> book;
  const Experiment* experiment = nullptr;
  const Variation* variation = nullptr;
  bool in_experiment = false;
};

// What a service says of experiments: the key of a variation for each that the caller is in.
struct Assigned {
  Uuid experiment;
  std::string variation;
  bool in_experiment = false;
};

class Arms {
 public:
  using List = std::function<Result<std::vector<Experiment>>()>;
  // In the name of the call's person, until its deadline. `country`: where they are, two capital letters, or
  // nothing where that is not known.
  using Assign = std::function<Result<std::vector<Assigned>>(
      const Call&, const std::vector<Uuid>& experiments, const std::string& country)>;
  struct Options {
    std::chrono::milliseconds patience{100};  // how long somebody waits for what is not known
    std::chrono::milliseconds pause{500};     // in which nobody is asked after a failure
    std::chrono::milliseconds keep{
        10'000};                    // how long what somebody gets is known; the answer is the same then
    std::size_t viewers = 100'000;  // of whom it is known, at most; about 200 bytes each
    std::size_t seats = 4;          // of a viewer at once: countries and apps
    std::size_t most_asked = 100;   // experiments in one question
  };
  Arms(List list, Assign assign, obs::Metrics& metrics)
      : Arms(std::move(list), std::move(assign), metrics, Options()) {}
  Arms(List list, Assign assign, obs::Metrics& metrics, Options options);

  // Asks what there is to apply; what can't be asked stays as it was. To be called now and then.
  Result<void> refresh();
  std::shared_ptr<const Book> book() const;
  // What the call's person, in that country and with that app, gets of experiments of `book`; who is in none
  // is left out. Safe from many threads.
  std::vector<Arm> of(const Call& call, const std::string& country, const std::shared_ptr<const Book>& book,
                      const std::vector<const Experiment*>& wanted) const;

 private:
  using Steady = std::chrono::steady_clock::time_point;
  struct Known {
    Uuid experiment;
    std::string variation;  // empty: none
    bool in_experiment = false;
  };
  // What somebody gets in a country with an app: elsewhere, or on another device, a condition may say
  // something else of them.
  struct Seat {
    std::string where;
    Steady until;
    std::vector<Known> known;
  };
  using Viewers = std::unordered_map<std::string, std::vector<Seat>>;
  // Nothing: they have too many seats already. Whoever says something else of their app with each request is
  // asked about no more often than others, and takes the place of nobody else.
  std::optional<std::vector<Known>> recall(const std::string& who, const std::string& where) const;
  void remember(const std::string& who, const std::string& where, const std::vector<Known>& news) const;
  std::optional<std::vector<Known>> ask(const Call& call, const std::string& country,
                                        const std::vector<Uuid>& wanted) const;

  const List list_;
  const Assign assign_;
  const Options options_;
  mutable obs::Counter failed_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Book> book_ = std::make_shared<Book>();
  mutable Viewers young_, old_;  // whom both are full of is forgotten with `old_`
  mutable Steady quiet_until_{};
};

}  // namespace cliffhanger::arms
