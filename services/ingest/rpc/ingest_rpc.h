#pragma once
#include "libs/rpc/client.h"
#include "libs/rpc/server.h"
#include "libs/sql/sql.h"
#include "services/ingest/domain/library.h"

namespace cliffhanger::ingest {

struct RpcDeps {
  sql::Pool& pool;
  rpc::Client catalog;
  const Clock& clock;
  Random& random;
  Policy policy;
  std::function<void()> wake_verifier;
};

// The handlers of cliffhanger.ingest.v1.IngestService.
rpc::Service make_ingest_rpc(RpcDeps deps);

}  // namespace cliffhanger::ingest
