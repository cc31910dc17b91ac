#pragma once
// What API keys may do (decision 0051). The edge has accounts exchange a key for an access token of a minute,
// whose sign-in is the key; every service then asks here whether one of the key's scopes covers the rpc. An
// rpc that none covers is closed to keys.
#include <google/protobuf/descriptor.h>

#include <optional>
#include <string>
#include <string_view>

#include "libs/core/result.h"

namespace cliffhanger::rpc {

// Bits; a key has any of them.
enum KeyScope : unsigned {
  kKeyReads = 1,      // what its creator has: series, episodes, uploads, revisions, captions
  kKeyUploads = 2,    // series and episodes are made, films and captions brought and removed
  kKeyPublishes = 4,  // series and episodes are changed, published, withdrawn and deleted
};
inline constexpr unsigned kAllKeyScopes = kKeyReads | kKeyUploads | kKeyPublishes;

// The key as AccessClaims::session names it.
struct KeySession {
  std::string key_id;  // accounts' id of the key
  unsigned scopes = 0;
};
std::string to_session(const KeySession& key);
// Nothing of a sign-in with a password.
std::optional<KeySession> key_session_of(std::string_view session);

// The scopes of which one is enough for the rpc; 0: no key may call it.
unsigned key_scopes_for(const google::protobuf::MethodDescriptor* method);

// Whether who came with this sign-in may call the rpc; fails (kPermissionDenied) with API_KEY_SCOPE. Says yes
// to those without a key.
Result<void> check_key(const google::protobuf::MethodDescriptor* method, std::string_view session);

}  // namespace cliffhanger::rpc
