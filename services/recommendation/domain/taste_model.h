#pragma once
// What a trained model knows of a tenant's series.
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "libs/core/call.h"
#include "libs/core/clock.h"
#include "libs/core/id.h"

namespace cliffhanger::recommendation {

// That a viewer took something of a series: how much it is worth (above 0), and when last.
struct Liking {
  SeriesId series;
  double weight = 1;
  Time at{};
};
struct Scored {
  SeriesId series;
  float score = 0;  // greater is better; compares within one answer only
};

// Immutable and safe from many threads. Series that it has never seen are passed over; lists are best first,
// without what was given.
class TasteModel {
 public:
  virtual ~TasteModel() = default;
  // Names the file that it was read from.
  virtual const std::string& version() const = 0;
  // By folding the viewer's history into the factors. Empty if the model knows nothing of it.
  virtual std::vector<Scored> for_history(std::span<const Liking> history, std::size_t most) const = 0;
  // What viewers of `series` take too.
  virtual std::vector<Scored> similar(SeriesId series, std::size_t most) const = 0;
  // What is taken next after `latest`, the most recent first.
  virtual std::vector<Scored> next_after(std::span<const Liking> latest, std::size_t most) const = 0;
};

// The models in use; they are swapped while others read. Null: none has been trained yet.
class TasteModels {
 public:
  virtual ~TasteModels() = default;
  virtual std::shared_ptr<const TasteModel> current(const Tenant& tenant) const = 0;
};

}  // namespace cliffhanger::recommendation
