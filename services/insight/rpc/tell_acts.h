#pragma once
// Events of apps going on to the recommender: kept with their batch, told in folds of many batches.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "libs/bus/outbox.h"
#include "libs/core/random.h"
#include "services/insight/domain/acts.h"
#include "services/insight/domain/acts_queue.h"

namespace cliffhanger::insight {

using OpenActsQueue = std::function<std::unique_ptr<ActsQueue>(sql::Tx&)>;

// What ActsQueue keeps: a serialised ViewerActs without the person.
std::string body_of(const std::vector<Acts>& acts);

// Tells ViewersActed of what is kept, one for each tenant (and each kToldAtOnce people). What is told and what is taken out of the queue commit
// together, so nothing is told twice or lost. True if there may be more.
Result<bool> tell_acts(sql::Tx& tx, ActsQueue& queue, bus::Outbox& outbox, const Clock& clock, Random& random);

}  // namespace cliffhanger::insight
