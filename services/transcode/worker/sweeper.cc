#include "services/transcode/worker/sweeper.h"

#include "libs/obs/names.h"

namespace cliffhanger::transcode {

Sweeper::Sweeper(Deps deps, Grace grace)
    : deps_(deps),
      grace_(grace),
      swept_(deps.metrics.counter(obs::names::kRevisionsSwept, "Revisions whose files were given up")),
      removed_(deps.metrics.counter(obs::names::kObjectsSwept, "Objects and folders that were removed")) {}

Result<bool> Sweeper::step() {
  CH_ASSIGN(const bool swept, deps_.pool.transact([&](sql::Tx& tx) { return sweep_one(tx, grace_); }));
  if (swept) swept_.add();
  CH_ASSIGN(const bool forgot, deps_.pool.transact([&](sql::Tx& tx) { return sweep_burned(tx, grace_); }));
  // In the transaction, since its lock keeps writers of the same object waiting.
  CH_ASSIGN(const bool removed, deps_.pool.transact([&](sql::Tx& tx) {
    return remove_one(tx, grace_, [&](const std::string& key) {
      return key.ends_with('/') ? deps_.blobs.remove_all(key) : deps_.blobs.remove(key);
    });
  }));
  if (removed) removed_.add();
  return swept || forgot || removed;
}

}  // namespace cliffhanger::transcode
