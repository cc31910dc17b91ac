#pragma once
#include <functional>
#include <memory>

#include "services/recommendation/domain/notice.h"
#include "services/recommendation/rpc/feed_rpc.h"

namespace cliffhanger::recommendation {

using OpenNotices = std::function<std::unique_ptr<Notices>(sql::Tx&, const Call&)>;

// cliffhanger.recommendation.v1.NotificationsService. What is in `deps` outlives it.
rpc::Service notifications_service(const RpcDeps& deps, OpenNotices notices);

}  // namespace cliffhanger::recommendation
