#pragma once
// Folders for the files that children write, below one folder that workers of many processes may share.
#include <string>

#include "libs/core/random.h"
#include "libs/core/result.h"

namespace cliffhanger::transcode {

// An empty folder for one child; gone with the object.
class ScratchFolder {
 public:
  ScratchFolder(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
  ScratchFolder(ScratchFolder&& other) noexcept : path_(std::move(other.path_)), fd_(other.fd_) {
    other.fd_ = -1;
  }
  ScratchFolder& operator=(ScratchFolder&&) = delete;
  ~ScratchFolder();
  const std::string& path() const { return path_; }
  int fd() const { return fd_; }

 private:
  std::string path_;
  int fd_;
};

// This process's part of the scratch folder. Safe from many threads.
class Scratch {
 public:
  // Makes `root` where it is missing, removes what processes that are dead left in it, and takes a part of it
  // under a lock that ends with this process. Fails with SCRATCH_FAILED.
  static Result<Scratch> open(const std::string& root, Random& random);
  Scratch(Scratch&& other) noexcept
      : path_(std::move(other.path_)), lock_(other.lock_), random_(other.random_) {
    other.lock_ = -1;
  }
  Scratch& operator=(Scratch&&) = delete;
  ~Scratch();

  Result<ScratchFolder> folder();

 private:
  Scratch(std::string path, int lock, Random& random)
      : path_(std::move(path)), lock_(lock), random_(&random) {}
  std::string path_;
  int lock_;
  Random* random_;
};

}  // namespace cliffhanger::transcode
