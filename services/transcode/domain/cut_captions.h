#pragma once
// Captions of a cut: those of the films that it shows, at their places in it. Pure.
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "services/transcode/domain/captions_playlist.h"
#include "services/transcode/domain/reuse.h"

namespace cliffhanger::transcode {

// What a cut says in one language. `track` has no cues of its own: those are each stretch's film's, in the
// film's time; null where the film has none in that language.
struct CutCaptions {
  CaptionsTrack track;
  std::vector<const std::vector<captions::Cue>*> cues;
};

// Every language that any of the films has, in the order of the languages, with the name and kind that the
// first of them gives it. `films`: the tracks of each stretch's film, which outlive what is given.
std::vector<CutCaptions> cut_captions(const std::vector<const std::vector<CaptionsTrack>*>& films);

// As caption_files() of a film: segments of at most half a minute, none of them over a join, each in its
// film's time as the pictures beside it are, and last their playlist. Cues end with their stretch. Fails with
// REUSE_RANGE.
Result<std::vector<Playlist>> cut_caption_files(const std::vector<Stretch>& stretches,
                                                const CutCaptions& captions, const NameOf& name_of);

// The other way: what such a playlist says in each stretch for which `wanted` is true; the others are left
// out. `read` gives a segment by its URI. Fails with BAD_RECORD for a playlist of other stretches, and as
// `read` does.
Result<std::vector<std::vector<captions::Cue>>> cues_of_stretches(
    std::string_view playlist, const std::vector<bool>& wanted,
    const std::function<Result<std::string>(const std::string&)>& read);

// For DASH: the text of a cut of one stretch as one file, whose times count from where it begins. Fails with
// REUSE_RANGE.
Result<Playlist> whole_cut_captions(const Stretch& stretch, const CutCaptions& captions,
                                    const NameOf& name_of);

}  // namespace cliffhanger::transcode
