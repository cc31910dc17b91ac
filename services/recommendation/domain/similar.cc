#include "services/recommendation/domain/similar.h"

#include <algorithm>
#include <unordered_map>

#include "services/recommendation/limits.h"

namespace cliffhanger::recommendation {
namespace {

constexpr double kTags = 0.4, kCreator = 0.1, kModel = 0.5;
// Of the series with a tag in common, the most popular ones are compared.
constexpr std::size_t kCompared = 1000;

double jaccard(const Catalogue::Entry& a, const Catalogue::Entry& b) {
  int both = 0;
  for (const TagAt tag : a.tags()) both += std::ranges::count(b.tags(), tag) > 0;
  const int either = a.tag_count + b.tag_count - both;
  return either == 0 ? 0 : static_cast<double>(both) / either;
}

}  // namespace

std::vector<At> similar_to(const Catalogue& catalogue, At of, const TasteModel* model,
                           const Audience& audience) {
  const Fitting fits(catalogue, audience);
  const auto& entry = catalogue[of];
  std::unordered_map<At, double> likeness;
  const auto compare = [&](At other) {
    if (other == of || !fits(other) || likeness.contains(other)) return;
    likeness[other] =
        kTags * jaccard(entry, catalogue[other]) + (entry.owner == catalogue[other].owner ? kCreator : 0);
  };
  for (const At other : catalogue.of_owner(entry.owner)) compare(other);
  for (const TagAt tag : entry.tags()) {
    const auto all = catalogue.with_tag(tag);
    for (const At other : all.first(std::min(all.size(), kCompared))) compare(other);
  }
  const auto scored = model == nullptr ? std::vector<Scored>() : model->similar(entry.id, kMostSimilar);
  for (std::size_t i = 0; i < scored.size(); ++i) {
    const auto other = catalogue.find(scored[i].series);
    if (!other || *other == of || !fits(*other)) continue;
    compare(*other);
    likeness[*other] += kModel * (1 - static_cast<double>(i) / static_cast<double>(scored.size()));
  }
  std::vector<std::pair<double, At>> best;
  for (const auto& [at, like] : likeness) best.emplace_back(like, at);
  std::sort(best.begin(), best.end(), [&](const auto& a, const auto& b) {
    if (a.first != b.first) return a.first > b.first;
    const auto &x = catalogue[a.second], &y = catalogue[b.second];
    return x.heat.score != y.heat.score ? x.heat.score > y.heat.score : x.id > y.id;
  });
  std::vector<At> out;
  for (const auto& [like, at] : best) {
    if (out.size() == kMostSimilar) break;
    out.push_back(at);
  }
  return out;
}

}  // namespace cliffhanger::recommendation
