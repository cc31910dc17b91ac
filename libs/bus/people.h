#pragma once
// People in events: who was erased is in no event that is taken in, however late it comes.
#include <string>

#include "libs/core/call.h"
#include "libs/sql/sql.h"

namespace google::protobuf {
class Message;
}

namespace cliffhanger::bus {

// What remains of a person who was erased: SHA-256 in hex of tenant and id. An id has 74 random bits, so
// nobody finds it by trying.
std::string digest_of_person(const Tenant& tenant, const UserId& user);

// Whether an event may take effect: false if it is of somebody who was erased (its fields user_id, guest_id
// or subject_id). Who owned a thing that it tells of (owner_id) is nobody then: the nil UUID. The same holds for each
// element of its lists: those of somebody who was erased are taken out, which may change the order of the others.
Result<bool> without_erased(sql::Tx& tx, const Tenant& tenant, google::protobuf::Message& payload);

}  // namespace cliffhanger::bus
