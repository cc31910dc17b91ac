#pragma once
// Which objects transcode needs, and how one is removed that it doesn't.
#include <functional>
#include <string>
#include <vector>

#include "libs/sql/sql.h"

namespace cliffhanger::transcode {

// Of these keys, those that must stay: objects that a piece names, that are noted (the sweeper's, or a writer's) or that stand in the folder
// of a revision that was not swept, and the sources and heads of such revisions and of dubs.
Result<std::vector<std::string>> claimed_objects(sql::Tx& tx, const std::vector<std::string>& keys);

// Calls `remove` if nothing claims the object `key` of transcode's, in a transaction that keeps everybody from beginning to need it until it
// ends: whoever is about to write an object notes it first, and finds a note here to wait for; a revision is locked before it is opened
// again. Gives what `remove` gives; false if it was not called. `remove` has to be over long before a session may be idle in a transaction
// (120 s), or the lock ends first. If it fails, nobody knows whether the object is there: the note of one that goes by content stays, so
// that the sweeper removes it if nobody needs it by then, and who comes to write it writes it.
Result<bool> remove_unclaimed(sql::Pool& pool, const std::string& key, const std::function<Result<bool>()>& remove);

}  // namespace cliffhanger::transcode
