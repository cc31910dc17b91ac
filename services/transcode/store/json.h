#pragma once
// Plans, tasks and ranges as the JSON that rows hold.
#include <string>
#include <string_view>
#include <vector>

#include "services/transcode/domain/plan.h"

namespace cliffhanger::transcode {

std::string to_json(const Plan& plan);
std::string to_json(const Run& run);  // without its kind and priority, which the task has columns for
std::string to_json(const std::vector<media::GopRange>& gops);
std::string to_json(const std::vector<Row>& rows);  // of a series' profile

// Each fails with BAD_RECORD where the text is not what the functions above wrote.
Result<Plan> plan_from_json(std::string_view text);
Result<std::vector<Row>> rows_from_json(std::string_view text);
Result<Run> run_from_json(Kind kind, std::string_view text);
Result<std::vector<media::GopRange>> gops_from_json(std::string_view text);

}  // namespace cliffhanger::transcode
