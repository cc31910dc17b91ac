#include "services/edge/objects/cache.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <thread>

namespace cliffhanger::edge {
namespace {

// What the cache is held against: the values used last.
class PlainLru {
 public:
  explicit PlainLru(std::size_t most) : most_(most) {}
  bool ask(const std::string& key) {
    const auto found = where_.find(key);
    const bool hit = found != where_.end();
    if (hit) order_.erase(found->second);
    order_.push_front(key);
    where_[key] = order_.begin();
    if (order_.size() > most_) where_.erase(order_.back()), order_.pop_back();
    return hit;
  }

 private:
  const std::size_t most_;
  std::list<std::string> order_;
  std::unordered_map<std::string, std::list<std::string>::iterator> where_;
};

bool ask(Cache<int>& cache, const std::string& key, std::size_t cost = 1) {
  if (cache.get(key)) return true;
  cache.put(key, 1, cost);
  return false;
}

// Ranks from 0 on, by Zipf's law with this exponent.
class Zipf {
 public:
  Zipf(std::size_t ranks, double exponent) {
    double sum = 0;
    for (std::size_t i = 1; i <= ranks; ++i) sums_.push_back(sum += 1 / std::pow(static_cast<double>(i), exponent));
  }
  std::size_t operator()(std::mt19937& random) {
    const double at = std::uniform_real_distribution<>(0, sums_.back())(random);
    return static_cast<std::size_t>(std::lower_bound(sums_.begin(), sums_.end(), at) - sums_.begin());
  }

 private:
  std::vector<double> sums_;
};

TEST(Frequencies, CountsUpToFifteenAndForgets) {
  Frequencies uses(16);
  for (int i = 0; i < 5; ++i) uses.count(1);
  EXPECT_EQ(uses.of(1), 5);
  EXPECT_EQ(uses.of(2), 0);
  for (int i = 0; i < 50; ++i) uses.count(1);
  EXPECT_EQ(uses.of(1), 15);
  for (std::uint64_t other = 100; other < 1000; ++other) uses.count(other * 0x9e3779b97f4a7c15);
  EXPECT_LT(uses.of(1), 15);
}

TEST(Frequencies, NeverSaysTooLittle) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 20; ++round) {
    Frequencies uses(1000);
    std::unordered_map<std::uint64_t, int> truth;
    for (int i = 0; i < 5000; ++i) {  // fewer than are halved
      const auto hash = random() % 700 * 0x2545f4914f6cdd1d;
      uses.count(hash);
      ++truth[hash];
    }
    for (const auto& [hash, times] : truth) EXPECT_GE(uses.of(hash), std::min(times, 15));
  }
}

TEST(Cache, GivesWhatItKeepsWithinItsCost) {
  Cache<int> cache({100, 10});
  EXPECT_EQ(cache.get("a"), std::nullopt);
  cache.put("a", 1, 40);
  EXPECT_EQ(cache.get("a"), 1);
  cache.put("a", 2, 10);
  EXPECT_EQ(cache.get("a"), 2);
  EXPECT_EQ(cache.cost(), 10u);
  cache.put("a", 3, 60);
  EXPECT_EQ(cache.get("a"), 3);
  EXPECT_EQ(cache.cost(), 60u);
  cache.put("huge", 4, 101);
  EXPECT_EQ(cache.get("huge"), std::nullopt);
  cache.erase("a");
  EXPECT_EQ(cache.get("a"), std::nullopt);
  EXPECT_EQ(cache.cost(), 0u);
}

TEST(Cache, StaysWithinItsBoundWhateverComes) {
  std::mt19937 random(3);
  for (const std::size_t shards : {1u, 4u}) {
    Cache<int> cache({1000, 20, shards});
    for (int i = 0; i < 20'000; ++i) {
      const auto key = std::to_string(random() % 300);
      if (random() % 10 == 0) cache.erase(key);
      else if (const auto hit = cache.get(key)) EXPECT_EQ(std::to_string(*hit), key);
      else cache.put(key, std::stoi(key), 1 + random() % 400);
      ASSERT_LE(cache.cost(), 1000u);
    }
  }
}

TEST(Cache, AWalkThroughEverythingEvictsNothingThatIsWanted) {
  Cache<int> cache({200, 200});
  PlainLru lru(200);
  for (int round = 0; round < 5; ++round)
    for (int i = 0; i < 150; ++i) ask(cache, "hot" + std::to_string(i)), lru.ask("hot" + std::to_string(i));
  for (int i = 0; i < 2000; ++i) ask(cache, "cold" + std::to_string(i)), lru.ask("cold" + std::to_string(i));
  int kept = 0, kept_by_lru = 0;
  for (int i = 0; i < 150; ++i) {
    kept += cache.get("hot" + std::to_string(i)).has_value();
    kept_by_lru += lru.ask("hot" + std::to_string(i));
  }
  EXPECT_GE(kept, 145);
  EXPECT_EQ(kept_by_lru, 0);
}

TEST(Cache, WhatBecomesPopularIsTakenIn) {
  Cache<int> cache({100, 100});
  for (int round = 0; round < 20; ++round)
    for (int i = 0; i < 100; ++i) ask(cache, "old" + std::to_string(i));
  for (int round = 0; round < 40; ++round)
    for (int i = 0; i < 80; ++i) ask(cache, "new" + std::to_string(i));
  int taken = 0;
  for (int i = 0; i < 80; ++i) taken += cache.get("new" + std::to_string(i)).has_value();
  EXPECT_GE(taken, 70);
}

TEST(Cache, HitsMoreThanWhatWasUsedLast) {
  for (const unsigned seed : {1u, 2u, 3u, 4u, 5u}) {
    std::mt19937 random(seed);
    Zipf zipf(20'000, 0.9);
    Cache<int> cache({400, 400, 4});
    PlainLru lru(400);
    int hits = 0, hits_of_lru = 0;
    for (int i = 0; i < 100'000; ++i) {
      const auto key = std::to_string(zipf(random));
      hits += ask(cache, key);
      hits_of_lru += lru.ask(key);
    }
    EXPECT_GT(hits, hits_of_lru * 11 / 10) << "seed " << seed;
  }
}

TEST(Cache, ALargeOneCostsAsMuchWantingAsAllThatItWouldEvict) {
  Cache<int> cache({1000, 100});
  for (int round = 0; round < 3; ++round)
    for (int i = 0; i < 90; ++i) ask(cache, std::to_string(i), 10);
  for (int i = 0; i < 4; ++i) ask(cache, "large", 800);
  int kept = 0;
  for (int i = 0; i < 90; ++i) kept += cache.get(std::to_string(i)).has_value();
  EXPECT_EQ(kept, 90);
}

TEST(Cache, ALargeOneThatIsWantedAsOftenAsCanBeCountedGetsInOverManyThatAreNot) {
  Cache<int> cache({1000, 100});
  for (int round = 0; round < 3; ++round)
    for (int i = 0; i < 99; ++i) ask(cache, std::to_string(i), 10);
  for (int i = 0; i < 20; ++i) ask(cache, "large", 800);  // eighty would have to go, asked for three times each
  EXPECT_TRUE(cache.get("large"));
  EXPECT_LE(cache.cost(), 1000u);
}

TEST(Cache, TheLargestThatFitsIsKeptAndALargerOneEvictsNothing) {
  Cache<int> cache({1000, 100});
  cache.put("largest", 1, 990);
  EXPECT_TRUE(cache.get("largest"));
  for (int i = 0; i < 20; ++i) ask(cache, "larger", 991);
  EXPECT_TRUE(cache.get("largest"));
  EXPECT_FALSE(cache.get("larger"));
}

TEST(Cache, ManyThreads) {
  Cache<int> cache({500, 100, 4});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&cache, t] {
      std::mt19937 random(static_cast<unsigned>(t));
      for (int i = 0; i < 20'000; ++i) {
        const int n = static_cast<int>(random() % 200);
        if (const auto hit = cache.get(std::to_string(n))) EXPECT_EQ(*hit, n);
        else cache.put(std::to_string(n), n, 1 + random() % 20);
        if (i % 50 == 0) cache.erase(std::to_string(n));
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_LE(cache.cost(), 500u);
}

}  // namespace
}  // namespace cliffhanger::edge
