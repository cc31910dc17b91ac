#include "services/recommendation/models/trainer.h"

#include "libs/obs/names.h"
#include "libs/sql/heartbeat.h"
#include "services/recommendation/domain/model_file.h"
#include "services/recommendation/limits.h"
#include "services/recommendation/models/ranking_reader.h"

namespace cliffhanger::recommendation {
namespace {

Error stopping() {
  return aborted("TRAINING_INTERRUPTED", "The process is stopping.");
}

// No file: the model says why.
std::string give_up(Model& model, const Error& why) {
  model.state = ModelState::kFailed;
  model.reason = why.reason;
  model.message = why.message;
  return "";
}

const char* label_of(ModelState state) {
  switch (state) {
    case ModelState::kReady:
      return "ready";
    case ModelState::kRefused:
      return "refused";
    default:
      return "failed";
  }
}

}  // namespace

Result<bool> Trainer::step(const std::stop_token& stop) {
  CH_ASSIGN(const auto task, deps_.pool.transact([&](sql::Tx& tx) -> Result<std::optional<sql::Task>> {
    CH_ASSIGN(auto leased,
              sql::lease_task(tx, {kTrainTask, kTrainRankingTask}, deps_.worker, kTrainingLease));
    for (const auto& dead : leased.died) CH_TRY(died(tx, dead));
    return std::move(leased.task);
  }));
  if (!task) return false;
  std::stop_source work;
  const std::stop_callback on_stop(stop, [&work] { work.request_stop(); });
  const auto done = [&] {
    const sql::Heartbeat heartbeat(
        kTrainingLease / 4,
        [&] {
          return deps_.pool.transact(
              [&](sql::Tx& tx) { return sql::extend_lease(tx, *task, kTrainingLease); });
        },
        work);
    return run(*task, work.get_token());
  }();
  if (done || done.error().reason == "LEASE_LOST") return true;
  const auto delay = stop.stop_requested() ? std::chrono::milliseconds(0) : deps_.retry;
  CH_TRY(deps_.pool.transact([&](sql::Tx& tx) -> Result<void> {
    if (!stop.stop_requested())
      CH_TRY(models(tx).trouble(task->tenant, ModelId(task->subject), done.error()));
    return sql::release_task(tx, *task, delay);
  }));
  if (stop.stop_requested()) return true;
  return fail(done.error());
}

Result<void> Trainer::schedule(Duration every) {
  return deps_.pool.transact([&](sql::Tx& tx) -> Result<void> {
    for (const auto kind : {ModelKind::kTaste, ModelKind::kRanking}) {
      CH_ASSIGN(const auto tenants, models(tx).tenants(kind));
      for (const auto& [tenant, newest] : tenants) {
        if (deps_.clock.now() < newest + every) continue;
        const auto begun = models(tx).start(tenant, kind);
        if (!begun && begun.error().reason != "TRAINING_UNDER_WAY") return fail(begun.error());
      }
    }
    return {};
  });
}

// It ends here: operators see why, and the next one may begin.
Result<void> Trainer::died(sql::Tx& tx, const sql::DeadTask& task) {
  Model model;
  model.id = ModelId(task.subject);
  model.kind = task.kind == kTrainRankingTask ? ModelKind::kRanking : ModelKind::kTaste;
  model.state = ModelState::kFailed;
  model.reason = "TRAINER_DIED";
  model.message = task.message;
  return models(tx).end(task.tenant, model);
}

Result<Interactions::Learnt> Trainer::read(const Tenant& tenant, const std::stop_token& stop) {
  Interactions all(kMostInteractions);
  TookAfter after;
  while (true) {
    if (stop.stop_requested()) return fail(stopping());
    CH_ASSIGN(const auto page, deps_.pool.read([&](sql::Tx& tx) {
      return read_took(tx, tenant, after, kTookPage, deps_.profiled);
    }));
    if (page.empty()) return all.take();
    for (const auto& took : page) all.add(took);
    after = {page.back().viewer, page.back().series};
  }
}

Result<void> Trainer::run(const sql::Task& task, const std::stop_token& stop) {
  CH_ASSIGN(Model model, deps_.pool.read([&](sql::Tx& tx) {
    return models(tx).find(task.tenant, ModelId(task.subject));
  }));
  if (model.state != ModelState::kTraining)
    return deps_.pool.transact([&](sql::Tx& tx) { return sql::complete_task(tx, task); });
  CH_ASSIGN(const auto bytes, model.kind == ModelKind::kRanking ? ranking_file(task.tenant, model, stop)
                                                                : taste_file(task.tenant, model, stop));
  if (model.state == ModelState::kTraining) CH_TRY(write(task, model, bytes));
  return end(task, std::move(model));
}

Result<std::string> Trainer::taste_file(const Tenant& tenant, Model& model, const std::stop_token& stop) {
  const Time begun = deps_.clock.now();
  CH_ASSIGN(auto learnt, read(tenant, stop));
  model.viewers = learnt.history.users;
  model.series = learnt.history.items;
  model.interactions = learnt.history.size();
  learn::Resources resources;
  resources.threads = deps_.threads;
  resources.expired = [&stop] { return stop.stop_requested(); };
  const auto trained = train(std::move(learnt), deps_.options, resources, begun);
  if (!trained && stop.stop_requested()) return fail(stopping());
  if (!trained) return give_up(model, trained.error());
  model.quality = trained->quality;
  return to_file(trained->model);
}

Result<std::string> Trainer::ranking_file(const Tenant& tenant, Model& model, const std::stop_token& stop) {
  const Time begun = deps_.clock.now();
  CH_ASSIGN(auto log,
            read_ranking_log(deps_.pool, tenant, {begun, deps_.decision_days, deps_.profiled}, stop));
  model.viewers = log.viewers;
  model.series = std::ssize(log.traits);
  const auto trained = train_ranking(
      std::move(log.pages), log.traits, log.durations, deps_.ranking,
      [&stop] { return stop.stop_requested(); }, begun);
  if (!trained && stop.stop_requested()) return fail(stopping());
  if (!trained) return give_up(model, trained.error());
  model.ranking = trained->quality;
  model.interactions = trained->quality.shown;
  model.quality.viewers = trained->quality.tested;
  return to_file(trained->file);
}

// Under a name of its own: one that was slow, and thought dead, overwrites nothing.
Result<void> Trainer::write(const sql::Task& task, Model& model, const std::string& bytes) {
  model.object = Uuid::v7(deps_.clock.now(), deps_.random);
  model.bytes = std::ssize(bytes);
  return deps_.blobs.put(model_key(task.tenant, model.object), bytes);
}

Result<void> Trainer::check(PgModels& all, const Tenant& tenant, const Model& model) {
  if (model.kind == ModelKind::kRanking) return check_ranking(model.ranking);
  CH_ASSIGN(const auto active, all.active(tenant, model.kind));
  return check_quality(model.quality, active ? std::optional(active->quality) : std::nullopt);
}

Result<void> Trainer::end(const sql::Task& task, Model model) {
  CH_TRY(deps_.pool.transact([&](sql::Tx& tx) -> Result<void> {
    CH_TRY(sql::extend_lease(tx, task, kTrainingLease));  // fences: whoever lost it has no effect
    PgModels all = models(tx);
    if (!model.object.empty()) {
      const auto good = check(all, task.tenant, model);
      model.state = good ? ModelState::kReady : ModelState::kRefused;
      model.reason = good ? "" : good.error().reason;
      model.message = good ? "" : good.error().message;
    }
    CH_TRY(all.end(task.tenant, model));
    if (model.state == ModelState::kReady)
      CH_TRY(all.activate(task.tenant, model.id).map([](const auto&) {}));
    CH_TRY(all.forget(task.tenant, model.kind, deps_.keep));
    return sql::complete_task(tx, task);
  }));
  deps_.metrics
      .counter(obs::names::kTrainings, "Trainings of recommendations that ended",
               {{"as", label_of(model.state)}})
      .add();
  deps_.log.info("training ended", {{"tenant", task.tenant.text()},
                                    {"model", model.id.text()},
                                    {"as", std::string(label_of(model.state))},
                                    {"reason", model.reason},
                                    {"why", model.message},
                                    {"interactions", model.interactions},
                                    {"viewers", model.viewers},
                                    {"series", model.series},
                                    {"ndcg", model.quality.ndcg},
                                    {"popularity", model.quality.popularity},
                                    {"auc", model.ranking.auc},
                                    {"hand_auc", model.ranking.hand_auc}});
  if (model.state == ModelState::kReady && deps_.activated) deps_.activated();
  return {};
}

}  // namespace cliffhanger::recommendation
