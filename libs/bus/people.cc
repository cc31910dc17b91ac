#include "libs/bus/people.h"

#include <google/protobuf/message.h>

#include <algorithm>
#include <vector>

#include "libs/digest/sha256.h"

namespace cliffhanger::bus {
namespace {

namespace pb = google::protobuf;

constexpr sql::Query kErased{"people_erased",
                             "SELECT person FROM erased WHERE tenant = $1 AND person = ANY ($2::text[])"};

struct Named {
  const pb::FieldDescriptor* field;
  std::string digest;
};

std::vector<Named> people_in(const Tenant& tenant, const pb::Message& payload) {
  std::vector<Named> out;
  for (const char* name : {"user_id", "guest_id", "subject_id", "owner_id"}) {
    const auto* field = payload.GetDescriptor()->FindFieldByName(name);
    if (!field || field->is_repeated() || field->cpp_type() != pb::FieldDescriptor::CPPTYPE_STRING) continue;
    const auto user = UserId::parse(payload.GetReflection()->GetString(payload, field));
    if (user && !user->empty()) out.push_back({field, digest_of_person(tenant, *user)});
  }
  return out;
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
  std::vector<std::string> erased;
  for (std::size_t i = 0; i < rows.size(); ++i) erased.push_back(rows[i].text(0));
  for (const auto& one : named) {
    if (!std::ranges::count(erased, one.digest)) continue;
    if (one.field->name() != "owner_id") return false;
    payload.GetReflection()->SetString(&payload, one.field, Uuid().text());
  }
  return true;
}

}  // namespace cliffhanger::bus
