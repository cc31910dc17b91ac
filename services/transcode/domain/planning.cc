#include "services/transcode/domain/planning.h"

#include <algorithm>

namespace cliffhanger::transcode {
bool is_needed(const Plan& plan, const Run& run, const std::set<PieceName>& present) {
  if (run.kind == Kind::kAnalyse) return !is_chosen(plan);
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
  CH_ASSIGN(const bool gone, deps_.revisions.episode_gone(source.episode));
  Revision revision;
  revision.created = deps_.clock.now();
  revision.told = revision.created;
  // Lists are in the order of the ids: what is late must not look like the newest.
  revision.id = RevisionId::make(late ? *source.verified : revision.created, deps_.random);
  revision.tenant = tenant;
  revision.source = source;
  revision.traceparent = traceparent;
  if (late || gone) {
    revision.state = State::kCancelled;
    return deps_.revisions.add(revision, {});
  }
  CH_TRY(deps_.revisions.supersede(source.episode));
  const Result<Plan> plan = probe ? make_plan(*probe, deps_.hevc) : fail(probe.error());
  if (!plan) return refuse(std::move(revision), plan.error());
  CH_ASSIGN(revision.plan, as_before(*plan, source.sha256));
  return start(std::move(revision));
}

// What was chosen for a source stays chosen, so that nothing of it is encoded twice.
Result<Plan> Planning::as_before(Plan plan, const std::string& source_sha256) {
  CH_ASSIGN(const std::vector<Plan> earlier, deps_.revisions.chosen_plans(source_sha256));
  for (const Plan& one : earlier) {
    if (!same_but_quality(plan, one)) continue;
    plan.rungs = one.rungs;
    plan = with_tail(std::move(plan), one.tail_crfs);
    // As they were encoded, should the scale of HEVC's factors have changed since.
    const bool same_hevc =
        std::ranges::equal(plan.hevc, one.hevc, {}, &media::Rung::name, &media::Rung::name);
    if (same_hevc) plan.hevc = one.hevc;
    break;
  }
  return plan;
}

Result<void> Planning::choose(Revision revision, std::vector<int> crfs) {
  if (is_chosen(*revision.plan)) return {};
  const std::vector<Run> before = runs(*revision.plan);
  std::set<PieceName> known;
  for (const Recipe& one : recipes(*revision.plan, revision.source.sha256)) known.insert(one.name);
  revision.plan = with_tail(std::move(*revision.plan), std::move(crfs));
  const Plan& plan = *revision.plan;
  std::vector<Recipe> more = recipes(plan, revision.source.sha256);
  std::erase_if(more, [&known](const Recipe& one) { return known.contains(one.name); });
  CH_TRY(deps_.revisions.replan(revision, more));
  CH_ASSIGN(const auto present, deps_.revisions.hold(revision.id));
  for (const Run& run : runs(plan)) {
    if (std::find(before.begin(), before.end(), run) != before.end() || !is_needed(plan, run, present)) continue;
    CH_TRY(deps_.revisions.add_task(revision, run));
  }
  return {};
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
  revision.segments_total = segments_of(plan);
  CH_TRY(deps_.revisions.add(revision, needed));
  CH_ASSIGN(const auto present, deps_.revisions.hold(revision.id));
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
