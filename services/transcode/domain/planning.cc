#include "services/transcode/domain/planning.h"

#include <algorithm>

namespace cliffhanger::transcode {
namespace {

std::int64_t segments_in(const std::vector<Recipe>& recipes) {
  return std::count_if(recipes.begin(), recipes.end(),
                       [](const Recipe& one) { return one.name.index != kInit && one.name.track != kCover; });
}

}  // namespace

bool is_needed(const Plan& plan, const Run& run, const std::set<PieceName>& present) {
  const auto pieces = pieces_of(plan, run);
  return std::any_of(pieces.begin(), pieces.end(),
                     [&](const PieceName& name) { return !present.contains(name); });
}

Result<void> Planning::accept(const Tenant& tenant, const Source& source,
                              const Result<media::ProbeEvent>& probe, const std::string& traceparent) {
  CH_TRY(deps_.revisions.lock_episode(source.episode));
  CH_ASSIGN(const bool known, deps_.revisions.has_source(source.id));
  if (known) return {};
  bool late = false;
  if (source.verified) {
    CH_ASSIGN(late, deps_.revisions.has_newer(source.episode, *source.verified));
  }
  Revision revision;
  revision.created = deps_.clock.now();
  revision.told = revision.created;
  // Lists are in the order of the ids: what is late must not look like the newest.
  revision.id = RevisionId::make(late ? *source.verified : revision.created, deps_.random);
  revision.tenant = tenant;
  revision.source = source;
  revision.traceparent = traceparent;
  if (late) {
    revision.state = State::kCancelled;
    return deps_.revisions.add(revision, {});
  }
  CH_TRY(deps_.revisions.supersede(source.episode));
  const Result<Plan> plan = probe ? make_plan(*probe) : fail(probe.error());
  if (!plan) return refuse(std::move(revision), plan.error());
  revision.plan = *plan;
  return start(std::move(revision));
}

Result<void> Planning::refuse(Revision revision, const Error& why) {
  revision.state = State::kFailed;
  revision.failure_reason = why.reason;
  revision.failure_message = why.message;
  CH_TRY(deps_.revisions.add(revision, {}));
  return deps_.revisions.tell_failed(revision);
}

Result<void> Planning::start(Revision revision) {
  const Plan& plan = *revision.plan;
  const std::vector<Recipe> needed = recipes(plan, revision.source.sha256);
  revision.duration_ms = duration_ms(plan);
  revision.segments_total = segments_in(needed);
  CH_TRY(deps_.revisions.add(revision, needed));
  CH_ASSIGN(const auto present, deps_.revisions.present(revision.id));
  bool any = false;
  for (const Run& run : runs(plan)) {
    if (!is_needed(plan, run, present)) continue;
    any = true;
    CH_TRY(deps_.revisions.add_task(revision, run));
  }
  if (!any) CH_TRY(deps_.revisions.add_task(revision, package_run()));
  return deps_.revisions.tell_started(revision);
}

}  // namespace cliffhanger::transcode
