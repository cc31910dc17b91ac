#include "services/recommendation/models/ranking_student.h"

#include <algorithm>

#include "libs/obs/names.h"
#include "services/recommendation/limits.h"

namespace cliffhanger::recommendation {
namespace {

constexpr Duration kDay = std::chrono::hours(24);

// When an id of version 7 was made, to the millisecond.
Time time_of(const Uuid& id) {
  std::int64_t milliseconds = 0;
  for (int i = 0; i < 6; ++i) milliseconds = milliseconds << 8 | id.bytes()[static_cast<std::size_t>(i)];
  return from_micros(milliseconds * 1000);
}

}  // namespace

Result<bool> RankingStudent::step() {
  CH_ASSIGN(const auto active, deps_.pool.read([&](sql::Tx& tx) {
    return PgModels(tx, deps_.clock, deps_.random).all_active(ModelKind::kRanking);
  }));
  std::erase_if(files_, [&](const auto& entry) {
    return std::ranges::none_of(active, [&](const ActiveModel& one) { return one.tenant == entry.first; });
  });
  bool more = false;
  for (const auto& one : active) {
    const auto* file = file_of(one);
    if (file == nullptr) continue;
    CH_ASSIGN(const auto pages, deps_.pool.transact([&](sql::Tx& tx) { return learn(tx, one, *file); }));
    if (pages == 0) continue;
    deps_.metrics.counter(obs::names::kRankingLearnt, "Pages of the feed that rankings in use learnt from")
        .add(static_cast<double>(pages));
    if (deps_.learnt) deps_.learnt();
    more = more || pages == static_cast<std::size_t>(kLearnPages);
  }
  return more;
}

const RankingFile* RankingStudent::file_of(const ActiveModel& active) {
  auto& entry = files_[active.tenant];
  if (entry.object == active.model.object) return entry.file ? &*entry.file : nullptr;
  const auto bytes = deps_.blobs.get(model_key(active.tenant, active.model.object), kMostModelBytes);
  if (!bytes) return nullptr;
  auto file = ranking_from_file(*bytes);
  entry = {active.model.object, std::nullopt};
  // As an earlier release wrote them, say: one tenant's must not keep the others' from learning.
  if (file && rank::RankingLearner::decode(file->learner)) entry.file = std::move(*file);
  return entry.file ? &*entry.file : nullptr;
}

// Gives how many pages.
Result<std::size_t> RankingStudent::learn(sql::Tx& tx, const ActiveModel& active, const RankingFile& file) {
  const Tenant& tenant = active.tenant;
  CH_ASSIGN(const bool ours, try_to_learn(tx, tenant));
  if (!ours) return 0;
  CH_ASSIGN(const auto now_active,
            PgModels(tx, deps_.clock, deps_.random).active(tenant, ModelKind::kRanking));
  if (!now_active || now_active->object != active.model.object) return 0;
  CH_ASSIGN(const auto had, find_progress(tx, tenant));
  const bool goes_on = had && had->object == active.model.object;
  RankingProgress progress = goes_on ? *had : RankingProgress{active.model.object, 0, file.upto};
  CH_ASSIGN(auto pages, next_pages(tx, tenant, progress.upto));
  if (pages.empty()) return 0;
  std::string bytes = file.learner;
  if (goes_on) {
    CH_ASSIGN(auto kept, find_learner(tx, tenant, *had));
    if (kept) bytes = std::move(*kept);
  }
  CH_ASSIGN(auto learner, rank::RankingLearner::decode(bytes));
  CH_ASSIGN(auto came, read_outcomes(tx, tenant, pages));
  TraitsBySeries traits;
  CH_TRY(read_traits(tx, tenant, pages, traits));
  const Outcomes outcomes(std::move(came.plays), std::move(came.praises));
  const auto durations = Durations::from(file.durations, file.usual_duration);
  const std::size_t count = pages.size();
  progress.upto = pages.back().id;
  progress.step += 1;
  for (auto& page : pages)
    for (const auto& shown : learn_from(std::move(page), outcomes, traits, durations).shown)
      learner.learn(shown.example);
  CH_TRY(save_progress(tx, tenant, progress, learner.encode()));
  return count;
}

// What is known now of what was shown after `upto`. What lies too far back is passed over: the next training
// has it.
Result<std::vector<Decision>> RankingStudent::next_pages(sql::Tx& tx, const Tenant& tenant, DecisionId upto) {
  const Time until = deps_.clock.now() - kOutcomeWindow - kOutcomeSlack;
  const Time from = std::max(time_of(upto.uuid()), until - kMostBehind);
  if (from != time_of(upto.uuid())) upto = DecisionId::make(from, deps_.random);
  const PagesOf of{tenant, until, kLearnPages, deps_.profiled};
  for (Time day = from;; day = std::min(day + kDay, until)) {
    CH_ASSIGN(auto pages, read_pages_after(tx, of, day, upto));
    if (!pages.empty() || day >= until) return pages;
  }
}

}  // namespace cliffhanger::recommendation
