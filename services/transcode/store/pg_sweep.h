#pragma once
// What becomes of revisions that nobody needs any more: the rows. worker/sweeper.h removes the objects.
#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "libs/sql/sql.h"

namespace cliffhanger::transcode {

// For how long things stay that nobody needs.
struct Grace {
  std::chrono::milliseconds ended;  // the pieces of revisions that failed or were cancelled: for a try again
  std::chrono::milliseconds
      replaced;  // a ready revision after a newer one took its place: addresses given out work
  std::chrono::milliseconds noted;  // an object that no piece names: longer than any writer takes to name it
};

// Each is one transaction of all tenants' rows, bounded, safe to be killed in or run by many at once. Gives
// whether there was something to do.

// One revision whose time is over: its pieces that no other revision needs are forgotten, their objects and
// its folder are noted for removal.
Result<bool> sweep_one(sql::Tx& tx, const Grace& grace);
// One text in the pictures of a revision that was replaced long ago: its pieces, likewise.
Result<bool> sweep_burned(sql::Tx& tx, const Grace& grace);
// One object, or folder, that was noted long ago: `remove` is called unless something names it after all, and
// the note goes with the transaction.
Result<bool> remove_one(sql::Tx& tx, const Grace& grace,
                        const std::function<Result<void>(const std::string& object_key)>& remove);

}  // namespace cliffhanger::transcode
