#pragma once
// For tests: events and the exporter over them, with a real database and a folder of objects.
#include <boost/json.hpp>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include "services/insight/exports/exporter.h"
#include "services/insight/test_events.h"

namespace cliffhanger::insight {

// The folder, and a moment at which whoever writes to it dies: the n-th call fails, and all after it until it
// is back.
class DyingStore final : public blob::Store {
 public:
  explicit DyingStore(std::unique_ptr<blob::Store> it) : it_(std::move(it)) {}
  void die_at(int call) { left_ = call; }
  bool died() const { return left_ && *left_ <= 0; }
  void revive() { left_.reset(); }

  Result<std::unique_ptr<blob::Writer>> create(std::string_view key) override {
    CH_TRY(live());
    CH_ASSIGN(auto writer, it_->create(key));
    return std::make_unique<Dying>(*this, std::move(writer));
  }
  Result<blob::Info> head(std::string_view key) override { return it_->head(key); }
  Result<blob::Opened> open(std::string_view key) override {
    CH_TRY(live());
    return it_->open(key);
  }
  Result<std::vector<blob::Info>> list(std::string_view prefix, std::string_view after,
                                       std::size_t most) override {
    return it_->list(prefix, after, most);
  }
  Result<void> remove(std::string_view key) override {
    CH_TRY(live());
    return it_->remove(key);
  }
  Result<std::int64_t> remove_unfinished(Time before, bool dry) override {
    return it_->remove_unfinished(before, dry);
  }
  Result<void> put_file(std::string_view key, const std::string& path) override {
    return it_->put_file(key, path);
  }

 private:
  // Dies before what it is asked for, or after it: a published object whose writer never heard of it.
  class Dying final : public blob::Writer {
   public:
    Dying(DyingStore& store, std::unique_ptr<blob::Writer> it) : store_(store), it_(std::move(it)) {}
    Result<void> write(std::string_view bytes) override {
      CH_TRY(store_.live());
      return it_->write(bytes);
    }
    Result<void> publish() override {
      CH_TRY(store_.live());
      CH_TRY(it_->publish());
      return store_.live();
    }

   private:
    DyingStore& store_;
    std::unique_ptr<blob::Writer> it_;
  };
  Result<void> live() {
    if (left_ && (*left_)-- <= 0) return fail(unavailable("OBJECT_STORE_FAILED", "Dead."));
    return {};
  }
  std::unique_ptr<blob::Store> it_;
  std::optional<int> left_;
};

class ExportsWorld : public EventsWorld {
 protected:
  ExportsWorld() : store_(blob::open_directory(dir_.path() + "/blobs")) {
    clock_.advance(window_start(clock_.now(), 1h) + 1h - clock_.now());
    options_.on = true;
    run("SELECT make_event_day('" + day_of(clock_.now()) + "')");
    step();  // exports begin with this hour
  }
  // Until there is nothing more to do.
  void step() {
    for (int i = 0; i < 1000; ++i) {
      const auto more = try_step();
      ASSERT_TRUE(more) << more.error().reason << more.error().message;
      if (!*more) return;
    }
    FAIL() << "it never ends";
  }
  // As a process of its own would.
  Result<bool> try_step() {
    return Exporter({*pool_, store_, clock_, random_, metrics_, log_, options_}).step({});
  }
  void next_hour() { clock_.advance(window_start(clock_.now(), 1h) + 1h + 10s - clock_.now()); }

  std::vector<v1::ClientEvent> many(int count) {
    std::vector<v1::ClientEvent> out;
    for (int i = 0; i < count; ++i) out.push_back(event(v1::EVENT_KIND_PLAY, Uuid::from_name("e").text()));
    return out;
  }
  std::vector<std::string> keys() {
    std::vector<std::string> out;
    const auto found = store_.list("exports/", "", 10'000);
    EXPECT_TRUE(found);
    for (const auto& one : *found) out.push_back(one.key);
    return out;
  }
  // By the manifests of a tenant, as a reader reads them: the lines of each window, which must be as many as
  // it says.
  std::map<std::string, std::vector<boost::json::object>> windows(const std::string& tenant = "default") {
    std::map<std::string, std::vector<boost::json::object>> out;
    for (const auto& key : keys()) {
      if (!key.ends_with("/_manifest.json") || !key.starts_with("exports/" + tenant + "/")) continue;
      const auto manifest = boost::json::parse(*store_.get(key)).as_object();
      EXPECT_EQ(manifest.at("schema").as_int64(), 1);
      for (const auto& window : manifest.at("windows").as_array()) {
        auto& lines = out[std::string(window.at("start").as_string())];
        revisions_[std::string(window.at("start").as_string())] = window.at("revision").as_int64();
        for (const auto& part : window.at("parts").as_array()) read(part.as_object(), lines);
        EXPECT_EQ(static_cast<std::int64_t>(lines.size()), window.at("lines").as_int64());
      }
    }
    return out;
  }
  void read(const boost::json::object& part, std::vector<boost::json::object>& lines) {
    const std::string key(part.at("key").as_string());
    const auto object = store_.open(key);
    ASSERT_TRUE(object) << key << " is in a manifest and not there";
    EXPECT_EQ(object->size(), part.at("bytes").as_int64());
    std::int64_t count = 0;
    const auto done = each_gzip_line(*object, [&](std::string_view line) -> Result<void> {
      lines.push_back(boost::json::parse({line.data(), line.size()}).as_object());
      ++count;
      return {};
    });
    EXPECT_TRUE(done) << done.error().message;
    EXPECT_EQ(count, part.at("lines").as_int64());
  }
  // The ids of all that a reader finds, each as often as it finds it.
  std::multiset<std::string> exported(const std::string& tenant = "default") {
    std::multiset<std::string> out;
    for (const auto& [start, lines] : windows(tenant))
      for (const auto& line : lines) out.emplace(line.at("event_id").as_string());
    return out;
  }
  // Of those that were sent.
  static std::multiset<std::string> ids(const std::vector<v1::ClientEvent>& events) {
    std::multiset<std::string> out;
    for (const auto& one : events) out.insert(one.event_id());
    return out;
  }
  // Objects and rows that nothing leads to.
  void nothing_is_left_over() {
    std::set<std::string> named;
    for (const auto& key : keys()) {
      if (!key.ends_with("/_manifest.json")) continue;
      named.insert(key);
      const auto manifest = boost::json::parse(*store_.get(key)).as_object();
      for (const auto& window : manifest.at("windows").as_array())
        for (const auto& part : window.at("parts").as_array()) named.emplace(part.at("key").as_string());
    }
    for (const auto& key : keys()) EXPECT_TRUE(named.contains(key)) << key;
    EXPECT_EQ(number("SELECT count(*) FROM export_part WHERE state <> 'ready' OR stale"), 0);
  }

  harness::TempDir dir_;
  DyingStore store_;
  ExportOptions options_;
  std::map<std::string, std::int64_t> revisions_;  // as windows() found them
};

}  // namespace cliffhanger::insight
