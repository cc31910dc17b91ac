// Search results in the caller's order.
#include "services/catalog/rpc/taste_order.h"

#include <algorithm>
#include <set>

#include "libs/obs/names.h"
#include "services/catalog/rpc/test_world.h"

namespace cliffhanger::catalog {
namespace {

namespace recommender = cliffhanger::recommendation::v1;
using List = std::vector<std::string>;

class TasteOrderTest : public CatalogTest {
 protected:
  TasteOrderTest() {
    service_ = std::make_unique<rpc::Service>(
        catalog_service({*pool_, pg_libraries(outbox_), clock_, random_, nullptr, &taste_}));
  }
  std::string shown(const std::string& title) {
    const auto id = new_series(creator(), title).series_id();
    published_episode(id);
    return id;
  }
  Result<v1::SearchSeriesResponse> search(const std::string& query, int size = 100,
                                          const std::string& token = "") {
    v1::SearchSeriesRequest in;
    in.set_query(query);
    in.set_page_size(size);
    in.set_page_token(token);
    return rpc<v1::SearchSeriesResponse>(viewer(), in);
  }
  static List ids(const v1::SearchSeriesResponse& page) {
    List out;
    for (const auto& series : page.series()) out.push_back(series.series_id());
    return out;
  }
  double counted(const std::string& order) {
    return metrics_.counter(obs::names::kSearches, "", {{"order", order}}).value();
  }

  std::map<std::string, double> liked_;  // by series
  bool known_ = true, away_ = false;
  int asked_ = 0;
  std::chrono::steady_clock::time_point deadline_{};
  const TasteOrder taste_{
      [this](const Call& call,
             const recommender::ValueSeriesRequest& ask) -> Result<recommender::ValueSeriesResponse> {
        ++asked_;
        deadline_ = call.deadline;
        EXPECT_EQ(call.caller.user, viewer_);
        if (away_) return fail(unavailable("PEER_UNAVAILABLE", "Away."));
        recommender::ValueSeriesResponse out;
        out.set_known(known_);
        if (known_)
          for (const auto& id : ask.series_ids()) out.add_values(liked_.contains(id) ? liked_.at(id) : 0.1);
        return out;
      },
      clock_, metrics_};
};

TEST_F(TasteOrderTest, WhatMatchesEquallyWellIsInTheViewersOrder) {
  const auto a = shown("The ghost bride"), b = shown("The second bride"), c = shown("The last bride");
  EXPECT_EQ(ids(*search("bride")), (List{c, b, a})) << "the newest first";
  liked_[a] = 0.9;
  const auto found = search("bride");
  EXPECT_EQ(ids(*found), (List{a, c, b}));
  EXPECT_EQ(found->order(), v1::SEARCH_ORDER_TASTE);
  EXPECT_LE(deadline_, std::chrono::steady_clock::now() + kTastePatience);
}

TEST_F(TasteOrderTest, TextComesFirst) {
  const auto once = shown("A bride"), exact = shown("Bride"), thrice = shown("Bride after bride after bride");
  liked_[once] = 1;
  const auto text = [&] {
    known_ = false;
    const auto out = ids(*search("bride"));
    known_ = true;
    return out;
  }();
  const auto found = ids(*search("bride"));
  EXPECT_EQ(std::ranges::find(found, exact) - found.begin(), std::ranges::find(text, exact) - text.begin());
  EXPECT_EQ(found.front(), thrice) << "it matches better than what they like";
}

TEST_F(TasteOrderTest, NothingKnownRefusedOrAwayIsTextAlone) {
  const auto a = shown("The ghost bride"), b = shown("The second bride");
  liked_[a] = 0.9;
  known_ = false;
  auto found = search("bride");
  EXPECT_EQ(ids(*found), (List{b, a}));
  EXPECT_EQ(found->order(), v1::SEARCH_ORDER_TEXT);
  known_ = true;
  away_ = true;
  for (int i = 0; i < 5; ++i) {
    found = search("bride");
    ASSERT_TRUE(found);
    EXPECT_EQ(ids(*found), (List{b, a}));
    EXPECT_EQ(found->order(), v1::SEARCH_ORDER_TEXT);
  }
  EXPECT_EQ(asked_, 4) << "after three failures in a row nobody waits";
  EXPECT_EQ(counted("text"), 1);
  EXPECT_EQ(counted("taste_away"), 5);
  away_ = false;
  clock_.advance(std::chrono::seconds(2));
  EXPECT_EQ(ids(*search("bride")), (List{a, b})) << "it is back";
  const auto before = asked_;
  EXPECT_EQ(counted("taste"), 1);
  EXPECT_EQ(ids(*search("ghost")), List{a});
  EXPECT_EQ(asked_, before) << "one result has one order";
}

TEST_F(TasteOrderTest, PagesHaveEachOnceWhateverTheyLikeMeanwhile) {
  List all;
  for (int i = 0; i < 23; ++i) all.push_back(shown("Bride number " + std::to_string(i)));
  List seen;
  std::string token;
  do {
    for (const auto& id : all) liked_[id] = static_cast<double>(random_.number() % 100);
    const auto page = search("bride", 5, token);
    ASSERT_TRUE(page);
    EXPECT_EQ(page->order(), v1::SEARCH_ORDER_TASTE);
    for (const auto& id : ids(*page)) seen.push_back(id);
    token = page->next_page_token();
  } while (!token.empty());
  EXPECT_EQ(seen.size(), all.size());
  EXPECT_EQ(std::set(seen.begin(), seen.end()), std::set(all.begin(), all.end()));
}

}  // namespace
}  // namespace cliffhanger::catalog
