// bench_feed_pages SERIES PAGES: viewers open the feed again and again, page through it, watch, skip and
// finish. Counts what came twice that must not, and prints how long a page took to choose. Exit code 1 if
// anything was repeated.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <set>

#include "services/recommendation/domain/menu.h"
#include "services/recommendation/domain/test_world.h"

namespace cliffhanger::recommendation {
namespace {

constexpr int kChains = 5, kPages = 4,
              kItems = 10;  // of a viewer; 200 series, which fit into what is remembered

struct Outcome {
  std::uint64_t pages = 0, repeated = 0;
};

class Person {
 public:
  Person(TestWorld& world, const Catalogue& catalogue) : world_(world), catalogue_(catalogue) {}

  void visit(Outcome& out) {
    Chain chain = Chain::start(world_.now, world_.random);
    for (int page = 0; page < kPages; ++page, ++out.pages) {
      const auto menu = make_menu({catalogue_, viewer_, nullptr, chain, shown_, world_.policy, kItems});
      std::vector<SeriesId> now;
      const Places places{chain.seed(), static_cast<std::uint32_t>(chain.served()), kItems};
      for (const auto& place : choose(menu.pool, world_.policy.slotting, places)) {
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
  Viewer viewer_;
  ShownList shown_;
  std::set<SeriesId> seen_, finished_;
};

int run(int series, std::uint64_t pages) {
  TestWorld world;
  for (int i = 0; i < series; ++i)
    world.series(static_cast<double>(world.random.number() % 100'000), std::chrono::hours(i % 4000),
                 {"t" + std::to_string(i % 40), "u" + std::to_string(i % 7)});
  const auto catalogue = world.catalogue();
  Outcome out;
  const auto begun = std::chrono::steady_clock::now();
  while (out.pages < pages) {
    Person person(world, catalogue);
    for (int chain = 0; chain < kChains; ++chain) person.visit(out);
  }
  const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begun;
  std::printf("%llu pages of %d, %llu repeated, %.0f µs a page\n", static_cast<unsigned long long>(out.pages),
              kItems, static_cast<unsigned long long>(out.repeated),
              took.count() / static_cast<double>(out.pages));
  return out.repeated == 0 ? 0 : 1;
}

}  // namespace
}  // namespace cliffhanger::recommendation

int main(int count, char** words) {
  if (count != 3) {
    std::fprintf(stderr, "usage: bench_feed_pages SERIES PAGES\n");
    return 64;
  }
  return cliffhanger::recommendation::run(std::atoi(words[1]), std::strtoull(words[2], nullptr, 10));
}
