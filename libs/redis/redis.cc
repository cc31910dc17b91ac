#include "libs/redis/redis.h"

#include <hiredis/hiredis.h>
#include <openssl/sha.h>

#include <condition_variable>
#include <deque>
#include <mutex>

#include "libs/core/encoding.h"

namespace cliffhanger::redis {
namespace {

struct Close {
  void operator()(redisContext* link) const { redisFree(link); }
};
using Link = std::unique_ptr<redisContext, Close>;

timeval to_timeval(std::chrono::milliseconds time) {
  return {time.count() / 1000, time.count() % 1000 * 1000};
}

Error unavailable_error(const redisContext* link) {
  return unavailable("REDIS_UNAVAILABLE", "Redis can't be reached.").at(link ? link->errstr : "no memory");
}

Reply convert(const redisReply& from) {
  Reply to;
  switch (from.type) {
    case REDIS_REPLY_INTEGER:
      to.kind = Reply::Kind::kNumber;
      to.number = from.integer;
      break;
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
      to.kind = Reply::Kind::kText;
      to.text.assign(from.str, from.len);
      break;
    case REDIS_REPLY_ARRAY:
      to.kind = Reply::Kind::kList;
      for (std::size_t i = 0; i < from.elements; ++i) to.list.push_back(convert(*from.element[i]));
      break;
    default: break;
  }
  return to;
}

Result<Link> connect(const Config& config) {
  const timeval timeout = to_timeval(config.timeout);
  const std::string& url = config.url;
  Link link;
  if (url.starts_with("unix://")) {
    link.reset(redisConnectUnixWithTimeout(url.substr(7).c_str(), timeout));
  } else if (url.starts_with("redis://")) {
    const std::string rest = url.substr(8, url.find('/', 8) - 8);
    const auto colon = rest.rfind(':');
    const int port = colon == std::string::npos ? 6379 : std::atoi(rest.c_str() + colon + 1);
    link.reset(redisConnectWithTimeout(rest.substr(0, colon).c_str(), port, timeout));
  } else {
    return fail(invalid("BAD_REDIS_URL", "The Redis URL must start with unix:// or redis://."));
  }
  if (!link || link->err != 0) return fail(unavailable_error(link.get()));
  return link;
}

}  // namespace

struct Client::Inside {
  Config config;
  std::mutex mutex;
  std::condition_variable freed;
  std::deque<Link> idle;
  int in_use = 0;

  Result<Link> acquire() {
    std::unique_lock lock(mutex);
    if (!freed.wait_for(lock, config.timeout, [&] { return in_use < config.connections; })) {
      return fail(unavailable("REDIS_BUSY", "No Redis connection came free in time."));
    }
    ++in_use;
    if (!idle.empty()) {
      Link link = std::move(idle.back());
      idle.pop_back();
      return link;
    }
    lock.unlock();
    auto link = connect(config);
    if (!link) release(nullptr);
    return link;
  }

  void release(Link link) {
    const std::lock_guard lock(mutex);
    --in_use;
    if (link) idle.push_back(std::move(link));
    freed.notify_one();
  }

  // The answer of one try; null when the connection broke.
  Result<Reply> exchange(const std::vector<std::string>& words, std::chrono::milliseconds extra) {
    CH_ASSIGN(Link link, acquire());
    redisSetTimeout(link.get(), to_timeval(config.timeout + extra));
    std::vector<const char*> argv;
    std::vector<std::size_t> lengths;
    for (const auto& word : words) {
      argv.push_back(word.data());
      lengths.push_back(word.size());
    }
    auto* raw = static_cast<redisReply*>(
        redisCommandArgv(link.get(), static_cast<int>(words.size()), argv.data(), lengths.data()));
    if (raw == nullptr) {
      auto error = unavailable_error(link.get());
      link.reset();
      const std::lock_guard lock(mutex);
      --in_use;
      idle.clear();  // a restarted server has forgotten the others too
      freed.notify_one();
      return fail(std::move(error));
    }
    const std::unique_ptr<redisReply, void (*)(void*)> reply(raw, freeReplyObject);
    release(std::move(link));
    if (reply->type == REDIS_REPLY_ERROR) {
      return fail(precondition("REDIS_REFUSED", "Redis refused a command.")
                      .with("answer", std::string(reply->str, reply->len))
                      .at(words[0]));
    }
    return convert(*reply);
  }
};

Client::Client(Config config) : inside_(new Inside{std::move(config), {}, {}, {}, 0}) {}
Client::~Client() = default;

Result<Reply> Client::command(const std::vector<std::string>& words, std::chrono::milliseconds extra) {
  return inside_->exchange(words, extra);
}

Result<Reply> Client::script(const std::string& text, const std::vector<std::string>& keys,
                             const std::vector<std::string>& arguments) {
  unsigned char digest[SHA_DIGEST_LENGTH];
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  std::vector<std::string> words = {"EVALSHA", hex_encode({reinterpret_cast<char*>(digest), sizeof digest}),
                                    std::to_string(keys.size())};
  words.insert(words.end(), keys.begin(), keys.end());
  words.insert(words.end(), arguments.begin(), arguments.end());
  auto answer = command(words);
  if (answer || !answer.error().metadata["answer"].starts_with("NOSCRIPT")) return answer;
  words[0] = "EVAL";
  words[1] = text;
  return command(words);
}

}  // namespace cliffhanger::redis
