#include "services/catalog/domain/leaving.h"

namespace cliffhanger::catalog {

Result<bool> remove_one_series_of(Library& library, const UserId& owner) {
  CH_ASSIGN(const auto owned, library.list_owned(owner, SeriesId(), 1));
  if (owned.empty()) return false;
  CH_ASSIGN(auto series, library.lock_series(owned[0].id));
  if (!series) return true;
  CH_ASSIGN(auto episodes, library.lock_episodes(series->id));
  for (auto& episode : episodes) {
    if (withdraw(episode)) CH_TRY(library.save(episode));
    CH_TRY(library.remove(episode));
  }
  if (withdraw(*series)) CH_TRY(library.save(*series));
  CH_TRY(library.remove(*series));
  return true;
}

}  // namespace cliffhanger::catalog
