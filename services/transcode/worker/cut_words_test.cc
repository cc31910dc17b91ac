// What cuts say, while their index is written: killed, late, twice, withdrawn; and when films are replaced or
// go.
#include <gmock/gmock.h>

#include "services/transcode/worker/cut_world.h"

namespace cliffhanger::transcode {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// The same objects, with something happening whenever one is looked at or written.
class Watched final : public blob::Store {
 public:
  using Hook = std::function<Result<void>(const std::string& key)>;
  struct Hooks {
    Hook looked, before_writing, written;
  };
  Watched(std::unique_ptr<blob::Store> store, const Hooks& hooks) : store_(std::move(store)), hooks_(hooks) {}
  Result<std::unique_ptr<blob::Writer>> create(std::string_view key) override {
    CH_ASSIGN(auto writer, store_->create(key));
    return std::make_unique<WatchedWriter>(std::move(writer), hooks_, std::string(key));
  }
  Result<blob::Info> head(std::string_view key) override {
    CH_TRY(call(hooks_.looked, std::string(key)));
    return store_->head(key);
  }
  Result<blob::Opened> open(std::string_view key) override {
    CH_TRY(call(hooks_.looked, std::string(key)));
    return store_->open(key);
  }
  Result<std::vector<blob::Info>> list(std::string_view prefix, std::string_view after,
                                       std::size_t most) override {
    return store_->list(prefix, after, most);
  }
  Result<void> remove(std::string_view key) override { return store_->remove(key); }
  Result<std::int64_t> remove_unfinished(Time before, bool dry) override {
    return store_->remove_unfinished(before, dry);
  }
  Result<std::string> get(std::string_view key, std::int64_t most) override {
    CH_TRY(call(hooks_.looked, std::string(key)));
    return store_->get(key, most);
  }
  Result<void> put_file(std::string_view key, const std::string& path) override {
    return store_->put_file(key, path);
  }

 private:
  static Result<void> call(const Hook& hook, const std::string& key) {
    return hook ? hook(key) : Result<void>();
  }
  class WatchedWriter final : public blob::Writer {
   public:
    WatchedWriter(std::unique_ptr<blob::Writer> writer, const Hooks& hooks, std::string key)
        : writer_(std::move(writer)), hooks_(hooks), key_(std::move(key)) {}
    Result<void> write(std::string_view bytes) override { return writer_->write(bytes); }
    Result<void> publish() override {
      CH_TRY(call(hooks_.before_writing, key_));
      CH_TRY(writer_->publish());
      return call(hooks_.written, key_);
    }

   private:
    std::unique_ptr<blob::Writer> writer_;
    const Hooks& hooks_;
    const std::string key_;
  };

  std::unique_ptr<blob::Store> store_;
  const Hooks& hooks_;
};

class CutWordsTest : public CutWorld {
 protected:
  CutWordsTest() { blobs_ = std::make_unique<Watched>(std::move(blobs_), hooks_); }
  // A trim of a film, ready, and a change of its text that waits to be taken over.
  void SetUp() override {
    one_ = film(5), trim_ = EpisodeId::make(clock_.now(), random_);
    say(one_, "en", cue("First"));
    work();
    id_ = cut(trim_, {{one_, 0, 4000}}).id;
    work();
    ASSERT_THAT(said(id_), HasSubstr("First"));
    say(one_, "en", cue("Second"));
  }
  static std::string cue(const std::string& text) { return "00:01.000 --> 00:03.000\n" + text + "\n"; }
  bool is_index(const std::string& key) { return key.ends_with(id_.text() + "/ready.json"); }
  // The task of the cut's words.
  Ledger::Work take(Ledger& ledger) {
    while (true) {
      auto held = ledger.lease("w");
      EXPECT_TRUE(held && *held);
      if ((*held)->revision.id == id_) return std::move(**held);
      EXPECT_TRUE(ledger.captions(**held));
    }
  }
  // Once, before the index is written.
  void meanwhile(std::function<void()> what) {
    armed_ = true;
    hooks_.before_writing = [this, what = std::move(what)](const std::string& key) -> Result<void> {
      if (armed_ && is_index(key)) armed_ = false, what();
      return {};
    };
  }
  // Whoever has a task is dead, or so slow that another may take it.
  void leases_run_out() {
    number(
        "WITH it AS (UPDATE work SET lease_until = now() - interval '1 second' WHERE state = 'leased' "
        "RETURNING 1) "
        "SELECT count(*) FROM it");
  }
  void delete_episode(EpisodeId episode) {
    ASSERT_TRUE(transact([&](PgRevisions& revisions) { return revisions.episode_deleted(episode, 9); }));
    ASSERT_TRUE(
        pool_->transact([&](sql::Tx& tx) { return PgCaptions(tx, call_, clock_, random_).forget(episode); }));
  }

  Watched::Hooks hooks_;
  bool armed_ = false;
  EpisodeId one_, trim_;
  RevisionId id_;
};

TEST_F(CutWordsTest, NoTransactionIsOpenWhileObjectsAreLookedAtOrWritten) {
  Ledger ledger = World::ledger();
  const Ledger::Work held = take(ledger);
  int looks = 0, writes = 0;
  std::int64_t waiting = 0;
  const auto look = [&](int& count) {
    return [&](const std::string&) -> Result<void> {
      ++count;
      waiting += number(
          "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in "
          "transaction'");
      return {};
    };
  };
  hooks_.looked = look(looks);
  hooks_.before_writing = look(writes);
  ASSERT_TRUE(ledger.captions(held));
  EXPECT_GE(looks, 5);
  EXPECT_GE(writes, 4) << "the text, its playlist, the manifest, the index";
  EXPECT_EQ(waiting, 0);
  hooks_ = {};
  EXPECT_THAT(said(id_), HasSubstr("Second"));
}

TEST_F(CutWordsTest, WhatIsPutWhileItIsWrittenIsInIt) {
  meanwhile([&] { say(one_, "en", cue("Third")); });
  work();
  EXPECT_THAT(said(id_), AllOf(HasSubstr("Third"), Not(HasSubstr("Second"))));
  EXPECT_EQ(left(), 0);
}

// Killed behind the writing of the index: it is there, and nobody has heard of it.
TEST_F(CutWordsTest, KilledBehindItsWritingItIsAsIfItWereDoneOnce) {
  Ledger dying = World::ledger();
  const Ledger::Work held = take(dying);
  hooks_.written = [&](const std::string& key) -> Result<void> {
    if (is_index(key)) return fail(unavailable("OBJECT_STORE_FAILED", "Killed."));
    return {};
  };
  EXPECT_EQ(dying.captions(held).error().reason, "OBJECT_STORE_FAILED");
  hooks_ = {};
  const auto objects = ready(id_).objects;
  EXPECT_THAT(said(id_), HasSubstr("Second"));
  leases_run_out();
  work();
  EXPECT_EQ(ready(id_).objects, objects);
  EXPECT_EQ(left(), 0);
}

// Killed before: whoever comes next writes it.
TEST_F(CutWordsTest, KilledBeforeItsWritingItIsWrittenByTheNext) {
  Ledger dying = World::ledger();
  const Ledger::Work held = take(dying);
  hooks_.before_writing = [&](const std::string& key) -> Result<void> {
    if (is_index(key)) return fail(unavailable("OBJECT_STORE_FAILED", "Killed."));
    return {};
  };
  EXPECT_EQ(dying.captions(held).error().reason, "OBJECT_STORE_FAILED");
  hooks_ = {};
  EXPECT_THAT(said(id_), HasSubstr("First"));
  leases_run_out();
  work();
  EXPECT_THAT(said(id_), HasSubstr("Second"));
  EXPECT_EQ(left(), 0);
}

// It lost its lease while the store took its time, and what another one wrote since is newer.
TEST_F(CutWordsTest, OneThatWritesTooLateIsPutRight) {
  Ledger late = World::ledger();
  const Ledger::Work held = take(late);
  meanwhile([&] {
    leases_run_out();
    say(one_, "en", cue("Third"));
    work();
    EXPECT_THAT(said(id_), HasSubstr("Third"));
  });
  EXPECT_EQ(late.captions(held).error().reason, "LEASE_LOST");
  EXPECT_THAT(said(id_), HasSubstr("Second")) << "it came last";
  EXPECT_EQ(left(), 1);
  work();
  EXPECT_THAT(said(id_), AllOf(HasSubstr("Third"), Not(HasSubstr("Second"))));
  EXPECT_EQ(left(), 0);
}

TEST_F(CutWordsTest, OneThatWritesWhatIsWithdrawnTakesItBack) {
  Ledger ledger = World::ledger();
  const Ledger::Work held = take(ledger);
  meanwhile([&] {
    delete_episode(trim_);
    work();
    EXPECT_FALSE(index(id_));
  });
  EXPECT_EQ(ledger.captions(held).error().reason, "LEASE_LOST");
  EXPECT_TRUE(index(id_)) << "it came last";
  work();
  EXPECT_FALSE(index(id_));
  EXPECT_EQ(left(), 0);
}

// Its other films go on saying what is new, in whatever language, and what it says of the one that went
// stays.
TEST_F(CutWordsTest, FollowsTheFilmsThatAreStillThere) {
  work();
  const EpisodeId two = film(7), both = EpisodeId::make(clock_.now(), random_);
  say(one_, "fr", "00:00.500 --> 00:01.500\nBonjour\n", "Français");
  say(two, "en", cue("Bye"), "English");
  say(two, "es", cue("Hola"));
  work();
  const auto made = cut(both, {{one_, 0, 2000}, {two, 0, 4000}, {one_, 2000, 5000}});
  work();
  const auto before = ready(made.id).objects;
  delete_episode(one_);
  work();
  EXPECT_EQ(ready(made.id).objects, before);
  say(two, "en", cue("Ciao"), "English");
  say(two, "de", cue("Hallo"));
  ASSERT_TRUE(captioning([&](Captioning& it) { return it.remove(two, std::nullopt, "es", false); }));
  work();
  EXPECT_THAT(said(made.id), AllOf(HasSubstr("Second"), HasSubstr("Ciao"), Not(HasSubstr("Bye"))));
  EXPECT_THAT(said(made.id, "fr"), HasSubstr("00:00:00.500 --> 00:00:01.500\nBonjour\n"));
  EXPECT_THAT(said(made.id, "de"), HasSubstr("Hallo"));
  EXPECT_THAT(object(ready(made.id), "main.m3u8"),
              AllOf(HasSubstr("NAME=\"Français\",LANGUAGE=\"fr\""), Not(HasSubstr("LANGUAGE=\"es\""))));
  // Byte for byte: players have these segments already.
  const auto after = ready(made.id).objects;
  for (const auto& [name, entry] : before)
    if (name.starts_with("captions/fr/") || name.starts_with("captions/en/0-") ||
        name.starts_with("captions/en/2-"))
      EXPECT_EQ(after.at(name), entry) << name;
  EXPECT_EQ(left(), 0);
}

// A film is being made whole again (worker/packaging.cc, heal): a cut waits for it, and does not go without
// what it took.
TEST_F(CutWordsTest, WaitsForPartsThatAreMadeAgain) {
  ASSERT_TRUE(hear_dub(one_, "es", 5, 700));
  work();
  const auto made = cut(trim_, {{one_, 0, 4000}});
  const auto run = [&](const std::string& statement) {
    ASSERT_TRUE(pool_->transact([&](sql::Tx& tx) { return tx.run_text(statement); }));
  };
  run("CREATE TABLE gone AS SELECT p.* FROM piece p JOIN revision_piece r USING (tenant, piece_key) WHERE "
      "r.track = "
      "'0/sound-es' AND r.ordinal = 0");
  run("DELETE FROM piece WHERE piece_key IN (SELECT piece_key FROM gone)");
  Ledger ledger = World::ledger();
  const auto held = ledger.lease("w");
  ASSERT_TRUE(held && *held);
  EXPECT_EQ(ledger.package(**held).error().reason, "REUSE_PIECE_MISSING");
  EXPECT_EQ(get(made.id).state, State::kProcessing);
  run("INSERT INTO piece SELECT * FROM gone");
  ASSERT_TRUE(ledger.release(**held, 0ms));
  // However often that is: encoding again takes longer than five attempts.
  Worker worker({"w", 100ms, 0ms}, {ledger, *blobs_, runner_, *scratch_, urgent_, metrics_, log_});
  run("DELETE FROM piece WHERE piece_key IN (SELECT piece_key FROM gone)");
  for (int i = 0; i < 8; ++i) {
    ASSERT_TRUE(worker.step());
    run("UPDATE work SET run_after = now() WHERE state = 'ready'");
    ASSERT_EQ(get(made.id).state, State::kProcessing);
  }
  run("INSERT INTO piece SELECT * FROM gone");
  work();
  EXPECT_THAT(object(ready(made.id), "main.m3u8"), HasSubstr("LANGUAGE=\"es\""));
}

}  // namespace
}  // namespace cliffhanger::transcode
