#include "services/recommendation/domain/sources/source.h"
#include "services/recommendation/limits.h"

namespace cliffhanger::recommendation {

void PopularSource::add(const Question& question, Candidates& out) const {
  out.offer_some(question.catalogue.popular(), kPopularCandidates);
}

void TrendingSource::add(const Question& question, Candidates& out) const {
  out.offer_some(question.catalogue.trending(), kTrendingCandidates);
}

void NewSource::add(const Question& question, Candidates& out) const {
  const auto newest = question.catalogue.newest();
  const auto creators = question.catalogue.newest_creators();
  std::vector<std::uint8_t> of(question.catalogue.creators());
  std::size_t taken = 0;
  for (std::size_t i = 0; i < newest.size() && taken < kNewCandidates; ++i) {
    if (of[creators[i]] == kNewOfCreator) continue;
    const auto* candidate = out.offer(newest[i]);
    if (candidate == nullptr || candidate->shown || question.standings.started(newest[i])) continue;
    ++of[creators[i]];
    ++taken;
  }
  // There are few creators: then also what is left of any.
  for (std::size_t i = 0; i < newest.size() && taken < kNewCandidates; ++i) {
    const auto had = out.all().size();
    const auto* candidate = out.offer(newest[i]);
    if (out.all().size() > had && !candidate->shown) ++taken;
  }
}

void RegionalSource::add(const Question& question, Candidates& out) const {
  for (std::size_t i = 0; i < question.growing.size(); ++i) {
    const auto at = question.catalogue.find(question.growing[i].series);
    auto* candidate = at ? out.offer(*at) : nullptr;
    if (candidate != nullptr)
      candidate->regional = 1 - static_cast<double>(i) / static_cast<double>(question.growing.size());
  }
}

void RuledSource::add(const Question& question, Candidates& out) const {
  if (question.ruling == nullptr) return;
  for (const auto& [at, place] : question.ruling->pins()) out.offer(at);
  for (const auto& [at, factor] : question.ruling->series())
    if (factor > 1) out.offer(at);
  for (const auto& [tag, factor] : question.ruling->tags())
    if (factor > 1) out.offer_some(question.catalogue.with_tag(tag), kBoostedCandidates);
}

const std::vector<std::unique_ptr<const Source>>& sources(bool profiling) {
  static const auto make = [](bool all) {
    std::vector<std::unique_ptr<const Source>> out;
    out.push_back(std::make_unique<ContinueSource>());
    out.push_back(std::make_unique<FollowedSource>());
    if (all) {
      out.push_back(std::make_unique<FactorSource>());
      out.push_back(std::make_unique<TransitionSource>());
      out.push_back(std::make_unique<SimilarSource>());
    }
    out.push_back(std::make_unique<TrendingSource>());
    out.push_back(std::make_unique<RegionalSource>());
    out.push_back(std::make_unique<PopularSource>());
    out.push_back(std::make_unique<NewSource>());
    out.push_back(std::make_unique<RuledSource>());
    if (all) out.push_back(std::make_unique<ContentSource>());  // judges what the others brought, too
    return out;
  };
  static const auto everything = make(true), unprofiled = make(false);
  return profiling ? everything : unprofiled;
}

}  // namespace cliffhanger::recommendation
