#include "services/collector/collect/collector.h"

#include <filesystem>
#include <fstream>

#include "libs/blob/s3/store.h"
#include "services/collector/collect/index_names.h"
#include "tests/collector/test_house.h"

namespace cliffhanger::collector {
namespace {

class CollectorTest : public House {
 protected:
  // An upload in `state` with a part, and a source; whether they are needed is ingest's to say.
  ingest::Upload upload(const std::string& state) {
    ingest::NewUpload wanted;
    wanted.episode = EpisodeId(Uuid::from_name("e"));
    wanted.length = 100;
    const auto made = *uploads([&](auto& u) { return u.create_upload(me_caller_, wanted); });
    change(*ingest_, "UPDATE upload SET state = '" + state + "' WHERE upload_id = '" + made.id.text() + "'");
    put(part_of(made));
    put(source_of(made));
    return made;
  }
  static std::string part_of(const ingest::Upload& upload) { return part_prefix(upload) + "000-1"; }
  static std::string source_of(const ingest::Upload& upload) {
    return ingest::source_key(upload.tenant, SourceId(upload.id.uuid()));
  }
  RevisionId revision(const std::string& state) {
    const RevisionId out = RevisionId::make(clock_.now(), random_);
    change(*transcode_,
           "INSERT INTO revision (tenant, revision_id, episode_id, source_id, owner_id, source_key, source_sha256, state, told_at, "
           "created_at) VALUES ('default', '" + out.text() + "', '" + id() + "', '" + id() + "', '" + id() + "', 'x', 'x', '" +
               state + "', now(), now())");
    return out;
  }
  void piece(const std::string& key) {
    change(*transcode_,
           "INSERT INTO piece (tenant, piece_key, object_key, bytes, sha256, start_frame, frames, gops, codecs) VALUES ('default', '" +
               id() + "', '" + key + "', 5, 'x', 0, 1, '[]', '')");
  }
  std::string in_revision(RevisionId revision, const std::string& name) {
    return "revisions/default/" + revision.text() + "/" + name;
  }
  // Strays of every kind.
  std::vector<std::string> strays() {
    std::vector<std::string> out = {"segments/default/stray.m4s", "covers/default/stray.jpg", "sources/default/" + id(),
                                    "parts/default/" + id() + "/000-1", "revisions/default/" + id() + "/ready.json",
                                    "models/default/recommendation/" + id(),
                                    "exports/default/events/dt=2026-11-01/hour=05/" + id() + ".jsonl.gz",
                                    "exports/default/events/dt=2026-11-01/_manifest.json",
                                    "segments/other-tenant/stray.m4s"};
    for (const auto& key : out) put(key, R"({"objects": {}})");
    return out;
  }
};

TEST_F(CollectorTest, WhatNobodyNeedsGoesAndAllElseStays) {
  std::set<std::string> kept;
  for (const char* state : {"receiving", "verifying"}) {
    const auto it = upload(state);
    kept.insert(part_of(it)), kept.insert(source_of(it));
  }
  const auto ready = upload("ready"), given_up = upload("terminated"), refused = upload("rejected");
  kept.insert(source_of(ready));
  const auto whole = upload("verifying"), piece_of_it = upload("joined");
  change(*ingest_, "UPDATE upload SET joined = '" + whole.id.text() + "' WHERE upload_id = '" + piece_of_it.id.text() + "'");
  kept.insert(part_of(whole)), kept.insert(source_of(whole)), kept.insert(part_of(piece_of_it));

  for (const char* state : {"processing", "provisional", "ready", "failed", "cancelled", "early"}) {
    const auto name = in_revision(revision(state), "playlists/a.m3u8");
    put(name), kept.insert(name);
  }
  const RevisionId swept = revision("ready");
  change(*transcode_, "UPDATE revision SET swept_at = now() WHERE revision_id = '" + swept.text() + "'");
  put(in_revision(swept, "media/late.m4s"));
  for (const char* key : {"segments/default/named.m4s", "covers/default/named.jpg", "segments/default/noted.m4s"})
    put(key), kept.insert(key);
  piece("segments/default/named.m4s");
  piece("covers/default/named.jpg");
  change(*transcode_, "INSERT INTO garbage (tenant, object_key) VALUES ('default', 'segments/default/noted.m4s')");
  const Uuid model = Uuid::v7(clock_.now(), random_);
  change(*recommendation_, "INSERT INTO model (tenant, model_id, state, object_id, started_at) VALUES ('default', '" + id() +
                               "', 'ready', '" + model.text() + "', now())");
  const auto of_model = recommendation::model_key(tenant_, model);
  put(of_model), kept.insert(of_model);
  put("README"), kept.insert("README");  // somebody else's
  const auto lost = strays();

  const Collection it = collect();
  EXPECT_EQ(it.state, State::kDone) << it.reason << it.message;
  EXPECT_EQ(objects(), kept);
  EXPECT_EQ(it.counts.foreign, 1);
  EXPECT_EQ(it.counts.claimed, static_cast<std::int64_t>(kept.size()) - 1);
  // Of the ready one its part; of the two that ended both; of the piece its source; of the swept one its file.
  EXPECT_EQ(it.counts.removed, static_cast<std::int64_t>(lost.size()) + 1 + 4 + 1 + 1);
  EXPECT_EQ(it.counts.condemned, it.counts.removed);
  EXPECT_EQ(it.counts.seen, it.counts.claimed + it.counts.removed + it.counts.foreign);
  EXPECT_EQ(it.counts.spared, 0);
  EXPECT_GT(it.counts.removed_bytes, 0);
  EXPECT_EQ(number(*transcode_, "SELECT count(*) FROM garbage"), 1);
  EXPECT_EQ(metrics_.counter("cliffhanger_collector_objects_total", "", {{"what", "removed"}}).value(),
            static_cast<double>(it.counts.removed));
  const Collection again = collect();
  EXPECT_EQ(again.counts.condemned, 0);
  EXPECT_EQ(objects(), kept);
}

TEST_F(CollectorTest, WhatIsYoungerThanTheGraceStays) {
  const auto keys = strays();
  Collection it = collect(false, 100, 24h * 11);  // ten days are what the clock is ahead
  EXPECT_EQ(it.counts.young, static_cast<std::int64_t>(keys.size()));
  EXPECT_EQ(it.counts.condemned, 0);
  for (const auto& key : keys) EXPECT_TRUE(has(key));
}

TEST_F(CollectorTest, ADryRunRemovesNothingAndNamesAll) {
  const auto keys = strays();
  const Collection it = collect(true);
  EXPECT_EQ(it.state, State::kDone);
  EXPECT_EQ(it.counts.condemned, static_cast<std::int64_t>(keys.size()));
  EXPECT_EQ(it.counts.removed, 0);
  for (const auto& key : keys) EXPECT_TRUE(has(key));
  const auto named = *pool_->transact([&](sql::Tx& tx) {
    return PgCollections(tx, clock_, random_).condemned(it.id, tenant_, "", 100);
  });
  EXPECT_EQ(named.size(), keys.size() - 1);  // one is another tenant's
  EXPECT_EQ(named[0].outcome, "waiting");
}

// As after a database was lost.
TEST_F(CollectorTest, ALargeShareStopsIt) {
  const auto keys = strays();
  for (int i = 0; i < 40; ++i) {
    const std::string key = "segments/default/" + std::to_string(i);
    put(key), piece(key);
  }
  Collection it = collect(false, 10);
  EXPECT_EQ(it.state, State::kStopped);
  EXPECT_EQ(it.reason, "TOO_MUCH");
  for (const auto& key : keys) EXPECT_TRUE(has(key));
  it = collect(false, 60);
  EXPECT_EQ(it.state, State::kDone) << it.message;
  for (const auto& key : keys) EXPECT_FALSE(has(key));
}

TEST_F(CollectorTest, OneRunAtATime) {
  const auto first = start();
  const auto second = start();
  EXPECT_EQ(second.error().reason, "COLLECTION_UNDER_WAY");
  EXPECT_EQ(second.error().metadata.at("collection_id"), first->id.text());
  Collector one = collector();
  EXPECT_TRUE(*one.step({}));
  EXPECT_FALSE(*one.step({}));
  EXPECT_TRUE(start());
}

// Whatever of the rows is lost: what a list names stays, and so does what it can't be read for.
TEST_F(CollectorTest, NothingThatAListNamesGoes) {
  const RevisionId film = revision("ready");
  put("segments/default/a.m4s"), put("segments/default/b.m4s"), put("covers/default/c.jpg");
  put(in_revision(film, "ready.json"),
      R"({"state": "ready", "objects": {"v/0.m4s": {"key": "segments/default/a.m4s", "bytes": 5, "type": "video/mp4"}}})");
  put(in_revision(film, "index.json"), R"({"state": "provisional", "objects": {"c": {"key": "covers/default/c.jpg"}}})");
  const Collection it = collect();
  EXPECT_EQ(it.counts.named, 2);
  EXPECT_EQ(it.counts.removed, 1);
  EXPECT_TRUE(has("segments/default/a.m4s"));
  EXPECT_TRUE(has("covers/default/c.jpg"));
  EXPECT_FALSE(has("segments/default/b.m4s"));

  // A list that nobody needs goes first, and then what it named.
  change(*transcode_, "DELETE FROM revision");
  EXPECT_EQ(collect().counts.removed, 2);
  EXPECT_TRUE(has("segments/default/a.m4s"));
  EXPECT_EQ(collect().counts.removed, 2);
  EXPECT_TRUE(objects().empty());
}

// What has been read is written down list by list: whoever goes on neither reads it again nor counts it twice.
TEST_F(CollectorTest, StoppedBetweenListsItGoesOnBehindTheLast) {
  for (int i = 0; i < 3; ++i) {
    const std::string named = "segments/default/" + std::to_string(i);
    put(named);
    put(in_revision(revision("ready"), "ready.json"), R"({"objects": {"a": {"key": ")" + named + R"("}}})");
  }
  put("segments/default/stray");
  const auto begun = start();
  std::stop_source stop;
  class Stopping final : public blob::Store {
   public:
    Stopping(blob::Store& it, std::stop_source& stop) : it_(it), stop_(stop) {}
    Result<std::unique_ptr<blob::Writer>> create(std::string_view key) override { return it_.create(key); }
    Result<blob::Info> head(std::string_view key) override { return it_.head(key); }
    Result<blob::Opened> open(std::string_view key) override { return it_.open(key); }
    Result<std::vector<blob::Info>> list(std::string_view prefix, std::string_view after, std::size_t most) override {
      return it_.list(prefix, after, most);
    }
    Result<void> remove(std::string_view key) override { return it_.remove(key); }
    Result<std::int64_t> remove_unfinished(Time, bool) override { return 0; }
    Result<void> put_file(std::string_view key, const std::string& path) override { return it_.put_file(key, path); }
    Result<std::string> get(std::string_view key, std::int64_t most) override {
      if (++reads == 2) stop_.request_stop();
      return it_.get(key, most);
    }
    int reads = 0;

   private:
    blob::Store& it_;
    std::stop_source& stop_;
  };
  auto stopping = std::make_unique<Stopping>(*blobs_, stop);
  const int& reads = stopping->reads;
  seen_ = std::move(stopping);
  Collector one = collector();
  EXPECT_TRUE(*one.step(stop.get_token()));
  EXPECT_EQ(reads, 2);
  EXPECT_EQ(get(begun->id).state, State::kReading);
  EXPECT_EQ(get(begun->id).counts.named, 2);
  Collector other = collector(owners(), "other");
  EXPECT_TRUE(*other.step({}));
  EXPECT_EQ(reads, 3);
  const Collection it = get(begun->id);
  EXPECT_EQ(it.state, State::kDone) << it.message;
  EXPECT_EQ(it.counts.named, 3);
  EXPECT_EQ(it.counts.named_bytes, 15);
  EXPECT_EQ(it.counts.removed, 1);
}

// More than fit into one transaction.
TEST_F(CollectorTest, WhatOlderRunsCondemnedIsForgottenByTheNext) {
  put("segments/default/stray");
  const Collection first = collect(true);
  change(*pool_, "INSERT INTO condemned (collection_id, tenant, object_key, bytes) SELECT '" + first.id.text() +
                     "', 'default', 'segments/default/' || i, 1 FROM generate_series(1, 25000) i");
  const auto begun = start();
  EXPECT_EQ(number(*pool_, "SELECT count(*) FROM condemned"), 25001) << "not by who begins it";
  Collector it = collector();
  ASSERT_TRUE(it.step({}));
  EXPECT_EQ(get(begun->id).state, State::kDone);
  EXPECT_EQ(number(*pool_, "SELECT count(*) FROM condemned WHERE collection_id <> '" + begun->id.text() + "'"), 0);
  EXPECT_EQ(number(*pool_, "SELECT count(*) FROM condemned"), 1);
}

TEST_F(CollectorTest, AListThatCannotBeReadStopsIt) {
  const RevisionId film = revision("ready");
  put("segments/default/a.m4s");
  for (const std::string text : {"", "{", "[]", R"({"objects": []})", R"({"objects": {"a": 1}})", R"({"objects": {"a": {"key": 1}}})"}) {
    put(in_revision(film, "ready.json"), text);
    const Collection it = collect();
    EXPECT_EQ(it.state, State::kStopped);
    EXPECT_EQ(it.reason, "INDEX_UNREADABLE") << text;
    EXPECT_TRUE(has("segments/default/a.m4s"));
  }
  change(*transcode_, "DELETE FROM revision");  // it may name what it likes
  EXPECT_EQ(collect().counts.removed, 2);
}

TEST_F(CollectorTest, WhileAnOwnerIsAwayNothingGoes) {
  const auto keys = strays();
  const auto begun = start();
  for (std::size_t away = 0; away < 3; ++away) {
    auto some = owners();
    some[away].claim = [](const Keys&) -> Result<Keys> { return fail(unavailable("SERVICE_AWAY", "It is away.")); };
    Collector it = collector(some);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(it.step({}).error().reason, "SERVICE_AWAY");
    EXPECT_EQ(get(begun->id).reason, "SERVICE_AWAY");
    for (const auto& key : keys) EXPECT_TRUE(has(key)) << away;
  }
  Collector it = collector();
  EXPECT_TRUE(*it.step({}));
  EXPECT_EQ(get(begun->id).reason, "");
  for (const auto& key : keys) EXPECT_FALSE(has(key));
}

// It goes away between the mark and the removal.
TEST_F(CollectorTest, WhileAnOwnerIsAwayInTheMiddleNothingGoes) {
  const auto keys = strays();
  const auto begun = start();
  auto some = owners();
  some[2].claim = [&](const Keys& asked) -> Result<Keys> {
    if (get(begun->id).state == State::kRemoving) return fail(unavailable("SERVICE_AWAY", "It is away."));
    return Keys();
  };
  Collector it = collector(some);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(it.step({}).error().reason, "SERVICE_AWAY");
  for (const auto& key : keys) EXPECT_TRUE(has(key));
}

// Needed again between the mark and the removal, or written again.
TEST_F(CollectorTest, WhatIsNeededByThenIsSpared) {
  put("segments/default/named.m4s"), put("segments/default/noted.m4s"), put("segments/default/again.m4s"), put("segments/default/gone.m4s");
  const auto begun = start();
  auto some = owners();
  bool first = true;
  some[2].claim = [&](const Keys& keys) -> Result<Keys> {
    if (get(begun->id).state != State::kRemoving || !std::exchange(first, false)) return Keys();
    // After transcode was asked.
    piece("segments/default/named.m4s");
    change(*transcode_, "INSERT INTO garbage (tenant, object_key) VALUES ('default', 'segments/default/noted.m4s')");
    std::filesystem::last_write_time(dir_.path() + "/blobs/segments/default/again.m4s",
                                     std::filesystem::file_time_type::clock::now() + 240h);
    return Keys();
  };
  Collector it = collector(some);
  ASSERT_TRUE(it.step({}));
  EXPECT_EQ(get(begun->id).counts.spared, 3);
  EXPECT_EQ(get(begun->id).counts.removed, 1);
  EXPECT_EQ(objects(), (std::set<std::string>{"segments/default/again.m4s", "segments/default/named.m4s", "segments/default/noted.m4s"}));
}

// Nobody knows then whether the object is there.
TEST_F(CollectorTest, ARemovalThatFailsLeavesANoteForTheSweeper) {
  put("segments/default/stray");
  const auto begun = start();
  auto some = owners();
  some[1].remove = [&](const Keys& keys, Time) -> Result<Keys> {
    CH_TRY(transcode::remove_unclaimed(*transcode_, keys.front(), [&]() -> Result<bool> {
             EXPECT_TRUE(blobs_->remove(keys.front()));  // and the answer is lost
             return fail(unavailable("OBJECT_STORE_FAILED", "It hung up."));
           }).map([](bool) {}));
    return Keys();
  };
  Collector it = collector(some);
  EXPECT_EQ(it.step({}).error().reason, "OBJECT_STORE_FAILED");
  EXPECT_EQ(number(*transcode_, "SELECT count(*) FROM garbage WHERE object_key = 'segments/default/stray'"), 1);
  put("segments/default/stray");  // by somebody who needs it
  piece("segments/default/stray");
  Collector next = collector();
  EXPECT_TRUE(*next.step({}));
  EXPECT_EQ(get(begun->id).state, State::kDone);
  EXPECT_EQ(get(begun->id).counts.spared, 1);
  transcode::Sweeper sweeper({*transcode_, *blobs_, metrics_}, {0ms, 0ms, 0ms});
  while (*sweeper.step()) continue;
  EXPECT_TRUE(has("segments/default/stray"));
  EXPECT_EQ(number(*transcode_, "SELECT count(*) FROM garbage"), 0);
}

// The process dies at each of its calls in turn, and another one goes on.
TEST_F(CollectorTest, KilledAnywhereItGoesOn) {
  struct Killed {};
  for (int at = 1;; ++at) {
    put("segments/default/kept.m4s");
    if (at == 1) piece("segments/default/kept.m4s");
    for (int i = 0; i < 50; ++i) put("segments/default/stray-" + std::to_string(i));
    const auto begun = start();
    int calls = 0;
    const auto dies = [&] {
      if (++calls == at) throw Killed{};
    };
    auto some = owners();
    for (auto& owner : some) {
      owner.claim = [&, claim = owner.claim](const Keys& keys) {
        dies();
        return claim(keys);
      };
      if (!owner.remove) continue;
      owner.remove = [&, remove = owner.remove](const Keys& keys, Time before) {
        dies();
        auto out = remove(keys, before);
        dies();
        return out;
      };
    }
    bool killed = false;
    try {
      Collector it = collector(some);
      ASSERT_TRUE(it.step({}));
    } catch (const Killed&) {
      killed = true;
    }
    change(*pool_, "UPDATE work SET lease_until = now() - interval '1 second' WHERE state = 'leased'");
    Collector next = collector(owners(), "other");
    ASSERT_TRUE(next.step({}));
    const Collection it = get(begun->id);
    EXPECT_EQ(it.state, State::kDone) << at;
    EXPECT_EQ(it.counts.removed, 50) << at;
    EXPECT_EQ(objects(), std::set<std::string>{"segments/default/kept.m4s"}) << at;
    if (!killed) {
      EXPECT_GT(at, 8);
      break;
    }
  }
}

TEST_F(CollectorTest, AnOperatorStopsIt) {
  const auto keys = strays();
  const auto begun = start();
  auto some = owners();
  some[0].claim = [&](const Keys&) -> Result<Keys> {
    change(*pool_, "UPDATE collection SET state = 'stopped', ended_at = now()");
    return Keys();
  };
  Collector it = collector(some);
  ASSERT_TRUE(it.step({}));
  EXPECT_EQ(get(begun->id).state, State::kStopped);
  EXPECT_EQ(number(*pool_, "SELECT count(*) FROM work WHERE state <> 'done'"), 0);
  for (const auto& key : keys) EXPECT_TRUE(has(key));
}

// Of a process that was cut off: the other one does the run, and it changes nothing any more.
TEST_F(CollectorTest, WhoLostTheLeaseWritesNothingDown) {
  const auto lost = strays();
  const auto begun = start();
  auto some = owners();
  bool first = true;
  some[0].claim = [&](const Keys&) -> Result<Keys> {
    if (std::exchange(first, false)) {
      change(*pool_, "UPDATE work SET lease_until = now() - interval '1 second'");
      Collector other = collector(owners(), "other");
      EXPECT_TRUE(*other.step({}));
    }
    return Keys();
  };
  Collector it = collector(some);
  EXPECT_TRUE(*it.step({}));
  EXPECT_EQ(get(begun->id).state, State::kDone);
  EXPECT_EQ(get(begun->id).counts.removed, static_cast<std::int64_t>(lost.size()));
}

TEST_F(CollectorTest, ManyPages) {
  for (int i = 0; i < 2100; ++i) put("segments/default/" + std::to_string(i), "");
  change(*transcode_,
         "INSERT INTO piece (tenant, piece_key, object_key, bytes, sha256, start_frame, frames, gops, codecs) "
         "SELECT 'default', i::text, 'segments/default/' || i, 5, 'x', 0, 1, '[]', '' FROM generate_series(0, 2098, 2) i");
  const Collection it = collect();
  EXPECT_EQ(it.counts.seen, 2100);
  EXPECT_EQ(it.counts.claimed, 1050);
  EXPECT_EQ(it.counts.removed, 1050);
  EXPECT_EQ(objects().size(), 1050u);
}

TEST_F(CollectorTest, WhatWritersLeftUnfinishedGoes) {
  std::ofstream(dir_.path() + "/blobs/.tmp/left") << "x";
  EXPECT_EQ(collect(true).counts.unfinished, 1);
  EXPECT_EQ(collect().counts.unfinished, 1);
  EXPECT_EQ(collect().counts.unfinished, 0);
}

// What only catalog names, as after transcode's database was restored: covers, and films that are watched with all that their lists name.
// Also those of a window that is being written, and those that are to be removed: that is insight's to do.
TEST_F(CollectorTest, ExportsThatAreNotedStayWithTheirManifests) {
  std::set<std::string> kept = {"exports/default/events/dt=2026-11-02/_manifest.json"};
  change(*insight_, "INSERT INTO export_day (tenant, day) VALUES ('default', '2026-11-02')");
  for (const char* state : {"writing", "written", "ready", "dropped"}) {
    const auto part = id();
    change(*insight_, "INSERT INTO export_part (part_id, tenant, window_start, number, attempt, state) VALUES ('" + part +
                          "', 'default', '2026-11-02T05:00:00Z', 1, '" + id() + "', '" + state + "')");
    kept.insert("exports/default/events/dt=2026-11-02/hour=05/" + part + ".jsonl.gz");
  }
  for (const auto& key : kept) put(key);
  put("exports/elsewhere/events/dt=2026-11-02/_manifest.json");  // another tenant's, which has none
  EXPECT_EQ(collect().state, State::kDone);
  EXPECT_EQ(objects(), kept);
}

TEST_F(CollectorTest, CoversAndFilmsOfEpisodesStay) {
  change(*catalog_,
         "INSERT INTO series SELECT (jsonb_populate_record(NULL::series, jsonb_build_object('tenant', 'default', 'series_id', '" + id() +
             "', 'owner_id', '" + id() + "', 'title', '', 'synopsis', '', 'tags', '[]'::jsonb, 'language', 'en', 'state', 'draft', "
             "'published_episodes', 0, 'total_episodes', 0, 'created_at', now(), 'version', 1, 'search', '', 'allowed_regions', '[]'::jsonb, "
             "'blocked_regions', '[]'::jsonb))).*");
  const std::string ready = id(), published = id();
  change(*catalog_,
         "INSERT INTO episode (tenant, episode_id, series_id, owner_id, number, title, synopsis, locked, state, media_state, media_percent, "
         "media_duration_ms, media_failure, media_failure_message, ready_duration_ms, cover_key, created_at, version, published_cover_key, "
         "ready_revision, published_revision) SELECT tenant, '" + id() + "', series_id, owner_id, 1, '', '', false, 'published', 'none', 0, 0, "
         "'', '', 0, 'covers/default/new.jpg', now(), 1, 'covers/default/old.jpg', '" + ready + "', '" + published + "' FROM series");
  std::set<std::string> kept = {"covers/default/new.jpg", "covers/default/old.jpg", "segments/default/watched.m4s",
                                "revisions/default/" + ready + "/media/a.m4s", "revisions/default/" + published + "/ready.json"};
  for (const auto& key : kept) put(key, R"({"objects": {"a": {"key": "segments/default/watched.m4s"}}})");
  for (const auto& key : {"covers/default/none.jpg", "segments/default/none.m4s"}) put(key);
  EXPECT_EQ(collect().counts.removed, 2);
  EXPECT_EQ(objects(), kept);
}

TEST_F(CollectorTest, ObjectsInS3) {
  blob::s3::Options options;
  options.bucket = harness::S3::kBucket;
  options.prefix = "collector-" + id();
  options.style = blob::s3::Style::kPath;
  options.endpoint = "http://127.0.0.1:" + std::to_string(harness::S3::shared().port());
  options.credentials = {harness::S3::kKeyId, harness::S3::kSecret, ""};
  options.cache_dir = dir_.path() + "/cache";
  static SystemClock clock;
  blobs_ = std::move(*blob::s3::open_store(options, {clock, random_}));
  const auto lost = static_cast<std::int64_t>(strays().size());
  put("segments/default/named.m4s"), piece("segments/default/named.m4s");
  EXPECT_EQ(collect(false, 100, 24h * 11).counts.young, lost + 1);
  const Collection it = collect();
  EXPECT_EQ(it.state, State::kDone) << it.reason << it.message;
  EXPECT_EQ(it.counts.removed, lost);
  EXPECT_EQ(objects(), std::set<std::string>{"segments/default/named.m4s"});
}

}  // namespace
}  // namespace cliffhanger::collector
