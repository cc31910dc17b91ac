#include "services/catalog/rpc/media_events.h"

#include "services/catalog/domain/publishing.h"

namespace cliffhanger::catalog {

template <class Event>
void MediaEvents::listen_to(bus::Consumer& consumer, std::string_view from) {
  consumer.on(from, [this](sql::Tx& tx, const Call& call, const Event& event) -> Result<void> {
    return hear(tx, call, event);
  });
}

void MediaEvents::listen(bus::Consumer& consumer) {
  listen_to<transcode::v1::RevisionStarted>(consumer, "transcode");
  listen_to<transcode::v1::RevisionProgressed>(consumer, "transcode");
  listen_to<transcode::v1::RevisionReady>(consumer, "transcode");
  listen_to<transcode::v1::RevisionFailed>(consumer, "transcode");
  listen_to<transcode::v1::RevisionCancelled>(consumer, "transcode");
  listen_to<transcode::v1::RevisionWithheld>(consumer, "transcode");
  listen_to<ingest::v1::UploadRejected>(consumer, "ingest");
}

Result<void> MediaEvents::take(sql::Tx& tx, const Call& call, const std::string& episode,
                               const std::string& attempt, MediaNews news) {
  CH_ASSIGN(const auto id, EpisodeId::parse(episode));
  CH_ASSIGN(news.attempt, Uuid::parse(attempt));
  const auto library = open_(tx, call);
  return Publishing(call.caller, *library, clock_).hear(id, news);
}

Result<void> MediaEvents::hear(sql::Tx& tx, const Call& call, const transcode::v1::RevisionStarted& event) {
  MediaNews news;
  news.duration_ms = event.duration_ms();
  return take(tx, call, event.episode_id(), event.revision_id(), std::move(news));
}

Result<void> MediaEvents::hear(sql::Tx& tx, const Call& call,
                               const transcode::v1::RevisionProgressed& event) {
  MediaNews news;
  news.state = event.provisional() ? MediaState::kProvisional : MediaState::kProcessing;
  news.percent = event.percent();
  return take(tx, call, event.episode_id(), event.revision_id(), std::move(news));
}

Result<void> MediaEvents::hear(sql::Tx& tx, const Call& call, const transcode::v1::RevisionReady& event) {
  MediaNews news;
  news.state = MediaState::kReady;
  news.percent = 100;
  news.duration_ms = event.duration_ms();
  news.cover_key = event.cover_key();
  news.waits = event.cut();
  return take(tx, call, event.episode_id(), event.revision_id(), std::move(news));
}

Result<void> MediaEvents::hear(sql::Tx& tx, const Call& call, const transcode::v1::RevisionFailed& event) {
  MediaNews news;
  news.state = MediaState::kFailed;
  news.failure = event.reason();
  news.failure_message = event.message();
  return take(tx, call, event.episode_id(), event.revision_id(), std::move(news));
}

// An attempt that came to nothing, for a reason that its creator knows.
Result<void> MediaEvents::hear(sql::Tx& tx, const Call& call, const transcode::v1::RevisionCancelled& event) {
  MediaNews news;
  news.state = MediaState::kFailed;
  news.failure = "REVISION_CANCELLED";
  news.failure_message = "It was cancelled before it was ready.";
  return take(tx, call, event.episode_id(), event.revision_id(), std::move(news));
}

Result<void> MediaEvents::hear(sql::Tx& tx, const Call& call, const transcode::v1::RevisionWithheld& event) {
  CH_ASSIGN(const auto episode, EpisodeId::parse(event.episode_id()));
  CH_ASSIGN(const auto revision, RevisionId::parse(event.revision_id()));
  const auto library = open_(tx, call);
  return Publishing(call.caller, *library, clock_)
      .hear_withheld(episode, revision, event.version(), event.message());
}

Result<void> MediaEvents::hear(sql::Tx& tx, const Call& call, const ingest::v1::UploadRejected& event) {
  if (event.dub()) return {};  // the film is none the worse for it
  MediaNews news;
  news.state = MediaState::kFailed;
  news.failure = event.reason();
  news.failure_message = event.message();
  return take(tx, call, event.episode_id(), event.upload_id(), std::move(news));
}

}  // namespace cliffhanger::catalog
