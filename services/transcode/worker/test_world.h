#pragma once
// For tests: a transcode service of its own with a real database, the real media program and clips made on
// the spot.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>

#include "libs/bus/test_outbox.h"
#include "libs/sql/migrate.h"
#include "libs/testing/servers.h"
#include "services/transcode/migrations.h"
#include "services/transcode/rpc/dubs_rpc.h"
#include "services/transcode/rpc/source_event.h"
#include "services/transcode/store/digest.h"
#include "services/transcode/store/pg_captions.h"
#include "services/transcode/store/pg_dubs.h"
#include "services/transcode/worker/index.h"
#include "services/transcode/worker/worker.h"

namespace cliffhanger::transcode {

using namespace std::chrono_literals;

inline std::string media_program() {
  const char* build = std::getenv("CLIFFHANGER_BUILD_DIR");
  return std::string(build ? build : ".") + "/bin/cliffhanger-media";
}

inline void shell(const std::string& command) {
  ASSERT_EQ(std::system((command + " >/dev/null 2>&1").c_str()), 0) << command;
}

// A vertical clip with a tone, `seconds` long.
inline void make_clip(const std::string& path, double seconds, const std::string& size = "360x640") {
  const std::string length = std::to_string(seconds);
  shell("ffmpeg -nostdin -y -f lavfi -i testsrc2=size=" + size + ":rate=30:duration=" + length +
        " -f lavfi -i sine=frequency=440:duration=" + length +
        " -c:v libx264 -preset ultrafast -g 60 -pix_fmt yuv420p -c:a aac -shortest " + path);
}

class World : public testing::Test {
 protected:
  World() : url_(harness::Postgres::shared().new_database()) {
    const auto migrated = sql::migrate(url_, "transcode", embedded::transcode_migrations);
    EXPECT_TRUE(migrated) << migrated.error().message;
    pool_ = std::make_unique<sql::Pool>(sql::PoolConfig{url_, "transcode", 6, 5000ms, 3000ms}, metrics_);
    blobs_ = blob::open_directory(dir_.path() + "/blobs");
    scratch_ = std::make_unique<Scratch>(Scratch::open(dir_.path() + "/scratch", random_).value());
    call_ = call_of("default");
  }

  static Call call_of(const std::string& tenant) {
    Call call;
    call.caller = {*Tenant::parse(tenant), Role::kService, UserId(), "transcode", false};
    return call;
  }
  Ledger ledger(std::chrono::milliseconds lease = 30s) {
    Ledger::Deps deps{*pool_, *blobs_, outbox_, clock_, random_};
    if (inspect_) deps.inspect = inspect_;
    return Ledger(std::move(deps), lease);
  }
  std::unique_ptr<Worker> worker(Ledger& ledger, const std::string& name = "w") {
    return std::make_unique<Worker>(WorkerConfig{name, 100ms, 0ms},
                                    Worker::Deps{ledger, *blobs_, runner_, *scratch_, urgent_, metrics_, log_});
  }

  // What the rpcs of captions do, in a transaction.
  template <class Act>
  auto captioning(Act act) {
    return pool_->transact([&](sql::Tx& tx) {
      PgCaptions shelf(tx, call_, clock_, random_);
      Captioning captioning({shelf, clock_});
      return act(captioning);
    });
  }
  template <class Act>
  auto transact(Act act) {
    return pool_->transact([&](sql::Tx& tx) {
      PgRevisions revisions(tx, call_, outbox_, clock_, random_);
      return act(revisions);
    });
  }

  // What ingest would say of the file.
  ingest::v1::SourceVerified verified(const std::string& path, EpisodeId episode) {
    ingest::v1::SourceVerified event;
    const auto digest = digest_of_file(path).value();
    const std::string key = "sources/default/" + digest.sha256;
    EXPECT_TRUE(blobs_->put_file(key, path));
    event.set_source_id(SourceId::make(clock_.now(), random_).text());
    event.set_episode_id(episode.text());
    event.set_owner_id(owner_.text());
    event.set_object_key(key);
    event.set_sha256(digest.sha256);
    event.set_length(digest.bytes);
    const auto source = blobs_->open(key);
    const auto probe = runner_.probe(source->fd(), {}, {});
    EXPECT_TRUE(probe) << probe.error().reason << " " << probe.error().message;
    if (probe) event.set_probe_json(media::to_json(media::Event(*probe)));
    return event;
  }
  Result<void> accept(const ingest::v1::SourceVerified& event) {
    return transact([&](PgRevisions& revisions) {
      Planning planning({revisions, clock_, random_, hevc_});
      return accept_source(planning, call_, event);
    });
  }
  RevisionId start(const std::string& path, EpisodeId episode) {
    const auto done = accept(verified(path, episode));
    EXPECT_TRUE(done) << done.error().reason;
    return newest(episode).id;
  }

  template <class Act>
  auto dubbing(Act act) {
    return pool_->transact([&](sql::Tx& tx) {
      PgDubs shelf(tx, call_, outbox_, clock_, random_);
      Dubbing dubbing(shelf);
      return act(dubbing);
    });
  }
  // A tone in another language, as ingest would tell of it.
  Result<void> hear_dub(EpisodeId episode, const std::string& language, double seconds, int frequency) {
    const auto source = SourceId::make(clock_.now(), random_);
    const std::string path = dir_.path() + "/" + source.text() + ".wav";
    shell("ffmpeg -nostdin -y -f lavfi -i sine=frequency=" + std::to_string(frequency) +
          ":duration=" + std::to_string(seconds) + " " + path);
    ingest::v1::DubVerified event;
    event.set_source_id(source.text());
    event.set_episode_id(episode.text());
    event.set_owner_id(owner_.text());
    event.set_object_key("sources/default/" + source.text());
    EXPECT_TRUE(blobs_->put_file(event.object_key(), path));
    event.set_sha256(digest_of_file(path)->sha256);
    event.set_language(language);
    event.set_label("Tongue " + language);
    event.set_duration_ms(static_cast<std::int64_t>(seconds * 1000));
    set_time(event.mutable_verify_time(), clock_.now());
    return dubbing([&](Dubbing& it) { return accept_dub(it, event); });
  }

  Revision newest(EpisodeId episode) {
    auto found = transact(
        [&](PgRevisions& revisions) { return revisions.list(episode, std::nullopt, std::nullopt, 1); });
    return found && !found->empty() ? found->front() : Revision();
  }
  Revision get(RevisionId id) {
    auto found = transact([&](PgRevisions& revisions) { return revisions.get(id, std::nullopt); });
    EXPECT_TRUE(found);
    return found.value_or(Revision());
  }
  std::int64_t number(const std::string& query) {
    return pool_->transact([&](sql::Tx& tx) { return tx.run_text(query); })->operator[](0).number(0);
  }
  std::int64_t pieces() { return number("SELECT count(*) FROM piece"); }

  // Types of the events told so far, in order, without repeats of progress.
  std::vector<std::string> told() {
    std::vector<std::string> out;
    for (const auto& event : bus::outbox_events(*pool_)) {
      const std::string& url = event.payload().type_url();
      std::string type = url.substr(url.rfind('.') + 1);
      if (out.empty() || out.back() != type) out.push_back(std::move(type));
    }
    return out;
  }

  // The index the edge reads: its state and its objects.
  struct Index {
    std::string state;
    std::map<std::string, std::pair<std::string, std::int64_t>> objects;
  };
  std::optional<Index> index(RevisionId id) {
    auto text = blobs_->get(index_key(call_.caller.tenant, id, State::kReady));
    if (!text) text = blobs_->get(index_key(call_.caller.tenant, id, State::kProvisional));
    if (!text) return std::nullopt;
    const auto json = boost::json::parse(*text).as_object();
    Index out;
    out.state = json.at("state").as_string();
    for (const auto& [name, entry] : json.at("objects").as_object()) {
      out.objects[name] = {std::string(entry.at("key").as_string()),
                           entry.at("bytes").to_number<std::int64_t>()};
    }
    return out;
  }
  std::string object(const Index& index, const std::string& name) {
    const auto it = index.objects.find(name);
    if (it == index.objects.end()) return "";
    auto bytes = blobs_->get(it->second.first).value_or("");
    EXPECT_EQ(static_cast<std::int64_t>(bytes.size()), it->second.second) << name;
    return bytes;
  }
  // Jobs of the media program that this process started; not its zygote.
  static std::vector<pid_t> children() {
    std::vector<pid_t> out;
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
      std::ifstream list(task.path() / "children");
      for (pid_t pid = 0; list >> pid;) {
        std::ifstream name("/proc/" + std::to_string(pid) + "/comm");
        std::string text;
        if (std::getline(name, text) && text.starts_with("cliffhanger-med")) out.push_back(pid);
      }
    }
    return out;
  }
  void run_all(Worker& worker) {
    while (true) {
      const auto did = worker.step();
      ASSERT_TRUE(did) << did.error().reason << " " << did.error().message;
      if (!*did) return;
    }
  }

  harness::TempDir dir_;
  std::string url_;
  obs::Metrics metrics_;
  SystemClock clock_;
  SystemRandom random_;
  bus::Outbox outbox_{clock_, random_};
  obs::Logger log_{obs::Log::to_stderr(obs::Level::kError), "transcode"};
  std::unique_ptr<sql::Pool> pool_;
  std::unique_ptr<blob::Store> blobs_;
  std::unique_ptr<Scratch> scratch_;
  // In the place of the real one, if there is one.
  std::function<Result<std::vector<std::string>>(blob::Store&, const Presentation&)> inspect_;
  media::Runner runner_{{media_program(), 60s, 1024}};
  UrgentRuns urgent_{2};
  Call call_;
  Hevc hevc_ = Hevc::kNone;
  UserId owner_ = UserId::make(clock_.now(), random_);
};

}  // namespace cliffhanger::transcode
