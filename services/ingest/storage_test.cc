// How many bytes creators may store, on a real database.
#include "services/ingest/domain/imports.h"
#include "services/ingest/domain/limits.h"
#include "services/ingest/test_storage.h"

namespace cliffhanger::ingest {
namespace {

TEST_F(StorageTest, CreatingTakesTheWholeLengthAndTheLastByteFits) {
  ASSERT_TRUE(take(600));
  EXPECT_EQ(reason(take(401)), "QUOTA_EXCEEDED");
  EXPECT_EQ(used(), 600);
  ASSERT_TRUE(take(300, Purpose::kDub));
  ASSERT_TRUE(take(100, Purpose::kPartial));
  EXPECT_EQ(used(), kLimit);
  for (const Purpose purpose : {Purpose::kVideo, Purpose::kDub, Purpose::kPartial}) {
    const auto refused = take(1, purpose);
    EXPECT_EQ(reason(refused), "QUOTA_EXCEEDED");
    EXPECT_EQ(refused.error().metadata.at("used_bytes"), "1000");
    EXPECT_EQ(refused.error().metadata.at("limit_bytes"), "1000");
  }
  const Caller other{me_.tenant, Role::kCreator, UserId(Uuid::from_name("other")), "", false};
  NewUpload wanted{episode_, 1000, "a.mp4", "", ""};
  EXPECT_TRUE(limited([&](Uploads& u, auto&) { return u.create_upload(other, wanted); }));
}

TEST_F(StorageTest, WhatEndsIsFreed) {
  const auto given_up = *take(500);
  const auto expires = *take(400);
  EXPECT_FALSE(take(200));
  ASSERT_TRUE(limited([&](Uploads& u, auto&) { return u.terminate_upload(me_, given_up.id); }));
  EXPECT_EQ(used(), 400);
  clock_.advance(25h);
  ASSERT_EQ(*limited([&](Uploads& u, auto&) { return u.expire(); }), 1);
  EXPECT_EQ(used(), 0);
  const auto refused = *take(300), ready = *take(600);
  ASSERT_TRUE(pool_->transact([&](sql::Tx& tx) {
    return tx.run_text("UPDATE upload SET state = CASE WHEN length = 300 THEN 'rejected' ELSE 'ready' END WHERE length IN (300, 600)");
  }));
  EXPECT_EQ(used(), 600);
  ASSERT_TRUE(limited([&](Uploads& u, auto&) { return u.episode_deleted(me_.tenant, episode_); }));
  EXPECT_EQ(used(), 0);
}

TEST_F(StorageTest, ALengthThatIsToldLastCountsAsItArrives) {
  ASSERT_TRUE(take(500));
  auto open = *take(0, Purpose::kVideo, true);
  EXPECT_EQ(used(), 500);
  open = *add(open, 300);
  open = *add(open, 200);
  EXPECT_EQ(used(), kLimit);
  EXPECT_EQ(reason(add(open, 1)), "QUOTA_EXCEEDED");
  EXPECT_EQ(reason(add(open, 0)), "QUOTA_EXCEEDED") << "before a byte is written that would count nowhere";
  EXPECT_EQ(limited([&](Uploads& u, auto&) { return u.get(me_, open.id); })->offset, 500);  // nothing was lost
  EXPECT_EQ(reason(add(open, 0, 501)), "QUOTA_EXCEEDED");
  EXPECT_EQ(add(open, 0, 500)->state, State::kVerifying);
  EXPECT_EQ(used(), kLimit);
}

TEST_F(StorageTest, WithoutRoomNoEpochIsGivenToAnOpenLength) {
  const auto open = *take(0, Purpose::kVideo, true), piece = *take(0, Purpose::kPartial, true);
  ASSERT_TRUE(take(kLimit));
  for (const Upload& upload : {open, piece}) {
    EXPECT_EQ(reason(add(upload, 0)), "QUOTA_EXCEEDED");
    EXPECT_EQ(limited([&](Uploads& u, auto&) { return u.get(me_, upload.id); })->epoch, upload.epoch);
  }
  limit(kLimit + 1);
  EXPECT_TRUE(add(open, 0));
  limit(kLimit);
  EXPECT_EQ(reason(add(open, 0)), "QUOTA_EXCEEDED");
  policy_.quota_bytes = 0;
  limit(std::nullopt);
  EXPECT_TRUE(add(open, 0));
}

TEST_F(StorageTest, TellingALengthTakesItAtOnce) {
  auto open = *take(0, Purpose::kVideo, true);
  open = *add(open, 100);
  ASSERT_TRUE(add(open, 0, 900));
  EXPECT_EQ(used(), 900);
  EXPECT_FALSE(take(101));
}

// Its pieces have been counted.
TEST_F(StorageTest, JoiningTakesNothing) {
  std::vector<UploadId> pieces;
  for (int i = 0; i < 2; ++i) {
    const auto piece = take(500, Purpose::kPartial);
    ASSERT_TRUE(add(*piece, 500));
    pieces.push_back(piece->id);
  }
  const auto whole = limited([&](Uploads& u, auto&) { return u.create_of(me_, {episode_, 0, "a.mp4", "", ""}, pieces); });
  ASSERT_TRUE(whole) << whole.error().reason;
  EXPECT_EQ(used(), kLimit);
  limit(10);  // less than there is: nothing goes, and nothing comes
  EXPECT_EQ(reason(take(1)), "QUOTA_EXCEEDED");
  EXPECT_EQ(used(), kLimit);
}

TEST_F(StorageTest, ALimitOfTheirOwn) {
  limit(2000);
  ASSERT_TRUE(take(2000));
  EXPECT_FALSE(take(1));
  limit(std::nullopt);
  EXPECT_FALSE(take(1));
  policy_.quota_bytes = 0;  // a deployment without
  EXPECT_TRUE(take(1 << 20));
  limit(0);
  EXPECT_FALSE(take(1));
}

TEST_F(StorageTest, AtOnceTheyDoNotPassTheLimitTogether) {
  std::atomic<int> taken{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 20; ++i) {
    threads.emplace_back([&] {
      const auto made = take(90);
      taken += made.has_value();
      if (!made) EXPECT_EQ(reason(made), "QUOTA_EXCEEDED") << made.error().message;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(taken, 11);
  EXPECT_EQ(used(), 990);
}

TEST_F(StorageTest, WithoutRoomOlderWritersCanBeFenced) {
  auto open = *take(0, Purpose::kVideo, true);
  open = *add(open, kLimit);
  const auto begin = [&](bool writes) {
    return limited([&](Uploads& u, auto&) { return u.begin(me_, open.id, open.offset, 0, writes); });
  };
  EXPECT_EQ(reason(begin(true)), "QUOTA_EXCEEDED");
  const auto fenced = begin(false);
  ASSERT_TRUE(fenced) << fenced.error().message;
  EXPECT_GT(fenced->epoch, open.epoch);
  EXPECT_EQ(fenced->offset, kLimit);
}

// Without bytes nothing else would stop them.
TEST_F(StorageTest, AtOnceTheyDoNotPassTheNumberOfOpenUploads) {
  ASSERT_TRUE(take(0, Purpose::kPartial, true));
  ASSERT_TRUE(pool_->transact([&](sql::Tx& tx) {
    return tx.run_text(
        "INSERT INTO upload (upload_id, tenant, owner, episode_id, filename, content_type, length, state, "
        "created_at, expires_at, purpose) "
        "SELECT gen_random_uuid(), tenant, owner, episode_id, '', '', 0, state, created_at, expires_at, "
        "purpose FROM upload, generate_series(1, " +
        std::to_string(kMostOpenUploads - 4) + ")");
  }));
  std::atomic<int> taken{0}, odd{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 12; ++i) {
    threads.emplace_back([&, i] {
      const auto made = take(0, i % 2 == 0 ? Purpose::kPartial : Purpose::kVideo, true);
      taken += made.has_value();
      if (!made && reason(made) != "TOO_MANY_UPLOADS") ++odd;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(odd, 0);
  EXPECT_EQ(taken, 3);
}

// Some are created, others told their length, others grow, while some are given up and the episode of others is deleted.
TEST_F(StorageTest, AllWaysToGrowAtOnce) {
  std::vector<std::thread> threads;
  std::atomic<int> odd{0};
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 10; ++round) {
        auto made = take(i % 2 == 0 ? 150 : 0, Purpose::kVideo, i % 2 == 1);
        if (made && i % 2 == 1) made = add(*made, 120);
        if (made && i % 4 == 1) made = add(*made, 0, 200);
        if (!made && reason(made) != "QUOTA_EXCEEDED" && reason(made) != "EPISODE_NOT_FOUND") ++odd;
        if (used() > kLimit) ++odd;
        if (made && round % 2 == 0) (void)limited([&](Uploads& u, auto&) { return u.terminate_upload(me_, made->id); });
      }
    });
  }
  threads.emplace_back([&] {
    for (int i = 0; i < 10; ++i) (void)limited([&](Uploads& u, auto&) { return u.episode_deleted(me_.tenant, EpisodeId(Uuid::from_name("x"))); });
  });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(odd, 0);
  EXPECT_LE(used(), kLimit);
}

TEST_F(StorageTest, ImportsCountOnceTheServerSaysTheirLength) {
  const auto imports = [&](auto use) {
    return limited([&](auto&, Library& library) {
      Imports it(library, clock_, random_, policy_, {5, 1h});
      return use(it);
    });
  };
  NewUpload wanted{episode_, 0, "a.mp4", "", ""};
  const auto made = imports([&](Imports& it) { return it.create(me_, wanted, "http://x/a", "http://x/a"); });
  ASSERT_TRUE(made);
  EXPECT_EQ(used(), 0);
  const auto begin = [&](std::int64_t total) {
    return imports([&](Imports& it) { return it.begin(me_.tenant, made->id, 0, total, ""); });
  };
  EXPECT_EQ(begin(1001).error().reason, "QUOTA_EXCEEDED");
  ASSERT_TRUE(begin(900));
  ASSERT_TRUE(begin(1000));  // another file now, from its beginning
  EXPECT_EQ(used(), 1000);
  ASSERT_TRUE(begin(10));
  EXPECT_EQ(used(), 10);
}

}  // namespace
}  // namespace cliffhanger::ingest
