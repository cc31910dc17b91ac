#include "libs/blob/s3/cache.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace cliffhanger::blob::s3 {
namespace {

namespace fs = std::filesystem;

constexpr int kSlots = 256;         // processes that share a folder
constexpr std::int64_t kShare = 4;  // an object may take this part of the room

constexpr std::int64_t kShed = 64 << 20;  // evicted at a time when the disk is full

bool is_full(int code) {
  return code == ENOSPC || code == EDQUOT;
}

Error failed(const std::string& what, int code) {
  if (is_full(code))
    return exhausted("OBJECT_STORE_FULL", "There is no room for a copy of an object.").at(what);
  return unavailable("OBJECT_STORE_FAILED", "The cache of the object store failed.")
      .at(what + ": " + std::strerror(code));
}

// A folder that nobody else works in, or -1.
int take_slot(const std::string& slot) {
  if (::mkdir(slot.c_str(), 0700) != 0 && errno != EEXIST) return -1;
  const int fd = ::open(slot.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd >= 0 && ::flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
  if (fd >= 0) ::close(fd);
  return -1;
}

void empty(const std::string& slot) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(slot, ignored)) fs::remove_all(entry.path(), ignored);
}

}  // namespace

Result<Opened> reopen(int fd, std::int64_t size) {
  const int own = ::open(("/proc/self/fd/" + std::to_string(fd)).c_str(), O_RDONLY | O_CLOEXEC);
  if (own < 0) return fail(failed("open a copy again", errno));
  return Opened(own, size);
}

Cache::Spool::~Spool() {
  if (fd_ >= 0) ::close(fd_);
  if (!path_.empty()) ::unlink(path_.c_str());
  const std::lock_guard lock(cache_.mutex_);
  cache_.under_way_ -= reserved_;
}

void Cache::Spool::reserve(std::int64_t bytes) {
  if (bytes <= reserved_) return;
  const std::lock_guard lock(cache_.mutex_);
  cache_.under_way_ += bytes - std::exchange(reserved_, bytes);
  cache_.make_room();
}

Result<void> Cache::Spool::write(std::string_view bytes) {
  reserve(size_ + static_cast<std::int64_t>(bytes.size()));
  if (in_memory_ && reserved_ > kMostInMemory) return fail(failed("write", ENOSPC));
  while (!bytes.empty()) {
    const ssize_t put = (in_memory_ ? ::pwrite : cache_.write_)(fd_, bytes.data(), bytes.size(), size_);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && is_full(errno) && make_way()) continue;
    if (put < 0) return fail(failed("write", errno));
    bytes.remove_prefix(static_cast<std::size_t>(put));
    size_ += put;
  }
  return {};
}

// Whether writing is worth another try after the disk was full.
bool Cache::Spool::make_way() {
  const int why = errno;
  if (!in_memory_ && (cache_.shed() || into_memory())) return true;
  errno = why;
  return false;
}

bool Cache::Spool::into_memory() {
  if (std::max(size_, reserved_) > kMostInMemory) return false;
  std::string have(static_cast<std::size_t>(size_), '\0');
  const int memory = ::memfd_create("object", MFD_CLOEXEC);
  const bool copied = memory >= 0 && ::pread(fd_, have.data(), have.size(), 0) == size_ &&
                      ::pwrite(memory, have.data(), have.size(), 0) == size_;
  if (!copied) {
    if (memory >= 0) ::close(memory);
    return false;
  }
  ::close(std::exchange(fd_, memory));
  ::unlink(std::exchange(path_, {}).c_str());
  in_memory_ = true;
  return true;
}

Result<void> Cache::Spool::clear() {
  size_ = 0;
  if (::ftruncate(fd_, 0) != 0) return fail(failed("truncate", errno));
  return {};
}

Result<std::unique_ptr<Cache>> Cache::open(const std::string& folder, std::int64_t most, Write write) {
  std::error_code fault;
  fs::create_directories(folder, fault);
  for (int i = 0; i < kSlots; ++i) {
    const std::string slot = (fs::absolute(folder) / ("slot-" + std::to_string(i))).string();
    const int lock = take_slot(slot);
    if (lock < 0) continue;
    empty(slot);
    return std::unique_ptr<Cache>(new Cache(slot, lock, most, write ? write : ::pwrite));
  }
  return fail(unavailable("OBJECT_STORE_FAILED",
                          "The folder of the object store's cache can't be made or used: " + folder + "."));
}

Cache::~Cache() {
  empty(slot_);
  ::close(lock_);
}

std::optional<Opened> Cache::find(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = where_.find(key);
  if (found == where_.end()) return std::nullopt;
  const auto entry = found->second;
  const int fd = ::open(entry->path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  struct stat status;
  if (fd < 0 || ::fstat(fd, &status) != 0 || status.st_size != entry->bytes) {
    if (fd >= 0) ::close(fd);
    drop(entry);
    return std::nullopt;
  }
  prove(entry);
  return Opened(fd, entry->bytes);
}

Result<std::unique_ptr<Cache::Spool>> Cache::spool() {
  std::string path;
  {
    const std::lock_guard lock(mutex_);
    path = slot_ + '/' + std::to_string(++names_);
  }
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0) return std::make_unique<Spool>(*this, fd, std::move(path));
  const int why = errno;
  const int memory = is_full(why) ? ::memfd_create("object", MFD_CLOEXEC) : -1;
  if (memory < 0) return fail(failed("create " + path, why));
  auto spool = std::make_unique<Spool>(*this, memory, std::string());
  spool->in_memory_ = true;
  return spool;
}

Result<Opened> Cache::keep(const std::string& key, Spool& spool) {
  auto opened = reopen(spool.fd(), spool.size());
  if (!opened) return opened;
  const std::lock_guard lock(mutex_);
  if (const auto old = where_.find(key); old != where_.end()) drop(old->second);
  under_way_ -= std::exchange(spool.reserved_, 0);
  if (spool.size() > most_ / kShare || spool.in_memory_) return opened;
  kept_ += spool.size();
  probation_.push_front({key, std::exchange(spool.path_, {}), spool.size(), false});
  where_[key] = probation_.begin();
  make_room();
  return opened;
}

void Cache::forget(const std::string& key) {
  const std::lock_guard lock(mutex_);
  if (const auto found = where_.find(key); found != where_.end()) drop(found->second);
}

std::int64_t Cache::bytes() const {
  const std::lock_guard lock(mutex_);
  return kept_ + under_way_;
}

void Cache::prove(Entries::iterator entry) {
  if (entry->proven) {
    proven_.splice(proven_.begin(), proven_, entry);
    return;
  }
  proven_.splice(proven_.begin(), probation_, entry);
  entry->proven = true;
  proven_bytes_ += entry->bytes;
  while (proven_bytes_ > most_ / 5 * 4) {
    const auto last = std::prev(proven_.end());
    last->proven = false;
    proven_bytes_ -= last->bytes;
    probation_.splice(probation_.begin(), proven_, last);
  }
}

void Cache::drop(Entries::iterator entry) {
  ::unlink(entry->path.c_str());
  kept_ -= entry->bytes;
  if (entry->proven) proven_bytes_ -= entry->bytes;
  where_.erase(entry->key);
  (entry->proven ? proven_ : probation_).erase(entry);
}

// Whether anything could be evicted to give a full disk some room.
bool Cache::shed() {
  const std::lock_guard lock(mutex_);
  const auto before = kept_;
  while (!where_.empty() && before - kept_ < kShed)
    drop(std::prev(probation_.empty() ? proven_.end() : probation_.end()));
  return kept_ < before;
}

void Cache::make_room() {
  while (kept_ + under_way_ > most_ && kept_ > 0)
    drop(std::prev(probation_.empty() ? proven_.end() : probation_.end()));
}

}  // namespace cliffhanger::blob::s3
