#pragma once
// What editors of playlists and manifests share.
#include <algorithm>
#include <string>
#include <string_view>

namespace cliffhanger::transcode {

// Calls `visit` with each line of the text, without its end.
template <class Visit>
void each_line(std::string_view text, Visit visit) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    visit(std::string(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace cliffhanger::transcode
