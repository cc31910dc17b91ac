#pragma once
// From what viewers took to a model, and whether it is worth using. Nothing but what is handed in plays a
// part: the same interactions give the same model, and a viewer who is not among them left nothing in it.
#include <optional>
#include <string>

#include "services/recommendation/domain/interactions.h"
#include "services/recommendation/domain/model_data.h"

namespace cliffhanger::recommendation {

struct TrainingOptions {
  int dimensions = 128;
  int iterations = 8;             // before validation; one more follows on everything
  int least_viewers = 50;         // who took at least three series,
  int least_series = 10;          // and how many series must have been taken
  int list_length = 50;           // of what is similar and what comes next
  int validation_viewers = 5000;  // at most, whose last series is held back to see whether it is found
};

// How well a held series is found among all that the viewer has not taken: NDCG at 20.
struct Quality {
  std::int64_t viewers = 0;  // that validation asked about
  double ndcg = 0;
  double popularity = 0;  // the same for a list by popularity
};

struct Trained {
  ModelData model;
  Quality quality;
};

// Fails with TOO_LITTLE_DATA, or with DEADLINE_EXCEEDED when `resources` say that time is up.
Result<Trained> train(Interactions::Learnt data, const TrainingOptions& options,
                      const learn::Resources& resources, Time now);

// Why a model of this quality should not take the place of the active one (its quality, if there is one):
// WORSE_THAN_POPULARITY, or WORSE_THAN_ACTIVE by more than a fifth.
Result<void> check_quality(const Quality& fresh, const std::optional<Quality>& active);

}  // namespace cliffhanger::recommendation
