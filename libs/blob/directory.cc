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

Error failed(const std::string& what, int code) {
  if (code == ENOSPC || code == EDQUOT) {
    return exhausted("OBJECT_STORE_FULL", "The object store is full.").at(what);
  }
  return unavailable("OBJECT_STORE_FAILED", "The object store failed.").at(what + ": " + std::strerror(code));
}

Result<void> sync_directory(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return fail(failed("open " + path.string(), errno));
  const int rc = ::fsync(fd);
  const int code = errno;
  ::close(fd);
  if (rc != 0) return fail(failed("sync " + path.string(), code));
  return {};
}

// Makes the folders of `path` below `root` and syncs the ones that are new, so that a published name survives a power cut.
Result<void> make_parents(const fs::path& root, const fs::path& path) {
  const fs::path parent = path.parent_path();
  std::error_code fault;
  if (fs::is_directory(parent, fault) || parent == root) return {};
  CH_TRY(make_parents(root, parent));
  if (::mkdir(parent.c_str(), 0750) != 0 && errno != EEXIST) return fail(failed("make " + parent.string(), errno));
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
    CH_TRY(make_parents(root_, target_));
    if (::rename(temporary_.c_str(), target_.c_str()) != 0) return fail(failed("publish " + target_.string(), errno));
    published_ = true;
    return sync_directory(target_.parent_path());
  }

 private:
  int fd_;
  fs::path root_, temporary_, target_;
  bool published_ = false;
};

class Directory final : public Store {
 public:
  explicit Directory(const std::string& root) : root_(fs::absolute(root).lexically_normal()) {
    fs::create_directories(root_ / ".tmp");
    sweep();
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
    return Info{std::string(key), status.st_size};
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
    const fs::path start = slash == std::string_view::npos ? root_ : root_ / prefix.substr(0, slash);
    std::error_code fault;
    for (auto it = fs::recursive_directory_iterator(start, fault); !fault && it != fs::end(it); it.increment(fault)) {
      if (it->path().filename() == ".tmp" && it.depth() == 0) {
        it.disable_recursion_pending();
        continue;
      }
      if (!it->is_regular_file(fault)) continue;
      std::string key = it->path().lexically_relative(root_).string();
      if (key.starts_with(prefix) && key > after) {
        found.push_back({std::move(key), static_cast<std::int64_t>(it->file_size(fault))});
      }
    }
    std::sort(found.begin(), found.end(), [](const Info& a, const Info& b) { return a.key < b.key; });
    if (found.size() > most) found.resize(most);
    return found;
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

  // What writers that were killed left behind: nobody writes an object for a day.
  void sweep() {
    std::error_code fault;
    const auto old = fs::file_time_type::clock::now() - std::chrono::hours(24);
    for (const auto& entry : fs::directory_iterator(root_ / ".tmp", fault)) {
      if (entry.last_write_time(fault) < old && !fault) fs::remove(entry.path(), fault);
    }
  }

  fs::path root_;
  SystemRandom random_;
};

}  // namespace

std::unique_ptr<Store> open_directory(const std::string& root) { return std::make_unique<Directory>(root); }

}  // namespace cliffhanger::blob
