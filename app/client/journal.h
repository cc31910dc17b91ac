#pragma once
#include <map>
#include <mutex>
#include <string>

namespace cliffhanger::app {

// What earlier runs of `cliffhanger upload` began: for each file (path, size, time of change, series) its episode and upload, so that a run
// that was cut off goes on where it was. One file per server in $XDG_STATE_HOME/cliffhanger (~/.local/state). Safe from many threads;
// a journal that can't be written only costs the resuming.
class Journal {
 public:
  struct Entry {
    std::string episode, upload;  // ids; empty: not yet
    bool done = false;            // every byte is there
  };
  explicit Journal(const std::string& url);
  // Names a file as it is now: another size or time is another file.
  static std::string key(const std::string& series, const std::string& path);
  Entry find(const std::string& key);
  void put(const std::string& key, const Entry& entry);

 private:
  void save();
  std::mutex mutex_;
  std::string path_;
  std::map<std::string, Entry> entries_;
};

}  // namespace cliffhanger::app
