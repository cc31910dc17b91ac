// The rules, held against every file of the tree.
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "tests/tidy/rules.h"
#include "tests/tidy/source.h"
#include "tests/tidy/tree.h"

namespace cliffhanger::tidy {
namespace {

const std::vector<File>& tree() {
  static const std::vector<File> files = [] {
    const char* root = std::getenv("CLIFFHANGER_SOURCE_DIR");
    return root ? read_tree(root) : std::vector<File>{};
  }();
  return files;
}

void hold(Faults (*rule)(const std::string&, std::string_view)) {
  ASSERT_GT(tree().size(), 50u) << "CLIFFHANGER_SOURCE_DIR does not name the tree";
  for (const File& file : tree()) {
    for (const std::string& fault : rule(file.path, file.text)) ADD_FAILURE() << fault;
  }
}

TEST(Tree, IncludesPointOneWay) {
  hold(includes);
}
TEST(Tree, HeadersHaveGuards) {
  hold(header_guard);
}
TEST(Tree, FilesAndFunctionsAreShort) {
  hold(lengths);
}
TEST(Tree, NothingIsLeftOver) {
  hold(leftovers);
}

TEST(Tree, QuotedIncludesExist) {
  std::set<std::string> paths;
  for (const File& file : tree()) paths.insert(file.path);
  for (const File& file : tree()) {
    if (!file.path.ends_with(".cc") && !file.path.ends_with(".h")) continue;
    for (const Include& include : includes_of(file.text)) {
      if (!include.quoted || include.path.ends_with(".pb.h")) continue;
      if (!paths.contains(include.path)) {
        ADD_FAILURE() << file.path << ":" << include.line << ": there is no " << include.path;
      }
    }
  }
}

}  // namespace
}  // namespace cliffhanger::tidy
