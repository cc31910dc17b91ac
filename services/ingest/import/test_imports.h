#pragma once
// For tests: imports on a real database and object store, from servers of ours.
#include <thread>

#include "libs/digest/sha256.h"
#include "services/ingest/domain/limits.h"
#include "services/ingest/import/importer.h"
#include "services/ingest/import/test_origin.h"
#include "services/ingest/test_uploads.h"

namespace cliffhanger::ingest {

class ImportsTest : public IngestTest {
 protected:
  Origin& serve(Origin::Script script) {
    origins_.push_back(std::make_unique<Origin>(std::move(script)));
    rules_.reach.ports.push_back(origins_.back()->port());
    return *origins_.back();
  }
  Origin& says(const std::string& answer) {
    return serve([answer](const Origin::Request&, Origin::Peer& peer) { peer.send(answer); });
  }
  template <class Use>
  auto with_imports(Use use) {
    return pool_->transact([&](sql::Tx& tx) {
      PgLibrary library(tx, clock_, random_);
      Imports imports(library, clock_, random_, policy_, imports_);
      return use(imports);
    });
  }
  Result<Upload> try_import(const std::string& url, const NewUpload& wanted) {
    return with_imports([&](Imports& i) { return i.create(me_, wanted, url, url); });
  }
  Upload import_from(const std::string& url, const std::string& sha256 = "") {
    const auto made = try_import(url, {episode_, 0, "a.mp4", "", sha256, SeriesId(Uuid::from_name("s"))});
    EXPECT_TRUE(made) << made.error().message;
    return *made;
  }
  Importer importer(const std::string& worker = "w1") {
    return Importer(
        {*pool_, *blobs_, outbox_, clock_, random_, log_, metrics_, worker, policy_, rules_, [] {}});
  }
  // One attempt; whether there was something to do.
  bool step(const std::string& worker = "w1", const std::stop_token& stop = {}) {
    const auto did = importer(worker).step(stop);
    EXPECT_TRUE(did) << did.error().message;
    return did && *did;
  }
  void sql(const std::string& text) {
    ASSERT_TRUE(pool_->transact([&](sql::Tx& tx) { return tx.run_text(text); }));
  }
  void hurry() { sql("UPDATE work SET run_after = now() WHERE kind = 'import'"); }
  // Attempts until there is nothing more to do, without the time between them.
  Upload fetched(const Upload& upload) {
    for (int i = 0; i < 20 && step(); ++i) hurry();
    return now(upload);
  }
  Upload now(const Upload& upload) {
    return *with([&](Uploads& u) { return u.get(me_, upload.id); });
  }
  ImportJob job(const Upload& upload) {
    return with_imports([&](Imports& i) { return i.find(me_.tenant, upload.id); })->job;
  }
  // What its parts hold.
  std::string parts(const Upload& upload) {
    const auto all =
        pool_->transact([&](sql::Tx& tx) { return PgLibrary(tx, clock_, random_).parts(upload); });
    std::string out;
    for (const auto& part : *all) out += *blobs_->get(part.object_key);
    return out;
  }
  std::size_t objects() { return blobs_->list("", "", 1000)->size(); }
  template <class Until>
  static bool eventually(Until until) {
    for (int i = 0; i < 20'000; ++i) {
      if (until()) return true;
      std::this_thread::sleep_for(1ms);
    }
    return false;
  }
  // Bytes that no compression and no repetition makes equal.
  static std::string noise(std::size_t size, const std::string& seed = "a") {
    std::string out;
    out.reserve(size + 32);
    for (int i = 0; out.size() < size; ++i) out += sha256(seed + std::to_string(i));
    out.resize(size);
    return out;
  }

  Policy policy_{1 << 30, 300'000};
  ImportPolicy imports_{100, 3600s};
  FetchRules rules_{{false, {}, {*parse_network("127.0.0.1")}}, {2000ms, 20s}};
  std::vector<std::unique_ptr<Origin>> origins_;
};

}  // namespace cliffhanger::ingest
