#include "services/catalog/rpc/catalog_rpc.h"

#include <set>
#include <thread>

#include "cliffhanger/catalog/v1/events.pb.h"
#include "services/catalog/rpc/test_world.h"
#include "services/catalog/store/pg_library.h"

namespace cliffhanger::catalog {

OpenLibrary pg_libraries(bus::Outbox& outbox) {
  return [&outbox](sql::Tx& tx, const Call& call) { return std::make_unique<PgLibrary>(tx, call, outbox); };
}

namespace {

class CatalogRpcTest : public CatalogTest {
 protected:
  Result<v1::UpdateSeriesResponse> rename(const Call& call, const std::string& id, const std::string& title,
                                          std::int64_t version) {
    v1::UpdateSeriesRequest in;
    in.set_series_id(id);
    in.set_title(title);
    in.set_version(version);
    return rpc<v1::UpdateSeriesResponse>(call, in);
  }
  template <class Request>
  std::string refusal(const Call& call, const Request& in) {
    for (const auto& method : service_->methods()) {
      if (method.descriptor->input_type() != Request::descriptor()) continue;
      const auto answer = method.handler(call, in);
      return answer ? "" : answer.error().reason;
    }
    return "NO_METHOD";
  }
};

TEST_F(CatalogRpcTest, EveryRpcHasAHandler) {
  EXPECT_EQ(static_cast<int>(service_->methods().size()), service_->descriptor()->method_count());
}

TEST_F(CatalogRpcTest, AnEpisodeIsPublishedAndItsSeriesWithIt) {
  const auto series = new_series(creator());
  const auto episode = new_episode(creator(), series.series_id());
  EXPECT_EQ(episode.number(), 1);
  EXPECT_EQ(episode.state(), v1::EDITORIAL_STATE_DRAFT);
  EXPECT_EQ(publish(creator(), episode.episode_id()).error().reason, "EPISODE_NOT_READY");
  EXPECT_EQ(get_series(viewer(), series.series_id()).error().reason, "SERIES_NOT_FOUND");
  EXPECT_EQ(get_episode(viewer(), episode.episode_id()).error().reason, "EPISODE_NOT_FOUND");

  const auto revision = make_ready(episode.episode_id());
  const auto done = publish(creator(), episode.episode_id());
  ASSERT_TRUE(done);
  EXPECT_EQ(done->state(), v1::EDITORIAL_STATE_PUBLISHED);
  const auto seen = get_series(viewer(), series.series_id());
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->state(), v1::EDITORIAL_STATE_PUBLISHED);
  EXPECT_EQ(seen->published_episodes(), 1);
  EXPECT_EQ(seen->cover_url(), "/covers/" + revision + ".jpg");
  EXPECT_TRUE(seen->has_publish_time());
  EXPECT_EQ(get_episode(viewer(), episode.episode_id())->duration_ms(), 61'000);
}

TEST_F(CatalogRpcTest, ADraftCanBeDeletedAndItsNumberComesAgain) {
  const auto series = new_series(creator());
  const auto episode = new_episode(creator(), series.series_id());
  make_ready(episode.episode_id());
  v1::DeleteEpisodeRequest in;
  in.set_episode_id(episode.episode_id());
  EXPECT_EQ(refusal(viewer(), in), "EPISODE_NOT_FOUND");
  EXPECT_EQ(refusal(creator(), in), "");
  EXPECT_EQ(refusal(creator(), in), "EPISODE_NOT_FOUND");
  EXPECT_EQ(get_episode(creator(), episode.episode_id()).error().reason, "EPISODE_NOT_FOUND");
  EXPECT_EQ(get_series(creator(), series.series_id())->total_episodes(), 0);
  const auto told_of = told<v1::EpisodeDeleted>();
  ASSERT_EQ(told_of.size(), 1U);
  EXPECT_EQ(told_of[0].episode_id(), episode.episode_id());
  EXPECT_EQ(told_of[0].series_id(), series.series_id());
  EXPECT_GT(told_of[0].version(), episode.version());
  make_ready(episode.episode_id());  // news of its media comes late
  EXPECT_EQ(get_episode(creator(), episode.episode_id()).error().reason, "EPISODE_NOT_FOUND");
  EXPECT_EQ(new_episode(creator(), series.series_id()).number(), 1);
}

TEST_F(CatalogRpcTest, WhatViewersSawIsNotDeleted) {
  const auto series = new_series(creator());
  const auto episode = published_episode(series.series_id());
  EXPECT_EQ(told<v1::EpisodeChanged>().back().published_revision_id().size(), 36U);
  EXPECT_FALSE(told<v1::EpisodeChanged>().back().withdrawn());
  v1::DeleteEpisodeRequest in;
  in.set_episode_id(episode.episode_id());
  EXPECT_EQ(refusal(creator(), in), "EPISODE_WAS_PUBLISHED");
  EXPECT_EQ(refusal(boss(), in), "EPISODE_WAS_PUBLISHED");
  v1::WithdrawEpisodeRequest away;
  away.set_episode_id(episode.episode_id());
  ASSERT_TRUE(rpc<v1::WithdrawEpisodeResponse>(creator(), away));
  EXPECT_EQ(refusal(creator(), in), "EPISODE_WAS_PUBLISHED");
  EXPECT_EQ(told<v1::EpisodeChanged>().back().published_revision_id(), "");
  EXPECT_TRUE(told<v1::EpisodeChanged>().back().withdrawn());
}

TEST_F(CatalogRpcTest, PublishingAgainChangesNothing) {
  const auto series = new_series(creator());
  const auto episode = published_episode(series.series_id());
  const auto told_before = told<v1::EpisodeChanged>().size() + told<v1::SeriesChanged>().size();
  clock_.advance(std::chrono::hours(1));
  const auto again = publish(creator(), episode.episode_id());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->SerializeAsString(), get_episode(creator(), episode.episode_id())->SerializeAsString());
  EXPECT_EQ(again->version(), episode.version());
  EXPECT_EQ(get_series(viewer(), series.series_id())->published_episodes(), 1);
  EXPECT_EQ(told<v1::EpisodeChanged>().size() + told<v1::SeriesChanged>().size(), told_before);
}

TEST_F(CatalogRpcTest, ReviewStandsBetweenWhereTheTenantWantsIt) {
  const auto episode = new_episode(creator(), new_series(creator()).series_id());
  make_ready(episode.episode_id());
  v1::SetReviewPolicyRequest policy;
  policy.set_review_required(true);
  ASSERT_TRUE(rpc<v1::SetReviewPolicyResponse>(boss(), policy));
  EXPECT_EQ(publish(creator(), episode.episode_id())->state(), v1::EDITORIAL_STATE_IN_REVIEW);
  EXPECT_EQ(publish(creator(), episode.episode_id())->state(), v1::EDITORIAL_STATE_IN_REVIEW);
  EXPECT_EQ(resolve(episode.episode_id(), viewer_).error().reason, "EPISODE_NOT_FOUND");
  EXPECT_TRUE(resolve(episode.episode_id(), viewer_, true));  // as an operator, to review it
  EXPECT_EQ(publish(boss(), episode.episode_id())->state(), v1::EDITORIAL_STATE_PUBLISHED);
  EXPECT_TRUE(resolve(episode.episode_id(), viewer_));
}

TEST_F(CatalogRpcTest, AFilmThatReplacesAReviewedOneIsReviewedToo) {
  const auto series = new_series(creator()).series_id();
  const auto id = new_episode(creator(), series).episode_id();
  v1::SetReviewPolicyRequest policy;
  policy.set_review_required(true);
  ASSERT_TRUE(rpc<v1::SetReviewPolicyResponse>(boss(), policy));
  const auto first = make_ready(id);
  ASSERT_EQ(publish(creator(), id, first)->state(), v1::EDITORIAL_STATE_IN_REVIEW);
  const auto second = make_ready(id);  // while the operator watches the first
  EXPECT_EQ(publish(boss(), id, first).error().reason, "REVISION_CHANGED");
  EXPECT_EQ(resolve(id, viewer_).error().reason, "EPISODE_NOT_FOUND");
  ASSERT_EQ(publish(boss(), id, second)->state(), v1::EDITORIAL_STATE_PUBLISHED);

  const auto third = make_ready(id, "default", 5'000);
  ASSERT_TRUE(publish(creator(), id));
  EXPECT_EQ(resolve(id, viewer_)->revision_id(), second);
  const auto seen = get_episode(viewer(), id);
  EXPECT_EQ(seen->cover_url(), "/covers/" + second + ".jpg");
  EXPECT_EQ(seen->duration_ms(), 61'000);
  EXPECT_EQ(get_series(viewer(), series)->cover_url(), "/covers/" + second + ".jpg");
  const auto for_review = resolve(id, viewer_, true);
  EXPECT_EQ(for_review->revision_id(), third);
  EXPECT_EQ(for_review->episode().duration_ms(), 5'000);
  ASSERT_TRUE(publish(boss(), id, third));
  EXPECT_EQ(resolve(id, viewer_)->revision_id(), third);
  EXPECT_EQ(get_episode(viewer(), id)->cover_url(), "/covers/" + third + ".jpg");
  EXPECT_EQ(get_series(viewer(), series)->published_episodes(), 1);
}

TEST_F(CatalogRpcTest, WhatIsWithdrawnStaysAway) {
  const auto series = new_series(creator());
  const auto one = published_episode(series.series_id()), two = published_episode(series.series_id());
  v1::WithdrawEpisodeRequest in;
  in.set_episode_id(one.episode_id());
  ASSERT_TRUE(rpc<v1::WithdrawEpisodeResponse>(creator(), in));
  ASSERT_TRUE(rpc<v1::WithdrawEpisodeResponse>(creator(), in));  // again
  EXPECT_EQ(publish(creator(), one.episode_id()).error().reason, "EPISODE_WITHDRAWN");
  EXPECT_EQ(get_series(viewer(), series.series_id())->published_episodes(), 1);
  EXPECT_EQ(get_episode(viewer(), one.episode_id()).error().reason, "EPISODE_NOT_FOUND");

  v1::WithdrawSeriesRequest all;
  all.set_series_id(series.series_id());
  const auto done = rpc<v1::WithdrawSeriesResponse>(creator(), all);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->series().published_episodes(), 0);
  EXPECT_EQ(done->series().total_episodes(), 2);
  EXPECT_EQ(get_series(viewer(), series.series_id()).error().reason, "SERIES_NOT_FOUND");
  EXPECT_EQ(resolve(two.episode_id(), viewer_).error().reason, "EPISODE_NOT_FOUND");
  EXPECT_FALSE(told<v1::EpisodeChanged>().back().published());
  EXPECT_FALSE(told<v1::SeriesChanged>().back().published());
  EXPECT_EQ(create_episode(creator(), series.series_id()).error().reason, "SERIES_WITHDRAWN");
}

TEST_F(CatalogRpcTest, OthersDoNotKnowOfIt) {
  const auto series = new_series(creator());
  const auto episode = new_episode(creator(), series.series_id());
  make_ready(episode.episode_id());
  v1::WithdrawSeriesRequest withdraw;
  withdraw.set_series_id(series.series_id());
  v1::UpdateEpisodeRequest update;
  update.set_episode_id(episode.episode_id());
  update.set_title("Mine now");
  for (const Call& call :
       {stranger(), viewer(), as(Role::kService, stranger_), as(Role::kOperator, creator_, "other")}) {
    EXPECT_EQ(get_series(call, series.series_id()).error().reason, "SERIES_NOT_FOUND");
    EXPECT_EQ(rename(call, series.series_id(), "Mine", 0).error().reason, "SERIES_NOT_FOUND");
    EXPECT_EQ(create_episode(call, series.series_id()).error().reason, "SERIES_NOT_FOUND");
    EXPECT_EQ(publish(call, episode.episode_id()).error().reason, "EPISODE_NOT_FOUND");
    EXPECT_EQ(refusal(call, withdraw), "SERIES_NOT_FOUND");
    EXPECT_EQ(refusal(call, update), "EPISODE_NOT_FOUND");
  }
  EXPECT_TRUE(rename(boss(), series.series_id(), "Checked", 0));  // operators may
  EXPECT_EQ(get_series(creator(), series.series_id())->owner_id(), creator_.text());
}

TEST_F(CatalogRpcTest, NothingCrossesTenants) {
  const auto series = new_series(creator());
  const auto episode = published_episode(series.series_id());
  const Call other = as(Role::kViewer, viewer_, "other"), theirs = as(Role::kCreator, creator_, "other");
  EXPECT_EQ(get_series(other, series.series_id()).error().reason, "SERIES_NOT_FOUND");
  EXPECT_EQ(get_episode(theirs, episode.episode_id()).error().reason, "EPISODE_NOT_FOUND");
  v1::ListSeriesRequest list;
  EXPECT_EQ(rpc<v1::ListSeriesResponse>(other, list)->series_size(), 0);
  EXPECT_EQ(rpc<v1::ListSeriesResponse>(viewer(), list)->series_size(), 1);
  list.set_mine(true);
  EXPECT_EQ(rpc<v1::ListSeriesResponse>(theirs, list)->series_size(), 0);
  v1::SearchSeriesRequest search;
  search.set_query("revenge");
  EXPECT_EQ(rpc<v1::SearchSeriesResponse>(other, search)->series_size(), 0);
  EXPECT_EQ(rpc<v1::SearchSeriesResponse>(viewer(), search)->series_size(), 1);
  v1::BatchGetEpisodesRequest batch;
  batch.add_episode_ids(episode.episode_id());
  EXPECT_EQ(rpc<v1::BatchGetEpisodesResponse>(as(Role::kService, creator_, "other"), batch)->items_size(), 0);
  // News of another tenant's media does not reach it either.
  make_ready(episode.episode_id(), "other");
  EXPECT_EQ(get_episode(creator(), episode.episode_id())->version(), episode.version());
  // Review is each tenant's own.
  v1::SetReviewPolicyRequest policy;
  policy.set_review_required(true);
  ASSERT_TRUE(rpc<v1::SetReviewPolicyResponse>(as(Role::kOperator, viewer_, "other"), policy));
  EXPECT_EQ(published_episode(series.series_id()).state(), v1::EDITORIAL_STATE_PUBLISHED);
}

TEST_F(CatalogRpcTest, ConcurrentEpisodesGetDistinctNumbers) {
  const auto series = new_series(creator()).series_id();
  std::vector<std::thread> threads;
  std::mutex mutex;
  std::set<int> numbers;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 4; ++i) {
        const auto made = create_episode(creator(), series);
        ASSERT_TRUE(made);
        const std::lock_guard lock(mutex);
        numbers.insert(made->episode().number());
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(numbers.size(), 24u);
  EXPECT_EQ(*numbers.rbegin(), 24);
  EXPECT_EQ(get_series(creator(), series)->total_episodes(), 24);
}

TEST_F(CatalogRpcTest, NumbersAreUniqueAndBounded) {
  const auto series = new_series(creator()).series_id();
  ASSERT_EQ(create_episode(creator(), series, 7)->episode().number(), 7);
  EXPECT_EQ(create_episode(creator(), series, 7).error().reason, "EPISODE_NUMBER_TAKEN");
  const auto next = create_episode(creator(), series);
  ASSERT_EQ(next->episode().number(), 8);
  v1::UpdateEpisodeRequest move;
  move.set_episode_id(next->episode().episode_id());
  move.set_number(7);
  EXPECT_EQ(refusal(creator(), move), "EPISODE_NUMBER_TAKEN");
  move.set_number(1);
  EXPECT_EQ(refusal(creator(), move), "");
  ASSERT_TRUE(create_episode(creator(), series, 1000));
  EXPECT_EQ(create_episode(creator(), series).error().reason, "SERIES_FULL");
  EXPECT_TRUE(create_episode(creator(), series, 2));
}

TEST_F(CatalogRpcTest, ChangesNameTheVersionTheyAreMadeTo) {
  const auto series = new_series(creator());
  EXPECT_EQ(series.version(), 1);
  ASSERT_EQ(rename(creator(), series.series_id(), "Two", 1)->series().version(), 2);
  const auto late = rename(creator(), series.series_id(), "Three", 1);
  EXPECT_EQ(late.error().reason, "VERSION_MISMATCH");
  EXPECT_EQ(late.error().metadata.at("version"), "2");
  EXPECT_EQ(rename(creator(), series.series_id(), "Two", 2)->series().version(), 2);  // nothing to change
  EXPECT_EQ(rename(creator(), series.series_id(), "Four", 0)->series().title(), "Four");
  const auto told_of = told<v1::SeriesChanged>();
  ASSERT_EQ(told_of.size(), 3u);
  for (std::size_t i = 0; i < told_of.size(); ++i)
    EXPECT_EQ(told_of[i].version(), static_cast<std::int64_t>(i) + 1);
}

TEST_F(CatalogRpcTest, TheSameKeyGetsTheSameAnswer) {
  Call call = creator();
  call.method = "CreateSeries";
  call.idempotency_key = "once";
  call.request_hash = "h";
  v1::CreateSeriesRequest in;
  in.set_title("One");
  in.set_language("en");
  const auto first = rpc<v1::CreateSeriesResponse>(call, in), again = rpc<v1::CreateSeriesResponse>(call, in);
  ASSERT_TRUE(first && again);
  EXPECT_EQ(first->series().series_id(), again->series().series_id());
  EXPECT_EQ(told<v1::SeriesChanged>().size(), 1u);
}

TEST_F(CatalogRpcTest, ListsArePagedByTokensOfTheirOwn) {
  std::vector<std::string> newest_first;
  for (int i = 0; i < 5; ++i) {
    const auto series = new_series(creator(), "Revenge " + std::to_string(i));
    if (i != 2) published_episode(series.series_id());  // one stays a draft
    if (i != 2) newest_first.insert(newest_first.begin(), series.series_id());
  }
  const auto walk = [&](auto in, auto response) {
    std::vector<std::string> seen;
    do {
      in.set_page_size(2);
      const auto page = rpc<decltype(response)>(viewer(), in);
      EXPECT_TRUE(page);
      if (!page) return seen;
      EXPECT_LE(page->series_size(), 2);
      for (const auto& series : page->series()) seen.push_back(series.series_id());
      in.set_page_token(page->next_page_token());
    } while (!in.page_token().empty());
    return seen;
  };
  EXPECT_EQ(walk(v1::ListSeriesRequest(), v1::ListSeriesResponse()), newest_first);
  v1::SearchSeriesRequest search;
  search.set_query("reven");
  EXPECT_EQ(walk(search, v1::SearchSeriesResponse()), newest_first);  // equal ranks: newest first
  v1::ListSeriesRequest mine;
  mine.set_mine(true);
  mine.set_page_size(3);
  const auto page = rpc<v1::ListSeriesResponse>(creator(), mine);
  EXPECT_EQ(page->series_size(), 3);
  mine.set_page_token(page->next_page_token());
  EXPECT_EQ(rpc<v1::ListSeriesResponse>(creator(), mine)->series_size(), 2);
  EXPECT_EQ(refusal(stranger(), mine), "BAD_PAGE_TOKEN");
  mine.set_mine(false);
  EXPECT_EQ(refusal(creator(), mine), "BAD_PAGE_TOKEN");
}

TEST_F(CatalogRpcTest, EpisodesAreListedForViewersAndForTheirOwner) {
  const auto series = new_series(creator()).series_id();
  published_episode(series);
  new_episode(creator(), series);
  published_episode(series);
  v1::ListEpisodesRequest in;
  in.set_series_id(series);
  EXPECT_EQ(rpc<v1::ListEpisodesResponse>(viewer(), in)->episodes_size(), 2);
  EXPECT_EQ(rpc<v1::ListEpisodesResponse>(creator(), in)->episodes_size(), 3);
  in.set_after_number(1);
  EXPECT_EQ(rpc<v1::ListEpisodesResponse>(viewer(), in)->episodes(0).number(), 3);
  EXPECT_EQ(rpc<v1::ListEpisodesResponse>(creator(), in)->episodes_size(), 2);
  in.set_after_number(3);
  EXPECT_EQ(rpc<v1::ListEpisodesResponse>(viewer(), in)->episodes_size(), 0);
  in.set_after_number(0);
  in.set_page_size(1);
  const auto first = rpc<v1::ListEpisodesResponse>(viewer(), in);
  in.set_page_token(first->next_page_token());
  const auto second = rpc<v1::ListEpisodesResponse>(viewer(), in);
  EXPECT_EQ(second->episodes(0).number(), 3);
  EXPECT_EQ(second->next_page_token(), "");
  EXPECT_EQ(refusal(creator(), in), "BAD_PAGE_TOKEN");  // the owner's list is another one
}

TEST_F(CatalogRpcTest, SearchFindsWordsAndBeginningsAndSurvivesAnything) {
  for (const char* title : {"Revenge of the CEO's wife", "The wife", "Moon"}) {
    published_episode(new_series(creator(), title).series_id());
  }
  const auto found = [&](const std::string& query) {
    v1::SearchSeriesRequest in;
    in.set_query(query);
    const auto page = rpc<v1::SearchSeriesResponse>(viewer(), in);
    EXPECT_TRUE(page) << query;
    return page ? page->series_size() : -1;
  };
  EXPECT_EQ(found("wife"), 2);
  EXPECT_EQ(found("CEO's wi"), 1);
  EXPECT_EQ(found("wi CEO"), 0);  // only the last word is a beginning
  EXPECT_EQ(found("MOON"), 1);
  for (const char* hostile : {"'", "\\", "a & | !", ":*", "') OR 1=1 --", "   ", "<->", "\xE2\x80\xA6"})
    EXPECT_EQ(found(hostile) > 0, false);
}

TEST_F(CatalogRpcTest, BatchesKeepTheOrderAndLeaveOutWhatIsNotThere) {
  const auto series = new_series(creator()).series_id();
  const auto one = published_episode(series), two = published_episode(series),
             draft = new_episode(creator(), series);
  v1::BatchGetEpisodesRequest in;
  for (const auto& id : {two.episode_id(), new_id(), draft.episode_id(), one.episode_id()})
    in.add_episode_ids(id);
  const auto anyone = rpc<v1::BatchGetEpisodesResponse>(service(), in);
  ASSERT_EQ(anyone->items_size(), 2);
  EXPECT_EQ(anyone->items(0).episode().episode_id(), two.episode_id());
  EXPECT_EQ(anyone->items(1).series().series_id(), series);
  in.set_user_id(creator_.text());
  EXPECT_EQ(rpc<v1::BatchGetEpisodesResponse>(service(), in)->items_size(), 3);
  in.set_user_id("nobody");
  EXPECT_EQ(refusal(service(), in), "BAD_ID");
}

}  // namespace
}  // namespace cliffhanger::catalog
