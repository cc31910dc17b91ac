#include "services/edge/openapi/contract.h"

#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <memory>

namespace cliffhanger::edge::openapi {
namespace {

// Lines of one paragraph are joined; an empty line ends it.
std::string tidy(std::string_view text) {
  std::string out;
  bool gap = false;
  while (!text.empty()) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    while (line.starts_with(' ')) line.remove_prefix(1);
    while (line.ends_with(' ')) line.remove_suffix(1);
    if (line.empty()) {
      gap = !out.empty();
      continue;
    }
    if (!out.empty()) out += gap ? "\n\n" : " ";
    gap = false;
    out += line;
  }
  return out;
}

}  // namespace

Result<std::unique_ptr<Contract>> Contract::make(std::string_view descriptor_set) {
  google::protobuf::FileDescriptorSet set;
  if (!set.ParseFromArray(descriptor_set.data(), static_cast<int>(descriptor_set.size()))) {
    return fail(internal("BAD_CONTRACT", "The contract is no FileDescriptorSet."));
  }
  auto contract = std::make_unique<Contract>();
  // protoc writes every file after those that it imports.
  for (const auto& file : set.file()) {
    const auto* built = contract->pool_.BuildFile(file);
    if (built == nullptr) return fail(internal("BAD_CONTRACT", file.name() + " can't be built."));
    const std::string& package = built->package();
    if (!package.starts_with("cliffhanger.") || package.starts_with("cliffhanger.testing.")) continue;
    for (int i = 0; i < built->service_count(); ++i) contract->services_.push_back(built->service(i));
  }
  std::ranges::sort(contract->services_, {}, [](const auto* service) { return service->full_name(); });
  return contract;
}

template <class Descriptor>
std::string comment_of(const Descriptor* descriptor) {
  google::protobuf::SourceLocation location;
  if (!descriptor->GetSourceLocation(&location)) return "";
  return tidy(location.leading_comments.empty() ? location.trailing_comments : location.leading_comments);
}

template std::string comment_of(const google::protobuf::ServiceDescriptor*);
template std::string comment_of(const google::protobuf::MethodDescriptor*);
template std::string comment_of(const google::protobuf::Descriptor*);
template std::string comment_of(const google::protobuf::FieldDescriptor*);
template std::string comment_of(const google::protobuf::EnumDescriptor*);
template std::string comment_of(const google::protobuf::EnumValueDescriptor*);

}  // namespace cliffhanger::edge::openapi
