#include "services/community/domain/subject.h"

#include <string>

namespace cliffhanger::community {
namespace {

bool possible(Kind kind, Reaction reaction) {
  switch (reaction) {
    case Reaction::kLike:
      return kind != Kind::kCreator;
    case Reaction::kFavourite:
      return kind == Kind::kSeries;
    case Reaction::kFollow:
      return kind != Kind::kEpisode;
  }
  return false;
}

}  // namespace

Result<void> check_possible(Kind kind, Reaction reaction) {
  if (possible(kind, reaction)) return {};
  return fail(invalid("REACTION_NOT_POSSIBLE", "A " + std::string(to_text(reaction)) +
                                                   " of a thing of the kind " + std::string(to_text(kind)) +
                                                   " is not possible."));
}

std::string_view to_text(Kind kind) {
  switch (kind) {
    case Kind::kEpisode:
      return "episode";
    case Kind::kCreator:
      return "creator";
    case Kind::kSeries:
      break;
  }
  return "series";
}

std::string_view to_text(Reaction reaction) {
  switch (reaction) {
    case Reaction::kFavourite:
      return "favourite";
    case Reaction::kFollow:
      return "follow";
    case Reaction::kLike:
      break;
  }
  return "like";
}

std::optional<Kind> kind_of(std::string_view text) {
  for (const Kind kind : {Kind::kSeries, Kind::kEpisode, Kind::kCreator}) {
    if (text == to_text(kind)) return kind;
  }
  return std::nullopt;
}

}  // namespace cliffhanger::community
