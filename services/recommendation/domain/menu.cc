#include "services/recommendation/domain/menu.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "services/recommendation/domain/draw.h"
#include "services/recommendation/limits.h"

namespace cliffhanger::recommendation {
namespace {

constexpr std::size_t kMostPool = 255, kTagBits = 64;
// Skipped so lately that the house doesn't put it before the viewer again.
constexpr double kSkippedLately = 0.5;

// Of who refused profiling, without the skips, likes and shares that would say what they think.
Viewer unprofiled(const Viewer& viewer) {
  Viewer out = viewer;
  for (auto& seen : out.seen) seen.skips = Heat();
  std::erase_if(out.said, [](const Viewer::Said& said) { return said.reaction != Reaction::kFollow; });
  out.shared.clear();
  out.taste = Taste();
  return out;
}

struct Weighed {
  const Candidate* candidate;
  Parts parts;
  float value;
  double boost = 1;
  std::uint8_t pin = 0;
};

class MenuMaker {
 public:
  MenuMaker(const Asked& asked, const Viewer& viewer)
      : asked_(asked),
        standings_(asked.catalogue, viewer),
        candidates_({asked.catalogue, standings_, [&](SeriesId id) { return asked_.chain.was_served(id); },
                     asked_.shown.before(asked_.chain.seed())}) {
    const Question question{.catalogue = asked.catalogue,
                            .viewer = viewer,
                            .standings = standings_,
                            .model = asked.model,
                            .now = asked.chain.now(),
                            .seed = asked.chain.seed(),
                            .ruling = asked.ruling,
                            .growing = asked.growing};
    for (const auto& source : sources(!viewer.profiling_refused)) source->add(question, candidates_);
  }

  Menu make() {
    weigh();
    Menu out;
    out.all.reserve(best_.size());
    for (const auto* item : best_) out.all.push_back({item->candidate->at, item->value});
    const auto most =
        std::min(kMostPool - kExplorePool, std::max(kPool - kExplorePool, asked_.wanted + asked_.wanted / 2));
    for (const auto* item : best_)
      if (item->pin != 0) put(out, *item, true);
    fill(out, most);
    add_explorables(out);
    return out;
  }

 private:
  void weigh() {
    const Time now = asked_.chain.now();
    const Scale scale(asked_.catalogue, asked_.policy, now);
    weighed_.reserve(candidates_.all().size());
    for (const auto& candidate : candidates_.all()) {
      const auto parts = parts_of(candidate, asked_.catalogue, standings_, asked_.policy, scale, now);
      weighed_.push_back({&candidate, parts,
                          asked_.ranker != nullptr
                              ? asked_.ranker->value(rank_input(parts), asked_.catalogue, candidate.at)
                              : value(parts, asked_.policy.weights)});
      if (asked_.ruling != nullptr) rule(weighed_.back());
    }
    best_.reserve(weighed_.size());
    for (const auto& item : weighed_) best_.push_back(&item);
    const auto& entries = asked_.catalogue;
    std::sort(best_.begin(), best_.end(), [&](const Weighed* a, const Weighed* b) {
      if (a->candidate->shown != b->candidate->shown) return b->candidate->shown;
      if (a->value != b->value) return a->value > b->value;
      const auto &x = entries[a->candidate->at], &y = entries[b->candidate->at];
      return std::tie(x.published, x.id) > std::tie(y.published, y.id);
    });
  }

  // What the house wants of it, unless the viewer does not: what they skipped lately is not brought back, and
  // what was shown lately is not pinned.
  void rule(Weighed& item) const {
    const At at = item.candidate->at;
    item.boost = asked_.ruling->factor(at);
    const bool skipped = skipped_lately(asked_.catalogue[at].id);
    if (skipped) item.boost = std::min(item.boost, 1.0);
    item.value = boosted(item.value, item.boost);
    const int place = asked_.ruling->pin(at) - static_cast<int>(asked_.chain.served());
    if (place > 0 && !skipped && !item.candidate->shown) item.pin = static_cast<std::uint8_t>(place);
  }

  // Also of who refuses profiling: it keeps from them what they don't want, and concludes nothing.
  bool skipped_lately(SeriesId id) const {
    const auto& seen = asked_.viewer.seen;
    const auto found = std::ranges::find(seen, id, &Viewer::Seen::series);
    return found != seen.end() &&
           worth(found->skips, asked_.chain.now(), asked_.policy.skip_half_life) >= kSkippedLately;
  }

  // The best, up to `most` in the pool. A creator with very many good series leaves room for others: a page
  // could not keep to its cap per creator if its pool had nobody else.
  void fill(Menu& out, std::size_t most) {
    std::unordered_map<UserId, std::size_t> of;
    std::vector<const Weighed*> first, then;
    for (const auto* item : best_) {
      if (first.size() >= most) break;
      if (item->pin != 0) continue;
      // What was shown lately, the last of `best_`, stays behind what was not.
      const bool room =
          !item->candidate->shown && ++of[asked_.catalogue[item->candidate->at].owner] <= kPoolOfCreator;
      (room ? first : then).push_back(item);
    }
    first.insert(first.end(), then.begin(), then.end());
    for (const auto* item : first) {
      if (out.pool.items.size() >= most) return;
      put(out, *item, true);
    }
  }

  bool explorable(const Weighed& item) const {
    if (item.pin != 0) return false;
    const auto* standing = standings_.of(item.candidate->at);
    return (standing == nullptr || !standing->started) && !item.candidate->shown &&
           asked_.chain.now() - asked_.catalogue[item.candidate->at].published < asked_.policy.new_for;
  }

  std::unordered_map<UserId, const Weighed*> newest_explorables() const {
    const auto& entries = asked_.catalogue;
    std::unordered_map<UserId, const Weighed*> out;
    for (const auto* item : best_) {
      if (!explorable(*item)) continue;
      const auto& entry = entries[item->candidate->at];
      const auto*& newest = out[entry.owner];
      if (newest == nullptr) {
        newest = item;
        continue;
      }
      const auto& other = entries[newest->candidate->at];
      if (std::tie(entry.published, entry.id) > std::tie(other.published, other.id)) newest = item;
    }
    return out;
  }

  // New series in an order drawn anew for each page: of each creator the newest that the viewer has not been
  // shown, so that each creator has the same chance, however much they publish.
  void add_explorables(Menu& out) {
    struct Drawn {
      std::pair<std::uint64_t, SeriesId> key;
      const Weighed* item;
    };
    std::vector<Drawn> fresh;
    const auto seed = draw(asked_.chain.seed(), ~asked_.chain.served());
    for (const auto& [creator, item] : newest_explorables()) {
      const SeriesId id = asked_.catalogue[item->candidate->at].id;
      fresh.push_back({{draw(seed, id), id}, item});
    }
    out.pool.explorable = static_cast<std::uint32_t>(fresh.size());
    const auto kept = fresh.begin() + static_cast<std::ptrdiff_t>(std::min(fresh.size(), kExplorePool));
    std::partial_sort(fresh.begin(), kept, fresh.end(),
                      [](const Drawn& a, const Drawn& b) { return a.key < b.key; });
    fresh.erase(kept, fresh.end());
    for (const auto& [key, item] : fresh) {
      const auto had = std::find(out.at.begin(), out.at.end(), item->candidate->at);
      if (had == out.at.end()) put(out, *item, false);
      out.pool.items[static_cast<std::size_t>(had == out.at.end() ? out.at.size() - 1 : had - out.at.begin())]
          .explore = true;
    }
  }

  void put(Menu& out, const Weighed& item, bool ordinary) {
    const auto& entry = asked_.catalogue[item.candidate->at];
    PoolItem to;
    to.id = entry.id;
    to.value = item.value;
    for (const TagAt tag : entry.tags()) {
      const auto bit = tag_bits_.emplace(tag, tag_bits_.size()).first->second;
      if (bit < kTagBits) to.tags |= std::uint64_t{1} << bit;
    }
    const auto creator = creators_.emplace(entry.owner, creators_.size()).first->second;
    to.creator = static_cast<std::uint8_t>(std::min<std::size_t>(creator, 255));
    to.ordinary = ordinary;
    to.shown = item.candidate->shown;
    const auto* standing = standings_.of(item.candidate->at);
    to.going_on = standing != nullptr && standing->started;
    to.reason = item.boost > 1 && !to.going_on
                    ? Reason::kBoosted
                    : reason(item.parts, asked_.policy.weights, item.candidate->by_taste);
    to.pin = item.pin;
    to.boost = static_cast<float>(item.boost);
    out.pool.items.push_back(to);
    out.at.push_back(item.candidate->at);
    const bool named = to.reason == Reason::kBecause && item.candidate->because != kNowhere &&
                       standings_.fits(item.candidate->because);
    out.because.push_back(named ? item.candidate->because : kNowhere);
    out.inputs.push_back(rank_input(item.parts));
  }

  const Asked& asked_;
  const Standings standings_;
  Candidates candidates_;
  std::vector<Weighed> weighed_;
  std::vector<const Weighed*> best_;  // best first
  std::map<TagAt, std::size_t> tag_bits_;
  std::map<UserId, std::size_t> creators_;
};

}  // namespace

Menu make_menu(const Asked& asked) {
  if (!asked.viewer.profiling_refused) return MenuMaker(asked, asked.viewer).make();
  return MenuMaker(asked, unprofiled(asked.viewer)).make();
}

}  // namespace cliffhanger::recommendation
