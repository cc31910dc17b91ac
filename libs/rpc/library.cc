#include "libs/rpc/library.h"

#include <grpc/grpc.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <memory>

namespace cliffhanger::rpc {
namespace {

// The queue of callbacks belongs to the channels and servers that have used it; there is no other way to hold
// it than to use it. So: a channel to nobody, never closed, and one call on it that is late before it begins.
void hold_callback_queue() {
  struct Late {
    grpc::ClientContext context;
    grpc::Slice nothing;
    grpc::ByteBuffer request{&nothing, 1}, response;
  };
  static auto& channel =
      *new std::shared_ptr(grpc::CreateChannel("unix:/dev/null/nobody", grpc::InsecureChannelCredentials()));
  auto late = std::make_shared<Late>();
  late->context.set_deadline(std::chrono::system_clock::time_point());
  grpc::GenericStub(channel).UnaryCall(&late->context, "/nobody/Nothing", {}, &late->request, &late->response,
                                       [late](const grpc::Status&) {});
}

}  // namespace

void keep_grpc() {
  [[maybe_unused]] static const bool kept = [] {
    grpc_init();  // and never grpc_shutdown()
    hold_callback_queue();
    return true;
  }();
}

}  // namespace cliffhanger::rpc
