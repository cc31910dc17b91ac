#pragma once
// What one page is chosen from.
#include <vector>

#include "services/recommendation/domain/chain.h"
#include "services/recommendation/domain/ranker.h"
#include "services/recommendation/domain/shown.h"
#include "services/recommendation/domain/slotting.h"
#include "services/recommendation/domain/sources/source.h"

namespace cliffhanger::recommendation {

// All of it outlives the menu's making.
struct Asked {
  const Catalogue& catalogue;
  const Viewer& viewer;
  const TasteModel* model;  // null: none is trained yet
  const Chain& chain;
  const ShownList& shown;
  const Policy& policy;
  std::size_t wanted = 0;                 // places that the page has
  const Ranker* ranker = nullptr;         // null: the policy's weights rank
  const Ruling* ruling = nullptr;         // null: the house has no rules
  std::span<const Growing> growing = {};  // where the viewer is
};

// A candidate with what it is worth.
struct Valued {
  At at = kNowhere;
  float value = 0;
};

struct Menu {
  Pool pool;
  std::vector<At> at;             // of each of the pool's items
  std::vector<At> because;        // the series that its reason names, or kNowhere
  std::vector<RankInput> inputs;  // what it was ranked by
  std::vector<Valued> all;        // every candidate, best first; those shown lately behind the others
};

// Asks every source, values what they found, and keeps the best, with some new series for exploration. The
// same arguments give the same menu. A viewer who refused profiling is treated as what they follow and where
// they left off say, and no further.
Menu make_menu(const Asked& asked);

}  // namespace cliffhanger::recommendation
