#include "libs/bus/people.h"

#include <google/protobuf/message.h>

#include <set>
#include <vector>

#include "libs/digest/sha256.h"

namespace cliffhanger::bus {
namespace {

namespace pb = google::protobuf;

constexpr sql::Query kErased{"people_erased",
                             "SELECT person FROM erased WHERE tenant = $1 AND person = ANY ($2::text[])"};

struct Named {
  pb::Message* in;
  const pb::FieldDescriptor* field;
  std::string digest;
};

void add_people(const Tenant& tenant, pb::Message& message, std::vector<Named>& out) {
  for (const char* name : {"user_id", "guest_id", "subject_id", "owner_id"}) {
    const auto* field = message.GetDescriptor()->FindFieldByName(name);
    if (!field || field->is_repeated() || field->cpp_type() != pb::FieldDescriptor::CPPTYPE_STRING) continue;
    const auto user = UserId::parse(message.GetReflection()->GetString(message, field));
    if (user && !user->empty()) out.push_back({&message, field, digest_of_person(tenant, *user)});
  }
}

// Calls `each` with every list of messages in the payload.
template <class Each>
void each_list(const pb::Message& payload, Each each) {
  const auto& type = *payload.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i)
    if (type.field(i)->is_repeated() && type.field(i)->cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE)
      each(type.field(i));
}

std::vector<Named> people_in(const Tenant& tenant, pb::Message& payload) {
  std::vector<Named> out;
  add_people(tenant, payload, out);
  const auto& reflect = *payload.GetReflection();
  each_list(payload, [&](const pb::FieldDescriptor* list) {
    for (int i = 0; i < reflect.FieldSize(payload, list); ++i)
      add_people(tenant, *reflect.MutableRepeatedMessage(&payload, list, i), out);
  });
  return out;
}

void take_out(pb::Message& payload, const std::set<const pb::Message*>& elements) {
  const auto& reflect = *payload.GetReflection();
  each_list(payload, [&](const pb::FieldDescriptor* list) {
    for (int i = reflect.FieldSize(payload, list) - 1; i >= 0; --i) {
      if (!elements.contains(&reflect.GetRepeatedMessage(payload, list, i))) continue;
      reflect.SwapElements(&payload, list, i, reflect.FieldSize(payload, list) - 1);
      reflect.RemoveLast(&payload, list);
    }
  });
}

}  // namespace

std::string digest_of_person(const Tenant& tenant, const UserId& user) {
  return sha256_hex(tenant.text() + '/' + user.text());
}

Result<bool> without_erased(sql::Tx& tx, const Tenant& tenant, pb::Message& payload) {
  const auto named = people_in(tenant, payload);
  if (named.empty()) return true;
  std::vector<std::string> digests;
  for (const auto& one : named) digests.push_back(one.digest);
  CH_ASSIGN(const auto rows, tx.run(kErased, tenant, digests));
  std::set<std::string> erased;
  for (std::size_t i = 0; i < rows.size(); ++i) erased.insert(rows[i].text(0));
  std::set<const pb::Message*> gone;
  for (const auto& one : named) {
    if (!erased.contains(one.digest)) continue;
    if (one.field->name() == "owner_id") {
      one.in->GetReflection()->SetString(one.in, one.field, Uuid().text());
    } else {
      gone.insert(one.in);
    }
  }
  if (gone.contains(&payload)) return false;
  take_out(payload, gone);
  return true;
}

}  // namespace cliffhanger::bus
