#include "services/catalog/domain/media.h"

#include <algorithm>

namespace cliffhanger::catalog {
namespace {

// How final a state is within one attempt. Ready beats failed: a dead task that an operator replayed may
// succeed after all.
int finality(MediaState state) {
  switch (state) {
    case MediaState::kNone:
      return 0;
    case MediaState::kProcessing:
      return 1;
    case MediaState::kProvisional:
      return 2;
    case MediaState::kFailed:
      return 3;
    case MediaState::kReady:
      return 4;
  }
  return 0;
}

void take_ready(Media& media, const MediaNews& news) {
  const RevisionId revision(news.attempt);
  if (news.state != MediaState::kReady || revision <= media.ready) return;
  media.ready = revision;
  media.ready_duration_ms = news.duration_ms;
  media.cover_key = news.cover_key;
}

void take_attempt(Media& media, const MediaNews& news) {
  if (news.attempt < media.attempt) return;  // late news of an attempt that was given up
  if (news.attempt > media.attempt) {
    media.attempt = news.attempt;
    media.state = MediaState::kNone;
    media.percent = 0;
    media.duration_ms = 0;
    media.failure = media.failure_message = "";
  }
  media.percent = std::clamp(news.percent, media.percent, 100);
  if (news.state == MediaState::kReady || media.duration_ms == 0) media.duration_ms = news.duration_ms;
  if (finality(news.state) <= finality(media.state)) return;
  media.state = news.state;
  media.failure = news.failure;
  media.failure_message = news.failure_message;
  if (news.state == MediaState::kReady) media.percent = 100;
}

}  // namespace

bool apply(Media& media, const MediaNews& news) {
  const Media before = media;
  take_ready(media, news);
  take_attempt(media, news);
  return media != before;
}

std::int64_t duration_ms(const Media& media) {
  return media.ready.empty() ? media.duration_ms : media.ready_duration_ms;
}

}  // namespace cliffhanger::catalog
