// What becomes of cuts when a film in them is taken down: ready, being made, made later; killed, twice, late,
// and at the same moment.
#include <gmock/gmock.h>

#include <thread>

#include "cliffhanger/transcode/v1/events.pb.h"
#include "services/transcode/rpc/appearances_rpc.h"
#include "services/transcode/rpc/episode_events.h"
#include "services/transcode/rpc/transcode_rpc.h"
#include "services/transcode/store/pg_appearances.h"
#include "services/transcode/worker/cut_world.h"

namespace cliffhanger::transcode {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class CutTakedownTest : public CutWorld {
 protected:
  void SetUp() override {
    one_ = film(5), two_ = film(4);
    work();
  }
  EpisodeId episode() { return EpisodeId::make(clock_.now(), random_); }
  // A cut that is ready.
  RevisionId made(const std::vector<WantedStretch>& wanted) {
    const RevisionId id = cut(episode(), wanted).id;
    work();
    return id;
  }
  std::string refusal(const std::vector<WantedStretch>& wanted) {
    const auto done = transact([&](PgRevisions& revisions) {
      return Cutting({revisions, revisions, clock_, random_}).cut(call_, episode(), owner_, wanted);
    });
    return done ? "" : done.error().reason;
  }
  // As catalog tells it, in a transaction of the consumer's.
  Result<void> say_down(EpisodeId film, std::int64_t version, bool down,
                        const std::string& tenant = "default") {
    catalog::v1::EpisodeChanged event;
    event.set_episode_id(film.text());
    event.set_version(version);
    event.set_suspended(down);
    event.set_taken_down(down);
    const Call call = call_of(tenant);
    return pool_->transact([&](sql::Tx& tx) -> Result<void> {
      PgRevisions revisions(tx, call, outbox_, clock_, random_);
      PgAppearances appearances(tx, call, outbox_, revisions);
      CH_TRY(hear_changed(revisions, event));
      return hear_takedown(appearances, event);
    });
  }
  void down(EpisodeId film, std::int64_t version) { ASSERT_TRUE(say_down(film, version, true)); }
  void up(EpisodeId film, std::int64_t version) { ASSERT_TRUE(say_down(film, version, false)); }
  std::string withheld(RevisionId id) {
    pb::Revision out;
    put(get(id), out);
    EXPECT_EQ(out.state(), pb::REVISION_STATE_READY);
    return out.withheld_reason();
  }
  // What the house was told of a cut, oldest first: "-" that it must not be seen, "+" that it may.
  std::string news(RevisionId id) {
    std::string out;
    std::int64_t version = 0;
    for (const auto& event : bus::outbox_payloads<v1::RevisionWithheld>(*pool_)) {
      if (event.revision_id() != id.text()) continue;
      out += event.message().empty() ? "+" : "-";
      EXPECT_GT(event.version(), version);
      version = event.version();
    }
    return out;
  }
  v1::ListAppearancesResponse appearances(EpisodeId film, const Call& call, const std::string& after = "",
                                          int size = 0) {
    v1::ListAppearancesRequest in;
    in.set_episode_id(film.text());
    in.set_page_size(size);
    in.set_page_token(after);
    const auto done = pool_->transact([&](sql::Tx& tx) {
      PgRevisions revisions(tx, call, outbox_, clock_, random_);
      PgAppearances shelf(tx, call, outbox_, revisions);
      return list_appearances(shelf, call, in);
    });
    EXPECT_TRUE(done) << done.error().reason;
    return done.value_or(v1::ListAppearancesResponse());
  }
  Call as(Role role, UserId user, const std::string& tenant = "default") {
    Call call = call_;
    call.caller = {*Tenant::parse(tenant), role, user, "", false};
    return call;
  }
  std::vector<std::string> listed(EpisodeId film, const Call& call) {
    std::vector<std::string> out;
    const auto all = appearances(film, call);
    for (const auto& one : all.appearances()) out.push_back(one.revision().revision_id());
    return out;
  }
  // Runs `act` in a transaction that `other` has to wait for before it is committed.
  template <class Act>
  void before_the_other_commits(Act act, std::function<void()> other) {
    std::thread waits;
    std::atomic<bool> ended = false;
    const auto done = pool_->transact([&](sql::Tx& tx) -> Result<void> {
      PgRevisions revisions(tx, call_, outbox_, clock_, random_);
      PgAppearances shelf(tx, call_, outbox_, revisions);
      CH_TRY(act(revisions, shelf));
      waits = std::thread([&] {
        other();
        ended = true;
      });
      while (!ended &&
             number("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") == 0)
        std::this_thread::sleep_for(5ms);
      EXPECT_FALSE(ended) << "It did not wait.";
      return {};
    });
    if (waits.joinable()) waits.join();
    ASSERT_TRUE(done) << done.error().reason << done.error().message;
  }

  EpisodeId one_, two_;
};

TEST_F(CutTakedownTest, ReadyCutsAreWithheldForAsLongAsAFilmInThemIsDown) {
  const auto first = made({{one_, 0, 4000}}), both = made({{two_, 0, 2000}, {one_, 2000, 4000}}),
             second = made({{two_, 0, 4000}});
  EXPECT_EQ(withheld(first), "");
  down(one_, 5);
  EXPECT_EQ(withheld(first), "FILM_TAKEN_DOWN");
  EXPECT_EQ(withheld(both), "FILM_TAKEN_DOWN");
  EXPECT_EQ(withheld(second), "");
  const auto told = bus::outbox_payloads<v1::RevisionWithheld>(*pool_);
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].episode_id(), get(first).source.episode.text());
  EXPECT_THAT(told[0].message(), HasSubstr("A film in it was taken down: episode " + one_.text()));
  // Twice, late, and another change of the film that is down.
  down(one_, 5);
  up(one_, 4);
  down(one_, 6);
  EXPECT_EQ(news(first), "-");
  // The other film of one that is withheld already.
  down(two_, 3);
  EXPECT_EQ(news(both), "-");
  EXPECT_EQ(news(second), "-");
  pb::Revision shown;
  put(get(both), shown);
  EXPECT_THAT(shown.withheld_message(), HasSubstr("Films in it were taken down"));
  up(one_, 7);
  up(one_, 7);
  EXPECT_EQ(news(first), "-+");
  EXPECT_EQ(withheld(first), "");
  EXPECT_EQ(news(both), "-");
  EXPECT_EQ(withheld(both), "FILM_TAKEN_DOWN");
  up(two_, 4);
  EXPECT_EQ(news(both), "-+");
  EXPECT_EQ(news(second), "-+");
  down(one_, 8);
  EXPECT_EQ(news(first), "-+-");
  // All its files are there: nothing is made again when it comes back.
  ready(first);
}

TEST_F(CutTakedownTest, NewsThatComesInTheWrongOrderLeavesTheNewest) {
  const auto id = made({{one_, 0, 4000}});
  up(one_, 6);
  down(one_, 5);
  EXPECT_EQ(news(id), "");
  EXPECT_EQ(refusal({{one_, 0, 2000}}), "");
  down(two_, 9);  // of a film that nothing shows
  EXPECT_EQ(refusal({{two_, 0, 2000}}), "FILM_TAKEN_DOWN");
}

TEST_F(CutTakedownTest, WhatIsBeingMadeFailsWithAReasonAndNothingLaterIsMade) {
  const Revision making = cut(episode(), {{one_, 0, 4000}});
  down(one_, 5);
  const Revision failed = get(making.id);
  EXPECT_EQ(failed.state, State::kFailed);
  EXPECT_EQ(failed.failure_reason, "FILM_TAKEN_DOWN");
  EXPECT_THAT(failed.failure_message, HasSubstr(one_.text()));
  EXPECT_EQ(told().back(), "RevisionFailed");
  work();
  EXPECT_EQ(get(making.id).state, State::kFailed);
  EXPECT_EQ(left(), 0);
  EXPECT_FALSE(index(making.id));
  EXPECT_EQ(refusal({{two_, 0, 2000}, {one_, 0, 2000}}), "FILM_TAKEN_DOWN");
  EXPECT_EQ(refusal({{two_, 0, 2000}}), "");
  up(one_, 6);
  EXPECT_EQ(get(making.id).state, State::kFailed);
  EXPECT_EQ(refusal({{one_, 0, 2000}}), "");
}

TEST_F(CutTakedownTest, ATakedownWhileItIsPackagedIsNotMissed) {
  const Revision making = cut(episode(), {{one_, 0, 4000}});
  int inspected = 0;
  inspect_ = [&](blob::Store&, const Presentation&) {
    if (inspected++ == 0) down(one_, 5);
    return std::vector<std::string>();
  };
  work();
  EXPECT_EQ(inspected, 1);
  EXPECT_EQ(get(making.id).failure_reason, "FILM_TAKEN_DOWN");
  EXPECT_FALSE(index(making.id));
  EXPECT_EQ(left(), 0);
}

TEST_F(CutTakedownTest, WhatIsReplayedAfterATakedownFailsAgain) {
  const auto key = index(newest(one_).id)->objects.at("v180/0.m4s").first;
  const std::string bytes = *blobs_->get(key);
  ASSERT_TRUE(blobs_->remove(key));
  const auto id = made({{one_, 0, 2000}});
  ASSERT_EQ(get(id).failure_reason, "GATE_PIECE_MISSING");
  ASSERT_TRUE(blobs_->put(key, bytes));
  down(one_, 5);
  const auto letters = transact([&](PgRevisions& revisions) { return revisions.dead_letters({}, 10); });
  ASSERT_EQ(letters->size(), 1U);
  ASSERT_TRUE(transact([&](PgRevisions& revisions) { return revisions.replay(letters->front().task); }));
  ASSERT_EQ(get(id).state, State::kProcessing);
  work();
  EXPECT_EQ(get(id).failure_reason, "FILM_TAKEN_DOWN");
  EXPECT_FALSE(index(id));
}

TEST_F(CutTakedownTest, ACutThatIsAskedForInThatMomentIsFoundOrRefused) {
  RevisionId early;
  before_the_other_commits(
      [&](PgRevisions& revisions, PgAppearances&) {
        return Cutting({revisions, revisions, clock_, random_})
            .cut(call_, episode(), owner_, {{one_, 0, 2000}})
            .map([&](const Revision& revision) { early = revision.id; });
      },
      [&] { down(one_, 5); });
  EXPECT_EQ(get(early).failure_reason, "FILM_TAKEN_DOWN");
  std::string late;
  before_the_other_commits(
      [&](PgRevisions& revisions, PgAppearances& shelf) -> Result<void> {
        CH_TRY(revisions.episode_changed(two_, 5, std::nullopt));
        return shelf.hear_takedown(two_, 5, true);
      },
      [&] { late = refusal({{two_, 0, 2000}}); });
  EXPECT_EQ(late, "FILM_TAKEN_DOWN");
}

TEST_F(CutTakedownTest, ATransactionThatIsLostLeavesNothingHalfDone) {
  const auto id = made({{one_, 0, 4000}});
  const auto lost = pool_->transact([&](sql::Tx& tx) -> Result<void> {
    PgRevisions revisions(tx, call_, outbox_, clock_, random_);
    PgAppearances shelf(tx, call_, outbox_, revisions);
    CH_TRY(revisions.episode_changed(one_, 5, std::nullopt));
    CH_TRY(shelf.hear_takedown(one_, 5, true));
    return fail(internal("KILLED", "As if the process had died here."));
  });
  EXPECT_EQ(lost.error().reason, "KILLED");
  EXPECT_EQ(withheld(id), "");
  EXPECT_EQ(news(id), "");
  down(one_, 5);  // the event comes again
  EXPECT_EQ(news(id), "-");
}

TEST_F(CutTakedownTest, ADeletedFilmStaysInItsCutsUnlessItWasTakenDown) {
  const auto first = made({{one_, 0, 4000}}), second = made({{two_, 0, 4000}});
  ASSERT_TRUE(transact([&](PgRevisions& revisions) { return revisions.episode_deleted(two_, 9); }));
  EXPECT_EQ(withheld(second), "");
  EXPECT_THAT(listed(two_, as(Role::kOperator, UserId())), ElementsAre(second.text()));
  down(one_, 5);
  ASSERT_TRUE(transact([&](PgRevisions& revisions) { return revisions.episode_deleted(one_, 6); }));
  EXPECT_EQ(withheld(first), "FILM_TAKEN_DOWN");
  EXPECT_EQ(news(first), "-");
}

TEST_F(CutTakedownTest, OtherTenantsEpisodesAreOthers) {
  const auto id = made({{one_, 0, 4000}});
  ASSERT_TRUE(say_down(one_, 5, true, "other"));
  EXPECT_EQ(news(id), "");
  EXPECT_EQ(refusal({{one_, 0, 2000}}), "");
  EXPECT_TRUE(listed(one_, as(Role::kOperator, UserId(), "other")).empty());
}

TEST_F(CutTakedownTest, TheListSaysWhichPartsAreShownWhere) {
  const auto trim = made({{one_, 0, 4000}}),
             mix = made({{one_, 2000, 4000}, {two_, 0, 2000}, {one_, 0, 2000}});
  made({{two_, 0, 4000}});
  const Revision making = cut(episode(), {{one_, 0, 2000}});
  const Call boss = as(Role::kOperator, UserId::make(clock_.now(), random_)),
             owner = as(Role::kCreator, owner_);
  EXPECT_THAT(listed(one_, boss), ElementsAre(making.id.text(), mix.text(), trim.text()));
  EXPECT_EQ(listed(one_, owner), listed(one_, boss));
  EXPECT_TRUE(listed(one_, as(Role::kCreator, UserId::make(clock_.now(), random_))).empty());
  const auto page = appearances(one_, boss, "", 1);
  ASSERT_EQ(page.appearances_size(), 1);
  const auto rest = appearances(one_, boss, page.next_page_token(), 5);
  ASSERT_EQ(rest.appearances_size(), 2);
  EXPECT_EQ(rest.next_page_token(), "");
  const auto& seen = rest.appearances(0);
  EXPECT_EQ(seen.owner_id(), owner_.text());
  ASSERT_EQ(seen.parts_size(), 2);
  EXPECT_EQ(seen.parts(1).film_revision_id(), newest(one_).id.text());
  EXPECT_EQ(seen.parts(0).from_ms(), 2000);
  EXPECT_EQ(seen.parts(0).at_ms(), 0);
  EXPECT_EQ(seen.parts(1).from_ms(), 0);
  EXPECT_EQ(seen.parts(1).to_ms(), 2000);
  EXPECT_EQ(seen.parts(1).at_ms(), 4000);
  // What is withheld is listed as such; what is of no use to anybody is not listed.
  down(one_, 5);
  EXPECT_THAT(listed(one_, boss), ElementsAre(mix.text(), trim.text()));
  EXPECT_EQ(appearances(one_, boss).appearances(0).revision().withheld_reason(), "FILM_TAKEN_DOWN");
}

}  // namespace
}  // namespace cliffhanger::transcode
