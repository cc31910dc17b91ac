#include "app/client/board.h"

#include <unistd.h>

#include <algorithm>

namespace cliffhanger::app {
namespace {

constexpr int kBar = 24;
constexpr std::size_t kMostName = 40;

}  // namespace

Board::Board(std::vector<std::string> names, std::FILE* out) : out_(out), terminal_(::isatty(fileno(out)) == 1) {
  for (auto& name : names) {
    if (name.size() > kMostName) name = "…" + name.substr(name.size() - kMostName + 1);
    width_ = std::max(width_, name.size());
    lines_.push_back({std::move(name), "waiting"});
  }
}

std::string Board::line(const Line& it) const {
  std::string out = it.name + std::string(width_ - it.name.size() + 2, ' ');
  if (it.percent >= 0 && terminal_) {
    const int full = it.percent * kBar / 100;
    for (int i = 0; i < kBar; ++i) out += i < full ? "█" : "░";
    out += " ";
  }
  if (it.percent >= 0) out += std::to_string(it.percent) + " % ";
  return out + it.stage;
}

void Board::draw() {
  if (drawn_) std::fprintf(out_, "\033[%zuA", lines_.size());
  for (const auto& it : lines_) std::fprintf(out_, "\r\033[K%s\n", line(it).c_str());
  drawn_ = true;
  std::fflush(out_);
}

void Board::show(std::size_t job, const std::string& stage, int percent) {
  const std::lock_guard lock(mutex_);
  auto& it = lines_[job];
  const bool news = it.stage != stage;
  if (!news && it.percent == percent) return;
  it.stage = stage;
  it.percent = percent;
  if (terminal_) {
    draw();
  } else if (news) {
    std::fprintf(out_, "%s\n", line(it).c_str());
    std::fflush(out_);
  }
}

}  // namespace cliffhanger::app
