#pragma once
// The contract with its comments, which the descriptors inside programs don't have.
#include <google/protobuf/descriptor.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libs/core/result.h"

namespace cliffhanger::edge::openapi {

// Built from a serialised google.protobuf.FileDescriptorSet with source info; descriptors live as long as it.
class Contract {
 public:
  // Fails with BAD_CONTRACT.
  static Result<std::unique_ptr<Contract>> make(std::string_view descriptor_set);

  // Services of packages "cliffhanger.*", in the order of their names; without cliffhanger.testing.
  const std::vector<const google::protobuf::ServiceDescriptor*>& services() const { return services_; }
  // By its full name; null if the contract has none.
  const google::protobuf::Descriptor* message(const std::string& name) const {
    return pool_.FindMessageTypeByName(name);
  }

 private:
  google::protobuf::DescriptorPool pool_;
  std::vector<const google::protobuf::ServiceDescriptor*> services_;
};

// The comment before (or, for want of it, beside) a descriptor, without its markers, as one paragraph a line.
template <class Descriptor>
std::string comment_of(const Descriptor* descriptor);

}  // namespace cliffhanger::edge::openapi
