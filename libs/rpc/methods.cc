#include "libs/rpc/methods.h"

#include <google/protobuf/descriptor_database.h>

#include <algorithm>
#include <unordered_map>

namespace cliffhanger::rpc {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

struct Table {
  std::vector<const ServiceDescriptor*> services;
  std::unordered_map<const Descriptor*, const MethodDescriptor*> by_request;  // null: several
};

Table build() {
  Table table;
  std::vector<std::string> files;
  DescriptorPool::internal_generated_database()->FindAllFileNames(&files);
  for (const auto& name : files) {
    const auto* file = DescriptorPool::generated_pool()->FindFileByName(name);
    if (file == nullptr || !file->package().starts_with("cliffhanger.")) continue;
    for (int i = 0; i < file->service_count(); ++i) table.services.push_back(file->service(i));
  }
  std::ranges::sort(table.services, {}, [](const auto* service) { return service->full_name(); });
  for (const auto* service : table.services) {
    for (int i = 0; i < service->method_count(); ++i) {
      const auto* method = service->method(i);
      const auto [at, fresh] = table.by_request.emplace(method->input_type(), method);
      if (!fresh) at->second = nullptr;
    }
  }
  return table;
}

// Constant once built; the descriptors themselves are the program's.
const Table& table() {
  static const Table built = build();
  return built;
}

}  // namespace

std::vector<const ServiceDescriptor*> all_services() {
  return table().services;
}

const MethodDescriptor* method_taking(const Descriptor* request) {
  const auto at = table().by_request.find(request);
  return at == table().by_request.end() ? nullptr : at->second;
}

const MethodDescriptor* find_method(const std::string& full_name) {
  return DescriptorPool::generated_pool()->FindMethodByName(full_name);
}

const api::v1::Access& access_of(const MethodDescriptor* method) {
  return method->options().GetExtension(api::v1::access);
}

const api::v1::Limits& limits_of(const google::protobuf::FieldDescriptor* field) {
  return field->options().GetExtension(api::v1::limits);
}

std::string wire_path(const MethodDescriptor* method) {
  return "/" + method->service()->full_name() + "/" + method->name();
}

}  // namespace cliffhanger::rpc
