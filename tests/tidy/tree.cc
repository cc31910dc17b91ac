#include "tests/tidy/tree.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace cliffhanger::tidy {
namespace fs = std::filesystem;

namespace {

bool skipped(const fs::path& path, const fs::path& root) {
  static const std::set<std::string> kAnywhere = {".git", "node_modules", "dist", ".cache"};
  const std::string name = path.filename();
  if (kAnywhere.contains(name)) return true;
  const bool top = path.parent_path() == root;
  return top && (name == "var" || name.starts_with("build"));
}

}  // namespace

std::vector<File> read_tree(const std::string& root) {
  std::vector<File> files;
  const fs::path top(root);
  for (fs::recursive_directory_iterator it(top), end; it != end; ++it) {
    if (skipped(it->path(), top)) {
      it.disable_recursion_pending();
      continue;
    }
    if (!it->is_regular_file() || it->is_symlink()) continue;
    std::ifstream in(it->path(), std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    if (text.str().find('\0') != std::string::npos) continue;
    files.push_back({it->path().lexically_relative(top).generic_string(), text.str()});
  }
  std::sort(files.begin(), files.end(), [](const File& a, const File& b) { return a.path < b.path; });
  return files;
}

}  // namespace cliffhanger::tidy
