#pragma once
#include <functional>
#include <memory>

#include "libs/rpc/client.h"
#include "libs/rpc/server.h"
#include "libs/sql/sql.h"
#include "services/ingest/domain/imports.h"
#include "services/ingest/import/url.h"

namespace cliffhanger::ingest {

// cliffhanger.ingest.v1.IngestService.
class IngestRpc {
 public:
  // All outlive it, and it outlives the service.
  struct Deps {
    sql::Pool& pool;
    std::function<std::unique_ptr<Library>(sql::Tx&)> library;  // of one transaction
    rpc::Client catalog;
    const Clock& clock;
    Random& random;
    Policy policy;
    std::function<void()> wake_verifier;
    ImportPolicy imports = {};
    Reach reach = {};  // of imports
    std::function<void()> wake_importer = {};
  };
  explicit IngestRpc(Deps deps) : d_(std::move(deps)) {}
  rpc::Service service();

 private:
  // Makes a handler that runs `work(Uploads&, const Call&, const Request&) -> Result<Response>` in one transaction, with the idempotency
  // record.
  template <class Response, class Request, class Work>
  auto within(Work work);
  void add_creation(rpc::Service& service);
  void add_import(rpc::Service& service);
  void add_appending(rpc::Service& service);
  void add_reading(rpc::Service& service);
  Result<SeriesId> series_of(const Call& call, const std::string& episode_id);

  Deps d_;
};

}  // namespace cliffhanger::ingest
