#pragma once
// Captions in the pictures, in what the edge serves of a finished revision.
#include <string>

#include "libs/blob/blob.h"
#include "services/transcode/domain/playlist.h"
#include "services/transcode/domain/revision.h"

namespace cliffhanger::transcode {

// Puts what is `language`'s own of `presentation` (see domain/burn.h) in the place of what the revision's
// finished index has of that language's pictures; all else in the index stays as it is. Segments that were
// there are served for six hours more, for those who are watching. An empty presentation takes the language
// away. Gives the index's new name. Twice is as once. Of a revision that the caller has locked; fails with
// OBJECT_NOT_FOUND without a finished index, and BAD_RECORD.
Result<std::string> write_burned(blob::Store& blobs, const Revision& revision, const std::string& language,
                                 const Presentation& presentation, Time now);

}  // namespace cliffhanger::transcode
