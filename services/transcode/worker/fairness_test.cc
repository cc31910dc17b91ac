// Whose turn it is when there is more work than workers.
#include "services/transcode/store/test_store.h"

namespace cliffhanger::transcode {
namespace {

class FairnessTest : public StoreTest {
 protected:
  // Sources of one creator, each of an episode of its own.
  void upload(int episodes, UserId creator, const std::string& tenant = "default") {
    owner_ = creator;
    call_.caller.tenant = *Tenant::parse(tenant);
    for (int i = 0; i < episodes; ++i)
      accept(EpisodeId::make(clock_.now(), random_), tenant + creator.text() + std::to_string(i));
  }
  UserId someone() { return UserId::make(clock_.now(), random_); }
  sql::Task lease() {
    auto leased = pool_->transact(
        [](sql::Tx& tx) { return sql::lease_task(tx, {"encode", "audio", "picture", "package"}, "w", 60s); });
    EXPECT_TRUE(leased && leased->task);
    return *leased->task;
  }
  void complete(const sql::Task& task) {
    EXPECT_TRUE(pool_->transact([&](sql::Tx& tx) { return sql::complete_task(tx, task); }));
  }
  static bool is_of(const sql::Task& task, UserId creator) { return task.lane.ends_with(creator.text()); }
};

TEST_F(FairnessTest, AHundredEpisodesOfOneDontDelayAnothersFirstSegment) {
  const UserId busy = someone(), other = someone();
  upload(100, busy);
  sql::Task running = lease();  // the only worker is at it when the other one comes
  upload(1, other);
  complete(running);
  // The head of the default rung and the sound: what the first segment needs. One turn of the busy one lies
  // between.
  int turns = 0;
  for (int mine = 0; mine < 2; ++turns) {
    ASSERT_LT(turns, 4);
    const auto task = lease();
    if (is_of(task, other)) ++mine;
    complete(task);
  }
}

TEST_F(FairnessTest, WorkersThatAllServeOneGoToTheOtherNext) {
  const UserId busy = someone(), other = someone();
  upload(10, busy);
  for (int i = 0; i < 6; ++i) EXPECT_TRUE(is_of(lease(), busy));
  upload(1, other);
  EXPECT_TRUE(is_of(lease(), other));
  EXPECT_TRUE(is_of(lease(), other));
}

TEST_F(FairnessTest, TenantsTakeTurnsHoweverManyCreatorsTheyHave) {
  for (int i = 0; i < 8; ++i) upload(2, someone(), "large");
  upload(8, someone(), "small");
  int small = 0;
  for (int i = 0; i < 20; ++i) {
    const auto task = lease();
    if (task.tenant.text() == "small") ++small;
    complete(task);
  }
  EXPECT_GE(small, 9);
  EXPECT_LE(small, 11);
}

TEST_F(FairnessTest, CreatorsOfATenantTakeTurns) {
  std::map<std::string, int> turns;
  for (int i = 0; i < 4; ++i) upload(4, someone());
  for (int i = 0; i < 16; ++i) {
    const auto task = lease();
    ++turns[task.lane];
    complete(task);
  }
  EXPECT_EQ(turns.size(), 4U);
  for (const auto& [lane, count] : turns) EXPECT_EQ(count, 4) << lane;
}

}  // namespace
}  // namespace cliffhanger::transcode
