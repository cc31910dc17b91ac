#pragma once
#include <chrono>
#include <mutex>
#include <optional>

namespace cliffhanger::transcode {

// The first segments that this process encodes at the moment. As long as they keep all its processors busy,
// none of its workers begins anything less urgent: even at the lowest priority that would cost them a fifth
// of their time, in caches and memory. Safe from many threads.
class UrgentRuns {
 public:
  using Time = std::chrono::steady_clock::time_point;
  // `most`: where there are always some, the others wait for so long and then for none of them any more until
  // there is a gap.
  explicit UrgentRuns(unsigned processors, std::chrono::milliseconds most = kMostWait)
      : processors_(processors), most_(most) {}

  // One that is under way, on so many processors (0: it isn't urgent); ends with the object, which the
  // UrgentRuns outlives.
  class Running {
   public:
    ~Running() { runs_.end(processors_); }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

   private:
    friend UrgentRuns;
    Running(UrgentRuns& runs, unsigned processors) : runs_(runs), processors_(processors) {}
    UrgentRuns& runs_;
    const unsigned processors_;
  };
  [[nodiscard]] Running begin(unsigned processors, Time now = std::chrono::steady_clock::now());
  // The least urgent priority of a task that may be begun.
  int most_priority(Time now = std::chrono::steady_clock::now()) const;

 private:
  static constexpr std::chrono::milliseconds kMostWait{5000};
  void end(unsigned processors);

  const unsigned processors_;
  const std::chrono::milliseconds most_;
  mutable std::mutex mutex_;
  unsigned busy_ = 0;
  std::optional<Time> full_since_;
};

}  // namespace cliffhanger::transcode
