#include "services/catalog/rpc/playables_rpc.h"
#include "cliffhanger/catalog/v1/playables_service.pb.h"
#include "services/catalog/rpc/test_world.h"

namespace cliffhanger::catalog {
namespace {

class PlayablesTest : public CatalogTest {
 protected:
  Result<v1::ResolvePlaybacksResponse> resolve_all(const std::vector<std::string>& episodes, UserId user,
                                                   bool operates = false, const std::string& region = "") {
    const auto service = playables_service({*pool_, pg_libraries(outbox_), clock_, random_});
    v1::ResolvePlaybacksRequest in;
    for (const auto& id : episodes) in.add_episode_ids(id);
    in.set_user_id(user.text());
    in.set_operates(operates);
    in.set_viewer_region(region);
    const auto answer = service.methods().front().handler(as(Role::kService, user), in);
    if (!answer) return fail(answer.error());
    return static_cast<const v1::ResolvePlaybacksResponse&>(**answer);
  }
  // Whether all are answered as each is by itself.
  void expect_as_one_by_one(const std::vector<std::string>& episodes, UserId user, bool operates,
                            const std::string& region) {
    const auto got = resolve_all(episodes, user, operates, region);
    ASSERT_TRUE(got) << got.error().reason;
    ASSERT_EQ(got->items_size(), static_cast<int>(episodes.size()));
    for (int i = 0; i < got->items_size(); ++i) {
      v1::ResolvePlaybackRequest in;
      in.set_episode_id(episodes[static_cast<std::size_t>(i)]);
      in.set_user_id(user.text());
      in.set_operates(operates);
      in.set_viewer_region(region);
      const auto one = rpc<v1::ResolvePlaybackResponse>(as(Role::kService, user), in);
      const auto& item = got->items(i);
      ASSERT_EQ(item.has_playback(), one.has_value()) << i;
      EXPECT_EQ(item.code(), one ? "" : one.error().reason) << i;
      EXPECT_EQ(item.message(), one ? "" : one.error().message) << i;
      if (one) EXPECT_EQ(item.playback().SerializeAsString(), one->SerializeAsString()) << i;
    }
  }
  std::string episode_of(const std::function<void(v1::CreateSeriesRequest&)>& change) {
    v1::CreateSeriesRequest in;
    in.set_title("One");
    in.set_language("en");
    change(in);
    const auto made = rpc<v1::CreateSeriesResponse>(creator(), in);
    EXPECT_TRUE(made);
    return published_episode(made->series().series_id()).episode_id();
  }
};

TEST_F(PlayablesTest, AnswersForEachAsTheSingleQuestionDoes) {
  const auto series = new_series(creator()).series_id();
  const auto shown = published_episode(series).episode_id(),
             draft = new_episode(creator(), series).episode_id();
  const auto reviewed = new_episode(creator(), series).episode_id();
  make_ready(reviewed);
  const std::vector<std::string> all{draft, shown, new_id(), reviewed, shown};
  const struct {
    UserId user;
    bool operates;
  } watchers[] = {{viewer_, false}, {creator_, false}, {viewer_, true}};
  for (const auto& who : watchers) expect_as_one_by_one(all, who.user, who.operates, "");
  EXPECT_EQ(resolve_all({shown}, viewer_)->items(0).playback().episode().episode_id(), shown);
  EXPECT_EQ(resolve_all({draft}, creator_)->items(0).code(), "EPISODE_NOT_READY");
}

// Series of all ages and regions, asked for by grown-ups and minors, owners and operators, everywhere.
TEST_F(PlayablesTest, EveryRuleIsAskedOfEachSeriesByItself) {
  std::vector<std::string> all;
  for (const int age : {0, 12, 16}) all.push_back(episode_of([&](auto& in) { in.set_age_rating(age); }));
  all.push_back(episode_of([](auto&) {}));  // not rated
  all.push_back(episode_of([](auto& in) { in.set_age_rating(6), in.add_blocked_regions("FR"); }));
  all.push_back(episode_of([](auto& in) { in.set_age_rating(6), in.add_allowed_regions("FR"); }));
  all.push_back(new_id());
  const auto draft_series = new_series(creator()).series_id();
  all.push_back(new_episode(creator(), draft_series).episode_id());
  const auto growing = new_episode(creator(), draft_series).episode_id();
  transcode::v1::RevisionStarted started;
  started.set_revision_id(new_id());
  started.set_episode_id(growing);
  ASSERT_TRUE(hear(started));
  transcode::v1::RevisionProgressed plays;
  plays.set_revision_id(started.revision_id());
  plays.set_episode_id(growing);
  plays.set_provisional(true);
  ASSERT_TRUE(hear(plays));
  all.push_back(growing);
  all.push_back(all.front());  // twice
  const auto minor = UserId::make(clock_.now(), random_);
  ASSERT_TRUE(pool_->transact([&](sql::Tx& tx) {
    return pg_libraries(outbox_)(tx, as(Role::kService, UserId()))->hear_minors_mode(minor, 12, 1);
  }));
  for (const UserId user : {viewer_, creator_, minor, stranger_})
    for (const bool operates : {false, true})
      for (const char* region : {"", "FR", "DE"}) expect_as_one_by_one(all, user, operates, region);
  EXPECT_TRUE(resolve_all(all, creator_)->items(8).playback().provisional());
  const auto seen = resolve_all(all, minor, false, "FR");
  std::vector<std::string> codes;
  for (const auto& item : seen->items()) codes.push_back(item.code());
  EXPECT_EQ(codes,
            (std::vector<std::string>{"", "", "AGE_RESTRICTED", "AGE_RESTRICTED", "NOT_IN_REGION", "",
                                      "EPISODE_NOT_FOUND", "EPISODE_NOT_FOUND", "EPISODE_NOT_FOUND", ""}));
}

TEST_F(PlayablesTest, KeepsWhatARegionExcludes) {
  v1::CreateSeriesRequest in;
  in.set_title("Not there");
  in.set_language("en");
  in.add_blocked_regions("FR");
  const auto made = rpc<v1::CreateSeriesResponse>(creator(), in);
  ASSERT_TRUE(made);
  const auto episode = published_episode(made->series().series_id()).episode_id();
  EXPECT_EQ(resolve_all({episode}, viewer_, false, "FR")->items(0).code(), "NOT_IN_REGION");
  EXPECT_TRUE(resolve_all({episode}, viewer_, false, "DE")->items(0).has_playback());
}

TEST_F(PlayablesTest, ADatabaseThatDoesNotAnswerIsNoRuling) {
  const auto episode = published_episode(new_series(creator()).series_id()).episode_id();
  ASSERT_TRUE(
      pool_->transact([](sql::Tx& tx) { return tx.run_text("ALTER TABLE episode RENAME TO elsewhere"); }));
  EXPECT_FALSE(resolve_all({episode}, viewer_));
}

}  // namespace
}  // namespace cliffhanger::catalog
