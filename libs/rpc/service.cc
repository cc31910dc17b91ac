#include <google/protobuf/descriptor.h>

#include <cstdio>
#include <cstdlib>

#include "libs/rpc/methods.h"
#include "libs/rpc/server.h"

namespace cliffhanger::rpc {
namespace {

// A mistake of the programmer: the program can't be what its contract says.
[[noreturn]] void abort_with(const std::string& why) {
  std::fprintf(stderr, "rpc::Service: %s\n", why.c_str());
  std::abort();
}

detail::Handler reading(detail::Handler handler) {
  return [handler = std::move(handler)](const Call& call, const google::protobuf::Message& request) {
    Call only_reads = call;
    only_reads.read_only = true;
    return handler(only_reads, request);
  };
}

}  // namespace

Service::Service(std::string_view full_name)
    : descriptor_(
          google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(std::string(full_name))) {
  if (descriptor_ == nullptr) abort_with("no service named " + std::string(full_name) + " is linked in");
}

Service& Service::add(const google::protobuf::Message& request, const google::protobuf::Descriptor* response,
                      detail::Handler handler) {
  const auto* taken = request.GetDescriptor();
  for (int i = 0; i < descriptor_->method_count(); ++i) {
    const auto* method = descriptor_->method(i);
    if (method->input_type() != taken) continue;
    if (method->output_type() != response) {
      abort_with(method->full_name() + " answers " + method->output_type()->full_name() + ", its handler " +
                 response->full_name());
    }
    for (const auto& other : methods_) {
      if (other.descriptor == method) abort_with(method->full_name() + " has two handlers");
    }
    methods_.push_back({method, &request, access_of(method).read_only() ? reading(std::move(handler)) : std::move(handler)});
    return *this;
  }
  abort_with("no rpc of " + descriptor_->full_name() + " takes " + taken->full_name());
}

}  // namespace cliffhanger::rpc
