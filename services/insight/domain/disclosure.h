#pragma once
// What may be told of parts of an audience (docs/decisions/0037-parts-of-an-audience.md).
#include <cstdint>
#include <vector>

namespace cliffhanger::insight {

inline constexpr std::int64_t kFewestTold =
    20;  // people that a number about a part of an audience stands for

// Whether `part` of `whole`, which is told, may be told: neither the part nor what is left of the whole is of
// one to 19 people.
bool may_tell(std::int64_t part, std::int64_t whole);

// Which of the parts that make a whole together may be told, the whole being told as well: none of fewer than
// 20, and so many more left out, the smallest first and all of one size together, that those left out are two
// at least and of 20 people at least together. A part of nobody is never told and never counted. In the order
// of `parts`.
std::vector<bool> parts_to_tell(const std::vector<std::int64_t>& parts);

// Whether those left out may be told as one: they are two at least, and of 20 people at least.
bool may_tell_rest(const std::vector<std::int64_t>& parts, const std::vector<bool>& told);

}  // namespace cliffhanger::insight
