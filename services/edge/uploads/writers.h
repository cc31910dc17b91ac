#pragma once
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace cliffhanger::edge {

// Which uploads this process is appending to. Safe from many threads.
class Writers {
 public:
  // One append, until its end.
  class Writing {
   public:
    Writing(Writers& writers, std::string upload_id) : writers_(writers), upload_id_(std::move(upload_id)) {
      const std::lock_guard lock(writers_.mutex_);
      ++writers_.of_[upload_id_];
    }
    ~Writing() {
      const std::lock_guard lock(writers_.mutex_);
      const auto mine = writers_.of_.find(upload_id_);
      if (--mine->second == 0) writers_.of_.erase(mine);
    }
    Writing(const Writing&) = delete;
    Writing& operator=(const Writing&) = delete;

   private:
    Writers& writers_;
    const std::string upload_id_;
  };

  Writing note(const std::string& upload_id) { return Writing(*this, upload_id); }
  bool any(const std::string& upload_id) {
    const std::lock_guard lock(mutex_);
    return of_.contains(upload_id);
  }

 private:
  std::mutex mutex_;
  std::map<std::string, int> of_;  // of those that have any
};

}  // namespace cliffhanger::edge
