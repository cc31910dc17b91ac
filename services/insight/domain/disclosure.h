#pragma once
// What may be told of parts of an audience (docs/decisions/0037-parts-of-an-audience.md).
#include <cstdint>
#include <map>
#include <string>
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

// People of the parts of an audience, by what each part has in common.
using PartSizes = std::map<std::string, std::int64_t>;

// What may be told of parts that are `now`, where `told` was before: whoever compares the two answers learns
// of nobody either. Those who came (or went) since are an audience with parts itself; of these parts those
// that may be told by the rules of parts_to_tell are brought up to date, and the others stay as they were
// told (0: never).
PartSizes told_anew(const PartSizes& told, const PartSizes& now);

// Whether sums over groups of people may be told, where sums over groups of so many were told before (none,
// if nothing was): no group is of one to 19 people, and none has grown or shrunk by so few.
bool may_tell_groups(const std::vector<std::int64_t>& told, const std::vector<std::int64_t>& now);

}  // namespace cliffhanger::insight
