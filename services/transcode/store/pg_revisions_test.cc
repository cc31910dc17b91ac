#include "services/transcode/store/pg_revisions.h"

#include <atomic>
#include <thread>

#include "services/transcode/store/json.h"
#include "services/transcode/store/test_store.h"

namespace cliffhanger::transcode {
namespace {

using PgRevisionsTest = StoreTest;

TEST_F(PgRevisionsTest, KeepsWhatItIsGiven) {
  const RevisionId id = accept(episode_);
  const auto found = get(id, call_);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->state, State::kProcessing);
  EXPECT_EQ(*found->plan, *make_plan(fixture::probe(720, 1280, {30, 1}, 600)));
  EXPECT_EQ(found->source.owner, owner_);
  EXPECT_EQ(found->source.sha256, "aa");
  EXPECT_EQ(found->duration_ms, 20'000);
  EXPECT_EQ(found->version, 1);
  EXPECT_EQ(found->created, clock_.now());
  EXPECT_EQ(found->segments_done, 0);
  EXPECT_FALSE(found->ready);
}

TEST(PlanRecord, HoldsHevcAndIsReadWithoutIt) {
  const Plan plan = with_tail_like_head(*make_plan(fixture::probe(720, 1280, {30, 1}, 600), Hevc::kAdd));
  ASSERT_EQ(plan.hevc.size(), 2U);
  const std::string record = to_json(plan);
  EXPECT_EQ(plan_from_json(record).value(), plan);
  // As it was written before there was HEVC.
  std::string old = record;
  const std::size_t from = old.find("\"hevc\":[");
  old.erase(from, old.find("],", from) + 2 - from);
  Plan without = plan;
  without.hevc.clear();
  EXPECT_EQ(plan_from_json(old).value(), without);
  std::string broken = record;
  broken.replace(broken.find("\"h720\""), 6, "3");
  EXPECT_EQ(plan_from_json(broken).error().reason, "BAD_RECORD");
}

TEST_F(PgRevisionsTest, PiecesAreSharedByRevisionsOfTheSameSource) {
  const RevisionId first = accept(episode_);
  const Plan plan = *get(first, call_)->plan;
  const Piece piece = fixture::piece(plan, {"v540", 1});
  for (int twice = 0; twice < 2; ++twice) {
    ASSERT_TRUE(with(call_, [&](PgRevisions& revisions) { return revisions.add_piece(first, piece); }));
  }
  EXPECT_EQ(number("SELECT count(*) FROM piece"), 1);
  EXPECT_EQ(get(first, call_)->segments_done, 1);
  const RevisionId same = accept(EpisodeId::make(clock_.now(), random_));
  EXPECT_EQ(get(same, call_)->segments_done, 1);
  const auto assembly = with(call_, [&](PgRevisions& revisions) { return revisions.pieces(same); });
  ASSERT_NE(assembly->find("v540", 1), nullptr);
  EXPECT_EQ(assembly->find("v540", 1)->gops, piece.gops);
  EXPECT_EQ(assembly->find("v540", 1)->frames, piece.frames);
  const RevisionId other = accept(EpisodeId::make(clock_.now(), random_), "bb");
  EXPECT_EQ(get(other, call_)->segments_done, 0);
  ASSERT_TRUE(with(call_, [&](PgRevisions& revisions) { return revisions.forget_piece(same, {"v540", 1}); }));
  EXPECT_EQ(get(first, call_)->segments_done, 0);
}

TEST_F(PgRevisionsTest, ANewSourceSupersedesTheOpenRevision) {
  const RevisionId older = accept(episode_);
  const RevisionId newer = accept(episode_, "bb");
  EXPECT_EQ(get(older, call_)->state, State::kCancelled);
  EXPECT_EQ(get(newer, call_)->state, State::kProcessing);
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE state = 'ready' AND subject = '" + older.text() + "'"),
            0);
  EXPECT_GT(number("SELECT count(*) FROM work WHERE state = 'ready' AND subject = '" + newer.text() + "'"),
            4);
}

TEST_F(PgRevisionsTest, AnOlderSourceThatComesLateChangesNothing) {
  const Time noon = clock_.now();
  const RevisionId newer = accept(episode_, "bb", noon + 2s);
  const std::int64_t tasks = number("SELECT count(*) FROM work WHERE state = 'ready'");
  EXPECT_EQ(accept(episode_, "aa", noon + 1s), newer);  // still the newest of the list
  EXPECT_EQ(get(newer, call_)->state, State::kProcessing);
  EXPECT_EQ(number("SELECT count(*) FROM revision WHERE state = 'cancelled'"), 1);
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE state = 'ready'"), tasks);
  EXPECT_EQ(number("SELECT count(*) FROM outbox"), 1);
  // Also when the newer one is done, and not for another episode or tenant.
  ASSERT_TRUE(pool_->transact([](sql::Tx& tx) {
    return tx.run_text("UPDATE revision SET state = 'ready' WHERE state = 'processing'");
  }));
  EXPECT_EQ(accept(episode_, "cc", noon + 1s), newer);
  EXPECT_NE(accept(episode_, "dd", noon + 3s), newer);
  EXPECT_EQ(get(accept(EpisodeId::make(clock_.now(), random_), "ee", noon), call_)->state,
            State::kProcessing);
  const auto elsewhere = as(Role::kService, owner_, "other");
  EXPECT_FALSE(*with(elsewhere, [&](PgRevisions& revisions) { return revisions.has_newer(episode_, noon); }));
}

// Two replicas hear of two sources of one episode at the same time.
TEST_F(PgRevisionsTest, OneSourceOfAnEpisodeAtATime) {
  std::atomic<bool> second{false};
  std::thread other;
  ASSERT_TRUE(with(call_, [&](PgRevisions& revisions) -> Result<void> {
    CH_TRY(revisions.lock_episode(episode_));
    other = std::thread([&] {
      EXPECT_TRUE(with(call_, [&](PgRevisions& theirs) -> Result<void> {
        CH_TRY(theirs.lock_episode(EpisodeId::make(clock_.now(), random_)));
        CH_TRY(theirs.lock_episode(episode_));
        second = true;
        return {};
      }));
    });
    std::this_thread::sleep_for(100ms);
    EXPECT_FALSE(second);
    return {};
  }));
  other.join();
  EXPECT_TRUE(second);
}

TEST_F(PgRevisionsTest, FailingHaltsAndReplayResumes) {
  const RevisionId id = accept(episode_);
  const std::int64_t tasks = number("SELECT count(*) FROM work");
  const auto failed = pool_->transact([&](sql::Tx& tx) -> Result<void> {
    PgRevisions revisions(tx, call_, outbox_, clock_, random_);
    CH_ASSIGN(const auto leased, sql::lease_task(tx, {"encode"}, "w", 10s));
    const Error why = invalid("MEDIA_DAMAGED", "It is damaged.");
    CH_TRY(sql::fail_task(tx, *leased.task, why, true));
    return revisions.fail_revision(id, why);
  });
  ASSERT_TRUE(failed) << failed.error().reason;
  EXPECT_EQ(get(id, call_)->state, State::kFailed);
  EXPECT_EQ(get(id, call_)->failure_reason, "MEDIA_DAMAGED");
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE state = 'ready'"), 0);
  const auto letters =
      with(call_, [](PgRevisions& revisions) { return revisions.dead_letters(std::nullopt, 10); });
  ASSERT_EQ(letters->size(), 1U);

  const auto elsewhere = as(Role::kOperator, owner_, "other");
  const auto replay = [&](PgRevisions& revisions) { return revisions.replay(letters->front().task); };
  EXPECT_TRUE(with(elsewhere, [](PgRevisions& r) { return r.dead_letters(std::nullopt, 10); })->empty());
  EXPECT_EQ(with(elsewhere, replay).error().reason, "TASK_NOT_FOUND");
  ASSERT_TRUE(with(call_, replay));
  EXPECT_EQ(get(id, call_)->state, State::kProcessing);
  EXPECT_EQ(get(id, call_)->failure_reason, "");
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE state = 'ready'"), tasks);
  EXPECT_EQ(with(call_, replay).error().reason, "TASK_NOT_FOUND");
}

TEST_F(PgRevisionsTest, ReleasedTasksAreNoAttempts) {
  accept(episode_);
  const auto task =
      pool_->transact([](sql::Tx& tx) { return sql::lease_task(tx, {"encode"}, "w", 10s); })->task;
  ASSERT_TRUE(task);
  ASSERT_TRUE(pool_->transact([&](sql::Tx& tx) { return sql::release_task(tx, *task, 0ms); }));
  EXPECT_EQ(number("SELECT attempts FROM work WHERE task_id = '" + task->id.text() + "'"), 0);
  EXPECT_EQ(pool_->transact([&](sql::Tx& tx) { return sql::complete_task(tx, *task); }).error().reason,
            "LEASE_LOST");
}

}  // namespace
}  // namespace cliffhanger::transcode
