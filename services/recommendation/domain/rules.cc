#include "services/recommendation/domain/rules.h"

#include <algorithm>
#include <cmath>

#include "libs/core/region.h"
#include "services/recommendation/limits.h"

namespace cliffhanger::recommendation {
namespace {

void check_pin(const Rule& rule, std::vector<FieldFault>& faults) {
  if (rule.series.empty()) faults.push_back({"series_id", "is what a pin is about"});
  if (!rule.tag.empty()) faults.push_back({"tag", "can't be pinned"});
  if (rule.place < 1 || rule.place > kMostPinPlace)
    faults.push_back({"place", "must be from 1 to " + std::to_string(kMostPinPlace)});
  if (rule.factor != 0 && rule.factor != 1) faults.push_back({"factor", "is a boost's"});
}

void check_boost(const Rule& rule, std::vector<FieldFault>& faults) {
  if (rule.series.empty() == rule.tag.empty())
    faults.push_back({"series_id", "or tag is needed, and not both"});
  if (!(rule.factor >= kLeastFactor && rule.factor <= kMostFactor))
    faults.push_back({"factor", "must be from 0.1 to 10"});
  if (rule.place != 0) faults.push_back({"place", "is a pin's"});
}

}  // namespace

Result<void> check(const Rule& rule) {
  std::vector<FieldFault> faults;
  if (rule.kind == RuleKind::kPin)
    check_pin(rule, faults);
  else
    check_boost(rule, faults);
  if (!rule.region.empty() && !looks_like_region(rule.region))
    faults.push_back({"region", "must be two letters, as ISO 3166-1 has them"});
  if (rule.end <= rule.start) faults.push_back({"end_time", "must be later than the start"});
  if (rule.end - rule.start > kMostRuleTime) faults.push_back({"end_time", "is more than 366 days later"});
  if (faults.empty()) return {};
  return fail(invalid("INVALID_RULE", "The rule can't hold.", std::move(faults)));
}

bool contend(const Rule& a, const Rule& b) {
  return a.kind == RuleKind::kPin && b.kind == RuleKind::kPin && a.place == b.place && a.start < b.end &&
         b.start < a.end && (a.region.empty() || b.region.empty() || a.region == b.region);
}

Ruling::Ruling(std::span<const Rule> rules, const Catalogue& catalogue, std::string_view region, Time now)
    : catalogue_(catalogue) {
  for (const auto& rule : rules) {
    if (now < rule.start || now >= rule.end || (!rule.region.empty() && rule.region != region)) continue;
    if (!rule.tag.empty()) {
      if (const auto tag = catalogue.tag(rule.tag)) tags_.try_emplace(*tag, 1).first->second *= rule.factor;
      continue;
    }
    const auto at = catalogue.find(rule.series);
    if (!at) continue;
    if (rule.kind == RuleKind::kBoost) {
      series_.try_emplace(*at, 1).first->second *= rule.factor;
    } else {
      const auto had = pins_.try_emplace(*at, rule.place).first;  // of two places the first
      had->second = std::min(had->second, rule.place);
    }
  }
}

int Ruling::pin(At at) const {
  const auto found = pins_.find(at);
  return found == pins_.end() ? 0 : found->second;
}

double Ruling::factor(At at) const {
  double out = 1;
  if (const auto found = series_.find(at); found != series_.end()) out = found->second;
  if (!tags_.empty())
    for (const TagAt tag : catalogue_[at].tags())
      if (const auto found = tags_.find(tag); found != tags_.end()) out *= found->second;
  return std::clamp(out, kLeastFactor, kMostFactor);
}

float boosted(float chance, double factor) {
  if (factor == 1) return chance;
  return static_cast<float>(factor * chance / (1 + (factor - 1) * chance));
}

}  // namespace cliffhanger::recommendation
