#pragma once
#include <functional>
#include <memory>

#include "cliffhanger/accounts/v1/events.pb.h"
#include "cliffhanger/catalog/v1/events.pb.h"
#include "cliffhanger/community/v1/events.pb.h"
#include "cliffhanger/playback/v1/events.pb.h"
#include "libs/bus/consumer.h"
#include "services/recommendation/domain/memory.h"
#include "services/recommendation/domain/shown.h"

namespace cliffhanger::recommendation {

// The memory of a call's tenant within a transaction; module.cc says which one. The call outlives it.
using OpenMemory = std::function<std::unique_ptr<Memory>(sql::Tx&, const Call&)>;

// What the house tells that changes feeds. Late, repeated and overtaken events do no harm.
class TasteEvents {
 public:
  // `shown`: null where nothing is remembered of it; else it outlives this.
  TasteEvents(OpenMemory open, Policy policy, const Clock& clock, ShownMemory* shown = nullptr)
      : open_(std::move(open)), policy_(policy), clock_(clock), shown_(shown) {}

  // Before the consumer starts; this must outlive it.
  void listen(bus::Consumer& consumer);

  Result<void> hear(sql::Tx& tx, const Call& call, const catalog::v1::SeriesChanged& event);
  Result<void> hear(sql::Tx& tx, const Call& call, const catalog::v1::EpisodeChanged& event);
  Result<void> hear(sql::Tx& tx, const Call& call, const playback::v1::PlaybackStarted& event);
  Result<void> hear(sql::Tx& tx, const Call& call, const playback::v1::PlaybackReported& event);
  Result<void> hear(sql::Tx& tx, const Call& call, const community::v1::ReactionChanged& event);
  Result<void> hear(sql::Tx& tx, const Call& call, const accounts::v1::GuestMerged& event);
  Result<void> hear(sql::Tx& tx, const Call& call, const accounts::v1::ConsentChanged& event);

 private:
  template <class Event>
  void listen_to(bus::Consumer& consumer, std::string_view from);
  template <class Event>
  Result<void> watched(sql::Tx& tx, const Call& call, const Event& event, Watch what);

  OpenMemory open_;
  Policy policy_;
  const Clock& clock_;
  ShownMemory* shown_;
};

}  // namespace cliffhanger::recommendation
