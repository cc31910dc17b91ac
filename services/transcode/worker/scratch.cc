#include "services/transcode/worker/scratch.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "libs/core/encoding.h"

namespace cliffhanger::transcode {
namespace {

namespace fs = std::filesystem;

constexpr int kTries = 10;

Error failed(const std::string& path) {
  return unavailable("SCRATCH_FAILED", "The scratch folder can't be used.")
      .at(path + ": " + std::strerror(errno));
}

int open_folder(const std::string& path) {
  return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

// Removes the parts that nobody holds the lock of.
void remove_dead(const std::string& root) {
  std::error_code fault;
  for (fs::directory_iterator it(root, fault), end; !fault && it != end; it.increment(fault)) {
    const int fd = open_folder(it->path().string());
    if (fd < 0) continue;
    std::error_code ignored;
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) fs::remove_all(it->path(), ignored);
    ::close(fd);
  }
}

}  // namespace

ScratchFolder::~ScratchFolder() {
  if (fd_ < 0) return;
  ::close(fd_);
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

Result<Scratch> Scratch::open(const std::string& root, Random& random) {
  std::error_code fault;
  fs::create_directories(root, fault);
  remove_dead(root);
  // Someone who cleans up may come between making the folder and locking it: then another is made.
  for (int i = 0; i < kTries; ++i) {
    const std::string path = root + "/" + hex_encode(random.bytes(8));
    if (::mkdir(path.c_str(), 0700) != 0) return fail(failed(path));
    const int fd = open_folder(path);
    if (fd < 0) continue;
    struct stat here, held;
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0 && ::stat(path.c_str(), &here) == 0 && ::fstat(fd, &held) == 0 &&
        here.st_ino == held.st_ino) {
      return Scratch(path, fd, random);
    }
    ::close(fd);
  }
  errno = EAGAIN;
  return fail(failed(root));
}

Scratch::~Scratch() {
  if (lock_ < 0) return;
  std::error_code ignored;
  fs::remove_all(path_, ignored);
  ::close(lock_);
}

Result<ScratchFolder> Scratch::folder() {
  const std::string path = path_ + "/" + hex_encode(random_->bytes(8));
  if (::mkdir(path.c_str(), 0700) != 0) return fail(failed(path));
  const int fd = open_folder(path);
  if (fd < 0) return fail(failed(path));
  return ScratchFolder(path, fd);
}

}  // namespace cliffhanger::transcode
