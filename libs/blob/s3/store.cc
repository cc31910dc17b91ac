#include "libs/blob/s3/store.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>

#include "libs/blob/place.h"
#include "libs/blob/s3/cache.h"
#include "libs/blob/s3/flights.h"
#include "libs/core/encoding.h"
#include "libs/digest/digest.h"

namespace cliffhanger::blob::s3 {
namespace {

// What is written stands in a file until it is sent, so that it can be sent twice: all of it, or a part at a
// time if it is more than one.
class S3Writer final : public Writer {
 public:
  S3Writer(Client& client, Cache& cache, std::string key, std::unique_ptr<Cache::Spool> spool)
      : client_(client), cache_(cache), key_(std::move(key)), spool_(std::move(spool)) {}
  ~S3Writer() override {
    if (parts_ && !published_) (void)client_.abort_parts(*parts_);
  }

  Result<void> write(std::string_view bytes) override {
    const std::int64_t most = client_.options().part_bytes;
    while (!bytes.empty()) {
      if (spool_->size() == most) CH_TRY(send_part());
      const auto piece = bytes.substr(0, static_cast<std::size_t>(most - spool_->size()));
      CH_TRY(spool_->write(piece));
      sha256_.add(piece);
      md5_.add(piece);
      bytes.remove_prefix(piece.size());
    }
    return {};
  }

  Result<void> publish() override {
    // Read before it is there, the old one may be in the cache.
    if (!parts_) {
      CH_TRY(client_.put(key_, body()));
      cache_.forget(key_);
      (void)cache_.keep(key_, *spool_);
    } else {
      CH_TRY(send_part());
      CH_TRY(client_.complete_parts(*parts_));
      cache_.forget(key_);
    }
    published_ = true;
    return {};
  }

 private:
  Body body() {
    return {Payload{{}, spool_->fd(), 0, spool_->size()}, hex_encode(Digest(sha256_).raw()),
            Digest(md5_).raw()};
  }
  Result<void> send_part() {
    if (!parts_) {
      CH_ASSIGN(parts_, client_.begin_parts(key_));
    }
    CH_TRY(client_.add_part(*parts_, body()));
    sha256_ = Digest(Digest::Kind::kSha256);
    md5_ = Digest(Digest::Kind::kMd5);
    return spool_->clear();
  }

  Client& client_;
  Cache& cache_;
  const std::string key_;
  const std::unique_ptr<Cache::Spool> spool_;
  Digest sha256_{Digest::Kind::kSha256}, md5_{Digest::Kind::kMd5};
  std::optional<Client::Parts> parts_;
  bool published_ = false;
};

class ToSpool final : public Sink {
 public:
  explicit ToSpool(Cache::Spool& spool) : spool_(spool) {}
  Result<void> begin(std::int64_t bytes) override {
    spool_.reserve(bytes);
    return spool_.clear();
  }
  Result<void> write(std::string_view bytes) override { return spool_.write(bytes); }

 private:
  Cache::Spool& spool_;
};

class ToText final : public Sink {
 public:
  explicit ToText(std::int64_t most) : most_(most) {}
  Result<void> begin(std::int64_t bytes) override {
    if (bytes > most_) return fail(precondition("OBJECT_TOO_LARGE", "The object is larger than expected."));
    text.clear();
    text.reserve(static_cast<std::size_t>(bytes));
    return {};
  }
  Result<void> write(std::string_view bytes) override {
    text += bytes;
    return {};
  }
  std::string text;

 private:
  const std::int64_t most_;
};

class S3Store final : public Store {
 public:
  S3Store(Options options, Client::Deps deps, std::unique_ptr<Cache> cache)
      : prefix_(options.prefix.empty() ? "" : options.prefix + '/'),
        probe_(deps.probe),
        cache_(std::move(cache)),
        client_(std::move(options), deps) {}

  Result<std::unique_ptr<Writer>> create(std::string_view key) override {
    CH_TRY(check_key(key));
    CH_ASSIGN(auto spool, cache_->spool());
    return std::make_unique<S3Writer>(client_, *cache_, full(key), std::move(spool));
  }

  Result<Info> head(std::string_view key) override {
    CH_TRY(check_key(key));
    CH_ASSIGN(auto info, client_.head(full(key)));
    info.key = key;
    return info;
  }

  Result<Opened> open(std::string_view key) override {
    CH_TRY(check_key(key));
    const std::string name = full(key);
    return flights_.open(name, [&]() -> Result<Opened> {
      auto hit = cache_->find(name);
      if (probe_) probe_->opened(hit.has_value());
      if (hit) return std::move(*hit);
      CH_ASSIGN(const auto spool, cache_->spool());
      ToSpool sink(*spool);
      CH_TRY(client_.fetch(name, sink));
      auto opened = cache_->keep(name, *spool);
      if (probe_) probe_->cached(cache_->bytes());
      return opened;
    });
  }

  Result<std::vector<Info>> list(std::string_view prefix, std::string_view after, std::size_t most) override {
    std::vector<Info> found;
    std::string from = after.empty() ? "" : full(after);
    std::string token;  // of a page that was empty and not the last
    while (found.size() < most) {
      CH_ASSIGN(auto page, client_.list(prefix_ + std::string(prefix), from, most - found.size(), token));
      for (auto& object : page.objects) {
        from = object.key;
        object.key.erase(0, prefix_.size());
        found.push_back(std::move(object));
      }
      if (!page.more) break;
      token = page.objects.empty() ? std::move(page.next) : "";
    }
    return found;
  }

  Result<void> remove(std::string_view key) override {
    CH_TRY(check_key(key));
    cache_->forget(full(key));
    return client_.remove(full(key));
  }

  Result<void> remove_once(std::string_view key) override {
    CH_TRY(check_key(key));
    cache_->forget(full(key));
    return client_.remove(full(key), true);
  }

  Result<void> remove_all(std::string_view prefix) override {
    while (true) {
      CH_ASSIGN(const auto found, list(prefix, "", 1000));
      std::vector<std::string> keys;
      for (const auto& object : found) {
        keys.push_back(full(object.key));
        cache_->forget(keys.back());
      }
      CH_TRY(client_.remove(keys));
      if (found.size() < 1000) return {};
    }
  }

  Result<std::int64_t> remove_unfinished(Time before, bool dry) override {
    std::int64_t count = 0;
    Client::BegunPage page;
    do {
      CH_ASSIGN(page, client_.list_parts(prefix_, page));
      for (const auto& one : page.uploads) {
        if (one.when >= before || !is_of_house(one.key)) continue;
        ++count;
        if (!dry) CH_TRY(client_.abort_parts({one.key, one.upload, {}, {}}));
      }
    } while (page.more && !page.next_key.empty());
    return count;
  }

  Result<std::string> get(std::string_view key, std::int64_t most) override {
    CH_TRY(check_key(key));
    ToText sink(most);
    CH_TRY(client_.fetch(full(key), sink));
    return std::move(sink.text);
  }

  Result<std::string> get_range(std::string_view key, std::int64_t offset, std::int64_t length) override {
    CH_TRY(check_key(key));
    return client_.range(full(key), offset, length);
  }

  Result<void> put_file(std::string_view key, const std::string& path) override {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
      return fail(unavailable("OBJECT_STORE_FAILED", "A file that is to be stored can't be read.").at(path));
    const Opened source(fd, ::lseek(fd, 0, SEEK_END));
    CH_ASSIGN(auto writer, create(key));
    std::string buffer(1 << 18, '\0');
    for (std::int64_t at = 0; at < source.size(); at += static_cast<std::int64_t>(buffer.size())) {
      CH_ASSIGN(const std::string_view piece, source.read(at, std::span(buffer)));
      CH_TRY(writer->write(piece));
    }
    return writer->publish();
  }

  // A list needs the bucket, the right to read it and a good clock, and says which of them is missing. Once
  // it succeeded the store is ready for good: what is cached can be served without it, and no replica would
  // do better.
  Result<void> ready() override {
    if (ready_) return {};
    CH_TRY(client_.list(prefix_, "", 1));
    ready_ = true;
    return {};
  }

 private:
  // The bucket may be others' too.
  bool is_of_house(std::string_view full) const {
    return full.starts_with(prefix_) && place_of(full.substr(prefix_.size()));
  }
  std::string full(std::string_view key) const { return prefix_ + std::string(key); }

  const std::string prefix_;
  Probe* const probe_;
  const std::unique_ptr<Cache> cache_;
  Client client_;
  Flights flights_;
  std::atomic<bool> ready_{false};
};

}  // namespace

Result<std::unique_ptr<Store>> open_store(Options options, Client::Deps deps) {
  CH_TRY(check(options));
  CH_ASSIGN(auto cache, Cache::open(options.cache_dir, options.cache_bytes));
  return std::make_unique<S3Store>(std::move(options), deps, std::move(cache));
}

}  // namespace cliffhanger::blob::s3
