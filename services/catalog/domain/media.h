#pragma once
#include <cstdint>
#include <string>

#include "libs/core/id.h"

namespace cliffhanger::catalog {

enum class MediaState { kNone, kProcessing, kProvisional, kReady, kFailed };

// What an episode knows of its film. Revisions are immutable and made elsewhere; news of them comes late,
// twice and out of order.
struct Media {
  // The newest attempt to give the episode a film: a media revision, or an upload that was rejected before it
  // became one. Both are UUIDv7, so the greater one is the newer.
  Uuid attempt;
  MediaState state = MediaState::kNone;
  int percent = 0;  // encoded of the attempt, 0 to 100
  std::int64_t duration_ms = 0;
  std::string failure, failure_message;  // of the attempt, in state kFailed

  // The newest revision that passed the gate, whatever became of later attempts; empty: none yet.
  RevisionId ready;
  std::int64_t ready_duration_ms = 0;
  std::string cover_key;  // of its picture in the object store

  bool operator==(const Media&) const = default;
};

// One thing heard of an attempt. What a kind of news does not tell is empty.
struct MediaNews {
  Uuid attempt;
  MediaState state = MediaState::kProcessing;
  int percent = 0;
  std::int64_t duration_ms = 0;
  std::string failure, failure_message;
  std::string cover_key;
  bool waits = false;  // ready, but viewers get it only when it is published
};

// Takes `news` in: the same set of news leaves the same media, in whatever order and however often it comes.
// Gives whether anything changed.
bool apply(Media& media, const MediaNews& news);

// Milliseconds of the film that plays, or of the newest one before there is any.
std::int64_t duration_ms(const Media& media);

}  // namespace cliffhanger::catalog
