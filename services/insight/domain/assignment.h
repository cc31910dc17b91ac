#pragma once
#include "services/insight/domain/experiments.h"

namespace cliffhanger::insight {

// What somebody with these attributes gets of `live`, the same as before where it stuck; what is new is kept
// if `keep` (who refuses gets what chance says, each time the same while weights don't move).
// Of two requests at once the first counts, and both get its answer. `user`: whom the attributes are of. Who
// began an episode without an ending of the house's gets none later: nobody is given another in mid-plot;
// such experiments leave `live`, which outlives the answer.
Result<std::vector<Given>> assign(Experiments& store, std::vector<Experiment>& live,
                                  const experiment::Object& attributes, const UserId& user, bool keep);

// The variation that stuck to the person, by the account; none if nothing did.
std::optional<int> stuck_variation(const Experiment& experiment, const UserId& user,
                                   const experiment::StickyDocuments& sticky);

}  // namespace cliffhanger::insight
