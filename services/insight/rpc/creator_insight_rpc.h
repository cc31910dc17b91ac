#pragma once
#include <functional>
#include <memory>

#include "libs/rpc/server.h"
#include "libs/sql/sql.h"
#include "services/insight/domain/audience.h"

namespace cliffhanger::insight {

// The audience of one transaction, for the tenant of a call.
using OpenAudience = std::function<std::unique_ptr<Audience>(sql::Tx&, const Call&)>;

// All outlive the service.
struct CreatorInsightDeps {
  sql::Pool& pool;
  OpenAudience audience;
  const Clock& clock;
};

// cliffhanger.insight.v1.CreatorInsightService.
rpc::Service creator_insight_service(CreatorInsightDeps deps);

}  // namespace cliffhanger::insight
