#include "libs/arms/source.h"

#include "cliffhanger/common/v1/arm.pb.h"
#include "cliffhanger/insight/v1/arms_service.pb.h"
#include "libs/obs/names.h"

namespace cliffhanger::arms {
namespace {

namespace v1 = cliffhanger::insight::v1;

constexpr std::size_t kMostWaiting = 10'000, kMostSent = 500, kMostTold = 100'000;

// What is empty, or no id, is none.
template <class SomeId>
SomeId id_of(const std::string& text) {
  return SomeId::parse(text).value_or(SomeId());
}

Override override_of(const v1::ArmOverride& in) {
  return {in.title(),
          id_of<EpisodeId>(in.cover_episode_id()),
          id_of<EpisodeId>(in.ending_episode_id()),
          id_of<RevisionId>(in.ending_revision_id()),
          in.paywall(),
          in.ranking()};
}

Result<std::vector<Experiment>> list(const rpc::Client& insight) {
  CH_ASSIGN(const auto found, insight.call<v1::ListArmsResponse>(Call(), v1::ListArmsRequest()));
  std::vector<Experiment> out;
  for (const auto& one : found.experiments()) {
    Experiment to;
    CH_ASSIGN(to.tenant, Tenant::parse(one.tenant()));
    to.id = id_of<Uuid>(one.experiment_id());
    to.key = one.key();
    to.kind = static_cast<Kind>(one.kind());
    to.episode = id_of<EpisodeId>(one.episode_id());
    to.series = id_of<SeriesId>(one.series_id());
    for (const auto& variation : one.variations())
      to.variations.push_back({variation.key(), override_of(variation.override())});
    out.push_back(std::move(to));
  }
  return out;
}

Result<std::vector<Assigned>> assign(const rpc::Client& insight, const Call& call,
                                     const std::vector<Uuid>& wanted, const std::string& country) {
  v1::AssignArmsRequest ask;
  ask.set_country(country);
  for (const Uuid& id : wanted) ask.add_experiment_ids(id.text());
  CH_ASSIGN(const auto found, insight.call<v1::AssignArmsResponse>(call, ask));
  std::vector<Assigned> out;
  for (const auto& one : found.arms())
    out.push_back({id_of<Uuid>(one.experiment_id()), one.variation_key(), one.in_experiment()});
  return out;
}

}  // namespace

std::unique_ptr<Arms> from_insight(rpc::Client insight, obs::Metrics& metrics) {
  return std::make_unique<Arms>(
      [insight] { return list(insight); },
      [insight](const Call& call, const std::vector<Uuid>& wanted, const std::string& country) {
        return assign(insight, call, wanted, country);
      },
      metrics);
}

void put(const Arm& arm, common::v1::Arm* out) {
  out->set_experiment_id(arm.experiment->id.text());
  out->set_experiment_key(arm.experiment->key);
  out->set_variation_key(arm.variation->key);
  out->set_in_experiment(arm.in_experiment);
}

Exposures::Exposures(rpc::Client insight, obs::Metrics& metrics)
    : insight_(std::move(insight)),
      dropped_(
          metrics.counter(obs::names::kExposuresDropped, "Exposures that did not fit or were refused", {})) {}

void Exposures::add(const Tenant& tenant, const UserId& viewer, const Uuid& experiment,
                    const std::string& variation) {
  const std::lock_guard lock(mutex_);
  const std::string key = tenant.text() + '/' + viewer.text() + '/' + experiment.text();
  if (told_.contains(key)) return;
  if (waiting_.size() >= kMostWaiting) return dropped_.add();
  if (told_.size() >= kMostTold) told_.clear();
  told_.insert(key);
  waiting_.push_back({tenant, viewer, experiment, variation});
}

Result<bool> Exposures::flush() {
  std::vector<One> batch;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) return false;
    const Tenant tenant = waiting_.front().tenant;
    std::vector<One> left;
    for (One& one : waiting_)
      (one.tenant == tenant && batch.size() < kMostSent ? batch : left).push_back(std::move(one));
    waiting_ = std::move(left);
  }
  v1::RecordExposuresRequest send;
  for (const One& one : batch) {
    auto* to = send.add_exposures();
    to->set_user_id(one.viewer.text());
    to->set_experiment_id(one.experiment.text());
    to->set_variation_key(one.variation);
  }
  Call call;
  call.caller.tenant = batch.front().tenant;
  call.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  const auto sent = insight_.call<v1::RecordExposuresResponse>(call, send);
  if (sent) return true;
  const std::lock_guard lock(mutex_);
  for (One& one : batch) {
    if (waiting_.size() >= kMostWaiting) {
      dropped_.add();
    } else {
      waiting_.push_back(std::move(one));
    }
  }
  return fail(sent.error());
}

}  // namespace cliffhanger::arms
