#pragma once
// Files of a process's own: objects that were read or written not long ago, and those on their way.
#include <sys/types.h>

#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "libs/blob/blob.h"

namespace cliffhanger::blob::s3 {

// A bounded cache of whole objects, each a file. New objects are on probation, in order of age; one that is
// asked for again is moved to those that proved themselves, which have four fifths of the room and lose their
// oldest to probation. What is evicted stays readable for those who have it open. Losable: it begins empty,
// and a file that is gone or was changed is a miss. Safe from many threads.
class Cache {
 public:
  // A file on its way. Without keep() it is gone with the object, its room given back.
  class Spool {
   public:
    Spool(Cache& cache, int fd, std::string path) : cache_(cache), fd_(fd), path_(std::move(path)) {}
    ~Spool();
    Spool(const Spool&) = delete;
    // Makes room for what is to come, `bytes` in all.
    void reserve(std::int64_t bytes);
    // OBJECT_STORE_FULL when the disk is, nothing is left to evict, and the object is over kMostInMemory bytes.
    Result<void> write(std::string_view bytes);
    Result<void> clear();
    int fd() const { return fd_; }
    std::int64_t size() const { return size_; }

   private:
    friend class Cache;
    bool make_way();
    bool into_memory();
    Cache& cache_;
    int fd_;
    std::string path_;
    std::int64_t size_ = 0, reserved_ = 0;
    bool in_memory_ = false;
  };
  static constexpr std::int64_t kMostInMemory = 4 << 20;
  using Write = ssize_t (*)(int fd, const void* bytes, std::size_t count, off_t at);

  // Takes the first folder slot-<n> of `folder` that no other process has, makes it if need be, and empties
  // it. Nothing else is touched. Fails with OBJECT_STORE_FAILED.
  // `write` is pwrite(2), but in tests of full disks.
  static Result<std::unique_ptr<Cache>> open(const std::string& folder, std::int64_t most, Write write = nullptr);
  ~Cache();

  std::optional<Opened> find(const std::string& key);
  Result<std::unique_ptr<Spool>> spool();
  // The file is the object `key` from now on; it is opened. One that would take more than a quarter of the
  // room is not kept: it lives as long as somebody has it open.
  Result<Opened> keep(const std::string& key, Spool& spool);
  void forget(const std::string& key);
  std::int64_t bytes() const;  // of what is kept and what is on its way
  const std::string& folder() const { return slot_; }

 private:
  struct Entry {
    std::string key, path;
    std::int64_t bytes;
    bool proven;
  };
  using Entries = std::list<Entry>;

  Cache(std::string slot, int lock, std::int64_t most, Write write)
      : slot_(std::move(slot)), lock_(lock), most_(most), write_(write) {}
  bool shed();
  // With the mutex held.
  void prove(Entries::iterator entry);
  void drop(Entries::iterator entry);
  void make_room();

  const std::string slot_;
  const int lock_;
  const std::int64_t most_;
  const Write write_;
  mutable std::mutex mutex_;
  Entries probation_, proven_;  // the newest first
  std::unordered_map<std::string, Entries::iterator> where_;
  std::int64_t kept_ = 0, proven_bytes_ = 0, under_way_ = 0;
  std::uint64_t names_ = 0;
};

// Another description of the same open file, with an offset of its own. Fails with OBJECT_STORE_FAILED.
Result<Opened> reopen(int fd, std::int64_t size);

}  // namespace cliffhanger::blob::s3
