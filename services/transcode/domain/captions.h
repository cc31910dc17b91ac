#pragma once
// Captions of episodes: who may change them, what is taken, and what viewers get. They belong to an episode
// and a language, so that a new revision of its media takes them over.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libs/captions/captions.h"
#include "libs/core/clock.h"
#include "services/transcode/domain/desk.h"

namespace cliffhanger::transcode {

inline constexpr std::size_t kMaxCaptionLanguages = 32;  // of an episode
inline constexpr std::int64_t kMostCuesAtOnce = 20;      // on average over the episode

enum class CaptionsKind { kSubtitles, kCaptions };  // kCaptions: for those who can't hear (SDH)
enum class CaptionsState { kDraft, kPublic };       // a draft is never in a playlist

// Whether viewers can have the text in the pictures: not asked for; asked for and not made yet of this text;
// there; given up.
enum class BurnedState { kAbsent, kProcessing, kReady, kFailed };
struct Burned {
  BurnedState state = BurnedState::kAbsent;
  std::string failure_reason, failure_message;
};

// What is kept of one language in one state.
// Names of what players begin with that has a text in its pictures, beside the revision's usual ones.
struct BurnedLists {
  std::string playlist;  // HLS
  std::string manifest;  // DASH; empty: there is none
};

struct CaptionsRecord {
  EpisodeId episode;
  std::string language;  // in its usual spelling
  std::string label;     // what viewers read
  CaptionsKind kind = CaptionsKind::kSubtitles;
  CaptionsState state = CaptionsState::kPublic;
  std::int64_t cues = 0;
  std::string webvtt;  // the whole of it; left out of lists
  Time updated;
  std::string failure_reason, failure_message;  // why viewers don't get it as it is; "" if they do, or will
  Burned burned = {};                           // of public ones
};

// The newest revision of an episode, as far as captions care.
struct CaptionedEpisode {
  EpisodeId id;
  UserId owner;
  RevisionId revision;
  bool ready = false;
  std::int64_t duration_ms = 0;  // 0 if it is not known
};

// The port; store/ implements it inside one transaction.
class CaptionsShelf {
 public:
  virtual ~CaptionsShelf() = default;
  // Keeps others from changing the episode's captions, and what is packaged from missing a change, until the
  // transaction ends. Fails with EPISODE_NOT_FOUND for an episode without a revision or with somebody else's.
  virtual Result<CaptionedEpisode> open(EpisodeId episode, const OwnerFilter& owner) = 0;
  // The same for who only reads: takes no lock.
  virtual Result<CaptionedEpisode> look(EpisodeId episode, const OwnerFilter& owner) = 0;
  // By language, public ones first, without their text.
  virtual Result<std::vector<CaptionsRecord>> list(EpisodeId episode) = 0;
  virtual Result<std::optional<CaptionsRecord>> find(EpisodeId episode, const std::string& language,
                                                     CaptionsState state) = 0;
  virtual Result<void> save(const CaptionsRecord& record) = 0;
  virtual Result<bool> remove(EpisodeId episode, const std::string& language,
                              CaptionsState state) = 0;  // whether there was one
  // The playlists of the episode's revisions that are ready are to be written again.
  virtual Result<void> refresh(const CaptionedEpisode& episode) = 0;
  // The public text of a language is to be had in the pictures too, or no longer. What had failed is tried
  // again. Whether that is news.
  virtual Result<bool> wish_burned(EpisodeId episode, const std::string& language) = 0;
  virtual Result<bool> unwish_burned(EpisodeId episode, const std::string& language) = 0;  // whether it was
  virtual Result<std::vector<std::string>> burned_languages(EpisodeId episode) = 0;
  // Of what viewers of the revision can have so: whether it has a DASH manifest. Nothing: they can't have it.
  virtual Result<std::optional<bool>> burned_manifest(RevisionId revision, const std::string& language) = 0;
  // A machine is to write a draft from the sound of the episode's revision, unless it is asked to already.
  virtual Result<void> ask_for_draft(const CaptionedEpisode& episode) = 0;
};

struct NewCaptions {
  std::string language, label, text;
  std::optional<captions::Format> format;
  CaptionsKind kind = CaptionsKind::kSubtitles;
};

// What creators do with captions. An object lives as long as a request.
class Captioning {
 public:
  struct Deps {
    CaptionsShelf& shelf;
    const Clock& clock;
  };
  explicit Captioning(Deps deps) : deps_(deps) {}

  struct Put {
    CaptionsRecord record;
    std::vector<captions::Note> warnings;
  };
  // Fails with EPISODE_NOT_FOUND, CAPTIONS_INVALID (with a fault for each line), INVALID_REQUEST for a label
  // that is no name and CAPTIONS_TOO_MANY. The same again changes nothing.
  Result<Put> put(EpisodeId episode, const OwnerFilter& owner, const NewCaptions& wanted);
  Result<std::vector<CaptionsRecord>> list(EpisodeId episode, const OwnerFilter& owner);
  // Fails with CAPTIONS_NOT_FOUND too.
  Result<CaptionsRecord> get(EpisodeId episode, const OwnerFilter& owner, const std::string& language,
                             CaptionsState state);
  // The draft of the language, and what is public unless `draft_only`. Nothing there: nothing changes.
  Result<void> remove(EpisodeId episode, const OwnerFilter& owner, const std::string& language,
                      bool draft_only);
  // The draft becomes what viewers see. Fails with CAPTIONS_NOT_FOUND if there is neither.
  Result<CaptionsRecord> approve(EpisodeId episode, const OwnerFilter& owner, const std::string& language);
  // Fails with CAPTIONS_LANGUAGE_UNSUPPORTED and REVISION_NOT_READY too.
  Result<void> draft(EpisodeId episode, const OwnerFilter& owner, const std::string& language);
  // Has the public captions drawn into pictures as well, from now on and for later revisions too; gives what
  // is kept of them. Fails with CAPTIONS_NOT_FOUND and BURNED_CAPTIONS_TOO_MANY too.
  Result<CaptionsRecord> burn(EpisodeId episode, const OwnerFilter& owner, const std::string& language);
  // Takes that back. Not asked for: nothing changes.
  Result<void> unburn(EpisodeId episode, const OwnerFilter& owner, const std::string& language);
  // What plays with the language in the pictures. Fails with BURNED_CAPTIONS_NOT_FOUND.
  Result<BurnedLists> burned_lists(RevisionId revision, const std::string& language);

 private:
  Deps deps_;
};

// What a machine wrote, as a draft in English; `cues` may be empty, then there is nothing to keep.
CaptionsRecord draft_of(EpisodeId episode, const std::vector<captions::Cue>& cues, Time now);

}  // namespace cliffhanger::transcode
