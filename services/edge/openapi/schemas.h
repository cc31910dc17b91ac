#pragma once
#include <google/protobuf/descriptor.h>

#include <boost/json/object.hpp>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "services/edge/rest/route.h"

namespace cliffhanger::edge::openapi {

// JSON schemas of messages, with our limits as keywords. Messages and enums become components, named once.
class Schemas {
 public:
  explicit Schemas(const std::vector<rest::Route>& routes);

  // Of one field, without its description; {"$ref": …} for messages and enums.
  boost::json::object of_field(const google::protobuf::FieldDescriptor* field);
  // {"$ref": …}
  boost::json::object of_message(const google::protobuf::Descriptor* message);
  // Whether a body of this request holds anything beside what the path says.
  bool has_body_fields(const google::protobuf::Descriptor* request) const;
  // All that were named so far and what they name in turn, by name.
  boost::json::object components();

 private:
  void mark_inputs(const google::protobuf::Descriptor* message);
  boost::json::object of_value(const google::protobuf::FieldDescriptor* field);
  boost::json::object object_of(const google::protobuf::Descriptor* message);
  boost::json::object enum_of(const google::protobuf::EnumDescriptor* type);
  template <class Descriptor>
  boost::json::object reference(const Descriptor* type, std::map<std::string, const Descriptor*>& named);

  std::set<const google::protobuf::Descriptor*> inputs_;        // what callers send
  std::set<const google::protobuf::FieldDescriptor*> in_path_;  // and so not in a body, or the edge's to write
  std::map<std::string, const google::protobuf::Descriptor*> messages_;
  std::map<std::string, const google::protobuf::EnumDescriptor*> enums_;
};

}  // namespace cliffhanger::edge::openapi
