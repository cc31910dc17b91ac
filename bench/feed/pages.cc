// bench_feed_pages SERIES PAGES [DIMENSIONS]: viewers open the feed again and again, page through it, watch,
// skip and finish; with DIMENSIONS there is a model of so many. Counts what came twice that must not, and
// prints how long a page took to choose and a digest of all that was chosen from, and chosen: what only makes
// pages quicker leaves it as it is. Exit code 1 if anything was repeated.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <set>

#include "bench/fold-in/factors.h"
#include "libs/rank/bytes.h"
#include "services/recommendation/domain/decision.h"
#include "services/recommendation/domain/factor_model.h"
#include "services/recommendation/domain/menu.h"
#include "services/recommendation/domain/test_world.h"

namespace cliffhanger::recommendation {
namespace {

constexpr int kChains = 5, kPages = 4,
              kItems = 10;  // of a viewer; 200 series, which fit into what is remembered

struct Outcome {
  std::uint64_t pages = 0, repeated = 0, digest = 0;
};

class Person {
 public:
  Person(TestWorld& world, const Catalogue& catalogue, const TasteModel* model)
      : world_(world), catalogue_(catalogue), model_(model) {}

  void visit(Outcome& out) {
    Chain chain = Chain::start(world_.now, world_.random);
    for (int page = 0; page < kPages; ++page, ++out.pages) {
      const auto menu = make_menu({catalogue_, viewer_, model_, chain, shown_, world_.policy, kItems});
      std::vector<SeriesId> now;
      const Places places{chain.seed(), static_cast<std::uint32_t>(chain.served()), kItems};
      const auto placed = choose(menu.pool, world_.policy.slotting, places);
      digest(out, menu, places, placed);
      for (const auto& place : placed) {
        const auto& item = menu.pool.items[place.item];
        out.repeated += chain.was_served(item.id) || finished_.contains(item.id) ||
                        (!item.going_on && !seen_.insert(item.id).second);
        chain.serve(item.id);
        now.push_back(item.id);
        react(item);
      }
      shown_.add(now, chain.seed());
      shown_ = ShownList::parse(shown_.text());
    }
  }

 private:
  void digest(Outcome& out, const Menu& menu, const Places& places, const std::vector<Placed>& placed) {
    Decision decision;
    decision.slotting = world_.policy.slotting;
    decision.places = places;
    decision.pool = menu.pool;
    decision.placed = placed;
    decision.on_page.resize(placed.size());
    for (const auto& one : menu.all) decision.whole.push_back(catalogue_[one.at].id);
    out.digest = rank::fnv1a(std::to_string(out.digest) + pool_text(decision) + shown_text(decision) +
                             whole_text(decision) + inputs_text(menu.inputs));
  }

  // Of eight new series one is finished, one begun and one skipped.
  void react(const PoolItem& item) {
    const auto what = world_.random.number() % 8;
    if (what > 2 || item.going_on) return;
    viewer_.seen.insert(viewer_.seen.begin(),
                        {item.id, world_.now, what != 2, {what == 2 ? 1.0 : 0.0, world_.now}, {}});
    if (what != 0) return;
    viewer_.seen.front().finished_at = 1;
    finished_.insert(item.id);
  }

  TestWorld& world_;
  const Catalogue& catalogue_;
  const TasteModel* model_;
  Viewer viewer_;
  ShownList shown_;
  std::set<SeriesId> seen_, finished_;
};

std::unique_ptr<const TasteModel> model_over(const Catalogue& catalogue, int dimensions) {
  if (dimensions == 0) return nullptr;
  std::mt19937_64 random(1);
  auto data = bench::model_of(static_cast<int>(catalogue.size()), dimensions, random);
  for (At at = 0; at < catalogue.size(); ++at) {
    data.series[at] = catalogue[at].id;
    data.similar.add_row({}, {});
    data.next.add_row({}, {});
  }
  return std::make_unique<FactorModel>("bench", std::move(data));
}

int run(int series, std::uint64_t pages, int dimensions) {
  TestWorld world;
  for (int i = 0; i < series; ++i)
    world.series(static_cast<double>(world.random.number() % 100'000), std::chrono::hours(i % 4000),
                 {"t" + std::to_string(i % 40), "u" + std::to_string(i % 7)});
  const auto catalogue = world.catalogue();
  const auto model = model_over(catalogue, dimensions);
  Outcome out;
  const auto begun = std::chrono::steady_clock::now();
  while (out.pages < pages) {
    Person person(world, catalogue, model.get());
    for (int chain = 0; chain < kChains; ++chain) person.visit(out);
  }
  const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begun;
  std::printf("%llu pages of %d, %llu repeated, %.0f µs a page, digest %016llx\n",
              static_cast<unsigned long long>(out.pages), kItems,
              static_cast<unsigned long long>(out.repeated), took.count() / static_cast<double>(out.pages),
              static_cast<unsigned long long>(out.digest));
  return out.repeated == 0 ? 0 : 1;
}

}  // namespace
}  // namespace cliffhanger::recommendation

int main(int count, char** words) {
  if (count != 3 && count != 4) {
    std::fprintf(stderr, "usage: bench_feed_pages SERIES PAGES [DIMENSIONS]\n");
    return 64;
  }
  return cliffhanger::recommendation::run(std::atoi(words[1]), std::strtoull(words[2], nullptr, 10),
                                          count == 4 ? std::atoi(words[3]) : 0);
}
