#pragma once
// One run of the collector: what it found, and whether it may go on.
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "libs/core/call.h"
#include "libs/core/result.h"

namespace cliffhanger::collector {

using CollectionId = Id<struct CollectionTag>;

// kMarking: every object is looked at, owners say which they claim; the others are condemned. kReading: what the lists of revisions name is
// taken off again. kRemoving: owners remove what nobody claims at that moment either. Then done, or stopped for a reason.
enum class State { kMarking, kReading, kRemoving, kDone, kStopped };
std::string_view to_text(State state);
Result<State> parse_state(std::string_view text);  // fails with BAD_STATE

struct Counts {
  std::int64_t seen = 0, seen_bytes = 0;
  std::int64_t claimed = 0;  // by an owner
  std::int64_t young = 0;    // written within the time of grace; nobody was asked
  std::int64_t foreign = 0;  // with keys that the house doesn't give; they stay
  std::int64_t condemned = 0, condemned_bytes = 0;
  std::int64_t named = 0, named_bytes = 0;  // of these, by a revision's list of objects: they stay, though nobody claims them
  std::int64_t removed = 0, removed_bytes = 0;
  std::int64_t spared = 0;      // condemned, and claimed or written again by the time of removal
  std::int64_t unfinished = 0;  // files and uploads that writers left behind
};

struct Collection {
  CollectionId id;
  Tenant tenant;
  State state = State::kMarking;
  bool dry_run = false;   // nothing is removed
  Time written_before{};  // what was written later stays
  int most_percent = 0;   // of objects and of bytes that may go
  std::string cursor;
  Counts counts;
  std::string reason, message;  // why it stopped, or why it waits
  Time started{};
  std::optional<Time> ended;
};

struct Found {
  std::string key;
  std::int64_t bytes = 0;
  Time modified{};
  bool ours = true;  // the house gives such keys
};

// Takes a page of the store into the counts. Gives those that owners must be asked about.
std::vector<Found> look_at(Collection& collection, std::span<const Found> page);

// Whether so much was condemned that something else is wrong, such as a database that lost what it knew: TOO_MUCH.
Result<void> check_share(const Collection& collection);

}  // namespace cliffhanger::collector
