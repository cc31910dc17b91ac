#pragma once
// From logged pages to a model that ranks, and whether it may take the place of the weights set by hand.
// Nothing but what is handed in plays a part: the same pages in the same order give the same bytes.
#include <functional>

#include "services/recommendation/domain/ranking_file.h"
#include "services/recommendation/domain/ranking_log.h"

namespace cliffhanger::recommendation {

struct RankingTraining {
  rank::RankingOptions learner;
  rank::ValueWeights weights;  // what outcomes are worth
  int passes = 3;
  double tested = 0.2;  // of the pages, the last ones: predicted before they are learnt from
  std::size_t least_shown = 5000;
  std::size_t least_taken = 100;
  std::uint64_t seed = 1;  // of the order in which pages are learnt from
};

// On the tested pages. `hand_log_loss`: of a model of the same kind that knows nothing but what the weights
// set by hand say and the place; so both know how much less is looked at further down.
struct RankingQuality {
  std::int64_t shown = 0, taken = 0;  // of all pages: series shown, and played
  std::int64_t tested = 0;            // series shown on tested pages
  double auc = 0, hand_auc = 0;  // of the expected worth and of the weights' value, for whether the viewer
                                 // saw the end or went on, among series at the same place
  double log_loss = 0, hand_log_loss = 0;  // mean of completing and going on
  double calibration_error = 0;            // the greatest of the tasks with at least 400 outcomes
  // Seconds of watching that a drawn place brings when the model weighs the arms that the log drew among
  // (SNIPS), the upper end of its 95 % interval, and what it brought. 0 where the log says too little of it.
  double worth = 0, worth_high = 0, logged_worth = 0;
  double effective_sample = 0;  // Kish; told of an estimate that was refused, too
};

struct TrainedRanking {
  RankingFile file;
  RankingQuality quality;
};

// `pages` in order of time. Fails with TOO_LITTLE_DATA, or with TRAINING_INTERRUPTED when `expired` says so.
Result<TrainedRanking> train_ranking(std::vector<LoggedPage> pages, const TraitsBySeries& traits,
                                     const Durations& durations, const RankingTraining& options,
                                     const std::function<bool()>& expired, Time now);

// Why a ranking of this quality should not be used: NOT_CALIBRATED (above kMostCalibrationError),
// WORSE_THAN_HAND.
Result<void> check_ranking(const RankingQuality& quality);

inline constexpr double kMostCalibrationError = 0.05;

}  // namespace cliffhanger::recommendation
