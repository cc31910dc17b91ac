#pragma once
#include "cliffhanger/ingest/v1/events.pb.h"
#include "cliffhanger/transcode/v1/events.pb.h"
#include "libs/bus/consumer.h"
#include "services/catalog/rpc/catalog_rpc.h"

namespace cliffhanger::catalog {

// What transcode and ingest tell of episodes' media. Late, repeated and overtaken events do no harm.
class MediaEvents {
 public:
  MediaEvents(OpenLibrary open, const Clock& clock) : open_(std::move(open)), clock_(clock) {}

  // Before the consumer starts; this must outlive it.
  void listen(bus::Consumer& consumer);

  Result<void> hear(sql::Tx& tx, const Call& call, const transcode::v1::RevisionStarted& event);
  Result<void> hear(sql::Tx& tx, const Call& call, const transcode::v1::RevisionProgressed& event);
  Result<void> hear(sql::Tx& tx, const Call& call, const transcode::v1::RevisionReady& event);
  Result<void> hear(sql::Tx& tx, const Call& call, const transcode::v1::RevisionFailed& event);
  Result<void> hear(sql::Tx& tx, const Call& call, const transcode::v1::RevisionCancelled& event);
  Result<void> hear(sql::Tx& tx, const Call& call, const transcode::v1::RevisionWithheld& event);
  Result<void> hear(sql::Tx& tx, const Call& call, const ingest::v1::UploadRejected& event);

 private:
  Result<void> take(sql::Tx& tx, const Call& call, const std::string& episode, const std::string& attempt,
                    MediaNews news);
  template <class Event>
  void listen_to(bus::Consumer& consumer, std::string_view from);

  OpenLibrary open_;
  const Clock& clock_;
};

}  // namespace cliffhanger::catalog
