#include "services/insight/rpc/told_report.h"

#include "services/insight/domain/disclosure.h"

namespace cliffhanger::insight {
namespace {

// Of variations to whose cliffhanger fewer than 20 came, only the names.
void leave_out_few(v1::ExperimentReport& report) {
  for (auto& one : *report.mutable_cliffhanger()) {
    if (may_tell(one.reached(), one.reached())) continue;
    v1::ExperimentLeaving name;
    name.set_variation_key(one.variation_key());
    one = name;
  }
}

}  // namespace

Result<v1::ExperimentReport> told_report(Experiments& experiments, const Uuid& id,
                                         const v1::ExperimentReport& now) {
  CH_ASSIGN(const auto before, experiments.told(id));
  const std::vector<std::int64_t> people(now.people().begin(), now.people().end());
  v1::ExperimentReport out;
  if (may_tell_groups(before ? before->people : std::vector<std::int64_t>(), people)) {
    out = now;
    leave_out_few(out);
    CH_TRY(experiments.tell(id, {people, out.SerializeAsString()}));
    return out;
  }
  // What was kept is ours, and newer programs read older ones.
  if (before && out.ParseFromString(before->report)) return out;
  *out.mutable_time() = now.time();
  out.set_withheld(true);
  out.set_mismatch(now.mismatch());
  return out;
}

}  // namespace cliffhanger::insight
