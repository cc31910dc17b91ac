#include "services/transcode/worker/work_meter.h"

#include "libs/obs/names.h"

namespace cliffhanger::transcode {

void WorkMeter::heard(const Plan& plan, const media::Event& event) {
  const auto* segment = std::get_if<media::SegmentEvent>(&event);
  if (segment == nullptr || segment->rung == kAudio) return;
  const obs::Labels labels{{"rung", segment->rung}};
  metrics_.counter(obs::names::kMediaSeconds, "Seconds of media encoded", labels)
      .add(grid_of(plan).seconds(segment->frames));
  metrics_.counter(obs::names::kEncodeCpuSeconds, "Processor time of scaling and encoding them", labels)
      .add(static_cast<double>(segment->cpu_ms) / 1000);
}

void WorkMeter::failed(const std::string& reason) {
  std::string label = reason;
  {
    const std::lock_guard lock(mutex_);
    if (!reasons_.contains(reason) && reasons_.size() >= kMostReasons) label = "OTHER";
    if (label == reason) reasons_.insert(reason);
  }
  metrics_.counter(obs::names::kFailuresByReason, "Attempts that failed", {{"reason", label}}).add();
}

}  // namespace cliffhanger::transcode
