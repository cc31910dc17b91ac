#pragma once
// Files that the build puts into the program (ch_embed in cmake/targets.cmake), such as migrations.
#include <span>
#include <string_view>

namespace cliffhanger::embedded {

struct File {
  std::string_view name;      // without its folder
  std::string_view contents;
};
using Files = std::span<const File>;

}  // namespace cliffhanger::embedded
