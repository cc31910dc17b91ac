#include "services/recommendation/domain/ranking.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace cliffhanger::recommendation {
namespace {

constexpr double kFollowBonus = 4, kCreatorBonus = 3, kFavouriteBonus = 2, kLikeBonus = 1, kMostLikes = 4,
                 kSkipPenalty = 3;

bool liked(const Candidate& c) {
  return c.follows || c.follows_creator || c.favourite || c.likes > 0;
}

int tier(const Candidate& c) {
  if (!c.left) return 2;
  return c.started && !c.follows ? 1 : 0;
}

struct Scored {
  const Candidate* candidate;
  int tier;
  double score;
  bool taken = false;
};

bool before(const Scored& a, const Scored& b) {
  return std::tuple(a.tier, -a.score, b.candidate->published, b.candidate->id) <
         std::tuple(b.tier, -b.score, a.candidate->published, a.candidate->id);
}

// splitmix64's finaliser over the id and the seed: a draw that is the same on every page of a chain.
std::uint64_t draw(SeriesId id, std::uint64_t seed) {
  const Uuid raw = id.uuid();
  std::uint64_t x = seed;
  for (const auto byte : raw.bytes()) x = (x ^ byte) * 0x100000001b3ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

// New series that the viewer has not seen, in drawn order.
std::vector<Scored*> fresh(std::vector<Scored>& all, const Policy& policy, const Slots& slots) {
  std::vector<Scored*> out;
  for (auto& item : all) {
    const Candidate& c = *item.candidate;
    if (!c.started && c.left && slots.now - c.published < policy.new_for) out.push_back(&item);
  }
  std::sort(out.begin(), out.end(), [&](const Scored* a, const Scored* b) {
    return std::pair(draw(a->candidate->id, slots.seed), a->candidate->id) <
           std::pair(draw(b->candidate->id, slots.seed), b->candidate->id);
  });
  return out;
}

// The next one of `from` (any container of pointers) that is not taken yet, taken; null: none.
template <class Iterator>
Scored* take_next(Iterator& at, Iterator end) {
  while (at != end && (*at)->taken) ++at;
  if (at == end) return nullptr;
  (*at)->taken = true;
  return *at++;
}

}  // namespace

double score(const Candidate& c, const Policy& policy, Time now) {
  double out = std::log2(1 + worth(c.heat, now, policy.half_life));
  if (c.follows) out += kFollowBonus;
  if (c.follows_creator) out += kCreatorBonus;
  if (c.favourite) out += kFavouriteBonus;
  out += kLikeBonus * std::min<double>(c.likes, kMostLikes);
  return out - kSkipPenalty * worth(c.skips, now, policy.skip_half_life);
}

std::vector<Pick> rank(const std::vector<Candidate>& candidates, const Policy& policy, const Slots& slots) {
  std::vector<Scored> all;
  all.reserve(candidates.size());
  for (const auto& c : candidates) all.push_back({&c, tier(c), score(c, policy, slots.now)});
  std::sort(all.begin(), all.end(), before);
  std::vector<Scored*> best;
  for (auto& item : all) best.push_back(&item);
  const std::vector<Scored*> unknown = fresh(all, policy, slots);
  auto next_best = best.begin();
  auto next_new = unknown.begin();
  std::vector<Pick> picks;
  for (std::size_t slot = slots.first; picks.size() < slots.most; ++slot) {
    const bool explore = (slot + 1) % static_cast<std::size_t>(policy.explore_every) == 0;
    if (const Scored* pick = explore ? take_next(next_new, unknown.end()) : nullptr) {
      picks.push_back({pick->candidate->id, Reason::kNew});
      continue;
    }
    const Scored* pick = take_next(next_best, best.end());
    if (pick == nullptr) break;
    picks.push_back({pick->candidate->id, liked(*pick->candidate) ? Reason::kFollowed : Reason::kPopular});
  }
  return picks;
}

}  // namespace cliffhanger::recommendation
