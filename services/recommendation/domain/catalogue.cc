#include "services/recommendation/domain/catalogue.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <tuple>

#include "services/recommendation/limits.h"

namespace cliffhanger::recommendation {
namespace {

constexpr std::size_t kMostTags = std::numeric_limits<TagAt>::max();

// The last eight bytes of an id are random; those of made-up ones may be alike in their lower bits.
std::size_t slot_of(SeriesId id) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, id.uuid().bytes().data() + 8, sizeof bits);
  bits *= 0x9e3779b97f4a7c15;
  return bits ^ bits >> 32;
}

}  // namespace

std::string language_tag(std::string_view language) {
  return "language:" + std::string(language);
}

Catalogue::Catalogue(std::span<const KnownSeries* const> known, const Policy& policy) {
  std::vector<const KnownSeries*> sorted(known.begin(), known.end());
  std::sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) { return a->id < b->id; });
  entries_.reserve(sorted.size());
  for (const auto* series : sorted) add(*series);
  index();
  order(policy);
}

// A page asks for hundreds of ids: one place looked at each, where a search in order takes sixteen.
void Catalogue::index() {
  if (entries_.empty()) return;
  slots_.assign(std::bit_ceil(2 * entries_.size()), kNowhere);
  for (At at = 0; at < entries_.size(); ++at) {
    auto slot = slot_of(entries_[at].id);
    while (slots_[slot & (slots_.size() - 1)] != kNowhere) ++slot;
    slots_[slot & (slots_.size() - 1)] = at;
  }
}

TagAt Catalogue::intern(const std::string& name) {
  const auto [at, added] = tags_.emplace(name, static_cast<TagAt>(tag_names_.size()));
  if (added) tag_names_.push_back(name);
  return at->second;
}

// Of more kinds than can be told apart (a house has a handful) the rest are shown nowhere.
std::uint16_t Catalogue::kind_of(const Regions& regions) {
  constexpr std::size_t kMostKinds = 60'000;
  const auto had = std::ranges::find(regions_, regions);
  if (had != regions_.end()) return static_cast<std::uint16_t>(had - regions_.begin());
  regions_.push_back(regions_.size() < kMostKinds ? regions : Regions{{"-"}, {}});
  return static_cast<std::uint16_t>(regions_.size() - 1);
}

Fitting::Fitting(const Catalogue& catalogue, const Audience& audience)
    : catalogue_(catalogue), greatest_rating_(audience.greatest_rating) {
  for (const auto& regions : catalogue.regions()) in_region_.push_back(shown_in(regions, audience.region));
}

void Catalogue::add(const KnownSeries& known) {
  Entry entry{known.id, known.owner, known.published, known.heat, known.trend, known.first, known.grown, {},
              0};
  entry.least_age = static_cast<std::uint8_t>(known.least_age);
  entry.regions = kind_of(known.regions);
  const auto take = [&](const std::string& name) {
    if (tag_names_.size() < kMostTags || tags_.contains(name)) entry.tag[entry.tag_count++] = intern(name);
  };
  for (std::size_t i = 0; i < std::min(known.tags.size(), kTagsOfSeries); ++i) take(known.tags[i]);
  if (!known.language.empty()) take(language_tag(known.language));
  entries_.push_back(entry);
}

void Catalogue::order(const Policy& policy) {
  std::vector<double> heat, trend;
  for (const auto& entry : entries_) {
    heat.push_back(order_key(entry.heat, policy.half_life));
    trend.push_back(order_key(entry.trend, policy.trend_half_life));
  }
  for (At at = 0; at < entries_.size(); ++at) popular_.push_back(at);
  newest_ = by_owner_ = popular_;
  const auto newer = [&](At a, At b) {
    return std::tie(entries_[a].published, entries_[a].id) > std::tie(entries_[b].published, entries_[b].id);
  };
  const auto by = [&](const std::vector<double>& key) {
    return [&](At a, At b) { return key[a] != key[b] ? key[a] > key[b] : newer(a, b); };
  };
  std::sort(newest_.begin(), newest_.end(), newer);
  std::sort(popular_.begin(), popular_.end(), by(heat));
  std::sort(by_owner_.begin(), by_owner_.end(), [&](At a, At b) {
    return entries_[a].owner != entries_[b].owner ? entries_[a].owner < entries_[b].owner : newer(a, b);
  });
  std::vector<std::uint32_t> creator(entries_.size());
  for (std::size_t i = 0; i < by_owner_.size(); ++i) {
    if (i == 0 || entries_[by_owner_[i]].owner != entries_[by_owner_[i - 1]].owner) ++creators_;
    creator[by_owner_[i]] = static_cast<std::uint32_t>(creators_ - 1);
  }
  newest_creators_.reserve(newest_.size());
  for (const At at : newest_) newest_creators_.push_back(creator[at]);
  for (At at = 0; at < entries_.size(); ++at)
    if (entries_[at].trend.score > 0) trending_.push_back(at);
  std::sort(trending_.begin(), trending_.end(), by(trend));
  by_tag_.resize(tag_names_.size());
  for (const At at : popular_)
    for (const TagAt tag : entries_[at].tags()) by_tag_[tag].push_back(at);
  for (std::size_t tag = 0; tag < tag_names_.size(); ++tag) common_tags_.push_back(static_cast<TagAt>(tag));
  std::sort(common_tags_.begin(), common_tags_.end(), [&](TagAt a, TagAt b) {
    const auto of_a = by_tag_[a].size(), of_b = by_tag_[b].size();
    return of_a != of_b ? of_a > of_b : tag_names_[a] < tag_names_[b];
  });
}

std::optional<At> Catalogue::find(SeriesId id) const {
  if (slots_.empty()) return std::nullopt;
  for (auto slot = slot_of(id);; ++slot) {
    const At at = slots_[slot & (slots_.size() - 1)];
    if (at == kNowhere) return std::nullopt;
    if (entries_[at].id == id) return at;
  }
}

std::span<const At> Catalogue::of_owner(UserId owner) const {
  const auto first = std::partition_point(by_owner_.begin(), by_owner_.end(),
                                          [&](At at) { return entries_[at].owner < owner; });
  const auto last =
      std::partition_point(first, by_owner_.end(), [&](At at) { return entries_[at].owner == owner; });
  return {first, last};
}

std::optional<TagAt> Catalogue::tag(std::string_view name) const {
  const auto at = tags_.find(std::string(name));
  return at == tags_.end() ? std::nullopt : std::optional(at->second);
}

}  // namespace cliffhanger::recommendation
