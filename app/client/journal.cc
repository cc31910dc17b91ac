#include "app/client/journal.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/client/api.h"

namespace cliffhanger::app {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

fs::path state_folder() {
  if (const char* set = std::getenv("XDG_STATE_HOME"); set && *set) return fs::path(set) / "cliffhanger";
  const char* home = std::getenv("HOME");
  return fs::path(home && *home ? home : "/tmp") / ".local/state/cliffhanger";
}

}  // namespace

Journal::Journal() : path_(state_folder() / "uploads.json") {
  std::ifstream in(path_);
  std::ostringstream all;
  all << in.rdbuf();
  boost::system::error_code fault;
  const auto value = json::parse(all.str(), fault);
  if (fault || !value.is_object()) return;
  for (const auto& [key, entry] : value.as_object()) {
    if (!entry.is_object()) continue;
    const auto& it = entry.as_object();
    entries_[std::string(key)] = {text(it, "episode"), text(it, "upload"), text(it, "print"), flag(it, "done")};
  }
}

std::string Journal::key(const std::string& series, const std::string& path) {
  return series + "|" + fs::absolute(path).lexically_normal().string();
}

std::string Journal::print(const std::string& path) {
  std::error_code fault;
  const auto size = fs::file_size(path, fault);
  const auto changed = fs::last_write_time(path, fault).time_since_epoch().count();
  return std::to_string(size) + "|" + std::to_string(changed);
}

Journal::Entry Journal::find(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  return found == entries_.end() ? Entry() : found->second;
}

void Journal::put(const std::string& key, const Entry& entry) {
  const std::lock_guard lock(mutex_);
  entries_[key] = entry;
  save();
}

void Journal::save() {
  json::object all;
  for (const auto& [key, it] : entries_) {
    all[key] = json::object{{"episode", it.episode}, {"upload", it.upload}, {"print", it.print}, {"done", it.done}};
  }
  std::error_code fault;
  fs::create_directories(fs::path(path_).parent_path(), fault);
  const std::string temporary = path_ + ".new";
  std::ofstream(temporary) << json::serialize(all);
  fs::rename(temporary, path_, fault);
}

}  // namespace cliffhanger::app
