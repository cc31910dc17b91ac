#pragma once
// For tests: uploads on a real database, object store and media program.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

#include "cliffhanger/common/v1/event.pb.h"
#include "cliffhanger/ingest/v1/events.pb.h"
#include "libs/bus/test_outbox.h"
#include "libs/obs/metrics.h"
#include "libs/sql/migrate.h"
#include "libs/testing/manual_clock.h"
#include "libs/testing/servers.h"
#include "services/ingest/domain/library.h"
#include "services/ingest/module.h"
#include "services/ingest/store/pg_library.h"
#include "services/ingest/verify/verifier.h"

namespace cliffhanger::ingest {

using namespace std::chrono_literals;

inline std::string build_dir() {
  const char* set = std::getenv("CLIFFHANGER_BUILD_DIR");
  return set ? set : ".";
}

inline const std::string kSound = "-f lavfi -i sine=d=1 ";
inline const std::string kVideo = "-f lavfi -i testsrc2=s=180x320:r=25:d=1 -c:v libx264 -preset ultrafast ";

// A second of picture and sound, unless ffmpeg is to make something else.
inline std::string make_clip(const std::string& path,
                             const std::string& what = kSound + kVideo + "-c:a aac -shortest ") {
  EXPECT_EQ(std::system(("ffmpeg -v error -y " + what + path).c_str()), 0);
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

class IngestTest : public testing::Test {
 protected:
  IngestTest() : url_(harness::Postgres::shared().new_database()) {
    EXPECT_TRUE(sql::migrate(url_, "ingest", embedded::ingest_migrations));
    pool_ = std::make_unique<sql::Pool>(sql::PoolConfig{url_, "ingest", 4}, metrics_);
    blobs_ = blob::open_directory(dir_.path() + "/blobs");
    verifier_ = std::make_unique<Verifier>(
        Verifier::Deps{*pool_, *blobs_, outbox_, media_, clock_, random_, log_, "w1", head_bytes_});
    me_ = {*Tenant::parse("default"), Role::kCreator, UserId(Uuid::from_name("me")), "", false};
  }

  template <class Use>
  auto with(Use use) {
    return pool_->transact([&](sql::Tx& tx) {
      PgLibrary library(tx, clock_, random_);
      Uploads uploads(library, clock_, random_, {1 << 30, head_bytes_});
      return use(uploads);
    });
  }
  Upload create(std::int64_t length, std::string sha256 = "") {
    const NewUpload wanted{episode_, length, "a.mp4", "", sha256, SeriesId(Uuid::from_name("s"))};
    return *with([&](Uploads& u) { return u.create_upload(me_, wanted); });
  }
  Upload create_dub(std::int64_t length) {
    NewUpload wanted{episode_, length, "a", "audio/flac", ""};
    wanted.purpose = Purpose::kDub;
    wanted.language = "es";
    wanted.label = "Español";
    return *with([&](Uploads& u) { return u.create_upload(me_, wanted); });
  }
  // The events of this type so far, in the order in which they were told.
  template <class E>
  std::vector<E> told() {
    return bus::outbox_payloads<E>(*pool_);
  }
  // The one event that was told, as an `E`.
  template <class E>
  E told_alone() {
    EXPECT_EQ(number("SELECT count(*) FROM outbox"), 1);
    const auto all = told<E>();
    EXPECT_EQ(all.size(), 1u) << E::descriptor()->name();
    return all.empty() ? E() : all[0];
  }
  // Sends `bytes` in pieces, as the edge would.
  Upload send(Upload upload, const std::string& bytes, std::size_t piece) {
    return send_until(std::move(upload), bytes, piece, bytes.size());
  }
  // No further than `end`.
  Upload send_until(Upload upload, const std::string& bytes, std::size_t piece, std::size_t end) {
    upload = *with([&](Uploads& u) { return u.begin(me_, upload.id, upload.offset); });
    for (auto at = static_cast<std::size_t>(upload.offset); at < end; at += piece) {
      const std::string part = bytes.substr(at, std::min(piece, end - at));
      const std::string key = part_prefix(upload) + std::to_string(at);
      EXPECT_TRUE(blobs_->put(key, part));
      const Part row{upload.epoch, static_cast<std::int64_t>(at), static_cast<std::int64_t>(part.size()),
                     std::string(64, 'a'), key};
      upload = *with([&](Uploads& u) { return u.commit_part(me_, upload.id, row); });
    }
    return upload;
  }
  Upload verified(const Upload& upload) {
    for (int i = 0; i < 20; ++i) {
      const auto did = verifier_->step({});
      EXPECT_TRUE(did) << did.error().message;
      if (!did || !*did) break;
    }
    return *with([&](Uploads& u) { return u.get(me_, upload.id); });
  }
  std::int64_t number(const std::string& sql) {
    return (*pool_->transact([&](sql::Tx& tx) { return tx.run_text(sql); }))[0].number(0);
  }

  harness::TempDir dir_;
  std::string url_;
  std::int64_t head_bytes_ = 300'000;
  obs::Metrics metrics_;
  obs::Logger log_{obs::Log::to_stderr(obs::Level::kError), "ingest"};
  harness::ManualClock clock_;
  SystemRandom random_;
  bus::Outbox outbox_{clock_, random_};
  media::Runner media_{{build_dir() + "/bin/cliffhanger-media", 20s, 512}};
  std::unique_ptr<sql::Pool> pool_;
  std::unique_ptr<blob::Store> blobs_;
  std::unique_ptr<Verifier> verifier_;
  Caller me_;
  const EpisodeId episode_{Uuid::from_name("e")};
};

}  // namespace cliffhanger::ingest
