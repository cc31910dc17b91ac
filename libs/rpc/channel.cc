#include "libs/rpc/channel.h"

#include <algorithm>

#include "libs/rpc/library.h"

namespace cliffhanger::rpc {
namespace {

int milliseconds(std::chrono::milliseconds value) {
  return static_cast<int>(value.count());
}

std::shared_ptr<grpc::Channel> open(const std::string& address) {
  keep_grpc();
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  arguments.SetMaxSendMessageSize(kMaxMessageBytes);
  arguments.SetInt(GRPC_ARG_MAX_METADATA_SIZE, static_cast<int>(kMaxMetadataBytes));
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);  // ours know which methods may be retried, and have a budget
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, milliseconds(kFirstBackoff));
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, milliseconds(kMaxReconnectBackoff));
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, milliseconds(kMaxReconnectBackoff));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, milliseconds(kKeepalive));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, milliseconds(kKeepalive) / 4);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // one channel's back-off is not another's
  arguments.SetLoadBalancingPolicyName("round_robin");      // over all replicas a name resolves to
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

}  // namespace

bool RetryBudget::spend() {
  const std::lock_guard lock(mutex_);
  if (left_ < 1) return false;
  left_ -= 1;
  return true;
}

void RetryBudget::earn() {
  const std::lock_guard lock(mutex_);
  left_ = std::min(left_ + kRetryRefill, static_cast<double>(kRetryBudget));
}

Channel::State::State(const std::string& address) : channel(open(address)), stub(channel) {}

Channel::Channel(const std::string& address) : state_(std::make_shared<State>(address)) {}
Channel::~Channel() = default;

bool Channel::wait_connected(std::chrono::milliseconds limit) {
  return state_->channel->WaitForConnected(std::chrono::system_clock::now() + limit);
}

}  // namespace cliffhanger::rpc
