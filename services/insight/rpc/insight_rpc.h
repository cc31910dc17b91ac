#pragma once
#include <functional>
#include <memory>

#include "libs/rpc/server.h"
#include "libs/sql/sql.h"
#include "services/insight/domain/journal.h"
#include "services/insight/domain/viewings.h"
#include "services/insight/rpc/consent_events.h"
#include "services/insight/rpc/tell_acts.h"

namespace cliffhanger::insight {

// The stores of one transaction, for the tenant of a call.
using OpenJournal = std::function<std::unique_ptr<Journal>(sql::Tx&, const Call&)>;
using OpenViewings = std::function<std::unique_ptr<Viewings>(sql::Tx&, const Call&)>;

// All outlive the service.
struct InsightDeps {
  sql::Pool& pool;
  OpenJournal journal;
  OpenViewings viewings;
  const Clock& clock;
  // Who lets their events be kept; everybody if empty.
  OpenConsents consents = nullptr;
  // What is kept for the recommender; nothing if empty.
  OpenActsQueue acts = nullptr;
  // Hears of what was kept for the first time, in its transaction; nobody if empty.
  std::function<Result<void>(sql::Tx&, const Call&, const std::vector<Event>&)> heard = nullptr;
};

// cliffhanger.insight.v1.InsightService.
rpc::Service insight_service(InsightDeps deps);

}  // namespace cliffhanger::insight
