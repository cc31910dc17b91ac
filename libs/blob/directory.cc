// Objects as files: key "a/b/c" is the file root/a/b/c. A writer's bytes stand in root/.tmp until they are published by rename.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "libs/blob/blob.h"
#include "libs/core/id.h"

namespace cliffhanger::blob {
namespace {

namespace fs = std::filesystem;

constexpr int kPublishAttempts = 100;  // against folders that are being removed

Error failed(const std::string& what, int code) {
  if (code == ENOSPC || code == EDQUOT) {
    return exhausted("OBJECT_STORE_FULL", "The object store is full.").at(what);
  }
  return unavailable("OBJECT_STORE_FAILED", "The object store failed.").at(what + ": " + std::strerror(code));
}

// These give 0 or an errno. A folder goes with its last object, which may be removed at any moment: ENOENT.
int sync_directory(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return errno;
  const int code = ::fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  return code;
}

Time time_of(const struct stat& status) {
  return Time(std::chrono::duration_cast<Duration>(std::chrono::seconds(status.st_mtim.tv_sec) +
                                                   std::chrono::nanoseconds(status.st_mtim.tv_nsec)));
}

// One listing. A folder is read once for each `most` of its names, which are all that is held of it.
struct Walk {
  const fs::path& root;
  const std::string_view prefix, after;
  const std::size_t most;
  std::vector<Info>& found;

  // Of a folder's keys ("" or ending in '/'), those that are wanted.
  Result<void> folder(const std::string& at) {
    for (std::string last; found.size() < most;) {
      CH_ASSIGN(const auto names, next_names(at, last));
      for (const auto& name : names) {
        if (found.size() >= most) return {};
        if (name.ends_with('/')) {
          CH_TRY(folder(at + name));
        } else {
          CH_TRY(file(at + name));
        }
      }
      if (names.size() < most) return {};
      last = names.back();
    }
    return {};
  }

 private:
  // The first `most` of a folder's names that come after `last` and under which something is wanted, in the order of the keys: a folder's
  // name ends in '/'.
  Result<std::vector<std::string>> next_names(const std::string& at, const std::string& last) const {
    std::vector<std::string> heap;
    std::error_code fault;
    auto it = fs::directory_iterator(root / at, fault);
    for (; !fault && it != fs::end(it); it.increment(fault)) {
      std::string name = it->path().filename().string();
      if (at.empty() && name == ".tmp") continue;
      std::error_code gone;
      if (it->is_directory(gone)) name += '/';
      if (name <= last || !is_wanted(at + name)) continue;
      if (heap.size() == most && name >= heap.front()) continue;
      heap.push_back(std::move(name));
      std::push_heap(heap.begin(), heap.end());
      if (heap.size() <= most) continue;
      std::pop_heap(heap.begin(), heap.end());
      heap.pop_back();
    }
    // Folders come and go.
    if (fault && fault.value() != ENOENT && fault.value() != ENOTDIR)
      return fail(failed("list " + (root / at).string(), fault.value()));
    std::sort_heap(heap.begin(), heap.end());
    return heap;
  }

  bool is_wanted(const std::string& key) const {
    if (!key.ends_with('/')) return key.starts_with(prefix) && key > after;
    const bool may_match = key.starts_with(prefix) || prefix.starts_with(key);
    return may_match && (key > after || after.starts_with(key));
  }

  Result<void> file(std::string key) {
    struct stat status;
    if (::stat((root / key).c_str(), &status) != 0) {
      if (errno == ENOENT || errno == ENOTDIR) return {};
      return fail(failed("stat " + key, errno));
    }
    if (S_ISREG(status.st_mode)) found.push_back({std::move(key), status.st_size, time_of(status)});
    return {};
  }
};

// Makes the folders of `path` below `root` and syncs the ones that are new, so that a published name survives a power cut.
int make_parents(const fs::path& root, const fs::path& path) {
  const fs::path parent = path.parent_path();
  std::error_code fault;
  if (fs::is_directory(parent, fault) || parent == root) return 0;
  if (const int code = make_parents(root, parent)) return code;
  if (::mkdir(parent.c_str(), 0750) != 0 && errno != EEXIST) return errno;
  return sync_directory(parent.parent_path());
}

class FileWriter final : public Writer {
 public:
  FileWriter(int fd, fs::path root, fs::path temporary, fs::path target)
      : fd_(fd), root_(std::move(root)), temporary_(std::move(temporary)), target_(std::move(target)) {}
  ~FileWriter() override {
    if (fd_ >= 0) ::close(fd_);
    if (!published_) ::unlink(temporary_.c_str());
  }

  Result<void> write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t put = ::write(fd_, bytes.data(), bytes.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return fail(failed("write", errno));
      bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return {};
  }

  Result<void> publish() override {
    if (::fdatasync(fd_) != 0) return fail(failed("sync", errno));
    for (int attempt = 0; !published_; ++attempt) {
      const int code = try_publish();
      if (code != 0 && (code != ENOENT || attempt == kPublishAttempts))
        return fail(failed("publish " + target_.string(), code));
    }
    // Without its folder it was removed since.
    const int code = sync_directory(target_.parent_path());
    if (code != 0 && code != ENOENT) return fail(failed("sync " + target_.string(), code));
    return {};
  }

 private:
  int try_publish() {
    if (const int code = make_parents(root_, target_)) return code;
    published_ = ::rename(temporary_.c_str(), target_.c_str()) == 0;
    return published_ ? 0 : errno;
  }
  int fd_;
  fs::path root_, temporary_, target_;
  bool published_ = false;
};

class Directory final : public Store {
 public:
  explicit Directory(const std::string& root) : root_(fs::absolute(root).lexically_normal()) {
    fs::create_directories(root_ / ".tmp");
    // What writers that were killed left behind: nobody writes an object for a day.
    (void)remove_unfinished(SystemClock().now() - std::chrono::hours(24), false);
  }

  Result<std::unique_ptr<Writer>> create(std::string_view key) override {
    CH_TRY(check_key(key));
    const fs::path temporary =
        root_ / ".tmp" / Uuid::v7(SystemClock().now(), random_).text();
    const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (fd < 0) return fail(failed("create " + temporary.string(), errno));
    return std::make_unique<FileWriter>(fd, root_, temporary, path_of(key));
  }

  Result<Info> head(std::string_view key) override {
    CH_TRY(check_key(key));
    struct stat status;
    if (::stat(path_of(key).c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return fail(missing(key, errno));
    return Info{std::string(key), status.st_size, time_of(status)};
  }

  Result<Opened> open(std::string_view key) override {
    CH_TRY(check_key(key));
    const int fd = ::open(path_of(key).c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return fail(missing(key, errno));
    struct stat status;
    if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
      ::close(fd);
      return fail(missing(key, ENOENT));
    }
    return Opened(fd, status.st_size);
  }

  Result<std::vector<Info>> list(std::string_view prefix, std::string_view after, std::size_t most) override {
    std::vector<Info> found;
    const auto slash = prefix.rfind('/');
    const std::string folder(slash == std::string_view::npos ? "" : prefix.substr(0, slash + 1));
    if (!folder.empty() && !check_key(prefix.substr(0, slash))) return found;  // no object's
    Walk walk{root_, prefix, after, most, found};
    CH_TRY(walk.folder(folder));
    return found;
  }

  Result<std::int64_t> remove_unfinished(Time before, bool dry) override {
    std::int64_t count = 0;
    std::error_code fault;
    auto it = fs::directory_iterator(root_ / ".tmp", fault);
    for (; !fault && it != fs::end(it); it.increment(fault)) {
      struct stat status;
      if (::stat(it->path().c_str(), &status) != 0 || time_of(status) >= before) continue;
      ++count;
      if (!dry) ::unlink(it->path().c_str());
    }
    if (fault) return fail(failed("list " + (root_ / ".tmp").string(), fault.value()));
    return count;
  }

  Result<void> remove(std::string_view key) override {
    CH_TRY(check_key(key));
    const fs::path path = path_of(key);
    if (::unlink(path.c_str()) != 0 && errno != ENOENT && errno != ENOTDIR) {
      return fail(failed("remove " + path.string(), errno));
    }
    for (fs::path parent = path.parent_path(); parent != root_ && ::rmdir(parent.c_str()) == 0;
         parent = parent.parent_path()) {
    }
    return {};
  }

  Result<void> put_file(std::string_view key, const std::string& path) override {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return fail(failed("open " + path, errno));
    struct stat status;
    ::fstat(fd, &status);
    const Opened source(fd, status.st_size);
    CH_ASSIGN(auto writer, create(key));
    std::string buffer(1 << 18, '\0');
    for (std::int64_t at = 0; at < source.size(); at += static_cast<std::int64_t>(buffer.size())) {
      CH_ASSIGN(const std::string_view piece, source.read(at, std::span(buffer)));
      CH_TRY(writer->write(piece));
    }
    return writer->publish();
  }

 private:
  fs::path path_of(std::string_view key) const { return root_ / key; }
  static Error missing(std::string_view key, int code) {
    if (code != 0 && code != ENOENT && code != ENOTDIR) return failed("open " + std::string(key), code);
    return not_found("OBJECT_NOT_FOUND", "There is no object with this key.").at(std::string(key));
  }

  fs::path root_;
  SystemRandom random_;
};

}  // namespace

std::unique_ptr<Store> open_directory(const std::string& root) { return std::make_unique<Directory>(root); }

}  // namespace cliffhanger::blob
