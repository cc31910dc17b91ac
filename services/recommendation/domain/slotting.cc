#include "services/recommendation/domain/slotting.h"

#include <algorithm>
#include <bit>
#include <cassert>

#include "services/recommendation/domain/draw.h"

namespace cliffhanger::recommendation {
namespace {

constexpr std::uint8_t kSomeCreator = 255;

double likeness(const PoolItem& a, const PoolItem& b) {
  const int either = std::popcount(a.tags | b.tags);
  const double tags = either == 0 ? 0 : static_cast<double>(std::popcount(a.tags & b.tags)) / either;
  const double creator = a.creator == b.creator && a.creator != kSomeCreator ? 1 : 0;
  return (tags + creator) / 2;
}

// One page in the making.
class Page {
 public:
  Page(const Pool& pool, const Slotting& slotting)
      : pool_(pool), slotting_(slotting), taken_(pool.items.size()) {}

  // The next place goes to what is pinned to it, if anything is.
  bool pinned() {
    for (std::size_t i = 0; i < pool_.items.size(); ++i) {
      if (taken_[i] || pool_.items[i].pin != placed.size() + 1) continue;
      take(static_cast<std::uint8_t>(i), 1, false);
      return true;
    }
    return false;
  }

  bool explore(std::uint64_t drawn) {
    std::vector<std::uint8_t> left;
    for (std::size_t i = 0; i < pool_.items.size(); ++i)
      if (pool_.items[i].explore && !taken_[i]) left.push_back(static_cast<std::uint8_t>(i));
    if (left.empty()) return false;
    const auto item = left[static_cast<std::size_t>(unit(drawn) * static_cast<double>(left.size()))];
    // The pool's were drawn evenly from all explorable ones, so each of those had this chance.
    const auto all =
        std::max<std::size_t>(left.size(), pool_.explorable - std::min(pool_.explorable, explorables_taken_));
    take(item, 1 / static_cast<float>(all), true);
    return true;
  }

  bool best(std::uint64_t drawn, bool draw_one) {
    const auto arms = best_arms(draw_one ? static_cast<std::size_t>(slotting_.arms) : 1);
    if (arms.empty()) return false;
    std::vector<double> values;
    for (const auto& arm : arms) values.push_back(arm.value);
    const auto chance = chances(values, slotting_);
    double rest = unit(drawn);
    std::size_t arm = 0;
    while (arm + 1 < arms.size() && rest >= chance[arm]) rest -= chance[arm++];
    take(arms[arm].item, static_cast<float>(chance[arm]), false);
    return true;
  }

  // Best first, of what may have an ordinary place now.
  std::vector<Arm> best_arms(std::size_t most) const {
    auto arms = at_hand(true, true);
    if (arms.empty()) arms = at_hand(false, true);
    if (arms.empty()) arms = at_hand(false, false);
    most = std::min(most, arms.size());
    std::partial_sort(
        arms.begin(), arms.begin() + static_cast<std::ptrdiff_t>(most), arms.end(),
        [](const Arm& a, const Arm& b) { return a.value != b.value ? a.value > b.value : a.item < b.item; });
    arms.resize(most);
    return arms;
  }

  void take(std::uint8_t item, float propensity, bool explored) {
    taken_[item] = true;
    explorables_taken_ += pool_.items[item].explore;
    placed.push_back({item, propensity, explored});
  }

  std::vector<Placed> placed;

 private:
  // What may have an ordinary place; of what was not shown lately, while there is any. `waiting`: not what is
  // pinned to a later place.
  std::vector<Arm> at_hand(bool capped, bool waiting) const {
    std::vector<Arm> fresh, shown;
    for (std::size_t i = 0; i < pool_.items.size(); ++i) {
      const auto& item = pool_.items[i];
      if (taken_[i] || !item.ordinary || (capped && over_cap(item))) continue;
      if (waiting && item.pin > placed.size()) continue;
      (item.shown ? shown : fresh)
          .push_back({static_cast<std::uint8_t>(i), item.value - slotting_.sameness * sameness(item)});
    }
    return fresh.empty() ? shown : fresh;
  }

  bool over_cap(const PoolItem& item) const {
    int creator = 0, going_on = 0;
    for (const auto& place : placed) {
      const auto& other = pool_.items[place.item];
      creator += other.creator == item.creator && item.creator != kSomeCreator;
      going_on += other.going_on;
    }
    return creator >= slotting_.per_creator || (item.going_on && going_on >= slotting_.going_on);
  }

  double sameness(const PoolItem& item) const {
    double most = 0;
    const auto window = std::min<std::size_t>(placed.size(), static_cast<std::size_t>(slotting_.window));
    for (auto place = placed.end() - static_cast<std::ptrdiff_t>(window); place != placed.end(); ++place)
      most = std::max(most, likeness(item, pool_.items[place->item]));
    return most;
  }

  const Pool& pool_;
  const Slotting& slotting_;
  std::vector<bool> taken_;
  std::uint32_t explorables_taken_ = 0;
};

}  // namespace

std::vector<double> chances(std::span<const double> values, const Slotting& slotting) {
  const auto best = static_cast<std::size_t>(std::max_element(values.begin(), values.end()) - values.begin());
  std::vector<double> out(values.size());
  double rest = 1;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i == best) continue;
    const double gap = values[best] - values[i];
    out[i] = std::max(slotting.least, 1 / (static_cast<double>(values.size()) + slotting.steepness * gap));
    rest -= out[i];
  }
  out[best] = rest;
  return out;
}

std::vector<Arm> arms_after(const Pool& pool, const Slotting& slotting, std::span<const Placed> before) {
  Page page(pool, slotting);
  for (const auto& place : before) page.take(place.item, place.propensity, place.explored);
  return page.best_arms(static_cast<std::size_t>(slotting.arms));
}

bool is_pinned(const Pool& pool, const Placed& placed, std::size_t at) {
  return pool.items[placed.item].pin == at + 1;
}

std::vector<Placed> choose(const Pool& pool, const Slotting& slotting, const Places& places) {
  assert(pool.items.size() <= 255);
  Page page(pool, slotting);
  const auto every = static_cast<std::uint32_t>(std::max(2, slotting.explore_every));
  for (std::uint32_t i = 0; i < places.wanted; ++i) {
    const std::uint32_t place = places.first + i;
    if (page.pinned()) continue;
    const auto drawn = draw(places.seed, place);
    if ((place + 1) % every == 0 && page.explore(drawn)) continue;
    if (!page.best(drawn, place > 0) && !page.explore(drawn)) break;
  }
  return page.placed;
}

}  // namespace cliffhanger::recommendation
