#pragma once
#include <vector>

#include "services/recommendation/domain/catalogue.h"
#include "services/recommendation/domain/taste_model.h"

namespace cliffhanger::recommendation {

// At most kMostSimilar series like the one at `of`, the most like it first: half by the model's neighbours,
// half by what both are (tags and language as Jaccard's index, creator); without a model by the latter alone.
// Equals go by popularity. `model` may be null. All may be shown to `audience`.
std::vector<At> similar_to(const Catalogue& catalogue, At of, const TasteModel* model,
                           const Audience& audience = {});

}  // namespace cliffhanger::recommendation
