#pragma once
// A server with a few routes, for the tests of libs/http.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdio>
#include <mutex>
#include <thread>

#include "libs/http/await.h"
#include "libs/http/client.h"
#include "libs/http/range.h"
#include "libs/http/router.h"
#include "libs/http/server.h"

namespace cliffhanger::http {

// Keeps what the server reported.
class Recorder final : public Probe {
 public:
  void opened() override { ++opens; }
  void closed() override { ++closes; }
  void refused(int) override { ++refusals; }
  void served(const Served& s) override {
    const std::lock_guard lock(mutex);
    log.push_back(std::string(s.method) + ' ' + std::string(s.route) + ' ' + std::to_string(s.status) + ' ' +
                  std::to_string(s.bytes_in) + ' ' + std::to_string(s.bytes_out) +
                  (s.complete ? "" : " broken"));
  }
  void bad_request(int) override { ++bad; }
  void timed_out(std::string_view where) override {
    const std::lock_guard lock(mutex);
    timeouts.emplace_back(where);
  }
  void handshake_failed(std::string_view why) override {
    const std::lock_guard lock(mutex);
    shakes.emplace_back(why);
  }
  void handler_threw(std::string_view what) override {
    const std::lock_guard lock(mutex);
    throws.emplace_back(what);
  }
  std::vector<std::string> copy(const std::vector<std::string>& of) {
    const std::lock_guard lock(mutex);
    return of;
  }

  std::atomic<int> opens{0}, closes{0}, refusals{0}, bad{0};
  std::mutex mutex;
  std::vector<std::string> log, timeouts, throws, shakes;
};

// One thread and room for one more job.
class TestPool {
 public:
  ~TestPool() {
    for (auto& thread : threads_) thread.join();
  }
  bool try_post(std::function<void()> job) {
    const std::lock_guard lock(mutex_);
    if (jobs_ == 2) return false;
    ++jobs_;
    threads_.emplace_back([this, job = std::move(job)] {
      {
        const std::lock_guard one_at_a_time(running_);
        job();
      }
      const std::lock_guard lock(mutex_);
      --jobs_;
    });
    return true;
  }
  int jobs() {
    const std::lock_guard lock(mutex_);
    return jobs_;
  }

 private:
  std::mutex mutex_, running_;
  int jobs_ = 0;
  std::vector<std::thread> threads_;
};

// An unlinked file with these contents, mapped or not.
inline std::shared_ptr<const File> file_with(const std::string& contents, bool mapped = false) {
  std::FILE* file = std::tmpfile();
  std::fwrite(contents.data(), 1, contents.size(), file);
  std::fflush(file);
  auto out = std::make_shared<const File>(::dup(::fileno(file)), mapped ? contents.size() : 0);
  std::fclose(file);
  return out;
}

class ServerTest : public ::testing::Test {
 protected:
  void start(Limits limits = {}, int threads = 2, std::shared_ptr<Tls> tls = nullptr) {
    add_routes();
    server_ = std::make_unique<Server>(
        Server::Options{"127.0.0.1", threads, limits, std::move(tls), occupancy_}, [this](Request& r) { return router_.handle(r); },
        recorder_);
    auto port = server_->start(0);
    ASSERT_TRUE(port) << port.error().message;
    port_ = *port;
  }
  Client client() { return Client("127.0.0.1", port_); }

  void add_routes() {
    router_.add(
        "GET", "/hello",
        [](Request&) -> Task<Response> { co_return text_response(200, "text/plain", "hello"); }, "hello");
    router_.add(
        "GET", "/throw",
        [](Request&) -> Task<Response> {
          throw std::runtime_error("oops");
          co_return Response{};
        },
        "throw");
    router_.add(
        "GET", "/items/{id}/parts/{rest*}",
        [](Request& r) -> Task<Response> {
          co_return text_response(200, "text/plain",
                                  std::string(r.capture("id")) + '|' + std::string(r.capture("rest")));
        },
        "items");
    router_.add(
        "POST", "/echo",
        [](Request& r) -> Task<Response> {
          auto body = co_await r.body->read_all(100'000);
          if (!body)
            co_return problem(body.error().reason == kBodyTooLarge ? 413 : 400, body.error().reason,
                              body.error().message);
          co_return text_response(200, "text/plain", *body);
        },
        "echo", 100'000);
    router_.add(
        "POST", "/ignore",
        [](Request&) -> Task<Response> { co_return text_response(200, "text/plain", "ignored"); }, "ignore");
    // Counts what arrives and remembers how it ended, as an upload does.
    router_.add(
        "PATCH", "/count",
        [this](Request& r) -> Task<Response> {
          std::vector<char> piece(65536);
          std::uint64_t total = 0;
          for (;;) {
            auto got = co_await r.body->read(piece);
            if (!got || *got == 0) {
              const std::lock_guard lock(mutex_);
              counted_ = total;
              ending_ = got ? "clean" : got.error().reason;
              break;
            }
            total += *got;
            running_ = total;
          }
          co_return text_response(200, "text/plain", std::to_string(total));
        },
        "count", 1ull << 40);
    // Says how much has arrived while it arrives.
    router_.add(
        "PATCH", "/inform",
        [](Request& r) -> Task<Response> {
          std::vector<char> piece(1 << 20);
          std::uint64_t total = 0;
          for (;;) {
            if (r.interim) r.interim->inform(104, {{"Upload-Offset", std::to_string(total)}, {"Bad", "a\r\nb: c"}});
            const auto got = co_await r.body->read(piece);
            if (!got || *got == 0) break;
            total += *got;
          }
          co_return text_response(200, "text/plain", std::to_string(total));
        },
        "inform", 1ull << 40);
    router_.add(
        "GET", "/file",
        [this](Request& r) -> Task<Response> {
          Response out;
          const auto range = parse_range(r.headers, file_size_, "\"e\"");
          if (range.kind == ByteRange::Kind::kUnsatisfiable) co_return problem(416, "RANGE", "no such range");
          out.status = range.kind == ByteRange::Kind::kPart ? 206 : 200;
          out.body = FileRange{file_, range.offset, range.length};
          co_return out;
        },
        "file");
    router_.add(
        "GET", "/slow",
        [this](Request&) -> Task<Response> {
          auto done = co_await run_blocking(pool_, [this]() -> Result<int> {
            entered_ = true;
            while (!release_) std::this_thread::sleep_for(std::chrono::milliseconds(1));
            return 7;
          });
          co_return done ? text_response(200, "text/plain", std::to_string(*done))
                         : problem(503, done.error().reason, done.error().message);
        },
        "slow");
  }
  std::string ending() {
    const std::lock_guard lock(mutex_);
    return ending_;
  }
  template <class Until>
  static bool eventually(Until until) {
    for (int i = 0; i < 20'000; ++i) {
      if (until()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return false;
  }

  Recorder recorder_;
  TestPool pool_;
  Router router_;
  std::shared_ptr<const File> file_;
  std::uint64_t file_size_ = 0;
  std::atomic<bool> entered_{false}, release_{false};
  std::atomic<std::uint64_t> running_{0};
  std::mutex mutex_;
  std::uint64_t counted_ = 0;
  std::string ending_;
  std::uint16_t port_ = 0;
  std::shared_ptr<Occupancy> occupancy_;  // null: its own
  std::unique_ptr<Server> server_;
};

}  // namespace cliffhanger::http
