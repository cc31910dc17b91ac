#pragma once
// What a house itself puts into its viewers' feeds: pins and boosts.
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libs/core/call.h"
#include "libs/core/result.h"
#include "services/recommendation/domain/catalogue.h"

namespace cliffhanger::recommendation {

using RuleId = Id<struct RuleTag>;

enum class RuleKind { kPin, kBoost };

struct Rule {
  RuleId id;
  RuleKind kind = RuleKind::kPin;
  SeriesId series;     // that it is about; empty: `tag`
  std::string tag;     // as creators write it
  int place = 0;       // of a pin: in a feed, from 1
  double factor = 1;   // of a boost: what the odds that a viewer goes on watching are multiplied by
  std::string region;  // where it holds, as ISO 3166-1 has it; empty: everywhere
  Time start{}, end{};
  std::string note;
};

// Fails with INVALID_RULE, which names every field at fault.
Result<void> check(const Rule& rule);
// Whether both are pins that give the same place to some of the same viewers at some of the same time.
bool contend(const Rule& a, const Rule& b);

// The rules of all tenants that have not ended; they are swapped while others read.
class Rules {
 public:
  virtual ~Rules() = default;
  // Never null, in no particular order; some may not have begun yet, and some may have ended.
  virtual std::shared_ptr<const std::vector<Rule>> of(const Tenant& tenant) const = 0;
};

// Those that hold somewhere at one moment, for one page. The catalogue outlives it.
class Ruling {
 public:
  Ruling(std::span<const Rule> rules, const Catalogue& catalogue, std::string_view region, Time now);

  bool empty() const { return pins_.empty() && series_.empty() && tags_.empty(); }
  // The place that it is pinned to, from 1; 0: none.
  int pin(At at) const;
  // What its odds are multiplied by, from kLeastFactor to kMostFactor.
  double factor(At at) const;

  const std::unordered_map<At, int>& pins() const { return pins_; }
  const std::unordered_map<At, double>& series() const { return series_; }
  const std::unordered_map<TagAt, double>& tags() const { return tags_; }

 private:
  const Catalogue& catalogue_;
  std::unordered_map<At, int> pins_;
  std::unordered_map<At, double> series_;
  std::unordered_map<TagAt, double> tags_;
};

// A chance whose odds are multiplied by `factor`: the logistic model's own way of counting for more, so that
// what was from 0 to 1 stays so.
float boosted(float chance, double factor);

// A rule with who did what to it.
struct KeptRule {
  Rule rule;
  Time created{};
  UserId created_by;  // empty: erased since
  std::optional<Time> deleted;
  UserId deleted_by;  // likewise, and if nobody did
};

// The rules of the call's tenant in the database, within one transaction.
class RuleBook {
 public:
  virtual ~RuleBook() = default;
  // Fails with SERIES_NOT_FOUND, PLACE_TAKEN, TOO_MANY_RULES. `rule` has passed check().
  virtual Result<KeptRule> add(const Rule& rule, UserId by, Time now) = 0;
  // Newest first, those before `before`; with `all` also those that have ended or were deleted.
  virtual Result<std::vector<KeptRule>> list(bool all, std::optional<RuleId> before, int most, Time now) = 0;
  // Again: changes nothing. Fails with RULE_NOT_FOUND.
  virtual Result<KeptRule> remove(RuleId id, UserId by, Time now) = 0;
};

}  // namespace cliffhanger::recommendation
