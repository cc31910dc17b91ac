#pragma once
// What a cut is made of, as its package task finds it.
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "services/transcode/domain/reuse.h"
#include "services/transcode/store/pg_revisions.h"
#include "services/transcode/worker/encryptor.h"

namespace cliffhanger::transcode {

// Its stretches point into it: it may be moved, not copied.
struct CutFootage {
  std::deque<Plan> plans;           // of the films, each once
  std::deque<Assembly> assemblies;  // what is taken of each film, or of each stretch once it is encrypted
  std::vector<Stretch> stretches;
  std::map<std::string, std::string> labels;  // of languages in which it can be heard
  std::string cover_key;

  CutFootage() = default;
  CutFootage(CutFootage&&) = default;
  CutFootage& operator=(CutFootage&&) = default;
};

// Reads it. Fails with BAD_RECORD, or REVISION_NOT_FOUND for a film that is not known any more.
Result<CutFootage> read_footage(PgRevisions& revisions, const Revision& cut);

// Whether all objects are there. Fails with GATE_PIECE_MISSING, and OBJECT_STORE_FAILED.
Result<void> check_objects(blob::Store& blobs, const CutFootage& footage);

// The stretches as objects of the cut alone, encrypted with its key; each has a folder of its own then. Fails
// as Encryptor::encrypt does, and as parts_of does.
Result<CutFootage> encrypt(const Encryptor& encryptor, const Call& call, const Revision& cut,
                           CutFootage clear);

}  // namespace cliffhanger::transcode
