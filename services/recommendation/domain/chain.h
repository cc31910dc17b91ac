#pragma once
// A chain of pages: what the page token carries from one page to the next.
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "libs/core/clock.h"
#include "libs/core/id.h"
#include "libs/core/random.h"
#include "libs/core/result.h"

namespace cliffhanger::recommendation {

// The moment and the seed of the first page, and what was shown since. No server keeps anything for a chain,
// so any replica can go on with it and nothing is lost with Redis; each page is ranked anew and so knows what
// the viewer just did.
class Chain {
 public:
  static Chain start(Time now, Random& random);
  // From a page token's position; fails with BAD_PAGE_TOKEN.
  static Result<Chain> parse(std::string_view position);
  // For the next page's token: 16 bytes and four for each series.
  std::string position() const;

  Time now() const { return now_; }
  std::uint64_t seed() const { return seed_; }
  std::size_t served() const { return order_.size(); }
  bool full() const;  // nothing more can be remembered: the chain ends here
  // Four bytes stand for a series. That two of one chain share them is one chance in many thousand, and then
  // the second is not shown.
  bool was_served(SeriesId id) const { return known_.contains(mark(id)); }
  void serve(SeriesId id);

 private:
  static std::uint32_t mark(SeriesId id);
  Time now_{};
  std::uint64_t seed_ = 0;
  std::vector<std::uint32_t> order_;
  std::unordered_set<std::uint32_t> known_;
};

}  // namespace cliffhanger::recommendation
