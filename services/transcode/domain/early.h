#pragma once
// The head of a source is encoded while the rest of it is still being uploaded. What comes out waits under
// keys of its own, which name the beginning that it was made from, and becomes part of a revision only when
// the whole is verified and has the same plan: see docs/decisions/0015-early-heads.md.
#include <string>
#include <vector>

#include "services/transcode/domain/revision.h"

namespace cliffhanger::transcode {

// The first bytes of a source.
struct Head {
  std::string sha256;  // hex, of these bytes; "" for none
  std::int64_t bytes = 0;
  std::int64_t whole_bytes = 0;  // how long the source is, or will be
};

// What is done with the beginning alone: the first segments of the default rung, and, when there is nothing
// better to do, of the others. Nothing for an episode so short that its end may move them.
std::vector<Run> early_runs(const Plan& plan);

// The pieces of these runs, by texts that name the beginning instead of the source. Two plans have the same
// texts if these pieces are the same bytes.
std::vector<Recipe> early_recipes(const Plan& plan, const Head& head);

}  // namespace cliffhanger::transcode
