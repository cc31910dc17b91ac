#pragma once
#include <functional>
#include <memory>

#include "libs/rpc/client.h"
#include "libs/rpc/server.h"
#include "libs/sql/sql.h"
#include "services/playback/domain/content_key.h"
#include "services/playback/domain/playback.h"
#include "services/playback/rpc/passes.h"

namespace cliffhanger::playback::v1 {
class CreateSessionRequest;
class CreateSessionResponse;
class GetContentKeyRequest;
class GetContentKeyResponse;
class ListDeadPurgesRequest;
class ListDeadPurgesResponse;
class ListTakedownsRequest;
class ListTakedownsResponse;
class PrepareSessionsRequest;
class PrepareSessionsResponse;
}  // namespace cliffhanger::playback::v1

namespace cliffhanger::playback {

// catalog's rpcs.
class CatalogClient final : public Catalog {
 public:
  explicit CatalogClient(rpc::Client client) : client_(std::move(client)) {}
  Result<Watchable> resolve(const Call& call, const EpisodeId& episode, const std::string& region) override;
  Result<std::vector<Result<Watchable>>> resolve_all(const Call& call, const std::vector<EpisodeId>& episodes,
                                                     const std::string& region) override;

 private:
  // The same of a catalog from before it took several at once, as there is beside us during an upgrade.
  Result<std::vector<Result<Watchable>>> resolve_each(const Call& call,
                                                      const std::vector<EpisodeId>& episodes,
                                                      const std::string& region);
  const rpc::Client client_;
};

// transcode's rpcs.
class TranscodeClient final : public BurnedCaptions {
 public:
  explicit TranscodeClient(rpc::Client client) : client_(std::move(client)) {}
  Result<Lists> lists(const Call& call, const RevisionId& revision, const std::string& language) override;

 private:
  const rpc::Client client_;
};

// The stores of one transaction, kept alive together.
struct Unit {
  std::unique_ptr<Shelf> shelf;
  std::unique_ptr<News> news;
  std::unique_ptr<KeyRing> keys;
  std::unique_ptr<Takedowns> takedowns;
  std::unique_ptr<TakedownLog> takedown_log;
  std::unique_ptr<DeadPurges> dead_purges;
  std::unique_ptr<DailyTimes> times;
};

// cliffhanger.playback.v1.PlaybackService.
class PlaybackRpc {
 public:
  // All outlive it, and it outlives the service.
  struct Deps {
    sql::Pool& pool;
    std::function<Unit(sql::Tx&, const Call&)> unit;
    Catalog& catalog;
    BurnedCaptions& burned;
    const Passes& passes;
    const Clock& clock;
    Random& random;
  };
  explicit PlaybackRpc(Deps deps) : d_(std::move(deps)) {}
  rpc::Service service();
  // DailyTimeService.
  rpc::Service daily_time_service();

 private:
  // Makes a handler that runs `work(Playback&, request) -> Result<Response>` in one transaction, with the
  // idempotency record.
  template <class Response, class Request, class Work>
  auto within(Work work);

  Result<v1::CreateSessionResponse> create_session(const Call& call, const v1::CreateSessionRequest& in);
  void add_revoking(rpc::Service& service);
  void add_delivery(rpc::Service& service);
  Result<v1::ListTakedownsResponse> list_takedowns(sql::Tx& tx, const Call& call,
                                                   const v1::ListTakedownsRequest& in);
  Result<v1::ListDeadPurgesResponse> dead_purges(sql::Tx& tx, const Call& call,
                                                 const v1::ListDeadPurgesRequest& in);
  Result<v1::PrepareSessionsResponse> prepare_sessions(const Call& call,
                                                       const v1::PrepareSessionsRequest& in);
  Result<v1::GetContentKeyResponse> content_key(sql::Tx& tx, const Call& call,
                                                const v1::GetContentKeyRequest& in);

  Deps d_;
};

}  // namespace cliffhanger::playback
