#pragma once
// How far a revision is, and how long it will take: what people who wait are told.
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "services/transcode/domain/revision.h"

namespace cliffhanger::transcode {

enum class Stage { kQueued, kEncoding, kPackaging, kReady, kFailed, kCancelled };
Stage stage_of(const Revision& revision);

// 0 to 100; 100 exactly when it is ready.
int percent_of(const Revision& revision);

// Frames of one rung.
struct FramesDone {
  std::int64_t all = 0;    // also those that existed before work on the revision began
  std::int64_t fresh = 0;  // made since then
};

// Milliseconds that the rest will take if it goes on as it did: what was made in `elapsed_ms` against what is
// missing, each rung's frames counted by their pixels. None before anything was made, 0 when all is there.
std::optional<std::int64_t> left_ms(const Plan& plan, const std::map<std::string, FramesDone>& rungs,
                                    std::int64_t elapsed_ms);

}  // namespace cliffhanger::transcode
