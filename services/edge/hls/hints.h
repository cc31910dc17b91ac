#pragma once
// What a player asks for first, told with the playlist (Link, rel=preload; decision 0029).
#include <memory>
#include <string>
#include <string_view>

#include "services/edge/hls/index.h"
#include "services/edge/objects/objects.h"

namespace cliffhanger::edge {

// The value of Link for playlists of a revision. References are relative to the playlist, so that they are signed as it is, and the same for
// every session. Safe from many threads; outlived by the objects.
class Hints {
 public:
  explicit Hints(Objects& objects);

  // For the playlist `name`, whose text this is. A multivariant one: the playlists of its first variant and of the sound that goes with it,
  // then the init and first segment of both. A media one: its own init and first segment. Empty where there is nothing to tell: captions,
  // I-frames, what grows and has no segment yet. Nothing is waited for: of media playlists that are not in memory the segments are left
  // out, and they are read behind the answer. `scope` tells revisions apart.
  http::SharedText of(const std::string& scope, const Index& index, const std::string& name, const Member& member,
                      const std::string& text);

 private:
  struct Made {
    std::string text;
    bool whole = true;  // nothing was left out
  };
  Made make(const Index& index, const std::string& name, const std::string& text);

  Objects& objects_;
  Cache<http::SharedText> made_;
};

}  // namespace cliffhanger::edge
