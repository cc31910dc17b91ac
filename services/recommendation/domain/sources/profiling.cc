#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>

#include "services/recommendation/domain/draw.h"
#include "services/recommendation/domain/sources/source.h"
#include "services/recommendation/limits.h"

namespace cliffhanger::recommendation {
namespace {

constexpr double kSeenWeight = 1, kCompletedWeight = 3, kReactionWeight = 3, kShareWeight = 4;
// Hits that what was said of one series is worth at most: eighty likes of its episodes are one liking.
constexpr double kMostPraise = 3;
// Skipped lately, without anything completed since: not a thing to go by.
constexpr double kSkipped = 0.5;

// Scores compare within one answer only, so a candidate gets its place: 1 for the best, falling to 0.
template <class Take>
void each_place(const Catalogue& catalogue, const std::vector<Scored>& scored, Take take) {
  for (std::size_t i = 0; i < scored.size(); ++i) {
    const auto at = catalogue.find(scored[i].series);
    if (at) take(*at, 1 - static_cast<double>(i) / static_cast<double>(scored.size()));
  }
}

void raise(double& part, double to) {
  part = std::max(part, to);
}

// The series that a reason names: the last one that was taken.
At last_taken(const Question& question, const std::vector<Liking>& taken) {
  for (const auto& liking : taken)
    if (const auto at = question.catalogue.find(liking.series)) return *at;
  return kNowhere;
}

// What is known of the viewer's taste, together with what they said: each reaction that stands, and each
// series shared, is a hit of its tags. So it holds from the next page on, and goes when it is taken back.
Taste taste_of(const Question& question) {
  const auto& [catalogue, viewer] = std::tie(question.catalogue, question.viewer);
  std::map<At, double> praise;
  for (const auto& said : viewer.said)
    if (const auto at = catalogue.find(said.series); at && said.subject != Subject::kCreator)
      praise[*at] += 1;
  for (const auto& shared : viewer.shared)
    if (const auto at = catalogue.find(shared.series)) praise[*at] += 1;
  Taste out = viewer.taste;
  for (const auto& [at, hits] : praise)
    for (const TagAt tag : catalogue[at].tags())
      out.praise(catalogue.tag_name(tag), std::min(hits, kMostPraise));
  return out;
}

struct Chances {
  std::map<TagAt, double> of;  // of a hit, for each tag of the catalogue that something is known or tried of
  std::set<TagAt> liked;       // those that the viewer picked, or that something they did speaks for
};

Chances chances(const Question& question) {
  std::vector<std::string> picked = question.viewer.choice.tags, common;
  for (const auto& language : question.viewer.choice.languages) picked.push_back(language_tag(language));
  const auto tags = question.catalogue.common_tags();
  for (const TagAt tag : tags.first(std::min(tags.size(), kTriedTags)))
    common.push_back(question.catalogue.tag_name(tag));
  const auto taste = taste_of(question);
  const auto known =
      question.settled ? expected(taste, picked) : sample(taste, picked, common, mix(question.seed));
  Chances out;
  for (const auto& [name, chance] : known)
    if (const auto tag = question.catalogue.tag(name)) out.of.emplace(*tag, chance);
  for (const auto& [name, evidence] : taste.all())
    if (const auto tag = question.catalogue.tag(name); tag && evidence.hits > 0) out.liked.insert(*tag);
  for (const auto& name : picked)
    if (const auto tag = question.catalogue.tag(name)) out.liked.insert(*tag);
  return out;
}

// The mean chance of a series' tags; an unknown tag has the prior's.
double chance_of(const Catalogue::Entry& entry, const std::map<TagAt, double>& chances) {
  if (entry.tag_count == 0) return Taste::kPriorMean;
  double sum = 0;
  for (const TagAt tag : entry.tags()) {
    const auto found = chances.find(tag);
    sum += found == chances.end() ? Taste::kPriorMean : found->second;
  }
  return sum / entry.tag_count;
}

void judge(const Chances& known, const Question& question, Candidates& out) {
  for (const auto& candidate : out.all()) {
    const auto& entry = question.catalogue[candidate.at];
    auto* to = out.offer(candidate.at, true);
    to->content = chance_of(entry, known.of) - Taste::kPriorMean;
    to->by_taste = std::ranges::any_of(entry.tags(), [&](TagAt tag) { return known.liked.contains(tag); });
  }
}

}  // namespace

void judge_by_tags(const Question& question, Candidates& out) {
  judge(chances(question), question, out);
}

std::vector<Liking> history(const Viewer& viewer) {
  std::vector<Liking> out;
  std::map<SeriesId, std::size_t> index;
  const auto add = [&](SeriesId series, double weight, Time at) {
    const auto [had, added] = index.emplace(series, out.size());
    if (added)
      out.push_back({series, weight, at});
    else
      out[had->second].weight += weight;
  };
  for (const auto& seen : viewer.seen) {
    if (out.size() == kMostHistory) break;
    if (seen.completed || seen.skips.score < kSkipped)
      add(seen.series, seen.completed ? kCompletedWeight : kSeenWeight, seen.at);
  }
  for (const auto& said : viewer.said) {
    if (out.size() == kMostHistory) break;
    if (said.subject != Subject::kCreator && !said.series.empty()) add(said.series, kReactionWeight, said.at);
  }
  for (const auto& shared : viewer.shared) {
    if (out.size() == kMostHistory) break;
    add(shared.series, kShareWeight, shared.at);
  }
  std::sort(out.begin(), out.end(), [](const Liking& a, const Liking& b) {
    return std::tie(a.at, a.series) > std::tie(b.at, b.series);
  });
  return out;
}

void FactorSource::add(const Question& question, Candidates& out) const {
  if (question.model == nullptr) return;
  const auto taken = history(question.viewer);
  each_place(question.catalogue, question.model->for_history(taken, kFactorCandidates),
             [&](At at, double place) {
               if (auto* candidate = out.offer(at)) raise(candidate->factor, place);
             });
}

void TransitionSource::add(const Question& question, Candidates& out) const {
  if (question.model == nullptr) return;
  auto taken = history(question.viewer);
  taken.resize(std::min(taken.size(), kLatest));
  const At because = last_taken(question, taken);
  each_place(question.catalogue, question.model->next_after(taken, kTransitionCandidates),
             [&](At at, double place) {
               auto* candidate = out.offer(at);
               if (candidate == nullptr || candidate->transition >= place) return;
               candidate->transition = place;
               candidate->because = because;
             });
}

void SimilarSource::add(const Question& question, Candidates& out) const {
  if (question.model == nullptr) return;
  auto taken = history(question.viewer);
  std::erase_if(taken, [](const Liking& liking) { return liking.weight < kReactionWeight; });
  taken.resize(std::min(taken.size(), kLatest));
  for (const auto& liked : taken) {
    const auto from = question.catalogue.find(liked.series);
    if (!from) continue;
    each_place(question.catalogue, question.model->similar(liked.series, kSimilarCandidates),
               [&](At at, double place) {
                 auto* candidate = out.offer(at);
                 if (candidate == nullptr || candidate->similar >= place) return;
                 candidate->similar = place;
                 if (candidate->transition < place) candidate->because = *from;
               });
  }
}

void ContentSource::add(const Question& question, Candidates& out) const {
  const auto known = chances(question);
  std::vector<std::pair<double, TagAt>> best;
  for (const auto& [tag, chance] : known.of) best.emplace_back(-chance, tag);
  std::sort(best.begin(), best.end());
  if (best.size() > kBestTags) best.resize(kBestTags);
  for (const auto& [chance, tag] : best) out.offer_some(question.catalogue.with_tag(tag), kTagCandidates);
  auto taken = history(question.viewer);
  taken.resize(std::min(taken.size(), kLatest));
  for (const auto& liked : taken) {
    if (const auto at = question.catalogue.find(liked.series); at && liked.weight >= kReactionWeight)
      out.offer_some(question.catalogue.of_owner(question.catalogue[*at].owner), kSameCreatorCandidates);
  }
  judge(known, question, out);
}

}  // namespace cliffhanger::recommendation
