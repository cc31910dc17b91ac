#include "cliffhanger/transcode/v1/transcode_service.pb.h"
#include "services/transcode/rpc/episode_events.h"
#include "services/transcode/rpc/transcode_rpc.h"
#include "services/transcode/store/queue_gauges.h"
#include "services/transcode/store/test_store.h"

namespace cliffhanger::transcode {
namespace {

class PgDeskTest : public StoreTest {
 protected:
  std::optional<sql::Task> lease(const std::string& kind = "encode") {
    auto leased = pool_->transact([&](sql::Tx& tx) { return sql::lease_task(tx, {kind}, "w", 60s); });
    EXPECT_TRUE(leased);
    return leased->task;
  }
  Result<Revision> cancel(const Call& call, RevisionId id, OwnerFilter owner) {
    return with(call, [&](PgRevisions& revisions) { return revisions.cancel(id, owner); });
  }
  Queue queue(const Call& call, int lanes = 10) {
    return with(call, [&](PgRevisions& revisions) { return revisions.queue(lanes); }).value();
  }
  void make_ready(RevisionId id) {
    ASSERT_TRUE(with(call_, [&](PgRevisions& revisions) -> Result<void> {
      CH_ASSIGN(Revision revision, revisions.lock(id));
      revision.state = State::kReady;
      revision.ready = clock_.now();
      return revisions.save(revision);
    }));
  }
  std::int64_t open_tasks(RevisionId id) {
    return number(
        "SELECT count(*) FROM work WHERE state IN ('ready', 'leased') AND kind <> 'withdraw' AND "
        "subject = '" +
        id.text() + "'");
  }
};

TEST_F(PgDeskTest, TheQueueIsToldByPriorityAndLane) {
  accept(episode_);
  accept(EpisodeId::make(clock_.now(), random_), "bb");
  const UserId first = std::exchange(owner_, UserId::make(clock_.now(), random_));
  accept(EpisodeId::make(clock_.now(), random_), "cc");
  ASSERT_TRUE(lease());
  const Queue all = queue(call_, 100);
  ASSERT_FALSE(all.priorities.empty());
  std::int64_t waiting = 0, leased = 0, by_lane = 0;
  for (const Waiting& one : all.priorities) waiting += one.waiting, leased += one.leased;
  for (const Waiting& one : all.lanes) {
    by_lane += one.waiting + one.leased;
    EXPECT_TRUE(one.owner == first || one.owner == owner_);
    EXPECT_GE(one.oldest_ms, 0);
  }
  EXPECT_EQ(leased, 1);
  EXPECT_EQ(waiting + leased, number("SELECT count(*) FROM work"));
  EXPECT_EQ(by_lane, waiting + leased);
  EXPECT_EQ(all.lanes_total, static_cast<std::int64_t>(all.lanes.size()));
  EXPECT_LT(all.priorities.front().priority, all.priorities.back().priority);
  const Queue few = queue(call_, 1);
  EXPECT_EQ(few.lanes.size(), 1U);
  EXPECT_EQ(few.lanes_total, all.lanes_total);
  EXPECT_TRUE(queue(as(Role::kOperator, owner_, "other")).priorities.empty());

  QueueGauges gauges(*pool_, metrics_);
  ASSERT_TRUE(gauges.step());
  EXPECT_NE(metrics_.expose().find("cliffhanger_transcode_queue_leased{priority=\"10\"} 1"),
            std::string::npos);
  ASSERT_TRUE(pool_->transact([](sql::Tx& tx) { return tx.run_text("UPDATE work SET state = 'done'"); }));
  ASSERT_TRUE(gauges.step());
  EXPECT_NE(metrics_.expose().find("cliffhanger_transcode_queue_leased{priority=\"10\"} 0"),
            std::string::npos);
}

TEST_F(PgDeskTest, TheQueueRpcAddsUp) {
  accept(episode_);
  const auto answer =
      with(call_, [&](PgRevisions& revisions) { return get_queue(revisions, call_, pb::GetQueueRequest()); });
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->waiting(), number("SELECT count(*) FROM work"));
  EXPECT_EQ(answer->leased(), 0);
  EXPECT_EQ(answer->lanes(0).owner_id(), owner_.text());
}

TEST_F(PgDeskTest, CancellingStopsTheWorkOnce) {
  const RevisionId id = accept(episode_);
  const auto task = lease();
  const UserId stranger = UserId::make(clock_.now(), random_);
  EXPECT_EQ(cancel(call_, id, stranger).error().reason, "REVISION_NOT_FOUND");
  EXPECT_EQ(cancel(as(Role::kOperator, owner_, "other"), id, std::nullopt).error().reason,
            "REVISION_NOT_FOUND");
  for (int twice = 0; twice < 2; ++twice) EXPECT_EQ(cancel(call_, id, owner_)->state, State::kCancelled);
  EXPECT_EQ(open_tasks(id), 0);
  EXPECT_EQ(pool_->transact([&](sql::Tx& tx) { return sql::extend_lease(tx, *task, 1s); }).error().reason,
            "LEASE_LOST");
  EXPECT_EQ(number("SELECT count(*) FROM outbox"), 2);  // started, cancelled
  EXPECT_EQ(number("SELECT count(*) FROM revision WHERE ended_at IS NOT NULL"), 1);
  const RevisionId ready = accept(episode_, "bb");
  make_ready(ready);
  EXPECT_EQ(cancel(call_, ready, owner_).error().reason, "REVISION_READY");
}

TEST_F(PgDeskTest, DeadLettersArePagedAlsoWhenTheyDiedTogether) {
  std::set<std::string> expected;
  for (int i = 0; i < 5; ++i) expected.insert(accept(EpisodeId::make(clock_.now(), random_), "s").text());
  ASSERT_TRUE(pool_->transact([](sql::Tx& tx) {
    return tx.run_text(
        "UPDATE work SET state = 'dead', ended_at = now(), reason = 'MEDIA_CRASHED', message = 'm', "
        "attempts = 5 WHERE kind = 'audio' AND priority = 10");
  }));
  pb::ListDeadLettersRequest request;
  request.set_page_size(2);
  std::set<std::string> seen;
  int pages = 0;
  do {
    const auto page =
        with(call_, [&](PgRevisions& revisions) { return list_dead_letters(revisions, call_, request); });
    ASSERT_TRUE(page) << page.error().reason;
    for (const auto& letter : page->dead_letters()) {
      EXPECT_TRUE(seen.insert(letter.revision_id()).second);
      EXPECT_EQ(letter.tenant(), "default");
      EXPECT_EQ(letter.reason(), "MEDIA_CRASHED");
      EXPECT_EQ(letter.attempts(), 5);
      EXPECT_EQ(letter.owner_id(), owner_.text());
      EXPECT_FALSE(letter.episode_id().empty());
    }
    request.set_page_token(page->next_page_token());
    ++pages;
  } while (!request.page_token().empty());
  EXPECT_EQ(seen, expected);
  EXPECT_EQ(pages, 3);
}

TEST_F(PgDeskTest, TheTimeLeftIsKnownOnceSomethingWasMade) {
  const RevisionId id = accept(episode_);
  EXPECT_FALSE(get(id, call_)->started);
  EXPECT_FALSE(get(id, call_)->left_ms);
  ASSERT_TRUE(with(call_, [&](PgRevisions& revisions) { return revisions.begin(id); }));
  EXPECT_TRUE(get(id, call_)->started);
  ASSERT_TRUE(pool_->transact([](sql::Tx& tx) {
    return tx.run_text("UPDATE revision SET started_at = now() - interval '10 seconds'");
  }));
  const Plan plan = *get(id, call_)->plan;
  ASSERT_TRUE(with(call_, [&](PgRevisions& revisions) {
    return revisions.add_piece(id, fixture::piece(plan, {plan.default_rung, 0}));
  }));
  const auto left = get(id, call_)->left_ms;
  ASSERT_TRUE(left);
  EXPECT_GT(*left, 10'000);
  pb::GetRevisionRequest request;
  request.set_revision_id(id.text());
  const auto answer =
      with(call_, [&](PgRevisions& revisions) { return get_revision(revisions, call_, request); });
  EXPECT_EQ(answer->revision().stage(), pb::REVISION_STAGE_ENCODING);
  EXPECT_TRUE(answer->revision().has_time_left_ms());
  ASSERT_TRUE(cancel(call_, id, owner_));
  EXPECT_FALSE(get(id, call_)->left_ms);
}

TEST_F(PgDeskTest, ADeletedEpisodeTakesAllItsWorkWithItForEver) {
  const RevisionId ready = accept(episode_, "aa");
  make_ready(ready);
  const RevisionId open = accept(episode_, "bb");
  catalog::v1::EpisodeDeleted event;
  event.set_episode_id(episode_.text());
  event.set_version(7);
  for (int twice = 0; twice < 2; ++twice)
    ASSERT_TRUE(with(call_, [&](PgRevisions& revisions) { return hear_deleted(revisions, event); }));
  for (const RevisionId id : {ready, open}) {
    EXPECT_EQ(get(id, call_)->state, State::kCancelled);
    EXPECT_EQ(open_tasks(id), 0);
  }
  // What catalog said before, and a source that was under way, come late.
  catalog::v1::EpisodeChanged late;
  late.set_episode_id(episode_.text());
  late.set_version(6);
  ASSERT_TRUE(with(call_, [&](PgRevisions& revisions) { return hear_changed(revisions, late); }));
  const RevisionId after = accept(episode_, "cc");
  EXPECT_EQ(get(after, call_)->state, State::kCancelled);
  EXPECT_EQ(open_tasks(after), 0);
  // Elsewhere the same id means nothing.
  const auto elsewhere = as(Role::kService, owner_, "other");
  EXPECT_FALSE(*with(elsewhere, [&](PgRevisions& revisions) { return revisions.episode_gone(episode_); }));
}

}  // namespace
}  // namespace cliffhanger::transcode
