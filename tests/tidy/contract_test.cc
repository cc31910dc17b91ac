// Every rpc and field of the contract says what the edge, the interceptor and the reference need of it.
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <set>

#include "cliffhanger/api/v1/options.pb.h"
#include "cliffhanger/api/v1/table.pb.h"
#include "google/api/annotations.pb.h"

namespace cliffhanger::tidy {
namespace {

namespace pb = google::protobuf;
using Path = std::vector<int>;

// Called for people by the edge, which speaks tus 1.0 or HLS for them: no route of their own.
const std::set<std::string> kSpokenByTheEdge = {
    "cliffhanger.ingest.v1.IngestService.CreateUpload",
    "cliffhanger.ingest.v1.IngestService.BeginAppend",
};

struct Message {
  const pb::DescriptorProto* type;
  const pb::FileDescriptorProto* file;
  Path path;  // of source_code_info
};

// The contract as protoc wrote it, with comments and options.
class Contract : public testing::Test {
 protected:
  void SetUp() override {
    const char* build = std::getenv("CLIFFHANGER_BUILD_DIR");
    ASSERT_NE(build, nullptr);
    std::ifstream in(std::string(build) + "/gen/contract.binpb", std::ios::binary);
    ASSERT_TRUE(set_.ParseFromIstream(&in)) << build << "/gen/contract.binpb";
    for (const auto& file : set_.file()) {
      if (!ours(file)) continue;
      for (const auto& location : file.source_code_info().location()) {
        comments_[{file.name(), Path(location.path().begin(), location.path().end())}] =
            location.leading_comments() + location.trailing_comments();
      }
      for (int i = 0; i < file.message_type_size(); ++i) {
        remember(file, file.message_type(i), "." + file.package(),
                 {pb::FileDescriptorProto::kMessageTypeFieldNumber, i});
      }
    }
    ASSERT_FALSE(messages_.empty());
  }

  // The testing package is served by no program.
  static bool ours(const pb::FileDescriptorProto& file) {
    return file.package().starts_with("cliffhanger.") && !file.package().starts_with("cliffhanger.testing.");
  }

  void remember(const pb::FileDescriptorProto& file, const pb::DescriptorProto& type,
                const std::string& scope, Path path) {
    const std::string name = scope + "." + type.name();
    messages_[name] = {&type, &file, path};
    for (int i = 0; i < type.nested_type_size(); ++i) {
      Path inner = path;
      inner.insert(inner.end(), {pb::DescriptorProto::kNestedTypeFieldNumber, i});
      remember(file, type.nested_type(i), name, inner);
    }
  }

  // A paragraph is at least two words.
  bool has_paragraph(const pb::FileDescriptorProto& file, const Path& path) const {
    const auto it = comments_.find({file.name(), path});
    if (it == comments_.end()) return false;
    std::istringstream words(it->second);
    std::string word;
    int count = 0;
    while (words >> word) ++count;
    return count >= 2;
  }

  // Calls visit(file, service name, method, path) for every rpc.
  template <class Visit>
  void each_rpc(Visit visit) const {
    for (const auto& file : set_.file()) {
      if (!ours(file)) continue;
      for (int s = 0; s < file.service_size(); ++s) {
        for (int m = 0; m < file.service(s).method_size(); ++m) {
          visit(file, file.package() + "." + file.service(s).name(), file.service(s).method(m),
                Path{pb::FileDescriptorProto::kServiceFieldNumber, s,
                     pb::ServiceDescriptorProto::kMethodFieldNumber, m});
        }
      }
    }
  }

  // Every message of ours that a caller can fill: requests and what they hold.
  std::set<std::string> filled_by_callers() const {
    std::set<std::string> found;
    std::vector<std::string> left;
    each_rpc([&](const auto&, const auto&, const pb::MethodDescriptorProto& method, const auto&) {
      left.push_back(method.input_type());
    });
    while (!left.empty()) {
      const std::string name = left.back();
      left.pop_back();
      const auto it = messages_.find(name);
      if (it == messages_.end() || !found.insert(name).second) continue;
      for (const auto& field : it->second.type->field()) {
        if (!field.type_name().empty()) left.push_back(field.type_name());
      }
    }
    return found;
  }

  pb::FileDescriptorSet set_;
  std::map<std::string, Message> messages_;
  std::map<std::pair<std::string, Path>, std::string> comments_;
};

TEST_F(Contract, EveryRpcHasAParagraphACallerAndARoute) {
  int rpcs = 0;
  each_rpc([&](const auto& file, const std::string& service, const pb::MethodDescriptorProto& method,
               const Path& path) {
    ++rpcs;
    const std::string name = service + "." + method.name();
    EXPECT_TRUE(has_paragraph(file, path)) << name << " has no paragraph";
    const auto& access = method.options().GetExtension(api::v1::access);
    EXPECT_NE(access.caller(), api::v1::CALLER_UNSPECIFIED) << name << " doesn't say who may call it";
    const bool route = method.options().HasExtension(google::api::http);
    const bool hidden = access.caller() == api::v1::CALLER_SERVICE || kSpokenByTheEdge.contains(name);
    EXPECT_NE(route, hidden) << name
                             << (route ? " has a route but no person may call it"
                                       : " has no google.api.http");
  });
  EXPECT_GT(rpcs, 20);
}

TEST_F(Contract, EveryRpcHasMessagesOfItsOwn) {
  each_rpc([&](const auto& file, const std::string& service, const pb::MethodDescriptorProto& method,
               const Path&) {
    const std::string scope = "." + file.package() + "." + method.name();
    EXPECT_EQ(method.input_type(), scope + "Request") << service;
    EXPECT_EQ(method.output_type(), scope + "Response") << service;
  });
}

TEST_F(Contract, WhatIsHadAsCsvIsATableOfTheAnswer) {
  int tables = 0;
  each_rpc(
      [&](const auto&, const std::string& service, const pb::MethodDescriptorProto& method, const Path&) {
        const std::string& table = method.options().GetExtension(api::v1::csv);
        if (table.empty()) return;
        ++tables;
        const auto& fields = messages_.at(method.output_type()).type->field();
        EXPECT_TRUE(std::any_of(fields.begin(), fields.end(),
                                [&](const auto& f) {
                                  return f.name() == table &&
                                         f.label() == pb::FieldDescriptorProto::LABEL_REPEATED &&
                                         f.type() == pb::FieldDescriptorProto::TYPE_MESSAGE;
                                }))
            << service << "." << method.name() << " has no table " << table;
      });
  EXPECT_GT(tables, 0);
}

std::string verb_and_pattern(const google::api::HttpRule& rule) {
  const pb::Reflection& reflection = *rule.GetReflection();
  const auto* which =
      reflection.GetOneofFieldDescriptor(rule, rule.GetDescriptor()->FindOneofByName("pattern"));
  if (!which || which->name() == "custom") return "";
  return which->name() + " " + reflection.GetString(rule, which);
}

TEST_F(Contract, RoutesAreUniqueAndNameTheirFields) {
  std::map<std::string, std::string> owners;
  each_rpc([&](const auto&, const std::string& service, const pb::MethodDescriptorProto& method,
               const Path&) {
    if (!method.options().HasExtension(google::api::http)) return;
    const std::string route = verb_and_pattern(method.options().GetExtension(google::api::http));
    const std::string name = service + "." + method.name();
    ASSERT_NE(route, "") << name;
    // Two routes that differ only in the name of a field are the same route.
    std::string shape;
    for (size_t at = 0; at < route.size(); ++at) {
      shape += route[at];
      if (route[at] != '{') continue;
      const size_t end = route.find('}', at);
      ASSERT_NE(end, std::string::npos) << route;
      const std::string field = route.substr(at + 1, end - at - 1);
      const auto& fields = messages_.at(method.input_type()).type->field();
      EXPECT_TRUE(std::any_of(fields.begin(), fields.end(), [&](const auto& f) { return f.name() == field; }))
          << name << ": " << method.input_type() << " has no field " << field;
      at = end - 1;
    }
    const auto [it, fresh] = owners.emplace(shape, name);
    EXPECT_TRUE(fresh) << route << " belongs to both " << it->second << " and " << name;
  });
}

// Whether a caller can make the field no bigger than we said.
bool bounded(const pb::FieldDescriptorProto& field) {
  const auto& limits = field.options().GetExtension(api::v1::limits);
  const bool text = field.type() == pb::FieldDescriptorProto::TYPE_STRING ||
                    field.type() == pb::FieldDescriptorProto::TYPE_BYTES;
  const bool length = limits.max_length() > 0 || limits.uuid() || limits.language();
  const bool items = limits.max_items() > 0;
  const bool repeated = field.label() == pb::FieldDescriptorProto::LABEL_REPEATED;
  return (!text || length) && (!repeated || items);
}

TEST_F(Contract, EveryFieldHasAParagraph) {
  for (const auto& [name, message] : messages_) {
    if (message.type->options().map_entry()) continue;
    for (int i = 0; i < message.type->field_size(); ++i) {
      Path path = message.path;
      path.insert(path.end(), {pb::DescriptorProto::kFieldFieldNumber, i});
      EXPECT_TRUE(has_paragraph(*message.file, path))
          << name << "." << message.type->field(i).name() << " has no paragraph";
    }
  }
}

TEST_F(Contract, EveryFieldOfARequestHasABound) {
  int fields = 0;
  for (const std::string& name : filled_by_callers()) {
    const Message& message = messages_.at(name);
    if (message.type->options().map_entry()) continue;
    for (int i = 0; i < message.type->field_size(); ++i) {
      ++fields;
      const auto& field = message.type->field(i);
      EXPECT_TRUE(bounded(field)) << name << "." << field.name()
                                  << " may grow without bound; give it api.v1.limits";
    }
  }
  EXPECT_GT(fields, 20);
}

}  // namespace
}  // namespace cliffhanger::tidy
