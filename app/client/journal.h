#pragma once
#include <map>
#include <mutex>
#include <string>

namespace cliffhanger::app {

// What earlier runs of `cliffhanger upload` began: for each file (path and series) its episode and upload, so that a run that was cut off
// goes on where it was. Series' ids differ everywhere, so it holds for all servers and all their names. One file in
// $XDG_STATE_HOME/cliffhanger (~/.local/state). Safe from many threads; a journal that can't be written only costs the resuming.
class Journal {
 public:
  struct Entry {
    std::string episode, upload;  // ids; empty: not yet
    std::string print;            // of the file that was sent
    bool done = false;            // every byte is there
  };
  Journal();
  static std::string key(const std::string& series, const std::string& path);
  // Tells a file from what was at its path before: size and time of change.
  static std::string print(const std::string& path);
  Entry find(const std::string& key);
  void put(const std::string& key, const Entry& entry);

 private:
  void save();
  std::mutex mutex_;
  std::string path_;
  std::map<std::string, Entry> entries_;
};

}  // namespace cliffhanger::app
