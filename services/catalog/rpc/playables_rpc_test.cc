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
  for (const auto& who : watchers) {
    const auto got = resolve_all(all, who.user, who.operates);
    ASSERT_TRUE(got) << got.error().reason;
    ASSERT_EQ(got->items_size(), 5);
    for (int i = 0; i < 5; ++i) {
      const auto one = resolve(all[static_cast<std::size_t>(i)], who.user, who.operates);
      const auto& item = got->items(i);
      ASSERT_EQ(item.has_playback(), one.has_value()) << i;
      if (one) {
        EXPECT_EQ(item.playback().SerializeAsString(), one->SerializeAsString()) << i;
        EXPECT_EQ(item.code(), "");
      } else {
        EXPECT_EQ(item.code(), one.error().reason) << i;
        EXPECT_EQ(item.message(), one.error().message) << i;
      }
    }
  }
  EXPECT_EQ(resolve_all({shown}, viewer_)->items(0).playback().episode().episode_id(), shown);
  EXPECT_EQ(resolve_all({draft}, creator_)->items(0).code(), "EPISODE_NOT_READY");
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
