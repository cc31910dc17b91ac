// What experiments put in the place of what everybody gets.
#include "services/catalog/rpc/dressing.h"

#include "cliffhanger/catalog/v1/overrides_service.pb.h"
#include "services/catalog/rpc/overrides_rpc.h"
#include "services/catalog/rpc/test_world.h"

namespace cliffhanger::catalog {
namespace {

class DressingTest : public CatalogTest {
 protected:
  DressingTest() {
    service_ = std::make_unique<rpc::Service>(
        catalog_service({*pool_, pg_libraries(outbox_), clock_, random_, &dressing_}));
    checks_ = std::make_unique<rpc::Service>(overrides_service(*pool_, pg_libraries(outbox_)));
    series_ = new_series(creator());
    episode_ = published_episode(series_.series_id());
  }
  // An experiment in which everybody gets the second variation.
  void experiment(arms::Kind kind, const std::string& series, const std::string& episode,
                  arms::Override what) {
    arms::Experiment out;
    out.tenant = *Tenant::parse("default");
    out.id = Uuid::v7(clock_.now(), random_);
    out.key = "key" + std::to_string(experiments_.size());
    out.kind = kind;
    out.series = SeriesId::parse(series).value_or(SeriesId());
    out.episode = EpisodeId::parse(episode).value_or(EpisodeId());
    out.variations = {{"control", {}}, {"other", std::move(what)}};
    experiments_.push_back(std::move(out));
    EXPECT_TRUE(arms_.refresh());
  }
  v1::BatchGetEpisodesResponse batch(const Call& call, const std::string& user) {
    v1::BatchGetEpisodesRequest in;
    in.add_episode_ids(episode_.episode_id());
    in.set_user_id(user);
    return *rpc<v1::BatchGetEpisodesResponse>(call, in);
  }
  Result<v1::ResolvePlaybackResponse> resolve_as(UserId user, bool operates = false) {
    v1::ResolvePlaybackRequest in;
    in.set_episode_id(episode_.episode_id());
    in.set_user_id(user.text());
    in.set_operates(operates);
    return rpc<v1::ResolvePlaybackResponse>(as(Role::kService, user), in);
  }
  // What is wrong with one variation, or the reason why nothing is said.
  std::string fault(const v1::OverrideToCheck& what, UserId user, bool operates = false,
                    std::string* film = nullptr, const std::string& series = "") {
    v1::CheckOverridesRequest in;
    if (series.empty()) {
      in.set_episode_id(episode_.episode_id());
    } else {
      in.set_series_id(series);
    }
    in.set_operates(operates);
    *in.add_overrides() = what;
    for (const auto& method : checks_->methods()) {
      const auto answer = method.handler(as(Role::kService, user), in);
      if (!answer) return answer.error().reason;
      const auto& one = static_cast<const v1::CheckOverridesResponse&>(**answer).overrides(0);
      if (film) *film = one.revision_id();
      return one.fault();
    }
    return "NO_METHOD";
  }

  std::vector<arms::Experiment> experiments_;
  bool away_ = false;
  std::string asked_in_;
  arms::Arms arms_{[this]() -> Result<std::vector<arms::Experiment>> { return experiments_; },
                   [this](const Call&, const std::vector<Uuid>& wanted,
                          const std::string& country) -> Result<std::vector<arms::Assigned>> {
                     if (away_) return fail(unavailable("AWAY", "Away."));
                     asked_in_ = country;
                     std::vector<arms::Assigned> out;
                     for (const Uuid& id : wanted) out.push_back({id, "other", true});
                     return out;
                   },
                   metrics_,
                   {.keep = std::chrono::milliseconds(0)}};
  const Dressing dressing_{arms_, *pool_, pg_libraries(outbox_)};
  std::unique_ptr<rpc::Service> checks_;
  v1::Series series_;
  v1::Episode episode_;
};

TEST_F(DressingTest, TitlesAreTheViewersEverywhereAndTheOwnersStay) {
  experiment(arms::Kind::kTitle, series_.series_id(), "", {.title = "She knows"});
  experiment(arms::Kind::kTitle, "", episode_.episode_id(), {.title = "The letter"});
  EXPECT_EQ(get_series(viewer(), series_.series_id())->title(), "She knows");
  EXPECT_EQ(get_episode(viewer(), episode_.episode_id())->title(), "The letter");
  EXPECT_EQ(rpc<v1::ListSeriesResponse>(viewer(), v1::ListSeriesRequest())->series(0).title(), "She knows");
  v1::ListEpisodesRequest list;
  list.set_series_id(series_.series_id());
  EXPECT_EQ(rpc<v1::ListEpisodesResponse>(viewer(), list)->episodes(0).title(), "The letter");
  const auto got = batch(as(Role::kService, viewer_), viewer_.text());
  EXPECT_EQ(got.items(0).series().title(), "She knows");
  EXPECT_EQ(got.items(0).episode().title(), "The letter");
  ASSERT_EQ(got.items(0).arms_size(), 2);
  EXPECT_EQ(got.items(0).arms(0).experiment_key() + '=' + got.items(0).arms(0).variation_key(), "key0=other");
  for (const Call& editor : {creator(), boss()}) {
    EXPECT_EQ(get_series(editor, series_.series_id())->title(), series_.title());
    EXPECT_EQ(get_episode(editor, episode_.episode_id())->title(), episode_.title());
  }
  const auto anyone = batch(service(), "");
  EXPECT_EQ(anyone.items(0).series().title(), series_.title()) << "a list for everybody";
  EXPECT_EQ(anyone.items(0).arms_size(), 0);
}

TEST_F(DressingTest, WhatTheViewerGetsIsAskedWithWhereTheyAre) {
  experiment(arms::Kind::kTitle, series_.series_id(), "", {.title = "She knows"});
  v1::GetSeriesRequest in;
  in.set_series_id(series_.series_id());
  in.set_viewer_region("DE");
  ASSERT_TRUE(rpc<v1::GetSeriesResponse>(viewer(), in));
  EXPECT_EQ(asked_in_, "DE");
}

TEST_F(DressingTest, WithoutAnAnswerEverybodySeesTheControl) {
  experiment(arms::Kind::kTitle, series_.series_id(), "", {.title = "She knows"});
  away_ = true;
  const auto seen = get_series(viewer(), series_.series_id());
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->title(), series_.title());
}

TEST_F(DressingTest, ACoverIsThatOfAnEpisodeAsLongAsItIsThere) {
  const auto other = new_episode(creator(), series_.series_id());
  experiment(arms::Kind::kCover, "", episode_.episode_id(), {.cover = *EpisodeId::parse(other.episode_id())});
  EXPECT_EQ(get_episode(viewer(), episode_.episode_id())->cover_url(), episode_.cover_url())
      << "no picture yet";
  const auto revision = make_ready(other.episode_id());
  EXPECT_EQ(get_episode(viewer(), episode_.episode_id())->cover_url(), "/covers/" + revision + ".jpg");
  v1::WithdrawEpisodeRequest gone;
  gone.set_episode_id(other.episode_id());
  ASSERT_TRUE(rpc<v1::WithdrawEpisodeResponse>(boss(), gone));
  EXPECT_EQ(get_episode(viewer(), episode_.episode_id())->cover_url(), episode_.cover_url());
  ASSERT_TRUE(rpc<v1::WithdrawEpisodeResponse>(creator(), gone));
  EXPECT_EQ(get_episode(viewer(), episode_.episode_id())->cover_url(), episode_.cover_url());
}

TEST_F(DressingTest, AnEndingPlaysWhileItsFilmIsTheSame) {
  const auto other = new_episode(creator(), series_.series_id());
  const auto gun = make_ready(other.episode_id());
  const auto usual = resolve_as(viewer_)->revision_id();
  experiment(arms::Kind::kEnding, "", episode_.episode_id(),
             {.ending = *EpisodeId::parse(other.episode_id()), .ending_revision = *RevisionId::parse(gun)});
  experiment(arms::Kind::kPaywall, series_.series_id(), "", {.paywall = 9});
  const auto got = resolve_as(viewer_);
  EXPECT_EQ(got->revision_id(), gun);
  EXPECT_EQ(got->episode().episode_id(), episode_.episode_id()) << "in the place of the episode";
  EXPECT_EQ(got->paywall_position(), 9);
  EXPECT_EQ(get_series(viewer(), series_.series_id())->paywall_position(), 9);
  EXPECT_EQ(resolve_as(creator_)->revision_id(), usual);
  EXPECT_EQ(resolve_as(stranger_, true)->revision_id(), usual) << "operators review what there is";
  transcode::v1::RevisionWithheld withheld;
  withheld.set_episode_id(other.episode_id());
  withheld.set_revision_id(gun);
  withheld.set_message("A film in it was taken down.");
  withheld.set_version(3);
  ASSERT_TRUE(hear(withheld));
  EXPECT_EQ(resolve_as(viewer_)->revision_id(), usual);
  withheld.clear_message();
  withheld.set_version(4);
  ASSERT_TRUE(hear(withheld));
  EXPECT_EQ(resolve_as(viewer_)->revision_id(), gun);
  make_ready(other.episode_id());
  EXPECT_EQ(resolve_as(viewer_)->revision_id(), usual) << "another film came into its place";
}

TEST_F(DressingTest, WhatExperimentsNameMustBeThereAndTheirs) {
  v1::OverrideToCheck none, cover, ending, revision, paywall;
  std::string film;
  EXPECT_EQ(fault(none, creator_), "");
  EXPECT_EQ(fault(none, stranger_), "EPISODE_NOT_FOUND");
  EXPECT_EQ(fault(none, stranger_, true), "") << "an operator's";
  EXPECT_EQ(fault(none, stranger_, false, nullptr, series_.series_id()), "SERIES_NOT_FOUND");
  const auto foreign = new_series(stranger()), theirs = new_series(creator());
  const auto stolen = new_episode(stranger(), foreign.series_id());
  make_ready(stolen.episode_id());
  ending.set_ending_episode_id(stolen.episode_id());
  EXPECT_EQ(fault(ending, creator_), "names an ending that is not there, not yours, or not ready");
  EXPECT_EQ(fault(ending, creator_, true, &film), "");
  const auto mine = new_episode(creator(), theirs.series_id());
  cover.set_cover_episode_id(mine.episode_id());
  ending.set_ending_episode_id(mine.episode_id());
  EXPECT_NE(fault(cover, creator_), "") << "no picture yet";
  EXPECT_NE(fault(ending, creator_), "") << "no film yet";
  const auto gun = make_ready(mine.episode_id());
  EXPECT_EQ(fault(cover, creator_), "");
  EXPECT_EQ(fault(ending, creator_, false, &film), "");
  EXPECT_EQ(film, gun);
  revision.set_ending_revision_id(gun);
  EXPECT_NE(fault(revision, creator_), "") << "of another episode";
  paywall.set_paywall(series_.total_episodes() + 1);
  EXPECT_EQ(fault(paywall, creator_), "");
  paywall.set_paywall(7);
  EXPECT_EQ(fault(paywall, creator_), "has a paywall behind the last episode");
}

TEST_F(DressingTest, WhereReviewIsNeededNothingIsShownThatWasNotPublished) {
  const auto other = new_episode(creator(), series_.series_id());
  make_ready(other.episode_id());
  v1::SetReviewPolicyRequest policy;
  policy.set_review_required(true);
  ASSERT_TRUE(rpc<v1::SetReviewPolicyResponse>(boss(), policy));
  v1::OverrideToCheck ending, cover;
  ending.set_ending_episode_id(other.episode_id());
  cover.set_cover_episode_id(other.episode_id());
  EXPECT_NE(fault(ending, creator_).find("reviewed"), std::string::npos);
  EXPECT_NE(fault(cover, creator_), "");
  EXPECT_EQ(fault(ending, creator_, true), "") << "an operator decides";
  ASSERT_TRUE(publish(boss(), other.episode_id()));
  EXPECT_EQ(fault(ending, creator_), "");
  EXPECT_EQ(fault(cover, creator_), "");
}

}  // namespace
}  // namespace cliffhanger::catalog
