#include "services/transcode/domain/assembly.h"

namespace cliffhanger::transcode {

Assembly::Assembly(std::vector<Piece> pieces, Protection protection) : protection_(std::move(protection)) {
  for (Piece& piece : pieces) {
    const PieceName name = piece.name;
    pieces_[name.track][name.index] = std::move(piece);
  }
}

const Piece* Assembly::find(std::string_view track, std::int64_t index) const {
  const auto of_track = pieces_.find(track);
  if (of_track == pieces_.end()) return nullptr;
  const auto piece = of_track->second.find(index);
  return piece == of_track->second.end() ? nullptr : &piece->second;
}

std::int64_t Assembly::prefix(std::string_view track) const {
  if (find(track, kInit) == nullptr) return 0;
  std::int64_t count = 0;
  while (find(track, count) != nullptr) ++count;
  return count;
}

std::vector<Piece> Assembly::in_order() const {
  std::vector<Piece> out;
  for (const auto& [track, pieces] : pieces_) {
    for (const auto& [index, piece] : pieces) out.push_back(piece);
  }
  return out;
}

std::int64_t Assembly::segments() const {
  std::int64_t count = 0;
  for (const auto& [track, pieces] : pieces_) {
    if (is_still(track)) continue;
    count += static_cast<std::int64_t>(pieces.size()) - (pieces.contains(kInit) ? 1 : 0);
  }
  return count;
}

}  // namespace cliffhanger::transcode
