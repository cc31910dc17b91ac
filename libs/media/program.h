#pragma once
#include <filesystem>
#include <string>

namespace cliffhanger::media {

// Where cliffhanger-media is unless a setting says otherwise: beside the program that runs.
inline std::string program_beside_this() {
  std::error_code fault;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", fault);
  return fault ? "cliffhanger-media" : (program.parent_path() / "cliffhanger-media").string();
}

}  // namespace cliffhanger::media
