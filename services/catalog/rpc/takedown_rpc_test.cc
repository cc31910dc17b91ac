#include "services/catalog/rpc/takedown_rpc.h"

#include "cliffhanger/catalog/v1/events.pb.h"
#include "cliffhanger/catalog/v1/takedown_service.pb.h"
#include "services/catalog/rpc/test_world.h"

namespace cliffhanger::catalog {
namespace {

class TakedownTest : public CatalogTest {
 protected:
  TakedownTest() { series_ = new_series(creator()).series_id(); }

  template <class Response, class Request>
  Result<Response> undo(const Call& call, const Request& request) {
    const auto service = takedown_service({*pool_, pg_libraries(outbox_), clock_, random_});
    for (const auto& method : service.methods()) {
      if (method.descriptor->input_type() != Request::descriptor()) continue;
      const auto answer = method.handler(call, request);
      if (!answer) return fail(answer.error());
      return static_cast<const Response&>(**answer);
    }
    return fail(internal("NO_METHOD", Request::descriptor()->full_name()));
  }
  Result<v1::Episode> withdraw(const Call& call, const std::string& episode) {
    v1::WithdrawEpisodeRequest in;
    in.set_episode_id(episode);
    return rpc<v1::WithdrawEpisodeResponse>(call, in).map([](auto out) { return out.episode(); });
  }
  Result<v1::Series> withdraw_series(const Call& call) {
    v1::WithdrawSeriesRequest in;
    in.set_series_id(series_);
    return rpc<v1::WithdrawSeriesResponse>(call, in).map([](auto out) { return out.series(); });
  }
  Result<v1::Episode> restore(const Call& call, const std::string& episode) {
    v1::RestoreEpisodeRequest in;
    in.set_episode_id(episode);
    return undo<v1::RestoreEpisodeResponse>(call, in).map([](auto out) { return out.episode(); });
  }
  Result<v1::Series> restore_series(const Call& call) {
    v1::RestoreSeriesRequest in;
    in.set_series_id(series_);
    return undo<v1::RestoreSeriesResponse>(call, in).map([](auto out) { return out.series(); });
  }
  // What transcode says of a revision; `why` is empty for one that may be seen.
  void say_withheld(const std::string& episode, const std::string& revision, const std::string& why,
                    std::int64_t version) {
    transcode::v1::RevisionWithheld event;
    event.set_episode_id(episode);
    event.set_revision_id(revision);
    event.set_message(why);
    event.set_version(version);
    ASSERT_TRUE(hear(event));
  }
  std::string make_cut(const std::string& episode) {
    transcode::v1::RevisionReady event;
    event.set_revision_id(new_id());
    event.set_episode_id(episode);
    event.set_duration_ms(9'000);
    event.set_cut(true);
    EXPECT_TRUE(hear(event));
    return event.revision_id();
  }
  v1::EditorialState state(const std::string& episode) { return get_episode(creator(), episode)->state(); }
  v1::EpisodeChanged last() { return told<v1::EpisodeChanged>().back(); }
  int seen() { return get_series(creator(), series_)->published_episodes(); }

  std::string series_;
};

TEST_F(TakedownTest, AnOperatorsWithdrawalIsATakedownThatCanBeUndone) {
  const auto id = published_episode(series_).episode_id();
  const auto revision = resolve(id, viewer_)->revision_id();
  const auto down = withdraw(boss(), id);
  ASSERT_TRUE(down) << down.error().reason;
  EXPECT_EQ(down->state(), v1::EDITORIAL_STATE_TAKEN_DOWN);
  EXPECT_EQ(down->taken_down_reason(), "OPERATOR_TAKEDOWN");
  EXPECT_TRUE(last().taken_down());
  EXPECT_TRUE(last().suspended());
  EXPECT_FALSE(last().withdrawn());
  EXPECT_FALSE(last().published());
  // So that nobody sweeps what may come back.
  EXPECT_EQ(last().published_revision_id(), revision);
  EXPECT_EQ(seen(), 0);
  EXPECT_EQ(resolve(id, viewer_).error().reason, "EPISODE_NOT_FOUND");
  EXPECT_EQ(get_episode(viewer(), id).error().reason, "EPISODE_NOT_FOUND");
  const auto events = told<v1::EpisodeChanged>().size();
  ASSERT_TRUE(withdraw(boss(), id));
  EXPECT_EQ(told<v1::EpisodeChanged>().size(), events);
  // Its creator can't bring it back, nor hide it by deleting it.
  EXPECT_EQ(publish(creator(), id).error().reason, "EPISODE_TAKEN_DOWN");
  EXPECT_EQ(publish(boss(), id).error().reason, "EPISODE_TAKEN_DOWN");
  const auto draft = new_episode(creator(), series_).episode_id();
  ASSERT_TRUE(withdraw(boss(), draft));
  v1::DeleteEpisodeRequest erase;
  erase.set_episode_id(draft);
  EXPECT_EQ(rpc<v1::DeleteEpisodeResponse>(creator(), erase).error().reason, "EPISODE_TAKEN_DOWN");
  ASSERT_TRUE(restore(boss(), draft));
  EXPECT_EQ(state(draft), v1::EDITORIAL_STATE_DRAFT);
  EXPECT_EQ(seen(), 0);

  ASSERT_TRUE(restore(boss(), id));
  ASSERT_TRUE(restore(boss(), id));
  EXPECT_EQ(resolve(id, viewer_)->revision_id(), revision);
  EXPECT_EQ(seen(), 1);
  EXPECT_TRUE(last().published());
  EXPECT_FALSE(last().suspended() || last().taken_down());
  EXPECT_EQ(get_episode(creator(), id)->taken_down_reason(), "");
}

// So that what shows it as the ending of an experiment ends.
TEST_F(TakedownTest, WhatIsTakenAwayIsToldWithTheFilmThatWaits) {
  const auto draft = new_episode(creator(), series_).episode_id(),
             shown = new_episode(creator(), series_).episode_id();
  ASSERT_TRUE(withdraw(boss(), draft));
  EXPECT_EQ(last().ready_revision_id(), "");
  ASSERT_TRUE(restore(boss(), draft));
  const auto film = make_ready(draft);
  ASSERT_TRUE(withdraw(boss(), draft));
  EXPECT_TRUE(last().suspended());
  EXPECT_EQ(last().ready_revision_id(), film);
  EXPECT_EQ(last().published_revision_id(), "");
  const auto first = make_cut(shown);
  ASSERT_TRUE(publish(creator(), shown));
  EXPECT_EQ(last().ready_revision_id(), first);
  const auto waits = make_cut(shown);
  ASSERT_TRUE(withdraw(creator(), shown));
  EXPECT_TRUE(last().withdrawn());
  EXPECT_EQ(last().ready_revision_id(), waits);
  ASSERT_TRUE(restore(boss(), draft));
  v1::DeleteEpisodeRequest erase;
  erase.set_episode_id(draft);
  ASSERT_TRUE(rpc<v1::DeleteEpisodeResponse>(creator(), erase));
  EXPECT_EQ(told<v1::EpisodeDeleted>().back().ready_revision_id(), film);
}

TEST_F(TakedownTest, AnOwnersWithdrawalStaysOneWhateverOperatorsDo) {
  const auto one = published_episode(series_).episode_id(), two = published_episode(series_).episode_id();
  // Withdrawn and then taken down; taken down and then withdrawn.
  ASSERT_TRUE(withdraw(creator(), one));
  EXPECT_FALSE(last().taken_down());
  EXPECT_EQ(withdraw(boss(), one)->state(), v1::EDITORIAL_STATE_WITHDRAWN);
  EXPECT_TRUE(last().taken_down());
  ASSERT_TRUE(withdraw(boss(), two));
  EXPECT_EQ(withdraw(creator(), two)->state(), v1::EDITORIAL_STATE_WITHDRAWN);
  EXPECT_TRUE(last().taken_down());
  for (const auto& id : {one, two}) {
    EXPECT_EQ(restore(boss(), id)->state(), v1::EDITORIAL_STATE_WITHDRAWN);
    EXPECT_FALSE(last().taken_down());
    EXPECT_EQ(resolve(id, viewer_).error().reason, "EPISODE_NOT_FOUND");
  }
  EXPECT_EQ(seen(), 0);
  // Operators who own a series withdraw it as others do.
  const Call owner = as(Role::kOperator, creator_);
  const auto own = published_episode(series_).episode_id();
  EXPECT_EQ(withdraw(owner, own)->state(), v1::EDITORIAL_STATE_WITHDRAWN);
}

TEST_F(TakedownTest, ASeriesComesBackWithWhatWentWithIt) {
  const auto shown = published_episode(series_).episode_id(), alone = published_episode(series_).episode_id(),
             draft = new_episode(creator(), series_).episode_id(),
             gone = published_episode(series_).episode_id(),
             besides = published_episode(series_).episode_id();
  ASSERT_TRUE(withdraw(boss(), alone));
  ASSERT_TRUE(withdraw(creator(), gone));
  ASSERT_TRUE(withdraw_series(boss()));
  ASSERT_TRUE(withdraw_series(boss()));
  ASSERT_TRUE(withdraw(boss(), besides));  // which outlives that of the series
  EXPECT_EQ(get_series(creator(), series_)->state(), v1::EDITORIAL_STATE_TAKEN_DOWN);
  EXPECT_EQ(get_series(viewer(), series_).error().reason, "SERIES_NOT_FOUND");
  EXPECT_EQ(create_episode(creator(), series_).error().reason, "SERIES_TAKEN_DOWN");
  EXPECT_EQ(restore(boss(), shown).error().reason, "SERIES_TAKEN_DOWN");
  ASSERT_TRUE(restore_series(boss()));
  EXPECT_EQ(restore_series(boss())->published_episodes(), 1);
  EXPECT_EQ(state(shown), v1::EDITORIAL_STATE_PUBLISHED);
  EXPECT_EQ(state(alone), v1::EDITORIAL_STATE_TAKEN_DOWN);
  EXPECT_EQ(state(besides), v1::EDITORIAL_STATE_TAKEN_DOWN);
  EXPECT_EQ(state(draft), v1::EDITORIAL_STATE_DRAFT);
  EXPECT_EQ(state(gone), v1::EDITORIAL_STATE_WITHDRAWN);
  EXPECT_EQ(get_series(viewer(), series_)->published_episodes(), 1);
  EXPECT_EQ(restore(boss(), besides)->state(), v1::EDITORIAL_STATE_PUBLISHED);
  ASSERT_TRUE(withdraw(boss(), besides));
  // One that its owner withdrew: the takedown reaches its films' cuts, and undoing it brings back nothing.
  ASSERT_TRUE(withdraw_series(creator()));
  ASSERT_TRUE(withdraw_series(boss()));
  EXPECT_TRUE(last().taken_down());
  EXPECT_EQ(restore_series(boss())->state(), v1::EDITORIAL_STATE_WITHDRAWN);
  EXPECT_FALSE(last().taken_down());
  EXPECT_EQ(resolve(shown, viewer_).error().reason, "EPISODE_NOT_FOUND");
}

TEST_F(TakedownTest, ACutIsAwayForAsLongAsAFilmInItIs) {
  const auto id = new_episode(creator(), series_).episode_id();
  const auto cut = make_cut(id);
  ASSERT_TRUE(publish(creator(), id));
  say_withheld(id, cut, "A film in it was taken down.", 4);
  EXPECT_EQ(state(id), v1::EDITORIAL_STATE_TAKEN_DOWN);
  EXPECT_EQ(get_episode(creator(), id)->taken_down_reason(), "FILM_TAKEN_DOWN");
  EXPECT_EQ(get_episode(creator(), id)->taken_down_message(), "A film in it was taken down.");
  EXPECT_EQ(resolve(id, viewer_).error().reason, "EPISODE_NOT_FOUND");
  EXPECT_EQ(seen(), 0);
  EXPECT_TRUE(last().suspended());
  EXPECT_FALSE(last().taken_down());  // it is no film that others show
  EXPECT_EQ(publish(creator(), id).error().reason, "FILM_TAKEN_DOWN");
  EXPECT_EQ(publish(boss(), id, cut).error().reason, "FILM_TAKEN_DOWN");
  const auto events = told<v1::EpisodeChanged>().size();
  say_withheld(id, cut, "A film in it was taken down.", 4);  // twice
  say_withheld(id, cut, "", 3);                              // late
  EXPECT_EQ(told<v1::EpisodeChanged>().size(), events);
  EXPECT_EQ(state(id), v1::EDITORIAL_STATE_TAKEN_DOWN);
  say_withheld(id, cut, "", 5);
  EXPECT_EQ(resolve(id, viewer_)->revision_id(), cut);
  EXPECT_EQ(seen(), 1);
  EXPECT_EQ(get_episode(creator(), id)->taken_down_reason(), "");
}

TEST_F(TakedownTest, WhatWasWithdrawnForItsOwnSakeDoesNotComeBackWithAFilm) {
  const auto down = new_episode(creator(), series_).episode_id(),
             gone = new_episode(creator(), series_).episode_id();
  const auto one = make_cut(down), two = make_cut(gone);
  ASSERT_TRUE(publish(creator(), down));
  ASSERT_TRUE(publish(creator(), gone));
  ASSERT_TRUE(withdraw(boss(), down));
  ASSERT_TRUE(withdraw(creator(), gone));
  for (const auto& [id, cut] : {std::pair(down, one), std::pair(gone, two)}) {
    say_withheld(id, cut, "A film in it was taken down.", 4);
    say_withheld(id, cut, "", 5);
  }
  EXPECT_EQ(state(down), v1::EDITORIAL_STATE_TAKEN_DOWN);
  EXPECT_EQ(state(gone), v1::EDITORIAL_STATE_WITHDRAWN);
  EXPECT_EQ(seen(), 0);
  // Nor what is down for both reasons, before both are gone.
  say_withheld(down, one, "A film in it was taken down.", 6);
  ASSERT_TRUE(restore(boss(), down));
  EXPECT_EQ(state(down), v1::EDITORIAL_STATE_TAKEN_DOWN);
  EXPECT_EQ(get_episode(creator(), down)->taken_down_reason(), "FILM_TAKEN_DOWN");
  say_withheld(down, one, "", 7);
  EXPECT_EQ(resolve(down, viewer_)->revision_id(), one);
}

TEST_F(TakedownTest, NewsOfATakedownMayOvertakeThatTheCutIsReady) {
  const auto id = new_episode(creator(), series_).episode_id(), cut = new_id();
  say_withheld(id, cut, "A film in it was taken down.", 9);
  transcode::v1::RevisionReady event;
  event.set_revision_id(cut);
  event.set_episode_id(id);
  event.set_cut(true);
  ASSERT_TRUE(hear(event));
  EXPECT_EQ(publish(creator(), id).error().reason, "FILM_TAKEN_DOWN");
  say_withheld(id, cut, "", 10);
  EXPECT_TRUE(publish(creator(), id));
  // Of an episode that is not there any more.
  say_withheld(EpisodeId::make(clock_.now(), random_).text(), new_id(), "A film in it was taken down.", 1);
}

TEST_F(TakedownTest, AnotherFilmBringsTheEpisodeBack) {
  const auto id = new_episode(creator(), series_).episode_id();
  const auto cut = make_cut(id);
  ASSERT_TRUE(publish(creator(), id));
  say_withheld(id, cut, "A film in it was taken down.", 4);
  const auto better = make_cut(id);
  EXPECT_EQ(resolve(id, viewer_).error().reason, "EPISODE_NOT_FOUND");
  ASSERT_TRUE(publish(creator(), id));
  EXPECT_EQ(resolve(id, viewer_)->revision_id(), better);
  EXPECT_EQ(seen(), 1);
  // That it comes back is no news for the newer one.
  say_withheld(id, cut, "", 5);
  EXPECT_EQ(resolve(id, viewer_)->revision_id(), better);

  say_withheld(id, better, "A film in it was taken down.", 4);
  EXPECT_EQ(seen(), 0);
  const auto film = make_ready(id);
  EXPECT_EQ(resolve(id, viewer_)->revision_id(), film);
  EXPECT_EQ(seen(), 1);
  // But not while operators keep the episode itself down.
  ASSERT_TRUE(withdraw(boss(), id));
  const auto newest = make_ready(id);
  EXPECT_EQ(resolve(id, viewer_).error().reason, "EPISODE_NOT_FOUND");
  EXPECT_EQ(seen(), 0);
  ASSERT_TRUE(restore(boss(), id));
  EXPECT_EQ(resolve(id, viewer_)->revision_id(), newest);
  EXPECT_EQ(seen(), 1);
}

TEST_F(TakedownTest, OthersCanNeitherRestoreNorSeeWhy) {
  const auto id = published_episode(series_).episode_id();
  ASSERT_TRUE(withdraw(boss(), id));
  EXPECT_EQ(restore(as(Role::kOperator, stranger_, "other"), id).error().reason, "EPISODE_NOT_FOUND");
  EXPECT_EQ(get_episode(viewer(), id).error().reason, "EPISODE_NOT_FOUND");
  ASSERT_TRUE(restore(boss(), id));
  EXPECT_EQ(get_episode(viewer(), id)->taken_down_reason(), "");
}

}  // namespace
}  // namespace cliffhanger::catalog
