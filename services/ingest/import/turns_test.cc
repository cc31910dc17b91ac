// A creator whose servers are slow holds the places of nobody who waits.
#include "services/ingest/import/test_imports.h"
#include "services/ingest/store/pg_turns.h"

namespace cliffhanger::ingest {
namespace {

class TurnsTest : public ImportsTest {
 protected:
  // Sends a file by ranges, of which each answer stops after 3 MB, and breaks off once it is let go.
  Origin& slow(const std::string& etag) {
    rules_.limits.stall = 600s;
    return serve([this, etag](const auto& request, auto& peer) {
      const bool all = released_;
      send_file(request, peer, bytes_, etag, all ? bytes_.npos : 3'000'000);
      while (!released_ && !peer.ending()) std::this_thread::sleep_for(1ms);
    });
  }
  Origin& quick() {
    return serve([this](const auto& request, auto& peer) { send_file(request, peer, bytes_, "\"1\""); });
  }
  Upload import_by(const Caller& who, const std::string& url) {
    const auto made = with_imports([&](Imports& i) { return i.create(who, {episode_, 0, "a.mp4", "", ""}, url, url); });
    EXPECT_TRUE(made) << made.error().message;
    return *made;
  }
  State state_of(const Upload& upload) {
    return pool_->transact([&](sql::Tx& tx) { return PgLibrary(tx, clock_, random_).find(upload.tenant, upload.id, false); })->state;
  }
  // Whoever waits is let in at the next beat.
  Importer hasty(const std::string& worker, std::chrono::milliseconds turn) {
    Importer::Deps deps{*pool_, *blobs_, outbox_, clock_, random_, log_, metrics_, worker, policy_, rules_, [] {}};
    deps.yield = 0ms;
    deps.turn = turn;
    return Importer(std::move(deps));
  }
  std::jthread working(const std::string& worker, std::chrono::milliseconds turn) {
    return std::jthread([this, worker, turn](const std::stop_token& stop) {
      Importer importer = hasty(worker, turn);
      while (!stop.stop_requested()) {
        const auto did = importer.step(stop);
        EXPECT_TRUE(did) << did.error().message;
        if (did && !*did) std::this_thread::sleep_for(1ms);
      }
    });
  }
  bool running(std::int64_t tasks) {
    return eventually([&] { return number("SELECT count(*) FROM work WHERE kind = 'import' AND state = 'leased'") == tasks; });
  }

  using Leads = std::vector<std::int64_t>;
  // Of each, in their order.
  Leads leads(const std::vector<sql::Task>& tasks, std::chrono::milliseconds waited = 0ms) {
    Leads out;
    for (const auto& task : tasks)
      out.push_back(*pool_->transact([&](sql::Tx& tx) { return lead_over_waiting(tx, task, waited); }));
    std::ranges::sort(out);
    return out;
  }
  sql::Task lease(const char* kind) {
    return *pool_->transact([&](sql::Tx& tx) { return sql::lease_task(tx, {kind}, "w", 60s); })->task;
  }
  // Another one in the lane of the upload's import.
  void add_task(const char* kind, const Upload& upload) {
    change("INSERT INTO work (task_id, tenant, kind, lane, priority, subject, payload, most_attempts) SELECT gen_random_uuid(), tenant, '" +
           std::string(kind) + "', lane, priority, subject, payload, most_attempts FROM work WHERE kind = 'import' AND subject = '" +
           upload.id.text() + "'");
  }
  void change(const std::string& query) {
    const auto done = pool_->transact([&](sql::Tx& tx) { return tx.run_text(query); });
    ASSERT_TRUE(done) << done.error().message;
  }

  const Caller other_{*Tenant::parse("default"), Role::kCreator, UserId(Uuid::from_name("other")), "", false};
  const std::string bytes_ = noise(32 << 20);  // many answers
  std::atomic<bool> released_ = false;
};

TEST_F(TurnsTest, WhoHasAllPlacesGivesOneUpAndLosesNothing) {
  const auto& origin = slow("\"1\"");
  const std::string fast = quick().url();
  std::vector<Upload> mine;
  for (int i = 0; i < 3; ++i) mine.push_back(import_by(me_, origin.url("/" + std::to_string(i))));
  auto one = working("w1", 600s), two = working("w2", 600s);
  ASSERT_TRUE(running(2));
  const auto theirs = import_by(other_, fast);
  ASSERT_TRUE(eventually([&] { return state_of(theirs) == State::kVerifying; }));
  for (const auto& upload : mine) EXPECT_EQ(state_of(upload), State::kReceiving);
  EXPECT_EQ(number("SELECT max(failures) FROM import"), 0) << "no fault of the import";
  EXPECT_LE(number("SELECT max(attempts) FROM work WHERE kind = 'import'"), 1);
  released_ = true;
  ASSERT_TRUE(eventually([&] {
    hurry();
    return number("SELECT count(*) FROM upload WHERE state = 'receiving'") == 0;
  }));
  for (const auto& upload : mine) EXPECT_TRUE(parts(upload) == bytes_);
}

// One place and two creators: they take turns.
TEST_F(TurnsTest, WhoHadATurnGivesWayIfItCanGoOn) {
  const auto& origin = slow("\"1\"");
  const std::string fast = quick().url();
  const auto mine = import_by(me_, origin.url());
  auto one = working("w1", 0ms);
  ASSERT_TRUE(running(1));
  const auto theirs = import_by(other_, fast);
  ASSERT_TRUE(eventually([&] { return state_of(theirs) == State::kVerifying; }));
  EXPECT_GT(now(mine).offset, 0);
  released_ = true;
  ASSERT_TRUE(eventually([&] {
    hurry();
    return state_of(mine) == State::kVerifying;
  }));
  EXPECT_TRUE(parts(mine) == bytes_);
  EXPECT_NE(origin.requests().back().field("range"), "");
}

TEST_F(TurnsTest, TheLeadIsOverWhoeverWaitsAndIsWorstOff) {
  const std::string url = quick().url();
  for (int i = 0; i < 4; ++i) import_by(me_, url);
  std::vector<sql::Task> mine;
  for (int i = 0; i < 3; ++i) mine.push_back(lease(kImportTask));
  EXPECT_EQ(leads(mine), (Leads{0, 0, 0})) << "only the creator's own waits";
  import_by(other_, url);
  EXPECT_EQ(leads(mine), (Leads{0, 0, 3})) << "one of them gives way";
  EXPECT_EQ(leads(mine, 1h), (Leads{0, 0, 0})) << "nobody waits for so long";
  EXPECT_EQ(leads({lease(kImportTask)}), Leads{0}) << "the other creator leads";
}

// The queue counts tasks of all kinds. It would give the place back to whom it was taken from, and again.
TEST_F(TurnsTest, WhoWouldNotGetThePlaceDoesNotWait) {
  const std::string url = quick().url();
  for (int i = 0; i < 2; ++i) import_by(me_, url);
  const std::vector<sql::Task> mine = {lease(kImportTask), lease(kImportTask)};
  const auto theirs = import_by(other_, url);
  EXPECT_EQ(leads(mine), (Leads{0, 2}));
  for (int i = 0; i < 2; ++i) {
    add_task("verify", theirs);
    lease("verify");
  }
  EXPECT_EQ(leads(mine), (Leads{0, 0})) << "they have two tasks of another kind";
  const auto given_back = std::ranges::max(mine, {}, [](const auto& task) { return task.id.text(); });
  ASSERT_TRUE(pool_->transact([&](sql::Tx& tx) { return sql::release_task(tx, given_back, 0ms); }));
  EXPECT_EQ(lease(kImportTask).lane, given_back.lane) << "as the queue has it";
  change("UPDATE work SET state = 'done' WHERE kind = 'verify'");
  EXPECT_EQ(leads(mine), (Leads{0, 2}));
}

}  // namespace
}  // namespace cliffhanger::ingest
