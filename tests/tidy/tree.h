#pragma once
// The files of this project as a person sees them: without builds, state and what npm fetched.
#include <string>
#include <vector>

namespace cliffhanger::tidy {

struct File {
  std::string path;  // from the top of the tree, with /
  std::string text;
};

// Every text file of the tree at `root`, sorted by path. Binary files (with a NUL byte) are left out.
std::vector<File> read_tree(const std::string& root);

}  // namespace cliffhanger::tidy
