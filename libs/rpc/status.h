#pragma once
// The one table between our errors and gRPC's. Details travel as google.rpc.Status with ErrorInfo (reason,
// domain "cliffhanger", metadata) and BadRequest (faults), so that other back ends can read them with
// ordinary tools.
#include "libs/core/error.h"

namespace grpc {
class Status;
}

namespace cliffhanger::rpc {

// Breadcrumbs stay at home. Faults that don't fit kMaxErrorDetailBytes are left out from the end.
grpc::Status to_status(const Error& error);

// `status` must not be OK. A status that is not ours gets a reason named after its code, such as UNAVAILABLE, and its
// words become a breadcrumb: they are not for who asked.
Error from_status(const grpc::Status& status);

// UPPER_SNAKE, as gRPC spells it; for metrics and logs.
const char* to_text(Code code);

}  // namespace cliffhanger::rpc
