#pragma once
// Captions in the pictures, for players that show no text tracks: which segments of which rungs have to be
// encoded once more for one language, and what viewers get. Pure.
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "libs/captions/captions.h"
#include "services/transcode/domain/playlist.h"

namespace cliffhanger::transcode {

// Languages of an episode that are burned at most: each costs an encode of two rungs.
inline constexpr std::size_t kMaxBurnedLanguages = 4;

// Names how text is drawn in the keys of pieces: libass, its fonts and media/burn. Raised whenever its pixels
// change.
inline constexpr std::string_view kBurnBuild = "burn-1 libass-0.17 noto-20201225";

// One language's text as it is to be drawn.
struct Burning {
  std::string language;
  std::string version;  // names the text: the first digits of the SHA-256 of its WebVTT
  std::vector<media::BurnCue> cues;
};
std::vector<media::BurnCue> burn_cues(const std::vector<captions::Cue>& cues);

// The plan with only those rungs that are burned: the one players start with, and the next larger one. No
// storyboard.
Plan burned_plan(const Plan& plan);

// The pieces that the text needs, as "burned/<language>/<version>/<rung>": of the segments in which a cue is
// shown. Of all others the pictures are those of the rung itself, and so are the pieces.
std::vector<Recipe> burned_recipes(const Plan& plan, std::string_view source_sha256, const Burning& what);

// What is to be encoded next: segments in a row that lack a piece, at most as many as a tail's run has, so
// that a worker is soon free for what is urgent; nothing if all are there. Fails with BURN_TOO_MUCH_TEXT
// where more cues are shown in one segment than a job takes.
struct BurnPart {
  Run run;
  media::Burn burn;
};
Result<std::optional<BurnPart>> next_part(const Plan& plan, const Burning& what,
                                          const std::set<PieceName>& present);
// The task that encodes what is to be encoded next, behind everyone's tails.
Run burn_run(const std::string& language, const std::string& version);

// The pieces of a revision, with those that were burned in the place of the rungs' own; for burned_plan().
Assembly burned_assembly(const Plan& plan, const Assembly& all, const Burning& what);

// What viewers of that language get: "burned-<language>.m3u8", unless it is encrypted with AES-128
// "burned-<language>.mpd", and what they name. The sound and the segments
// in which no cue is shown are those of the main playlist, under their names. No text tracks. `plan` and
// `assembly` as above, every piece exists.
std::string burned_playlist_name(std::string_view language);
std::string burned_manifest_name(std::string_view language);
Presentation burned_presentation(const Plan& plan, const Assembly& assembly,
                                 const std::vector<Variant>& variants, const Burning& what);
// Whether an object of a finished revision belongs to burned captions of any language.
bool is_burned(std::string_view name);
// Whether an object of a finished revision belongs to the burned captions of this language.
bool is_burned_name(std::string_view name, std::string_view language);

}  // namespace cliffhanger::transcode
