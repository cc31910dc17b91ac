#pragma once
// What a player asks for to start an episode, read from its playlists. Pure.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libs/core/result.h"

namespace cliffhanger::edge {

// A multivariant playlist, as far as a start needs it. Playlists are named as members of the revision.
struct Main {
  struct Variant {
    std::string playlist, audio;  // the group of its sound; empty: the sound is in the video's segments
    int width = 0, height = 0;
    std::int64_t bandwidth = 0;  // bits a second at the peak
  };
  struct Sound {
    std::string group, language, playlist;
    bool is_default = false;
  };
  std::vector<Variant>
      variants;  // at least one, in their order; those of H.264, which every player plays, if there are any
  std::vector<Sound> sounds;
};
// Fails (kDataLoss) with BAD_PLAYLIST.
Result<Main> read_main(std::string_view text);

// The sound that a player takes with the variant: in `language` (BCP 47; "": any) or one that begins like it,
// else the default one, else the first. Null if there is none.
const Main::Sound* sound_for(const Main& main, const Main::Variant& variant, std::string_view language);

// A segment and the init segment it needs, named as members of the revision.
struct Step {
  std::string init, segment;
};
// The segments of a media playlist from the one that holds the time `from_seconds` on (the last one, if it is
// beyond the end), at most `most`; `name` is the playlist's own. Fails (kDataLoss) with BAD_PLAYLIST, also
// for one without segments, with byte ranges, or that names what is outside.
Result<std::vector<Step>> read_steps(std::string_view name, std::string_view text, double from_seconds,
                                     std::size_t most);

}  // namespace cliffhanger::edge
