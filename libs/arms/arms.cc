#include "libs/arms/arms.h"

#include <algorithm>

#include "libs/obs/names.h"

namespace cliffhanger::arms {
namespace {

bool is_about(Kind of, Kind wanted) {
  const auto pictured = [](Kind kind) { return kind == Kind::kTitle || kind == Kind::kCover; };
  return of == wanted || (pictured(of) && pictured(wanted));
}

}  // namespace

Book::Book(std::vector<Experiment> experiments) : experiments_(std::move(experiments)) {
  for (const Experiment& one : experiments_) {
    Shelf& shelf = tenants_[one.tenant];
    if (one.kind == Kind::kRanking) {
      shelf.rankings.push_back(&one);
    } else {
      shelf.by_subject.emplace(one.episode.empty() ? one.series.uuid() : one.episode.uuid(), &one);
    }
  }
}

void Book::find(const Tenant& tenant, const Uuid& subject, Kind kind,
                std::vector<const Experiment*>& out) const {
  const auto shelf = tenants_.find(tenant);
  if (shelf == tenants_.end()) return;
  const auto [from, to] = shelf->second.by_subject.equal_range(subject);
  for (auto it = from; it != to; ++it)
    if (is_about(it->second->kind, kind)) out.push_back(it->second);
}

const std::vector<const Experiment*>& Book::rankings(const Tenant& tenant) const {
  static const std::vector<const Experiment*> kNone;
  const auto shelf = tenants_.find(tenant);
  return shelf == tenants_.end() ? kNone : shelf->second.rankings;
}

Arms::Arms(List list, Assign assign, obs::Metrics& metrics, Options options)
    : list_(std::move(list)),
      assign_(std::move(assign)),
      options_(options),
      failed_(metrics.counter(obs::names::kArmsFailed,
                              "Questions what a viewer gets of experiments that had no answer in time", {})) {
}

Result<void> Arms::refresh() {
  CH_ASSIGN(auto experiments, list_());
  auto next = std::make_shared<const Book>(std::move(experiments));
  const std::lock_guard lock(mutex_);
  book_ = std::move(next);
  return {};
}

std::shared_ptr<const Book> Arms::book() const {
  const std::lock_guard lock(mutex_);
  return book_;
}

std::optional<std::vector<Arms::Known>> Arms::recall(const std::string& who, const std::string& where) const {
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  std::size_t taken = 0;
  for (const Viewers* viewers : {&young_, &old_}) {
    const auto found = viewers->find(who);
    if (found == viewers->end()) continue;
    for (const Seat& seat : found->second) {
      if (now >= seat.until) continue;
      if (seat.where == where) return seat.known;
      ++taken;
    }
  }
  if (taken >= options_.seats) return std::nullopt;
  return std::vector<Known>();
}

void Arms::remember(const std::string& who, const std::string& where, const std::vector<Known>& news) const {
  const std::lock_guard lock(mutex_);
  if (young_.size() >= options_.viewers / 2 && !young_.contains(who)) {
    old_ = std::move(young_);
    young_.clear();
  }
  const auto now = std::chrono::steady_clock::now();
  auto& seats = young_[who];
  std::erase_if(seats, [&](const Seat& seat) { return seat.until <= now; });
  // Old news are not made younger by new ones.
  auto seat = std::find_if(seats.begin(), seats.end(), [&](const Seat& it) { return it.where == where; });
  if (seat == seats.end()) seat = seats.insert(seats.end(), {where, now + options_.keep, {}});
  seat->known.insert(seat->known.end(), news.begin(), news.end());
}

std::optional<std::vector<Arms::Known>> Arms::ask(const Call& call, const std::string& country,
                                                  const std::vector<Uuid>& wanted) const {
  const auto now = std::chrono::steady_clock::now();
  {
    const std::lock_guard lock(mutex_);
    if (now < quiet_until_) return std::nullopt;
  }
  Call soon = call;
  soon.deadline = std::min(call.deadline, now + options_.patience);
  const auto got = assign_(soon, wanted, country);
  if (!got) {
    failed_.add();
    const std::lock_guard lock(mutex_);
    quiet_until_ = std::chrono::steady_clock::now() + options_.pause;
    return std::nullopt;
  }
  std::vector<Known> out;
  for (const Uuid& id : wanted) {
    const auto one =
        std::find_if(got->begin(), got->end(), [&](const Assigned& it) { return it.experiment == id; });
    out.push_back(one == got->end() ? Known{id, "", false} : Known{id, one->variation, one->in_experiment});
  }
  return out;
}

std::vector<Arm> Arms::of(const Call& call, const std::string& country,
                          const std::shared_ptr<const Book>& book,
                          const std::vector<const Experiment*>& wanted) const {
  if (wanted.empty() || call.caller.user.empty()) return {};
  const std::string who = call.caller.tenant.text() + '/' + call.caller.user.text();
  const std::string where = country + '/' + call.client.text();
  auto recalled = recall(who, where);
  if (!recalled) return {};
  auto& known = *recalled;
  const auto find = [&](const Uuid& id) {
    return std::find_if(known.begin(), known.end(), [&](const Known& it) { return it.experiment == id; });
  };
  std::vector<Uuid> unknown;
  for (const Experiment* one : wanted)
    if (find(one->id) == known.end() && unknown.size() < options_.most_asked) unknown.push_back(one->id);
  if (!unknown.empty()) {
    if (const auto news = ask(call, country, unknown)) {
      remember(who, where, *news);
      known.insert(known.end(), news->begin(), news->end());
    }
  }
  std::vector<Arm> out;
  for (const Experiment* one : wanted) {
    const auto got = find(one->id);
    if (got == known.end() || got->variation.empty()) continue;
    const auto variation = std::find_if(one->variations.begin(), one->variations.end(),
                                        [&](const Variation& it) { return it.key == got->variation; });
    if (variation != one->variations.end()) out.push_back({book, one, &*variation, got->in_experiment});
  }
  return out;
}

}  // namespace cliffhanger::arms
