#pragma once
#include "services/collector/domain/collection.h"

namespace cliffhanger::collector {

// Runs, inside one transaction.
class Collections {
 public:
  virtual ~Collections() = default;
  // Begins a run and asks for it to be done. Fails with COLLECTION_UNDER_WAY (metadata `collection_id`).
  virtual Result<Collection> start(const Tenant& tenant, bool dry_run, Duration grace, int most_percent) = 0;
  virtual Result<Collection> find(CollectionId id) = 0;  // COLLECTION_NOT_FOUND
  // Newest first, those begun before `before`.
  virtual Result<std::vector<Collection>> list(std::optional<CollectionId> before, int most) = 0;
  // Fails with COLLECTION_ENDED if it did, whoever ended it.
  virtual Result<void> save(const Collection& collection) = 0;
  struct Outcome {
    std::string key;
    std::int64_t bytes = 0;
    std::string outcome;  // waiting, named, removed or spared
  };
  // What a run condemned of a tenant's objects, those after `after`.
  virtual Result<std::vector<Outcome>> condemned(CollectionId id, const Tenant& tenant, const std::string& after, int most) = 0;
};

}  // namespace cliffhanger::collector
