#pragma once
#include <cstdio>
#include <mutex>
#include <string>
#include <vector>

namespace cliffhanger::app {

// One line for each of several jobs that run at once: bars that move on a terminal, a line for each new stage elsewhere. Safe from many threads.
class Board {
 public:
  Board(std::vector<std::string> names, std::FILE* out);
  // `percent` below 0: no bar. A stage is a word or two, such as "uploading".
  void show(std::size_t job, const std::string& stage, int percent);

 private:
  struct Line {
    std::string name, stage;
    int percent = -1;
  };
  std::string line(const Line& line) const;
  void draw();

  std::mutex mutex_;
  std::vector<Line> lines_;
  std::FILE* out_;
  bool terminal_, drawn_ = false;
  std::size_t width_ = 0;
};

}  // namespace cliffhanger::app
