#pragma once
// One raw event as one line of JSON: docs/EXPORTS.md says what is in it, docs/schemas/exported_event.json the same for machines.
#include <string>
#include <string_view>

#include "libs/core/result.h"
#include "services/insight/domain/exported_event.h"

namespace cliffhanger::insight {

// With its end. What is of nothing, unknown or 0 is left out.
std::string line_of(const ExportedEvent& event);

// What of a line decides whether it may stay.
struct LineHead {
  std::string_view user_id, received_time;
};
// Fails with EXPORT_UNREADABLE for what line_of() doesn't write.
Result<LineHead> head_of(std::string_view line);

}  // namespace cliffhanger::insight
