#pragma once
// Dubs: the sound of an episode in other languages, beside the film's own. Like captions they belong to an episode and a
// language, so that every revision of its media takes them over; unlike them they are encoded, once for each grid.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/core/clock.h"
#include "services/transcode/domain/assembly.h"
#include "services/transcode/domain/desk.h"

namespace cliffhanger::transcode {

inline constexpr std::size_t kMaxDubLanguages = 16;  // of an episode
inline constexpr std::size_t kMaxDubsKept = 64;      // of an episode, with those that were refused

// A verified source of sound, as ingest told of it.
struct Dub {
  EpisodeId episode;
  SourceId source;
  UserId owner;
  std::string language;  // BCP 47 in its usual spelling
  std::string label;     // what viewers read
  std::string object_key;
  std::string sha256;  // hex
  std::int64_t duration_ms = 0;
  Time verified;
  std::string refusal_reason, refusal_message;  // why it is of no use for any revision; empty for most
};

// How it stands with a dub in one revision. kEncoded: its pieces are there, and a revision that becomes ready takes it.
enum class DubState { kProcessing, kEncoded, kReady, kFailed };
std::string_view to_text(DubState state);
Result<DubState> parse_dub_state(std::string_view text);  // fails with BAD_RECORD

struct DubProgress {
  DubState state = DubState::kProcessing;
  std::string reason, message;  // of a failure
  std::string warning;          // what its creator should know though viewers have it; a sentence, or ""
};

// A dub, and how it stands with it in the episode's newest revision.
struct DubRecord {
  Dub dub;
  DubProgress progress;
  std::int64_t pieces_done = 0, pieces_total = 0;  // of what is encoded; 0 and 0 before that begins
};
// 0 to 100; 100 exactly when viewers can choose it.
int percent_of(const DubRecord& record);

// Names of its pieces' tracks: of the clear ones, and of those encrypted for one revision. Another upload is another track.
std::string dub_track(SourceId source, Encryption encryption = Encryption::kNone);
bool is_dub(std::string_view track);

// Whether the sound fits a film of `episode_ms`: it may be longer or shorter by a tenth of it, or by 5 s. Gives what its creator should
// know of what is cut off, or "". Fails with DUB_LENGTH, whose sentence says by how much it is off.
Result<std::string> check_length(std::int64_t sound_ms, std::int64_t episode_ms);

// The pieces of the dub beside this plan: initialisation segment and segments. Its gain is its own, also in a series with one gain for all
// films: it comes from another recording. Encrypted ones are of one revision alone.
std::vector<Recipe> dub_recipes(const Plan& plan, const Dub& dub);
std::vector<Recipe> secret_recipes(const std::vector<Recipe>& clear, SourceId source, Encryption encryption,
                                   const std::string& revision);

// The run that encodes a dub for a revision and puts it into its playlists.
Run dub_run(SourceId source);
Result<SourceId> dub_of(const Run& run);  // fails with BAD_TASK

// The port; store/ implements it inside one transaction.
class DubShelf {
 public:
  virtual ~DubShelf() = default;
  // Keeps others from changing the episode's dubs and captions, and what is packaged from missing a change, until the
  // transaction ends.
  virtual Result<void> lock(EpisodeId episode) = 0;
  virtual Result<bool> is_gone(EpisodeId episode) = 0;
  // lock(), for a person. Fails with EPISODE_NOT_FOUND for an episode of which nothing was uploaded, and for somebody else's.
  virtual Result<void> open(EpisodeId episode, const OwnerFilter& owner) = 0;
  // The same for who only reads: takes no lock.
  virtual Result<void> look(EpisodeId episode, const OwnerFilter& owner) = 0;
  // By language, the newest of a language first.
  virtual Result<std::vector<DubRecord>> list(EpisodeId episode) = 0;
  virtual Result<void> add(const Dub& dub) = 0;
  // The dub and its pieces are forgotten; objects stay as long as someone may be listening to them.
  virtual Result<void> drop(const Dub& dub) = 0;
  // Whether viewers of some revision hear it.
  virtual Result<bool> is_heard(SourceId source) = 0;
  // Every revision of the episode that is open, or ready and in use, is to take the newest dub of each language, unless it was asked to.
  virtual Result<void> ask(EpisodeId episode) = 0;
  // The playlists of the episode's revisions that are ready are to be written again.
  virtual Result<void> refresh(EpisodeId episode) = 0;
};

// What is done with dubs. An object lives as long as a transaction.
class Dubbing {
 public:
  explicit Dubbing(DubShelf& shelf) : shelf_(shelf) {}

  // A new dub takes the place of the language's last one, which is heard until the new one is ready. One that was verified before the
  // language's newest, was accepted already, or whose episode was deleted changes nothing; one in a 17th language is refused.
  Result<void> accept(Dub dub);
  // The newest dub of each language. Fails with EPISODE_NOT_FOUND.
  Result<std::vector<DubRecord>> list(EpisodeId episode, const OwnerFilter& owner);
  // Fails with DUB_NOT_FOUND too.
  Result<DubRecord> get(EpisodeId episode, const OwnerFilter& owner, const std::string& language);
  // Nothing there: nothing changes.
  Result<void> remove(EpisodeId episode, const OwnerFilter& owner, const std::string& language);

 private:
  DubShelf& shelf_;
};

}  // namespace cliffhanger::transcode
