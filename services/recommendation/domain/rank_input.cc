#include "services/recommendation/domain/rank_input.h"

#include <algorithm>
#include <cmath>

#include "libs/rank/bytes.h"
#include "services/recommendation/domain/catalogue.h"

namespace cliffhanger::recommendation {
namespace {

constexpr double kSteps = 32767;  // from 0 to 1; parts are between −1 and 1
constexpr double kHandScale = 4;  // brings log-odds to about −1 … 1
constexpr double kPlaceScale = 4;

constexpr double Parts::* kParts[kRankParts] = {&Parts::popularity, &Parts::trend,    &Parts::factor,
                                                &Parts::transition, &Parts::similar,  &Parts::content,
                                                &Parts::follow,     &Parts::creator,  &Parts::liked,
                                                &Parts::fresh,      &Parts::going_on, &Parts::skip};
constexpr std::string_view kNames[kRankParts] = {"popularity", "trend",   "factor", "transition",
                                                 "similar",    "content", "follow", "creator",
                                                 "liked",      "fresh",   "going",  "skip"};

std::uint64_t hash_of(const Uuid& id) {
  return rank::fnv1a({reinterpret_cast<const char*>(id.bytes().data()), id.bytes().size()});
}

void add_place(rank::Features& to, std::uint32_t place) {
  to.number("place", std::log2(1.0 + place) / kPlaceScale);
}

void add_hand(rank::Features& to, const Parts& parts) {
  to.number("hand", rank_odds(parts, Weights()) / kHandScale);
}

}  // namespace

RankInput rank_input(const Parts& parts) {
  RankInput out{};
  for (std::size_t i = 0; i < kRankParts; ++i)
    out[i] = static_cast<std::uint16_t>(std::lround((std::clamp(parts.*kParts[i], -1.0, 1.0) + 1) * kSteps));
  return out;
}

Parts parts_of(const RankInput& input) {
  Parts out;
  for (std::size_t i = 0; i < kRankParts; ++i) out.*kParts[i] = input[i] / kSteps - 1;
  return out;
}

std::string inputs_text(std::span<const RankInput> inputs) {
  std::string out;
  out.reserve(inputs.size() * kRankParts * 2);
  for (const auto& input : inputs)
    for (const auto part : input) {
      out += static_cast<char>(part >> 8);
      out += static_cast<char>(part & 0xff);
    }
  return out;
}

std::optional<std::vector<RankInput>> read_inputs(std::string_view kept) {
  if (kept.size() % (kRankParts * 2) != 0) return std::nullopt;
  std::vector<RankInput> out(kept.size() / (kRankParts * 2));
  for (std::size_t i = 0; i < kept.size() / 2; ++i)
    out[i / kRankParts][i % kRankParts] = static_cast<std::uint16_t>(
        static_cast<std::uint8_t>(kept[2 * i]) << 8 | static_cast<std::uint8_t>(kept[2 * i + 1]));
  return out;
}

std::uint64_t trait_of(std::string_view tag) {
  return rank::fnv1a(tag);
}

std::vector<std::uint64_t> traits_of(std::span<const std::string> tags, std::string_view language) {
  std::vector<std::uint64_t> out;
  for (const auto& tag : tags.first(std::min(tags.size(), kTagsOfSeries))) out.push_back(trait_of(tag));
  if (!language.empty()) out.push_back(trait_of(language_tag(language)));
  return out;
}

rank::Features features_of(const RankInput& input, SeriesId series, UserId creator,
                           std::span<const std::uint64_t> tags, std::uint32_t place) {
  rank::Features out;
  const Parts parts = parts_of(input);
  for (std::size_t i = 0; i < kRankParts; ++i)
    if (parts.*kParts[i] != 0) out.number(kNames[i], parts.*kParts[i]);
  add_hand(out, parts);
  add_place(out, place);
  out.add("series", hash_of(series.uuid()));
  if (!creator.empty()) out.add("by", hash_of(creator.uuid()));
  for (const auto tag : tags) out.add("tag", tag);
  return out;
}

rank::Features hand_features(const RankInput& input, std::uint32_t place) {
  rank::Features out;
  add_hand(out, parts_of(input));
  add_place(out, place);
  return out;
}

}  // namespace cliffhanger::recommendation
