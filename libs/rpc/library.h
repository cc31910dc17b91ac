#pragma once

namespace cliffhanger::rpc {

// Keeps gRPC's library and its threads for callbacks until the process ends; any number of calls, from any
// thread. Without it they end with the last channel or server that uses them, and gRPC 1.51 sometimes aborts
// there: its "nexting" threads let go of a completion queue that is gone ("assertion failed: prior > 0").
void keep_grpc();

}  // namespace cliffhanger::rpc
