// Age ratings and regions, and what they keep from whom.
#include "cliffhanger/catalog/v1/events.pb.h"
#include "services/catalog/rpc/test_world.h"

namespace cliffhanger::catalog {
namespace {

class AgeRatingTest : public CatalogTest {
 protected:
  std::string rated(std::optional<int> rating, const std::string& title = "Vendetta") {
    v1::CreateSeriesRequest in;
    in.set_title(title);
    in.set_language("en");
    if (rating) in.set_age_rating(*rating);
    const auto made = rpc<v1::CreateSeriesResponse>(creator(), in);
    EXPECT_TRUE(made) << made.error().message;
    clock_.advance(std::chrono::seconds(1));
    episode_of_[made->series().series_id()] = published_episode(made->series().series_id()).episode_id();
    return made->series().series_id();
  }
  Result<v1::Series> rate(const std::string& series, std::optional<int> rating, std::int64_t version = 0) {
    v1::UpdateSeriesRequest in;
    in.set_series_id(series);
    in.set_version(version);
    in.mutable_update_mask()->add_paths("age_rating");
    if (rating) in.set_age_rating(*rating);
    return rpc<v1::UpdateSeriesResponse>(creator(), in).map([](auto out) { return out.series(); });
  }
  void minors_mode(UserId user, std::optional<int> greatest, std::int64_t version,
                   const std::string& tenant = "default") {
    const Call call = as(Role::kService, UserId(), tenant);
    ASSERT_TRUE(pool_->transact([&](sql::Tx& tx) {
      return pg_libraries(outbox_)(tx, call)->hear_minors_mode(user, greatest, version);
    }));
  }
  std::vector<std::string> listed(const Call& call) {
    return ids(rpc<v1::ListSeriesResponse>(call, v1::ListSeriesRequest()));
  }
  std::vector<std::string> found(const Call& call, const std::string& words) {
    v1::SearchSeriesRequest in;
    in.set_query(words);
    return ids(rpc<v1::SearchSeriesResponse>(call, in));
  }
  std::size_t fetched(UserId user) {
    v1::BatchGetEpisodesRequest in;
    for (const auto& [series, episode] : episode_of_) in.add_episode_ids(episode);
    in.set_user_id(user.empty() ? "" : user.text());
    return static_cast<std::size_t>(rpc<v1::BatchGetEpisodesResponse>(service(), in)->items_size());
  }
  template <class Response>
  static std::vector<std::string> ids(const Result<Response>& page) {
    std::vector<std::string> out;
    EXPECT_TRUE(page);
    for (const auto& series : page->series()) out.push_back(series.series_id());
    return out;
  }
  static std::string reason(const auto& result) { return result ? "" : result.error().reason; }

  std::map<std::string, std::string> episode_of_;
};

using List = std::vector<std::string>;

TEST_F(AgeRatingTest, IsSetChangedTakenAwayAndTold) {
  const auto series = rated(std::nullopt);
  EXPECT_FALSE(get_series(viewer(), series)->has_age_rating());
  ASSERT_TRUE(rate(series, 0));
  EXPECT_TRUE(get_series(viewer(), series)->has_age_rating());
  EXPECT_EQ(get_series(viewer(), series)->age_rating(), 0);
  const auto rerated = rate(series, 16);
  ASSERT_TRUE(rerated);
  const auto version = rerated->version();
  EXPECT_EQ(rate(series, 16)->version(), version) << "an update that changes nothing tells nobody";
  EXPECT_EQ(reason(rate(series, 12, version - 1)), "VERSION_MISMATCH");
  EXPECT_EQ(reason(rate(series, 19)), "INVALID_REQUEST");
  EXPECT_EQ(reason(rate(series, -1)), "INVALID_REQUEST");
  EXPECT_EQ(told<v1::SeriesChanged>().back().age_rating(), 16);
  ASSERT_TRUE(rate(series, std::nullopt));
  EXPECT_FALSE(get_series(viewer(), series)->has_age_rating());
  EXPECT_FALSE(told<v1::SeriesChanged>().back().has_age_rating());
  v1::UpdateSeriesRequest rename;  // without a mask what is absent stays
  ASSERT_TRUE(rate(series, 6));
  rename.set_series_id(series);
  rename.set_title("Another");
  EXPECT_EQ(rpc<v1::UpdateSeriesResponse>(creator(), rename)->series().age_rating(), 6);
}

TEST_F(AgeRatingTest, ListsLeaveOutWhatMinorsModeExcludes) {
  const auto any = rated(0), twelve = rated(12), adult = rated(18), unrated = rated(std::nullopt);
  EXPECT_EQ(listed(viewer()), (List{unrated, adult, twelve, any}));
  minors_mode(viewer_, 12, 1);
  EXPECT_EQ(listed(viewer()), (List{twelve, any}));
  EXPECT_EQ(found(viewer(), "vendetta").size(), 2u);
  EXPECT_EQ(found(stranger(), "vendetta").size(), 4u) << "others' lists stay";
  EXPECT_EQ(fetched(viewer_), 2u);
  EXPECT_EQ(fetched(UserId()), 4u);
  EXPECT_EQ(fetched(creator_), 4u);
  minors_mode(viewer_, 11, 2);
  EXPECT_EQ(listed(viewer()), List{any});
  minors_mode(viewer_, 18, 1);  // late
  EXPECT_EQ(listed(viewer()), List{any});
  minors_mode(viewer_, std::nullopt, 3);
  EXPECT_EQ(listed(viewer()).size(), 4u);
  minors_mode(viewer_, 0, 9, "other");  // another tenant's person of the same id
  EXPECT_EQ(listed(viewer()).size(), 4u);
}

TEST_F(AgeRatingTest, PagesAreWholeAndGoOnAtTheirEnd) {
  List fit;
  for (int i = 0; i < 7; ++i) {
    rated(18);
    fit.insert(fit.begin(), rated(6));
  }
  minors_mode(viewer_, 6, 1);
  List seen;
  v1::ListSeriesRequest in;
  in.set_page_size(3);
  do {
    const auto page = rpc<v1::ListSeriesResponse>(viewer(), in);
    ASSERT_TRUE(page);
    if (!page->next_page_token().empty()) EXPECT_EQ(page->series_size(), 3);
    for (const auto& series : page->series()) seen.push_back(series.series_id());
    in.set_page_token(page->next_page_token());
  } while (!in.page_token().empty());
  EXPECT_EQ(seen, fit);
}

TEST_F(AgeRatingTest, WhatIsAskedForByNameIsRefusedAndSaysWhy) {
  const auto series = rated(16);
  const auto& episode = episode_of_[series];
  minors_mode(viewer_, 15, 1);
  const auto refused = get_series(viewer(), series);
  EXPECT_EQ(reason(refused), "AGE_RESTRICTED");
  EXPECT_EQ(refused.error().code, Code::kPermissionDenied);
  EXPECT_EQ(refused.error().metadata.at("age_rating"), "16");
  EXPECT_EQ(reason(get_episode(viewer(), episode)), "AGE_RESTRICTED");
  v1::ListEpisodesRequest list;
  list.set_series_id(series);
  EXPECT_EQ(reason(rpc<v1::ListEpisodesResponse>(viewer(), list)), "AGE_RESTRICTED");
  EXPECT_EQ(reason(resolve(episode, viewer_)), "AGE_RESTRICTED");
  EXPECT_EQ(reason(resolve(episode, viewer_, true)), "") << "operators watch what they are to judge";
  EXPECT_EQ(reason(resolve(episode, stranger_)), "");
  minors_mode(viewer_, 16, 2);
  EXPECT_EQ(reason(resolve(episode, viewer_)), "");
  EXPECT_EQ(reason(get_episode(viewer(), episode)), "");
}

TEST_F(AgeRatingTest, CreatorsSeeTheirOwn) {
  const auto series = rated(18);
  minors_mode(creator_, 6, 1);
  EXPECT_TRUE(get_series(creator(), series));
  EXPECT_TRUE(resolve(episode_of_[series], creator_));
  EXPECT_EQ(fetched(creator_), 1u);
  EXPECT_TRUE(listed(creator()).empty());  // among what others watch
}

TEST_F(AgeRatingTest, ANewRatingHoldsAtOnce) {
  const auto series = rated(6);
  minors_mode(viewer_, 12, 1);
  EXPECT_TRUE(resolve(episode_of_[series], viewer_));
  ASSERT_TRUE(rate(series, 16));
  EXPECT_EQ(reason(resolve(episode_of_[series], viewer_)), "AGE_RESTRICTED");
  ASSERT_TRUE(rate(series, std::nullopt));
  EXPECT_EQ(reason(resolve(episode_of_[series], viewer_)), "AGE_RESTRICTED") << "nobody said: as 18";
}

class RegionTest : public AgeRatingTest {
 protected:
  Result<v1::Series> set_regions(const std::string& series, const List& allowed, const List& blocked) {
    v1::UpdateSeriesRequest in;
    in.set_series_id(series);
    in.mutable_update_mask()->add_paths("allowed_regions");
    in.mutable_update_mask()->add_paths("blocked_regions");
    in.mutable_allowed_regions()->Assign(allowed.begin(), allowed.end());
    in.mutable_blocked_regions()->Assign(blocked.begin(), blocked.end());
    return rpc<v1::UpdateSeriesResponse>(creator(), in).map([](auto out) { return out.series(); });
  }
  template <class Response, class Request>
  Result<Response> from(const std::string& region, Request in, const Call& call) {
    in.set_viewer_region(region);
    return rpc<Response>(call, in);
  }
  List listed_in(const std::string& region) {
    return ids(from<v1::ListSeriesResponse>(region, v1::ListSeriesRequest(), viewer()));
  }
};

TEST_F(RegionTest, WhatMayNotBeShownThereIsInNoListAndIsRefused) {
  const auto everywhere = rated(0), germany = rated(0), but_germany = rated(0);
  ASSERT_TRUE(set_regions(germany, {"DE", "AT"}, {}));
  ASSERT_TRUE(set_regions(but_germany, {}, {"DE"}));
  EXPECT_EQ(listed_in("DE"), (List{germany, everywhere}));
  EXPECT_EQ(listed_in("FR"), (List{but_germany, everywhere}));
  EXPECT_EQ(listed_in(""), (List{but_germany, everywhere})) << "nobody knows where: not what is for some only";
  v1::SearchSeriesRequest search;
  search.set_query("vendetta");
  EXPECT_EQ(ids(from<v1::SearchSeriesResponse>("DE", search, viewer())).size(), 2u);
  v1::GetSeriesRequest get;
  get.set_series_id(germany);
  EXPECT_EQ(reason(from<v1::GetSeriesResponse>("FR", get, viewer())), "NOT_IN_REGION");
  EXPECT_TRUE(from<v1::GetSeriesResponse>("AT", get, viewer()));
  EXPECT_TRUE(from<v1::GetSeriesResponse>("FR", get, creator())) << "its owner sees it anywhere";
  v1::ResolvePlaybackRequest resolve;
  resolve.set_episode_id(episode_of_[germany]);
  resolve.set_user_id(viewer_.text());
  EXPECT_EQ(reason(from<v1::ResolvePlaybackResponse>("FR", resolve, service())), "NOT_IN_REGION");
  EXPECT_EQ(reason(from<v1::ResolvePlaybackResponse>("DE", resolve, service())), "");
  v1::BatchGetEpisodesRequest batch;
  for (const auto& [series, episode] : episode_of_) batch.add_episode_ids(episode);
  batch.set_user_id(viewer_.text());
  EXPECT_EQ(from<v1::BatchGetEpisodesResponse>("DE", batch, service())->items_size(), 2);
  EXPECT_EQ(from<v1::BatchGetEpisodesResponse>("AT", batch, service())->items_size(), 3);
}

TEST_F(RegionTest, AreCheckedKeptOnceAndTold) {
  const auto series = rated(0);
  EXPECT_EQ(set_regions(series, {"US", "DE", "US"}, {})->allowed_regions_size(), 2);
  EXPECT_EQ(told<v1::SeriesChanged>().back().allowed_regions(0), "DE");
  EXPECT_EQ(reason(set_regions(series, {"de"}, {})), "INVALID_REQUEST");
  EXPECT_EQ(reason(set_regions(series, {"DE"}, {"US"})), "INVALID_REQUEST");
  v1::UpdateSeriesRequest blocked;  // beside the allowed ones that it has
  blocked.set_series_id(series);
  blocked.add_blocked_regions("FR");
  EXPECT_EQ(reason(rpc<v1::UpdateSeriesResponse>(creator(), blocked)), "INVALID_REQUEST");
  ASSERT_TRUE(set_regions(series, {}, {"FR"}));
  EXPECT_EQ(told<v1::SeriesChanged>().back().blocked_regions(0), "FR");
  EXPECT_EQ(get_series(creator(), series)->blocked_regions(0), "FR");
  ASSERT_TRUE(set_regions(series, {}, {}));
  EXPECT_EQ(told<v1::SeriesChanged>().back().blocked_regions_size(), 0);
}

}  // namespace
}  // namespace cliffhanger::catalog
