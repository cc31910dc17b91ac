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
  const auto lead = [&](const sql::Task& task, std::chrono::milliseconds waited = 0ms) {
    return *pool_->transact([&](sql::Tx& tx) { return lead_over_waiting(tx, task, waited); });
  };
  const auto lease = [&] {
    return *pool_->transact([&](sql::Tx& tx) { return sql::lease_task(tx, {kImportTask}, "w", 60s); })->task;
  };
  for (int i = 0; i < 4; ++i) import_by(me_, url);
  const auto first = lease();
  for (int i = 0; i < 2; ++i) lease();
  EXPECT_EQ(lead(first), 0) << "only the creator's own waits";
  import_by(other_, url);
  EXPECT_EQ(lead(first), 3);
  EXPECT_EQ(lead(first, 1h), 0) << "nobody waits for so long";
  EXPECT_EQ(lead(lease()), -2) << "the other creator leads";
}

}  // namespace
}  // namespace cliffhanger::ingest
