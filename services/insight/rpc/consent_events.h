#pragma once
#include <functional>
#include <memory>

#include "libs/bus/consumer.h"
#include "services/insight/domain/consents.h"

namespace cliffhanger::insight {

using OpenConsents = std::function<std::unique_ptr<Consents>(sql::Tx&, const Call&)>;

// What accounts tells of people's decisions about analytics and profiling.
void listen_to_consents(bus::Consumer& consumer, const OpenConsents& consents);

}  // namespace cliffhanger::insight
