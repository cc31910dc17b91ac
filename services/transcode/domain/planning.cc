#include "services/transcode/domain/planning.h"

#include <algorithm>

#include "services/transcode/domain/quality.h"

namespace cliffhanger::transcode {
namespace {

// The source is at fault, and always will be.
bool is_unplannable(const Error& why) {
  return why.reason.starts_with("PLAN_") || why.reason.starts_with("GRID_");
}

}  // namespace

std::optional<int> learnt_crf(const std::vector<Plan>& earlier, const media::Rung& rung) {
  if (is_cellular(rung)) return std::nullopt;
  std::vector<int> needed;
  for (const Plan& one : earlier)
    for (std::size_t i = 0; i < one.tail_crfs.size(); ++i)
      if (one.rungs[i].name == rung.name) needed.push_back(one.tail_crfs[i]);
  if (needed.empty()) return std::nullopt;
  const auto middle = needed.begin() + static_cast<std::ptrdiff_t>((needed.size() - 1) / 2);
  std::nth_element(needed.begin(), middle, needed.end());
  const int base = profile_crf(rung);
  return std::clamp(*middle, base - kMostBelow, base + kMostAbove);
}

bool is_needed(const Plan& plan, const Run& run, const std::set<PieceName>& present) {
  if (run.kind == Kind::kAnalyse) return !is_chosen(plan);
  if (run.kind == Kind::kLoudness) return !is_tuned(plan);
  const auto pieces = pieces_of(plan, run);
  return std::any_of(pieces.begin(), pieces.end(),
                     [&](const PieceName& name) { return !present.contains(name); });
}

Result<void> Planning::accept(const Tenant& tenant, const Source& source,
                              const Result<media::ProbeEvent>& probe, const std::string& traceparent,
                              const Head& head) {
  CH_TRY(deps_.revisions.lock_episode(source.episode));
  CH_ASSIGN(const bool known, deps_.revisions.has_source(source.id));
  if (known) return {};
  CH_TRY(deps_.revisions.end_early(source.id));
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
  const Result<Plan> plan = plan_for(revision, probe);
  if (!plan && probe && !is_unplannable(plan.error())) return fail(plan.error());
  if (!plan) return refuse(std::move(revision), plan.error());
  CH_ASSIGN(revision.plan, as_before(*plan, source.sha256));
  return start(std::move(revision), head);
}

Result<void> Planning::begin_early(const Tenant& tenant, const Source& source,
                                   const Result<media::ProbeEvent>& probe, const std::string& traceparent,
                                   const Head& head) {
  CH_TRY(deps_.revisions.lock_episode(source.episode));
  CH_ASSIGN(const bool late, deps_.revisions.has_source(source.id));
  CH_ASSIGN(const bool known, deps_.revisions.has_early(source.id));
  CH_ASSIGN(const bool gone, deps_.revisions.episode_gone(source.episode));
  if (late || known || gone || !probe) return {};
  const Result<Plan> plan = early_plan(source, *probe);
  if (!plan && !is_unplannable(plan.error())) return fail(plan.error());
  if (!plan || early_runs(*plan).empty()) return {};
  Revision revision;
  revision.created = deps_.clock.now();
  revision.told = revision.created;
  revision.id = RevisionId::make(revision.created, deps_.random);
  revision.tenant = tenant;
  revision.source = source;
  revision.source.id = SourceId(revision.id.uuid());  // the real one is for the whole
  revision.source.series.reset();                     // which learns nothing of it
  revision.source.sha256 = head.sha256;
  revision.source.whole_bytes = head.whole_bytes;
  revision.early_of = source.id;
  revision.traceparent = traceparent;
  revision.state = State::kEarly;
  revision.plan = *plan;
  revision.duration_ms = duration_ms(*plan);
  CH_TRY(deps_.revisions.add(revision, early_recipes(*plan, head)));
  CH_ASSIGN(const auto present, deps_.revisions.hold(revision.id));
  for (const Run& run : early_runs(*plan)) {
    if (is_needed(*plan, run, present)) CH_TRY(deps_.revisions.add_task(revision, run));
  }
  return {};
}

Result<Plan> Planning::plan_for(Revision& revision, const Result<media::ProbeEvent>& probe) {
  if (!probe) return fail(probe.error());
  return revision.source.series ? plan_in_series(revision, *probe) : make_plan(*probe, deps_.hevc);
}

// What a source of the series gets now. The first one opens its profile; one that nobody got after all is opened again by the next.
Result<std::pair<SeriesProfile, bool>> Planning::profile_now(SeriesId series, std::optional<SeriesProfile> found,
                                                             const media::ProbeEvent& probe) {
  SeriesProfile profile = found ? std::move(*found) : renewed(series, std::nullopt, std::nullopt, deps_.clock.now());
  bool opens = profile.rows.empty();
  if (!opens && !profile.settled) {
    CH_ASSIGN(const bool used, deps_.revisions.is_profile_used(profile));
    opens = !used;
  }
  if (opens) profile = begun(std::move(profile), probe.video.width, probe.video.height);
  return std::pair(std::move(profile), opens);
}

Result<Plan> Planning::plan_in_series(Revision& revision, const media::ProbeEvent& probe) {
  const SeriesId series = *revision.source.series;
  CH_ASSIGN(auto found, deps_.revisions.lock_profile(series, std::nullopt));
  CH_ASSIGN(const auto now, profile_now(series, std::move(found), probe));
  const auto& [profile, opens] = now;
  CH_ASSIGN(Plan plan, make_plan(probe, profile, deps_.hevc));
  if (opens) CH_TRY(deps_.revisions.save_profile(profile));
  revision.profile_version = profile.version;
  return learnt(std::move(plan), series);
}

// As it would be planned now, if this were all of it; its series doesn't change by that.
Result<Plan> Planning::early_plan(const Source& source, const media::ProbeEvent& probe) {
  if (!source.series) return make_plan(probe);
  CH_ASSIGN(auto found, deps_.revisions.profile_of(*source.series, std::nullopt));
  CH_ASSIGN(const auto now, profile_now(*source.series, std::move(found), probe));
  CH_ASSIGN(Plan plan, make_plan(probe, now.first));
  return learnt(std::move(plan), *source.series);
}

// The head can't wait for its analysis: it begins with what the series' last episodes needed.
Result<Plan> Planning::learnt(Plan plan, SeriesId series) {
  CH_ASSIGN(const std::vector<Plan> earlier, deps_.revisions.plans_of_series(series, kLearnFrom));
  for (media::Rung& rung : plan.rungs) rung.crf = learnt_crf(earlier, rung).value_or(rung.crf);
  return plan;
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

Result<Plan> Planning::settled_plan(const Revision& revision, const std::vector<int>& crfs,
                                    const std::vector<std::string>& dropped) {
  CH_ASSIGN(auto profile, deps_.revisions.lock_profile(*revision.source.series, revision.profile_version));
  if (!profile) return fail(internal("BAD_RECORD", "A revision's profile is gone."));
  if (!profile->settled) {
    profile = settle(std::move(*profile), dropped);
    CH_TRY(deps_.revisions.save_profile(*profile));
  }
  return settled(*revision.plan, crfs, profile->rows);
}

Result<void> Planning::choose(Revision revision, std::vector<int> crfs, const std::vector<std::string>& dropped) {
  if (is_chosen(*revision.plan)) return {};
  const Plan before = *revision.plan;
  if (before.founding) {
    CH_ASSIGN(revision.plan, settled_plan(revision, crfs, dropped));
  } else {
    revision.plan = with_tail(before, std::move(crfs));
  }
  revision.segments_total = segments_of(*revision.plan);
  return go_on(revision, before);
}

Result<void> Planning::hear(Revision revision, std::optional<double> gain_db) {
  if (is_tuned(*revision.plan)) return {};
  const Plan before = *revision.plan;
  CH_ASSIGN(const auto profile, deps_.revisions.lock_profile(*revision.source.series, revision.profile_version));
  if (!profile) return fail(internal("BAD_RECORD", "A revision's profile is gone."));
  // Silence says nothing of the series; for itself any gain will do.
  if (!profile->gain_db && gain_db) CH_TRY(deps_.revisions.save_gain(*profile, *gain_db));
  revision.plan->gain_db = profile->gain_db ? *profile->gain_db : gain_db.value_or(0);
  return go_on(revision, before);
}

// Adds what the revision's plan needs beyond the one before.
Result<void> Planning::go_on(const Revision& revision, const Plan& before) {
  std::set<PieceName> planned;
  for (const Recipe& one : recipes(before, revision.source.sha256)) planned.insert(one.name);
  const std::vector<Run> begun = runs(before);
  const Plan& plan = *revision.plan;
  std::vector<Recipe> more = recipes(plan, revision.source.sha256);
  std::erase_if(more, [&planned](const Recipe& one) { return planned.contains(one.name); });
  CH_TRY(deps_.revisions.replan(revision, more));
  CH_ASSIGN(const auto present, deps_.revisions.hold(revision.id));
  for (const Run& run : runs(plan)) {
    if (std::find(begun.begin(), begun.end(), run) != begun.end() || !is_needed(plan, run, present)) continue;
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

Result<void> Planning::start(Revision revision, const Head& head) {
  const Plan& plan = *revision.plan;
  const std::vector<Recipe> needed = recipes(plan, revision.source.sha256);
  revision.duration_ms = duration_ms(plan);
  revision.segments_total = segments_of(plan);
  CH_TRY(deps_.revisions.add(revision, needed));
  if (!head.sha256.empty()) CH_TRY(deps_.revisions.adopt(early_recipes(plan, head), needed));
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
