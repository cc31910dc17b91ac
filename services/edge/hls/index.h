#pragma once
// The list of objects of one media revision, which transcode publishes at
// revisions/<tenant>/<revision>/ready.json once it is finished, and before at …/index.json:
//   {"state": "provisional"|"ready", "objects": {"<name>": {"key": "<object key>", "bytes": N, "type":
//   "<media type>"}}}
#include <string>
#include <string_view>
#include <unordered_map>

#include "libs/core/call.h"
#include "libs/core/id.h"
#include "libs/core/result.h"

namespace cliffhanger::edge {

struct Member {
  std::string key;  // in the object store
  std::uint64_t bytes = 0;
  std::string type;
};

struct Index {
  bool ready = false;  // nothing but its captions changes any more
  std::unordered_map<std::string, Member> members;
  // Of what it was read from, to see whether that changed.
  std::size_t text_hash = 0, text_bytes = 0;
};

// Where it is looked for: the finished one first. The other may be behind it, for good: a writer that was cut
// off can come late.
std::string ready_key(const Tenant& tenant, RevisionId revision);
std::string index_key(const Tenant& tenant, RevisionId revision);

// Fails with BAD_INDEX (kDataLoss): it comes from a service of ours.
Result<Index> parse_index(std::string_view text);

}  // namespace cliffhanger::edge
