#pragma once
// Redis for services: a bounded set of connections, commands as lists of words. Everything in Redis may be lost at any moment, so callers
// treat UNAVAILABLE as "not there" wherever they can.
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "libs/core/result.h"

namespace cliffhanger::redis {

struct Reply {
  enum class Kind { kNil, kText, kNumber, kList };
  Kind kind = Kind::kNil;
  std::string text;
  std::int64_t number = 0;
  std::vector<Reply> list;
  bool is_nil() const { return kind == Kind::kNil; }
};

struct Config {
  std::string url;  // unix:///path/of.sock or redis://host[:port]
  int connections = 8;
  std::chrono::milliseconds timeout{1000};  // to connect, and for the answer of a command
};

// Safe from many threads; calls block. Connections are opened when needed and dropped when they fail.
class Client {
 public:
  explicit Client(Config config);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Fails with REDIS_UNAVAILABLE, REDIS_BUSY (no connection free in time) and REDIS_REFUSED (metadata `answer` has Redis's words). A
  // command that blocks on the server (XREADGROUP BLOCK) must say in `extra` how long it may.
  Result<Reply> command(const std::vector<std::string>& words,
                        std::chrono::milliseconds extra = std::chrono::milliseconds(0));

  // Runs a Lua script by its digest, sending its text when Redis does not know it.
  Result<Reply> script(const std::string& text, const std::vector<std::string>& keys,
                       const std::vector<std::string>& arguments);

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace cliffhanger::redis
