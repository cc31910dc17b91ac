// People in exports: who is erased is in none, and neither is what came in behind a refusal, whatever moment
// it happens at.
#include <thread>

#include "libs/bus/people.h"
#include "services/insight/exports/test_exports.h"

namespace cliffhanger::insight {
namespace {

class ExportPrivacyTest : public ExportsWorld {
 protected:
  // As the house hears of it (libs/host/people).
  void mark(const UserId& user) {
    run("INSERT INTO erased (tenant, person) VALUES ('default', '" + bus::digest_of_person(tenant_, user) +
        "') ON CONFLICT DO NOTHING");
  }
  // And one turn of it.
  void erase_rows(const UserId& user) {
    EXPECT_TRUE(pool_->transact([&](sql::Tx& tx) -> Result<void> {
      CH_TRY(rewrite_exports_of(tx, tenant_, {user}));
      CH_TRY(tx.run_text("SELECT erase_people('default', ARRAY['" + user.text() + "']::uuid[], 2000)"));
      return {};
    }));
  }
  bool clean() {
    return *pool_->read([&](sql::Tx& tx) { return exports_are_clean(tx, tenant_); });
  }
  // In any object, told of or not.
  bool somewhere(const UserId& user) {
    bool found = false;
    for (const auto& key : keys()) {
      if (!key.ends_with(".jsonl.gz")) continue;
      EXPECT_TRUE(each_gzip_line(*store_.open(key), [&](std::string_view line) -> Result<void> {
        found = found || line.find(user.text()) != line.npos;
        return {};
      }));
    }
    return found;
  }

  const Tenant tenant_ = *Tenant::parse("default");
};

TEST_F(ExportPrivacyTest, WhoIsErasedIsTakenOutOfWhatThereIs) {
  const auto gone = someone(), stays = someone();
  const auto kept = many(3), other = many(2);
  send(gone, many(5));
  send(stays, kept);
  next_hour();
  send(stays, other);
  next_hour();
  step();
  EXPECT_TRUE(somewhere(gone));
  EXPECT_TRUE(clean());
  mark(gone);
  erase_rows(gone);
  EXPECT_FALSE(clean()) << "an erasure that is not complete waits";
  step();
  EXPECT_TRUE(clean());
  EXPECT_FALSE(somewhere(gone));
  auto all = ids(kept);
  all.merge(ids(other));
  EXPECT_EQ(exported(), all) << "of others nothing is lost";
  std::multiset<std::int64_t> revisions;
  for (const auto& [start, revision] : revisions_) revisions.insert(revision);
  EXPECT_EQ(revisions, (std::multiset<std::int64_t>{1, 2}))
      << "whoever has read the window sees that it has changed";
  nothing_is_left_over();
  erase_rows(gone);  // the second round
  EXPECT_TRUE(clean());
}

TEST_F(ExportPrivacyTest, ANobodyIsLeftWindowIsEmptyAndStillThere) {
  const auto gone = someone();
  send(gone, many(2));
  next_hour();
  step();
  mark(gone);
  erase_rows(gone);
  step();
  EXPECT_TRUE(exported().empty());
  EXPECT_EQ(windows().size(), 1u);
  EXPECT_EQ(revisions_.begin()->second, 2);
}

TEST_F(ExportPrivacyTest, WhoIsErasedInAnotherTenantStays) {
  const auto user = someone();
  send(user, many(2));
  next_hour();
  step();
  run("INSERT INTO erased (tenant, person) VALUES ('brand-1', '" +
      bus::digest_of_person(*Tenant::parse("brand-1"), user) + "')");
  EXPECT_TRUE(pool_->transact(
      [&](sql::Tx& tx) { return rewrite_exports_of(tx, *Tenant::parse("brand-1"), {user}); }));
  step();
  EXPECT_EQ(exported().size(), 2u);
}

// The rewriter dies at each call in turn: the person goes all the same, and the others stay.
TEST_F(ExportPrivacyTest, KilledWhileRewriting) {
  const auto gone = someone(), stays = someone();
  const auto kept = many(30);
  send(gone, many(20));
  send(stays, kept);
  next_hour();
  step();
  mark(gone);
  erase_rows(gone);
  int deaths = 0;
  for (int call = 0;; ++call) {
    store_.die_at(call);
    Result<bool> more = true;
    while (more && *more) more = try_step();
    if (!store_.died()) break;
    ++deaths;
    store_.revive();
    EXPECT_GE(exported().size(), kept.size());
    if (clean()) EXPECT_FALSE(somewhere(gone));
  }
  EXPECT_GE(deaths, 5);
  store_.revive();
  step();
  EXPECT_FALSE(somewhere(gone));
  EXPECT_EQ(exported(), ids(kept));
  nothing_is_left_over();
}

// A store that does something else just before an object is made whole: then its people are not named yet.
class ExportRacesTest : public ExportPrivacyTest {
 protected:
  class Meanwhile final : public blob::Store {
   public:
    Meanwhile(blob::Store& it, std::function<void()> what) : it_(it), what_(std::move(what)) {}
    Result<std::unique_ptr<blob::Writer>> create(std::string_view key) override {
      CH_ASSIGN(auto writer, it_.create(key));
      return std::make_unique<Writer>(*this, std::move(writer), key.ends_with(".gz"));
    }
    Result<blob::Info> head(std::string_view key) override { return it_.head(key); }
    Result<blob::Opened> open(std::string_view key) override { return it_.open(key); }
    Result<std::vector<blob::Info>> list(std::string_view prefix, std::string_view after,
                                         std::size_t most) override {
      return it_.list(prefix, after, most);
    }
    Result<void> remove(std::string_view key) override { return it_.remove(key); }
    Result<std::int64_t> remove_unfinished(Time before, bool dry) override {
      return it_.remove_unfinished(before, dry);
    }
    Result<void> put_file(std::string_view key, const std::string& path) override {
      return it_.put_file(key, path);
    }

   private:
    struct Writer final : blob::Writer {
      Writer(Meanwhile& at, std::unique_ptr<blob::Writer> to, bool is_part)
          : store(at), it(std::move(to)), part(is_part) {}
      Result<void> write(std::string_view bytes) override { return it->write(bytes); }
      Result<void> publish() override {
        if (part) std::exchange(store.what_, [] {})();
        return it->publish();
      }
      Meanwhile& store;
      std::unique_ptr<blob::Writer> it;
      const bool part;
    };
    blob::Store& it_;
    std::function<void()> what_;
  };
  void step_while(std::function<void()> what) {
    Meanwhile store(store_, std::move(what));
    Exporter exporter({*pool_, store, clock_, random_, metrics_, log_, options_});
    auto more = exporter.step({});
    while (more && *more) more = exporter.step({});
    ASSERT_TRUE(more) << more.error().message;
  }
};

TEST_F(ExportRacesTest, WhoIsErasedWhileTheirEventsAreWrittenIsInNoExport) {
  const auto gone = someone(), stays = someone();
  const auto kept = many(3);
  send(gone, many(5));
  send(stays, kept);
  next_hour();
  step_while([&] {
    mark(gone);
    erase_rows(gone);
  });
  EXPECT_FALSE(somewhere(gone));
  EXPECT_EQ(exported(), ids(kept));
  EXPECT_TRUE(clean());
}

TEST_F(ExportRacesTest, OrWhileAnothersAreTakenOut) {
  const auto first = someone(), second = someone(), stays = someone();
  const auto kept = many(3);
  send(first, many(2));
  send(second, many(2));
  send(stays, kept);
  next_hour();
  step();
  mark(first);
  erase_rows(first);
  step_while([&] {
    mark(second);
    erase_rows(second);
  });
  EXPECT_FALSE(somewhere(first) || somewhere(second));
  EXPECT_EQ(exported(), ids(kept));
}

// Erasures are kept up with although exports were switched off meanwhile.
TEST_F(ExportPrivacyTest, AlsoWhenExportsAreOff) {
  const auto gone = someone();
  send(gone, many(5));
  next_hour();
  step();
  send(gone, many(1));
  next_hour();
  store_.die_at(3);  // half a window
  (void)try_step();
  store_.revive();
  options_.on = false;
  mark(gone);
  erase_rows(gone);
  step();
  EXPECT_FALSE(somewhere(gone));
  EXPECT_TRUE(clean());
}

TEST_F(ExportPrivacyTest, WhatCameInBehindARefusalIsTakenOutAndWhatCameBeforeStays) {
  const auto user = someone(), other = someone();
  const auto before = many(2);
  send(user, before);
  clock_.advance(10s);
  const Time refused = clock_.now();
  clock_.advance(10s);
  const auto of_other = many(1);
  send(user, many(4));
  send(other, of_other);
  next_hour();
  step();  // the hour is over before insight hears
  EXPECT_EQ(exported().size(), 7u);
  hear(user, {.analytics = false, .profiling = std::nullopt}, 1, refused);
  step();
  auto all = ids(before);
  all.merge(ids(of_other));
  EXPECT_EQ(exported(), all);
  hear(user, {.analytics = false, .profiling = false}, 2, clock_.now());
  step();
  EXPECT_EQ(exported(), all) << "the first refusal holds";
}

TEST_F(ExportRacesTest, ARefusalThatIsHeardWhileTheEventsAreWritten) {
  const auto user = someone();
  const auto before = many(2);
  send(user, before);
  clock_.advance(10s);
  const Time refused = clock_.now();
  clock_.advance(10s);
  send(user, many(4));
  next_hour();
  step_while([&] { hear(user, {.analytics = false, .profiling = std::nullopt}, 1, refused); });
  step();
  EXPECT_EQ(exported(), ids(before));
  EXPECT_TRUE(clean());
}

}  // namespace
}  // namespace cliffhanger::insight
