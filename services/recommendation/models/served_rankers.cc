#include "services/recommendation/models/served_rankers.h"

#include <algorithm>

#include "libs/obs/names.h"
#include "services/recommendation/domain/learnt_ranker.h"
#include "services/recommendation/limits.h"

namespace cliffhanger::recommendation {

std::shared_ptr<const Ranker> ServedRankers::current(const Tenant& tenant) const {
  const std::lock_guard lock(mutex_);
  const auto it = served_.find(tenant);
  return it == served_.end() ? nullptr : it->second;
}

Result<void> ServedRankers::refresh() {
  CH_ASSIGN(const auto active, deps_.pool.read([&](sql::Tx& tx) {
    return PgModels(tx, deps_.clock, deps_.random).all_active(ModelKind::kRanking);
  }));
  std::erase_if(entries_, [&](const auto& entry) {
    return std::ranges::none_of(active, [&](const ActiveModel& one) { return one.tenant == entry.first; });
  });
  for (const auto& one : active) {
    CH_TRY(refresh(one, entries_[one.tenant]));
    publish();
  }
  publish();
  return {};
}

Result<void> ServedRankers::refresh(const ActiveModel& active, Entry& entry) {
  if (!load(active, entry)) return {};
  const Uuid& object = active.model.object;
  const bool served = entry.served && entry.at.object == object;
  RankingProgress at{object, 0, {}};
  std::string learner = entry.file.learner;
  const auto read = deps_.pool.read([&](sql::Tx& tx) -> Result<bool> {
    CH_ASSIGN(const auto progress, find_progress(tx, active.tenant));
    if (!progress || progress->object != object) return !served;
    if (served && entry.at.step == progress->step) return false;
    CH_ASSIGN(auto learnt, find_learner(tx, active.tenant, *progress));
    if (!learnt) return !served;  // another step took its place this moment: next time
    at = *progress;
    learner = std::move(*learnt);
    return true;
  });
  if (!read) return fail(read.error());
  if (!*read) return {};
  auto model = rank::RankingLearner::decode(learner);
  if (!model) {
    deps_.log.error("a ranking can't be read; the last one stays",
                    std::move(model).error().with("model_id", active.model.id.text()));
    return {};
  }
  RankingFile rest = entry.file;
  rest.learner.clear();
  entry.served = std::make_shared<const LearntRanker>(ranker_version(object, at.step), std::move(rest),
                                                      model->snapshot());
  entry.at = at;
  return {};
}

bool ServedRankers::load(const ActiveModel& active, Entry& entry) {
  const Uuid& object = active.model.object;
  if (entry.object == object) return true;
  const Time now = deps_.clock.now();
  const bool again = entry.unreadable == object;
  if (again && now - entry.tried < kUnreadableAgain) return false;
  const auto bytes = deps_.blobs.get(model_key(active.tenant, object), kMostModelBytes);
  auto file = bytes ? ranking_from_file(*bytes) : Result<RankingFile>(fail(bytes.error()));
  if (file) {
    if (auto learner = rank::RankingLearner::decode(file->learner); !learner)
      file = fail(std::move(learner).error());
  }
  deps_.metrics
      .counter(obs::names::kRankingLoads, "Rankings of recommendations that were read",
               {{"as", file ? "done" : "failed"}})
      .add();
  if (!file) {
    if (!again)
      deps_.log.error("a ranking can't be read; the last one stays",
                      std::move(file).error().with("model_id", active.model.id.text()));
    entry.unreadable = object;
    entry.tried = now;
    return false;
  }
  entry.object = object;
  entry.file = std::move(*file);
  entry.unreadable = {};
  deps_.log.info("ranking in use", {{"tenant", active.tenant.text()}, {"model", active.model.id.text()}});
  return true;
}

void ServedRankers::publish() {
  std::map<Tenant, std::shared_ptr<const Ranker>> served;
  for (const auto& [tenant, entry] : entries_)
    if (entry.served) served.emplace(tenant, entry.served);
  const std::lock_guard lock(mutex_);
  served_.swap(served);
}

}  // namespace cliffhanger::recommendation
