#pragma once
// The object store: objects by key, most of them immutable. Services share objects by key and never send media by rpc. The directory
// backend is here, the one on S3 in s3/.
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libs/core/clock.h"
#include "libs/core/result.h"

namespace cliffhanger::blob {

// Keys are 1 to 512 characters of [A-Za-z0-9._/=-], without empty, "." or ".." parts. Anything else fails with BAD_OBJECT_KEY.
Result<void> check_key(std::string_view key);

struct Info {
  std::string key;
  std::int64_t bytes = 0;
  // When it was written last, by the store's clock; Time::max() if the store doesn't say.
  Time modified = Time::max();
};

// An object opened for reading: a descriptor of its own whose bytes [0, size) are the object; stays readable when the object is deleted.
// Fit for sendfile and to hand to a child process. Closed with the handle.
class Opened {
 public:
  Opened(int fd, std::int64_t size) : fd_(fd), size_(size) {}
  ~Opened();
  Opened(Opened&& other) noexcept : fd_(other.fd_), size_(other.size_) { other.fd_ = -1; }
  Opened& operator=(Opened&& other) noexcept;
  int fd() const { return fd_; }
  std::int64_t size() const { return size_; }
  int release();  // gives the descriptor away
  // Up to `length` bytes from `offset`; shorter only at the end.
  Result<std::string> read(std::int64_t offset, std::int64_t length) const;
  // The same into `buffer`, as much as fits; gives the part of it that was filled.
  Result<std::string_view> read(std::int64_t offset, std::span<char> buffer) const;

 private:
  int fd_;
  std::int64_t size_;
};

// An object being written. It appears at once and whole with publish(), durable (data and directory entry synced, or acknowledged by S3);
// without publish() nothing remains. After a publish() that failed it may be there, whole, or not. The store outlives it.
class Writer {
 public:
  virtual ~Writer() = default;
  virtual Result<void> write(std::string_view bytes) = 0;
  virtual Result<void> publish() = 0;  // overwrites what had the key
};

// Safe from many threads; calls block. All fail with OBJECT_STORE_FAILED when the store does, OBJECT_STORE_FULL when there is no room,
// and BAD_OBJECT_KEY. What has returned is seen by every process at once; but see open().
class Store {
 public:
  virtual ~Store() = default;
  virtual Result<std::unique_ptr<Writer>> create(std::string_view key) = 0;
  virtual Result<Info> head(std::string_view key) = 0;    // OBJECT_NOT_FOUND
  // OBJECT_NOT_FOUND. For objects that are never written again with other bytes: it may be a copy that this process took before another
  // one removed or replaced the object. What may change is read with get().
  virtual Result<Opened> open(std::string_view key) = 0;
  // Keys that start with `prefix` and come after `after`, in order, at most `most`. Takes memory for these, whatever the store holds.
  virtual Result<std::vector<Info>> list(std::string_view prefix, std::string_view after, std::size_t most) = 0;
  virtual Result<void> remove(std::string_view key) = 0;  // nothing there: success
  // Removes every object whose key starts with `prefix` (which must end in '/').
  virtual Result<void> remove_all(std::string_view prefix);
  // What writers that began before `before` left unpublished (files, multipart uploads of S3): removes it unless `dry`, and gives how many
  // there were; in S3 only of keys that the house gives (place_of()). A writer that is at work for longer fails to publish.
  virtual Result<std::int64_t> remove_unfinished(Time before, bool dry) = 0;

  // Removes an object that was written before `before`. Gives whether there is none any more; a younger one stays. For callers who hold
  // a lock meanwhile: removal is asked for once, and not at all if the look at the object took kRemovePatience. After a failure the object
  // may be there or not.
  Result<bool> remove_older(std::string_view key, Time before);
  static constexpr std::chrono::seconds kRemovePatience{30};
  Result<void> put(std::string_view key, std::string_view bytes);
  // The whole object as it is now, at most `most` bytes (16 MiB); a larger one fails with OBJECT_TOO_LARGE. OBJECT_NOT_FOUND.
  virtual Result<std::string> get(std::string_view key, std::int64_t most);
  Result<std::string> get(std::string_view key) { return get(key, 16 << 20); }
  // Bytes [offset, offset + length) of the object as it is now, fewer at its end. OBJECT_NOT_FOUND.
  virtual Result<std::string> get_range(std::string_view key, std::int64_t offset, std::int64_t length);
  // Publishes the file at `path` under `key`, copying or linking.
  virtual Result<void> put_file(std::string_view key, const std::string& path) = 0;
  // As remove(), without trying again.
  virtual Result<void> remove_once(std::string_view key) { return remove(key); }
  // Whether the store can be used; if not, the message tells an operator why. For a start-up: a store that was ready may go on saying so.
  virtual Result<void> ready();
};

// Objects as files below `root`, which is made if missing.
std::unique_ptr<Store> open_directory(const std::string& root);

}  // namespace cliffhanger::blob
