#include "services/community/domain/subject.h"

#include <gtest/gtest.h>

namespace cliffhanger::community {
namespace {

TEST(Subject, WhatCanBeSaidOfWhat) {
  struct Case {
    Kind kind;
    Reaction reaction;
    bool possible;
  };
  for (const auto& c : {Case{Kind::kSeries, Reaction::kLike, true},
                        {Kind::kSeries, Reaction::kFavourite, true},
                        {Kind::kSeries, Reaction::kFollow, true},
                        {Kind::kEpisode, Reaction::kLike, true},
                        {Kind::kEpisode, Reaction::kFavourite, false},
                        {Kind::kEpisode, Reaction::kFollow, false},
                        {Kind::kCreator, Reaction::kLike, false},
                        {Kind::kCreator, Reaction::kFavourite, false},
                        {Kind::kCreator, Reaction::kFollow, true}}) {
    const auto checked = check_possible(c.kind, c.reaction);
    EXPECT_EQ(checked.has_value(), c.possible) << to_text(c.kind) << " " << to_text(c.reaction);
    if (!checked) {
      EXPECT_EQ(checked.error().reason, "REACTION_NOT_POSSIBLE");
    }
  }
}

TEST(Subject, KindsHaveWords) {
  for (const Kind kind : {Kind::kSeries, Kind::kEpisode, Kind::kCreator})
    EXPECT_EQ(kind_of(to_text(kind)), kind);
  EXPECT_FALSE(kind_of("comment"));
  EXPECT_FALSE(kind_of(""));
}

}  // namespace
}  // namespace cliffhanger::community
