// How many bytes all creators of a tenant may store together, on a real database, at two replicas.
#include <gmock/gmock.h>

#include "services/ingest/domain/imports.h"
#include "services/ingest/test_storage.h"

namespace cliffhanger::ingest {
namespace {

class TenantStorageTest : public StorageTest {
 protected:
  TenantStorageTest() {
    policy_.quota_bytes = 0;
    policy_.tenant_quota_bytes = kLimit;
  }
  Caller creator(const std::string& name, const char* tenant = "default") {
    return {*Tenant::parse(tenant), Role::kCreator, UserId(Uuid::from_name(name)), "", false};
  }
  // At the other replica.
  template <class Use>
  auto elsewhere(Use use) {
    return other_.transact([&](sql::Tx& tx) {
      PgLibrary library(tx, clock_, random_);
      Uploads uploads(library, clock_, random_, policy_);
      return use(uploads, library);
    });
  }
  Result<Upload> by(const Caller& who, std::int64_t length) {
    return elsewhere(
        [&](Uploads& u, auto&) { return u.create_upload(who, {episode_, length, "a.mp4", "", ""}); });
  }
  std::int64_t used_by_all(const Tenant& tenant) {
    return elsewhere([&](auto&, Library& library) { return library.stored_by_all(tenant); })->used;
  }
  void limit_all(std::optional<std::int64_t> bytes) {
    ASSERT_TRUE(
        elsewhere([&](auto&, Library& library) { return library.set_tenant_limit(me_.tenant, bytes); }));
  }
  sql::Pool other_{sql::PoolConfig{url_, "ingest", 4}, metrics_};
};

TEST_F(TenantStorageTest, TheLastByteOfAllFitsAndNoneMore) {
  ASSERT_TRUE(take(600));
  const auto refused = by(creator("other"), 401);
  ASSERT_EQ(reason(refused), "TENANT_QUOTA_EXCEEDED");
  EXPECT_EQ(refused.error().metadata.at("limit_bytes"), "1000");
  EXPECT_EQ(refused.error().metadata.at("wanted_bytes"), "401");
  EXPECT_FALSE(refused.error().metadata.contains("used_bytes")) << "what others store is nobody's business";
  EXPECT_TRUE(by(creator("other"), 400));
  EXPECT_EQ(used_by_all(me_.tenant), kLimit);
  for (const Purpose purpose : {Purpose::kVideo, Purpose::kDub, Purpose::kPartial})
    EXPECT_EQ(reason(take(1, purpose)), "TENANT_QUOTA_EXCEEDED");
  EXPECT_TRUE(by(creator("me", "elsewhere"), kLimit)) << "the same person's id in another tenant";
}

TEST_F(TenantStorageTest, TheCreatorsOwnLimitIsSaidFirst) {
  limit(500);
  ASSERT_TRUE(by(creator("other"), 900));
  EXPECT_EQ(reason(take(501)), "QUOTA_EXCEEDED") << "what they can do something about";
  EXPECT_EQ(reason(take(500)), "TENANT_QUOTA_EXCEEDED");
}

TEST_F(TenantStorageTest, WhatEndsIsFreedForOthers) {
  const auto given_up = *take(400), expires = *take(300), rejected = *take(200), ready = *take(100);
  const auto other = creator("other");
  EXPECT_FALSE(by(other, 1));
  ASSERT_TRUE(limited([&](Uploads& u, auto&) { return u.terminate_upload(me_, given_up.id); }));
  EXPECT_EQ(used_by_all(me_.tenant), 600);
  ASSERT_TRUE(pool_->transact([&](sql::Tx& tx) {
    return tx.run_text(
        "UPDATE upload SET state = CASE WHEN length = 200 THEN 'rejected' ELSE 'ready' END WHERE length IN "
        "(100, 200)");
  }));
  EXPECT_EQ(used_by_all(me_.tenant), 400);
  clock_.advance(25h);
  ASSERT_EQ(*limited([&](Uploads& u, auto&) { return u.expire(); }), 1);
  EXPECT_EQ(used_by_all(me_.tenant), 100);
  ASSERT_TRUE(limited([&](Uploads& u, auto&) { return u.episode_deleted(me_.tenant, episode_); }));
  EXPECT_EQ(used_by_all(me_.tenant), 0);
}

TEST_F(TenantStorageTest, ALengthThatIsToldLastCountsAsItArrives) {
  ASSERT_TRUE(by(creator("other"), 500));
  auto open = *take(0, Purpose::kVideo, true);
  open = *add(open, 300);
  EXPECT_EQ(used_by_all(me_.tenant), 800);
  EXPECT_EQ(reason(add(open, 201)), "TENANT_QUOTA_EXCEEDED");
  EXPECT_EQ(reason(add(open, 0, 501)), "TENANT_QUOTA_EXCEEDED");
  open = *add(open, 200);
  EXPECT_EQ(reason(add(open, 0)), "TENANT_QUOTA_EXCEEDED")
      << "before a byte is written that would count nowhere";
  EXPECT_EQ(limited([&](Uploads& u, auto&) { return u.get(me_, open.id); })->offset, 500)
      << "nothing was lost";
  EXPECT_EQ(add(open, 0, 500)->state, State::kVerifying) << "what is there fits";
}

TEST_F(TenantStorageTest, JoiningTakesNothing) {
  std::vector<UploadId> pieces;
  for (int i = 0; i < 2; ++i) {
    const auto piece = take(500, Purpose::kPartial);
    ASSERT_TRUE(add(*piece, 500));
    pieces.push_back(piece->id);
  }
  EXPECT_EQ(reason(by(creator("other"), 1)), "TENANT_QUOTA_EXCEEDED");
  const auto whole =
      limited([&](Uploads& u, auto&) { return u.create_of(me_, {episode_, 0, "a.mp4", "", ""}, pieces); });
  ASSERT_TRUE(whole) << whole.error().reason;
  EXPECT_EQ(used_by_all(me_.tenant), kLimit);
}

TEST_F(TenantStorageTest, ImportsCountOnceTheServerSaysTheirLength) {
  const auto imports = [&](auto use) {
    return limited([&](auto&, Library& library) {
      Imports it(library, clock_, random_, policy_, {5, 1h});
      return use(it);
    });
  };
  ASSERT_TRUE(by(creator("other"), 300));
  const auto made = imports([&](Imports& it) {
    return it.create(me_, {episode_, 0, "a.mp4", "", ""}, "http://x/a", "http://x/a");
  });
  ASSERT_TRUE(made);
  const auto begin = [&](std::optional<std::int64_t> total) {
    return imports([&](Imports& it) { return it.begin(me_.tenant, made->id, 0, total, ""); });
  };
  EXPECT_EQ(begin(701).error().reason, "TENANT_QUOTA_EXCEEDED");
  ASSERT_TRUE(begin(700));
  EXPECT_EQ(used_by_all(me_.tenant), kLimit);
  // The server says no length now: it counts as it arrives.
  const auto begun = begin(std::nullopt);
  ASSERT_TRUE(begun);
  EXPECT_EQ(used_by_all(me_.tenant), 300);
  const auto part = [&](std::int64_t at, std::int64_t bytes) {
    const Part it{begun->upload.epoch, at, bytes, std::string(64, 'a'),
                  part_prefix(begun->upload) + std::to_string(at)};
    return imports([&](Imports& i) { return i.commit_part(me_.tenant, made->id, it); });
  };
  ASSERT_TRUE(part(0, 700));
  EXPECT_EQ(reason(part(700, 1)), "TENANT_QUOTA_EXCEEDED");
}

TEST_F(TenantStorageTest, ALimitOfItsOwn) {
  limit_all(2000);
  ASSERT_TRUE(take(2000));
  EXPECT_FALSE(take(1));
  limit_all(10);  // less than there is: nothing goes, and nothing comes
  EXPECT_EQ(used_by_all(me_.tenant), 2000);
  EXPECT_FALSE(take(1));
  limit_all(std::nullopt);
  EXPECT_FALSE(take(1)) << "the deployment's";
  policy_.tenant_quota_bytes = 0;
  EXPECT_TRUE(take(1 << 20)) << "which has none";
  limit_all(0);
  EXPECT_FALSE(take(1));
}

// Creators of one tenant at two replicas, each within their own limit.
TEST_F(TenantStorageTest, AtOnceTheyDoNotPassTheLimitTogether) {
  policy_.quota_bytes = 500;
  std::atomic<int> taken{0}, odd{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 20; ++i) {
    threads.emplace_back([&, i] {
      const auto who = creator("creator " + std::to_string(i % 4));
      const auto create = [&](Uploads& u, auto&) {
        return u.create_upload(who, {episode_, 90, "a.mp4", "", ""});
      };
      const auto made = i % 2 == 0 ? limited(create) : elsewhere(create);
      taken += made.has_value();
      if (!made && reason(made) != "TENANT_QUOTA_EXCEEDED") ++odd;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(odd, 0);
  EXPECT_EQ(taken, 11);
  EXPECT_EQ(used_by_all(me_.tenant), 990);
}

// Every way to grow and to end of several creators, without anybody waiting in a circle.
TEST_F(TenantStorageTest, AllWaysToGrowAtOnce) {
  std::vector<std::thread> threads;
  std::atomic<int> odd{0};
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&, i] {
      const auto who = creator("creator " + std::to_string(i % 3));
      const auto grow = [&](const Upload& it, std::int64_t bytes, std::int64_t length) {
        const auto begun =
            elsewhere([&](Uploads& u, auto&) { return u.begin(who, it.id, it.offset, length); });
        if (!begun || bytes == 0) return begun;
        const Part part{begun->epoch, begun->offset, bytes, std::string(64, 'a'),
                        part_prefix(*begun) + std::to_string(begun->offset)};
        return limited([&](Uploads& u, auto&) { return u.commit_part(who, it.id, part); });
      };
      for (int round = 0; round < 10; ++round) {
        NewUpload wanted{episode_, i % 2 == 0 ? 150 : 0, "a.mp4", "", ""};
        wanted.length_deferred = i % 2 == 1;
        auto made = limited([&](Uploads& u, auto&) { return u.create_upload(who, wanted); });
        if (made && i % 2 == 1) made = grow(*made, 120, 0);
        if (made && i == 1) made = grow(*made, 0, 200);
        if (!made && reason(made) != "TENANT_QUOTA_EXCEEDED" && reason(made) != "EPISODE_NOT_FOUND") ++odd;
        if (used_by_all(me_.tenant) > kLimit) ++odd;
        if (made && round % 2 == 0)
          (void)elsewhere([&](Uploads& u, auto&) { return u.terminate_upload(who, made->id); });
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(odd, 0);
  EXPECT_LE(used_by_all(me_.tenant), kLimit);
  // A circle is broken by PostgreSQL, and the loser tries again.
  EXPECT_THAT(metrics_.expose(), testing::HasSubstr("cliffhanger_sql_retries_total{schema=\"ingest\"} 0\n"));
}

}  // namespace
}  // namespace cliffhanger::ingest
