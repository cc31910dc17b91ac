#pragma once
// What a ranking is told of one series for one viewer: the same numbers when a page is made, in the log, and
// when a model learns from it.
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libs/rank/features.h"
#include "services/recommendation/domain/value.h"

namespace cliffhanger::recommendation {

inline constexpr std::size_t kRankParts = 12;

// Parts in steps of 1/32767, so that what the log keeps is exactly what was ranked by.
using RankInput = std::array<std::uint16_t, kRankParts>;
RankInput rank_input(const Parts& parts);
Parts parts_of(const RankInput& input);

// As a column of the log: two bytes a part, greatest first. None for what is damaged.
std::string inputs_text(std::span<const RankInput> inputs);
std::optional<std::vector<RankInput>> read_inputs(std::string_view kept);

// Of a series, whoever looks at it. Nothing of a viewer: models know none.
struct Traits {
  SeriesId series;
  UserId creator;
  std::vector<std::uint64_t> tags;  // trait_of() of each, its language's among them
};
std::uint64_t trait_of(std::string_view tag);
// As Catalogue has them: the first kTagsOfSeries, and the language.
std::vector<std::uint64_t> traits_of(std::span<const std::string> tags, std::string_view language);

// The features of a model. `place`: how far down a chain of pages it is shown, from 0. What was shown further
// down was looked at less often; a model learns how much less as the weight of one number, and a page is made
// as if each series were first (the position as an input of training alone: PAL, Guo et al. 2019).
rank::Features features_of(const RankInput& input, SeriesId series, UserId creator,
                           std::span<const std::uint64_t> tags, std::uint32_t place);
// What the weights set by hand say, as features of a model of its own: what a training is compared with.
rank::Features hand_features(const RankInput& input, std::uint32_t place);

}  // namespace cliffhanger::recommendation
