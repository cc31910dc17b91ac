#include "services/recommendation/models/served_models.h"

#include <algorithm>

#include "libs/obs/names.h"
#include "services/recommendation/domain/model_file.h"
#include "services/recommendation/limits.h"

namespace cliffhanger::recommendation {
namespace {

constexpr int kSimilarToNewcomer = 50;

}  // namespace

std::shared_ptr<const TasteModel> ServedModels::current(const Tenant& tenant) const {
  const std::lock_guard lock(mutex_);
  const auto it = served_.find(tenant);
  return it == served_.end() ? nullptr : it->second;
}

Result<void> ServedModels::refresh() {
  CH_ASSIGN(const auto active, deps_.pool.read([&](sql::Tx& tx) {
    return PgModels(tx, deps_.clock, deps_.random).all_active(ModelKind::kTaste);
  }));
  std::erase_if(entries_, [&](const auto& entry) {
    return std::ranges::none_of(active, [&](const ActiveModel& one) { return one.tenant == entry.first; });
  });
  {
    const std::lock_guard lock(mutex_);
    const auto gone = [&](const auto& it) { return !entries_.contains(it.first); };
    std::erase_if(wanting_, gone);
    std::erase_if(graphs_, gone);
  }
  for (const auto& one : active) {
    Entry& entry = entries_[one.tenant];
    if (!entry.trained || entry.trained->version() != one.model.object.text()) {
      load(one, entry);
      publish();  // before newcomers are looked for: a start is warm as soon as it can
    }
    take_graph(one.tenant, entry);
    if (entry.trained && deps_.clock.now() - entry.newcomers >= kNewcomersEvery) {
      add_newcomers(one.tenant, entry);
      publish();
    }
  }
  publish();
  return {};
}

void ServedModels::load(const ActiveModel& active, Entry& entry) {
  const Time now = deps_.clock.now();
  const bool again = entry.unreadable == active.model.object;
  if (again && now - entry.tried < kUnreadableAgain) return;
  const auto bytes = deps_.blobs.get(model_key(active.tenant, active.model.object), kMostModelBytes);
  auto data = bytes ? from_file(*bytes) : Result<ModelData>(fail(bytes.error()));
  const auto count = [&](const char* as) {
    deps_.metrics.counter(obs::names::kModelLoads, "Models of recommendations that were read", {{"as", as}})
        .add();
  };
  if (!data) {
    count("failed");
    if (!again)
      deps_.log.error("a model can't be read; the last one stays",
                      std::move(data).error().with("model_id", active.model.id.text()));
    entry.unreadable = active.model.object;
    entry.tried = now;
    return;
  }
  count("done");
  deps_.metrics
      .gauge(obs::names::kModelTrained, "When the model in use was trained",
             {{"tenant", active.tenant.text()}})
      .set(static_cast<double>(to_micros(data->trained)) / 1e6);
  entry.trained = std::make_shared<const FactorModel>(active.model.object.text(), std::move(*data));
  entry.served = entry.trained;
  entry.newcomers = {};
  entry.unreadable = {};
  deps_.log.info("model in use", {{"tenant", active.tenant.text()}, {"model", active.model.id.text()}});
}

void ServedModels::add_newcomers(const Tenant& tenant, Entry& entry) {
  entry.newcomers = deps_.clock.now();
  const auto found = deps_.pool.read([&](sql::Tx& tx) {
    return read_newcomers(
        tx, tenant, [&](SeriesId series) { return entry.trained->knows(series); }, deps_.profiled);
  });
  if (!found) {
    deps_.log.warn("series that are newer than the model are not known", {{"why", found.error().message}});
    return;
  }
  if (found->empty())
    entry.served = entry.trained;
  else
    entry.served = std::make_shared<const FactorModel>(
        entry.trained->version(),
        std::make_shared<const ModelData>(with_newcomers(entry.trained->data(), *found, kSimilarToNewcomer)),
        entry.trained->nearest());
}

// Puts a graph that is there in use, and asks for one that is missing.
void ServedModels::take_graph(const Tenant& tenant, Entry& entry) {
  const std::lock_guard lock(mutex_);
  wanting_.erase(tenant);
  if (!entry.trained || entry.trained->nearest() || entry.trained->data().series.size() <= deps_.exact)
    return;
  const auto built = graphs_.find(tenant);
  if (built == graphs_.end() || built->second.version != entry.trained->version()) {
    wanting_.emplace(tenant, entry.trained);
    return;
  }
  entry.trained = std::make_shared<const FactorModel>(entry.trained->version(), entry.trained->shared_data(),
                                                      std::move(built->second.nearest));
  entry.served = entry.trained;
  entry.newcomers = {};
  graphs_.erase(built);
}

Result<bool> ServedModels::build_graph(const std::function<bool()>& stopped) {
  std::pair<Tenant, std::shared_ptr<const FactorModel>> one;
  {
    const std::lock_guard lock(mutex_);
    const auto next = std::ranges::find_if(wanting_, [&](const auto& it) {
      const auto built = graphs_.find(it.first);
      return built == graphs_.end() || built->second.version != it.second->version();
    });
    if (next == wanting_.end()) return false;
    one = *next;
  }
  auto nearest = learn::NearestItems::build(one.second->data().factors, {}, stopped);
  if (!nearest) return false;
  deps_.log.info("graph of the nearest series is built", {{"tenant", one.first.text()},
                                                          {"series", std::to_string(nearest->items())},
                                                          {"bytes", std::to_string(nearest->bytes())}});
  const std::lock_guard lock(mutex_);
  graphs_[one.first] = {one.second->version(), std::move(nearest)};
  return true;
}

void ServedModels::publish() {
  std::map<Tenant, std::shared_ptr<const TasteModel>> served;
  for (const auto& [tenant, entry] : entries_)
    if (entry.served) served.emplace(tenant, entry.served);
  const std::lock_guard lock(mutex_);
  served_.swap(served);
}

}  // namespace cliffhanger::recommendation
