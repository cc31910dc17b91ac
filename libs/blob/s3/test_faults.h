#pragma once
// For tests: a store on a fake S3 that can be made to fail.
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>

#include "libs/blob/s3/client.h"
#include "libs/blob/s3/fake_s3.h"
#include "libs/blob/s3/store.h"
#include "libs/testing/servers.h"

namespace cliffhanger::blob::s3 {

using namespace std::chrono_literals;

// What the store told of itself.
class Noted final : public Probe {
 public:
  void retried(std::string_view) override { ++retries; }
  void failed(std::string_view, const Error& why) override {
    const std::lock_guard lock(mutex_);
    for (const auto& crumb : why.breadcrumbs) text_ += why.message + ' ' + crumb + '\n';
  }
  std::string text() const {
    const std::lock_guard lock(mutex_);
    return text_;
  }
  std::atomic<int> retries{0};

 private:
  mutable std::mutex mutex_;
  std::string text_;
};

class S3Faults : public testing::Test {
 protected:
  S3Faults() { open(); }
  Options options() const {
    Options o;
    o.bucket = "bucket";
    o.prefix = "pre";
    o.style = Style::kPath;
    o.endpoint = server_.endpoint();
    o.credentials = {FakeS3::kKeyId, FakeS3::kSecret, "the-session-token"};
    o.cache_dir = dir_.path() + "/cache";
    o.cache_bytes = 1 << 20;
    o.first_pause = 1ms;
    o.most_pause = 2ms;
    o.part_bytes = 1000;  // the fake takes any
    o.delete_life = 3s;
    return o;
  }
  void open(const std::function<void(Options&)>& change = [](Options&) {}) {
    Options o = options();
    change(o);
    store_.reset();
    store_ = std::move(*open_store(o, {clock_, random_, &noted_}));
  }
  static std::string path(const std::string& key) { return "/bucket/pre/" + key; }

  harness::TempDir dir_;
  SystemClock clock_;
  SystemRandom random_;
  Noted noted_;
  FakeS3 server_;
  std::unique_ptr<Store> store_;
};

}  // namespace cliffhanger::blob::s3
