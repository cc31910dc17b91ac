#pragma once
// Captions in the pictures, in what the edge serves of a finished revision.
#include <string>

#include "services/transcode/worker/finished_index.h"

namespace cliffhanger::transcode {

// Puts what is `language`'s own of `presentation` (see domain/burn.h) in the place of what the index has of
// that language's pictures; all else stays as it is.
Result<void> put_burned(FinishedIndex& index, const std::string& language, const Presentation& presentation);

// Gives the pictures with captions in `language`, if the index has them, the dubs that its main playlist has. Fails
// with OBJECT_… and BAD_RECORD.
Result<void> share_dubs(FinishedIndex& index, const std::string& language);

}  // namespace cliffhanger::transcode
