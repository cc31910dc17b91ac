#include "services/insight/rpc/creator_insight_rpc.h"

#include <algorithm>
#include <tuple>

#include "cliffhanger/insight/v1/creator_insight_service.pb.h"
#include "services/insight/domain/disclosure.h"
#include "services/insight/domain/limits.h"
#include "services/insight/domain/may_see.h"

namespace cliffhanger::insight {
namespace {

using std::chrono::days;

// The contract has checked that ids are ids.
Uuid id_of(const std::string& text) {
  return Uuid::parse(text).value_or(Uuid());
}

double share(std::int64_t part, std::int64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

std::int64_t day_of(Time time) {
  return std::chrono::floor<days>(time).time_since_epoch().count();
}

Time start_of(std::int64_t day) {
  return Time(days(day));
}

Result<Audience::Episode> own_episode(Audience& audience, const Call& call, const std::string& id) {
  CH_ASSIGN(const auto episode, audience.episode(id_of(id)));
  if (!episode || !may_see(call.caller, episode->owner))
    return fail(not_found("EPISODE_NOT_FOUND", "There is no such episode."));
  return *episode;
}

Result<Uuid> own_series(Audience& audience, const Call& call, const std::string& id) {
  CH_ASSIGN(const auto owner, audience.series_owner(id_of(id)));
  if (!owner || !may_see(call.caller, *owner))
    return fail(not_found("SERIES_NOT_FOUND", "There is no such series."));
  return id_of(id);
}

Result<v1::GetEpisodeCurvesResponse> curves(Audience& audience, const Call& call,
                                            const v1::GetEpisodeCurvesRequest& in) {
  CH_ASSIGN(const auto episode, own_episode(audience, call, in.episode_id()));
  CH_ASSIGN(const Curve curve, curve_of(audience, episode));
  CH_ASSIGN(const auto others, audience.profiles_like(episode));
  const auto typical = typical_of(others);
  v1::GetEpisodeCurvesResponse out;
  out.set_duration_ms(episode.duration_ms);
  out.set_viewers(curve.viewers);
  if (typical) out.set_compared_episodes(static_cast<int>(others.size()));
  for (std::size_t s = 0; s < curve.survival.size(); ++s) {
    auto* point = out.add_points();
    point->set_second(static_cast<int>(s));
    point->set_viewers(curve.saw[s]);
    point->set_views(curve.views[s]);
    point->set_retention(share(curve.saw[s], curve.viewers));
    point->set_survival(curve.survival[s]);
    if (!typical) continue;
    const std::size_t at = share_of(s, curve.saw.size());
    point->set_typical(typical->median[at]);
    point->set_typical_low(typical->low[at]);
    point->set_typical_high(typical->high[at]);
  }
  return out;
}

Result<v1::GetEpisodeDropsResponse> drops(Audience& audience, const Call& call,
                                          const v1::GetEpisodeDropsRequest& in) {
  CH_ASSIGN(const auto episode, own_episode(audience, call, in.episode_id()));
  CH_ASSIGN(const Curve curve, curve_of(audience, episode));
  v1::GetEpisodeDropsResponse out;
  for (const Drop& drop : drops_of(curve)) {
    auto* one = out.add_drops();
    one->set_second(static_cast<int>(drop.second));
    one->set_from_second(static_cast<int>(drop.from));
    one->set_to_second(static_cast<int>(drop.to));
    one->set_fall(drop.fall);
    one->set_left_viewers(drop.left);
    if (drop.left < kFewestTold || !may_tell(drop.troubled, drop.left)) continue;
    one->set_stalled_share(share(drop.troubled, drop.left));
    one->set_cause(2 * drop.troubled >= drop.left ? v1::DROP_CAUSE_NETWORK : v1::DROP_CAUSE_SCENE);
  }
  return out;
}

struct Version {
  Uuid revision;
  Time first = Time::max();
  std::int64_t viewers = 0, plays = 0, watched_ms = 0, completed = 0;
  CurveMaker curve;
};

Result<std::vector<Version>> versions_of(Audience& audience, const Audience::Episode& episode) {
  CH_ASSIGN(const auto troubles, audience.troubles(episode.id));
  std::vector<Version> out;
  CH_TRY(audience.each_viewer(episode, [&](const Audience::Viewer& row) {
    auto at = std::ranges::find(out, row.revision, &Version::revision);
    if (at == out.end())
      at = out.insert(out.end(), Version{.revision = row.revision, .curve = CurveMaker(episode.duration_ms)});
    Around around{row.next_first, row.next_last, {}};
    if (const auto found = troubles.find(row.user); found != troubles.end())
      around.troubles_ms = found->second;
    at->first = std::min(at->first, row.watched.first);
    ++at->viewers;
    at->plays += row.watched.plays;
    at->watched_ms += row.watched.watched_ms;
    at->completed += row.watched.completed.has_value();
    at->curve.add(row.watched, outcome_of(row.watched, around));
  }));
  std::ranges::sort(out, {}, &Version::first);
  return out;
}

Result<v1::GetEpisodeVersionsResponse> versions(Audience& audience, const Call& call,
                                                const v1::GetEpisodeVersionsRequest& in) {
  CH_ASSIGN(const auto episode, own_episode(audience, call, in.episode_id()));
  CH_ASSIGN(const auto found, versions_of(audience, episode));
  std::vector<std::int64_t> sizes;
  for (const Version& version : found) sizes.push_back(version.viewers);
  const auto told = parts_to_tell(sizes);
  v1::GetEpisodeVersionsResponse out;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const Version& version = found[i];
    if (!told[i]) {
      out.set_suppressed_versions(out.suppressed_versions() + 1);
      continue;
    }
    auto* one = out.add_versions();
    if (!version.revision.empty()) one->set_revision_id(version.revision.text());
    set_time(one->mutable_first_time(), version.first);
    one->set_viewers(version.viewers);
    one->set_plays(version.plays);
    one->set_watched_ms(version.watched_ms);
    if (may_tell(version.completed, version.viewers))
      one->set_completion(share(version.completed, version.viewers));
    if (const auto stay = median_stay(version.curve.make().survival)) one->set_median_stay_s(*stay);
  }
  return out;
}

void fill(v1::FunnelStep* out, const Audience::Step& step, bool last) {
  out->set_episode_id(step.episode.text());
  out->set_number(step.number);
  out->set_started(step.started);
  out->set_completed(step.completed);
  out->set_reached(step.reached);
  out->set_continued(step.continued);
  if (last || step.completed == 0) return;
  out->set_continuation(share(step.continued, step.completed));
  if (step.went_on >= kFewestTold) out->set_median_wait_s(step.median_wait_s);
  if (may_tell(step.in_ten_minutes, step.completed))
    out->set_within_ten_minutes(share(step.in_ten_minutes, step.completed));
  if (may_tell(step.in_a_day, step.completed)) out->set_within_a_day(share(step.in_a_day, step.completed));
}

Result<v1::GetSeriesFunnelResponse> funnel(Audience& audience, const Call& call, Time now,
                                           const v1::GetSeriesFunnelRequest& in) {
  CH_ASSIGN(const Uuid series, own_series(audience, call, in.series_id()));
  CH_ASSIGN(const auto steps, audience.funnel(series));
  CH_ASSIGN(const auto viewers, audience.series_viewers(series, now + days(1)));
  v1::GetSeriesFunnelResponse out;
  out.set_viewers(viewers);
  for (const auto& step : steps) fill(out.add_steps(), step, &step == &steps.back());
  return out;
}

Result<v1::GetSeriesCohortsResponse> cohorts(Audience& audience, const Call& call, Time now,
                                             const v1::GetSeriesCohortsRequest& in) {
  CH_ASSIGN(const Uuid series, own_series(audience, call, in.series_id()));
  CH_ASSIGN(const auto cells, audience.cohorts(series, start_of(day_of(now))));
  std::vector<std::int64_t> sizes;  // week 0 of each cohort is all of it
  for (const auto& cell : cells)
    if (cell.later == 0) sizes.push_back(cell.viewers);
  const auto told = parts_to_tell(sizes);
  v1::GetSeriesCohortsResponse out;
  std::size_t cohort = 0;
  for (const auto& cell : cells) {
    cohort += cell.later == 0;
    const std::int64_t size = sizes[cohort - 1];
    if (!told[cohort - 1]) {
      out.set_suppressed_cohorts(out.suppressed_cohorts() + (cell.later == 0));
      continue;
    }
    auto* one = out.add_cells();
    set_time(one->mutable_first_week(), cell.week);
    one->set_viewers(size);
    one->set_weeks_later(cell.later);
    if (may_tell(cell.viewers, size)) one->set_active(cell.viewers);
  }
  return out;
}

// The parts as they may be told now, most viewers first, and as the last one what is left.
std::vector<Audience::Slice> told_slices(const PartSizes& told, Audience::By by) {
  std::vector<Audience::Slice> out;
  for (const auto& [name, viewers] : told)
    if (viewers >= kFewestTold) out.push_back({origin_of(name, by), viewers});
  std::ranges::sort(out, {}, [](const Audience::Slice& one) {
    return std::tuple(-one.viewers, one.origin.source, one.origin.device, one.origin.region);
  });
  return out;
}

void put(const Audience::Slice& slice, v1::AudienceDimension dimension, std::int64_t whole,
         v1::AudienceSlice* out) {
  out->set_dimension(dimension);
  out->set_source(static_cast<playback::v1::WatchSource>(slice.origin.source));
  out->set_device(static_cast<playback::v1::DeviceClass>(slice.origin.device));
  out->set_region(slice.origin.region);
  out->set_viewers(slice.viewers);
  // Somebody who was erased since may still be in a part that was told.
  out->set_share(std::min(1.0, share(slice.viewers, std::max<std::int64_t>(whole, 1))));
}

Result<void> add_slices(Audience& audience, const Uuid& series, Time until, Audience::By by,
                        std::int64_t viewers, v1::GetSeriesAudienceResponse& out) {
  const auto dimension = static_cast<v1::AudienceDimension>(by);
  // Held before they are counted, so that of two who ask at once the later tells no older numbers.
  CH_ASSIGN(const PartSizes before, audience.told(series, by));
  CH_ASSIGN(const auto slices, audience.slices(series, until, by));
  PartSizes now;
  for (const auto& slice : slices) now[name_of(slice.origin, by)] = slice.viewers;
  const PartSizes told = told_anew(before, now);
  if (told != before) CH_TRY(audience.tell(series, by, told));
  std::int64_t rest = viewers;
  for (const auto& slice : told_slices(told, by)) {
    put(slice, dimension, viewers, out.add_slices());
    rest -= slice.viewers;
  }
  const auto left_out = std::ranges::count_if(now, [&](const auto& part) {
    return told.at(part.first) < kFewestTold || told.at(part.first) != part.second;
  });
  if (left_out < 2 || rest < kFewestTold) return {};
  auto* one = out.add_slices();
  put({{}, rest}, dimension, viewers, one);
  one->set_rest(true);
  return {};
}

Result<v1::GetSeriesAudienceResponse> audience_of(Audience& audience, const Call& call, Time now,
                                                  const v1::GetSeriesAudienceRequest& in) {
  CH_ASSIGN(const Uuid series, own_series(audience, call, in.series_id()));
  const Time until = start_of(day_of(now));
  v1::GetSeriesAudienceResponse out;
  CH_ASSIGN(const auto viewers, audience.series_viewers(series, until));
  out.set_viewers(viewers);
  using By = Audience::By;
  for (const By by : {By::kSource, By::kDevice, By::kRegion})
    CH_TRY(add_slices(audience, series, until, by, viewers, out));
  return out;
}

Result<v1::GetSeriesAlertsResponse> alerts(Audience& audience, const Call& call, Time now,
                                           const v1::GetSeriesAlertsRequest& in) {
  CH_ASSIGN(const Uuid series, own_series(audience, call, in.series_id()));
  const std::int64_t today = day_of(now), from = today - kAlertDays;
  CH_ASSIGN(const auto episodes, audience.days(series, from - kUsualDays, today));
  std::vector<v1::Alert> found;
  for (const auto& episode : episodes) {
    for (const OddDay& odd : odd_days(episode.days, from, today)) {
      v1::Alert& one = found.emplace_back();
      one.set_episode_id(episode.episode.text());
      one.set_number(episode.number);
      set_time(one.mutable_day(), start_of(odd.day));
      one.set_kind(odd.completion ? v1::ALERT_KIND_COMPLETION : v1::ALERT_KIND_PLAYS);
      one.set_value(odd.value);
      one.set_usual(odd.usual);
      one.set_score(odd.score);
    }
  }
  // Newest first, and by episode.
  std::ranges::sort(found, [](const v1::Alert& a, const v1::Alert& b) {
    return std::tuple(b.day().seconds(), a.number(), a.kind()) <
           std::tuple(a.day().seconds(), b.number(), b.kind());
  });
  if (found.size() > kMostAlerts) found.resize(kMostAlerts);
  v1::GetSeriesAlertsResponse out;
  for (auto& one : found) *out.add_alerts() = std::move(one);
  return out;
}

}  // namespace

rpc::Service creator_insight_service(CreatorInsightDeps deps) {
  const auto d = std::make_shared<const CreatorInsightDeps>(std::move(deps));
  // A handler with what it reads.
  const auto reading = [d](const Call& call, auto work) {
    return d->pool.read([&](sql::Tx& tx) { return work(*d->audience(tx, call)); });
  };
  const auto now = [d] { return d->clock.now(); };
  rpc::Service service("cliffhanger.insight.v1.CreatorInsightService");
  service
      .on([=](const Call& call, const v1::GetEpisodeCurvesRequest& in) {
        return reading(call, [&](Audience& audience) { return curves(audience, call, in); });
      })
      .on([=](const Call& call, const v1::GetEpisodeDropsRequest& in) {
        return reading(call, [&](Audience& audience) { return drops(audience, call, in); });
      })
      .on([=](const Call& call, const v1::GetEpisodeVersionsRequest& in) {
        return reading(call, [&](Audience& audience) { return versions(audience, call, in); });
      })
      .on([=](const Call& call, const v1::GetSeriesFunnelRequest& in) {
        return reading(call, [&](Audience& audience) { return funnel(audience, call, now(), in); });
      })
      .on([=](const Call& call, const v1::GetSeriesCohortsRequest& in) {
        return reading(call, [&](Audience& audience) { return cohorts(audience, call, now(), in); });
      })
      .on([=](const Call& call, const v1::GetSeriesAudienceRequest& in) {
        // What is told is remembered: the next answer depends on it.
        return d->pool.transact(
            [&](sql::Tx& tx) { return audience_of(*d->audience(tx, call), call, now(), in); });
      })
      .on([=](const Call& call, const v1::GetSeriesAlertsRequest& in) {
        return reading(call, [&](Audience& audience) { return alerts(audience, call, now(), in); });
      });
  return service;
}

}  // namespace cliffhanger::insight
