#pragma once
// What must not be seen, whatever its creator decides. Operators take an episode or a series down and may
// restore it; a revision is withheld (transcode says which) for as long as a film that it shows is down.
// Decision 0062.
#include <string>

#include "services/catalog/domain/series.h"

namespace cliffhanger::catalog {

Error taken_down();  // EPISODE_TAKEN_DOWN
// Fails with FILM_TAKEN_DOWN unless `why` is empty.
Result<void> check_may_be_seen(const std::string& why);

// Whether it is away from viewers, for good or until it is restored.
bool is_away(EditorialState state);

// Sets why the published revision must not be seen; empty: it may. The state follows. Gives whether anything
// changed.
bool withhold(Episode& episode, const std::string& why);

// By operators: kTakenDown until it is restored, or until its creator withdraws it, which stays so. One that
// is down with its series is down by itself from now on; otherwise one that is down stays as it is. Gives
// whether anything changed.
bool take_down(Episode& episode, Takedown how);
bool take_down(Series& series);

// Each undoes that: viewers get back what they had, unless something else is against it; what they never had
// is a draft again. Gives whether anything changed.
bool restore(Episode& episode);
bool restore(Series& series);

// The series counts what viewers can see of it: an episode of it was in `before` and is in `after`.
void count_seen(Series& series, EditorialState before, EditorialState after);

}  // namespace cliffhanger::catalog
