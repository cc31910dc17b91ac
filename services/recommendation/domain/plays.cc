#include "services/recommendation/domain/plays.h"

#include <algorithm>

namespace cliffhanger::recommendation {
namespace {

constexpr double kUnknownDuration = 90;  // seconds: of an episode while none was played

bool within(Time at, Time shown) {
  return at >= shown && at < shown + kOutcomeWindow;
}

rank::Watch watch_of(const Play& first, bool went_on, bool did_more) {
  rank::Watch out{first.duration, first.seconds, rank::End::kCensored};
  if (first.completed)
    out.end = rank::End::kFinished;
  else if (first.skipped || (did_more && !went_on))
    out.end = rank::End::kLeft;
  return out;
}

}  // namespace

void Durations::add(const Play& play) {
  if (play.duration <= 0) return;
  for (Sum* sum : {&of_[play.series], &all_}) {
    sum->seconds += play.duration;
    sum->count += 1;
  }
}

double Durations::usual() const {
  return all_.count > 0 ? all_.seconds / all_.count : kUnknownDuration;
}

double Durations::of(SeriesId series) const {
  const auto found = of_.find(series);
  return found == of_.end() ? usual() : found->second.seconds / found->second.count;
}

std::map<SeriesId, float> Durations::means() const {
  std::map<SeriesId, float> out;
  for (const auto& [series, sum] : of_) out[series] = static_cast<float>(sum.seconds / sum.count);
  return out;
}

Durations Durations::from(const std::map<SeriesId, float>& means, double usual) {
  Durations out;
  for (const auto& [series, mean] : means) out.of_[series] = {mean, 1};
  out.all_ = {usual, 1};
  return out;
}

Outcomes::Outcomes(std::vector<Play> plays, std::vector<Praise> praises) {
  for (auto& play : plays) people_[play.user].plays.push_back(play);
  for (auto& praise : praises) people_[praise.user].praises.push_back(praise);
  for (auto& [user, person] : people_)
    std::sort(person.plays.begin(), person.plays.end(), [](const Play& a, const Play& b) {
      return std::tie(a.started, a.episode) < std::tie(b.started, b.episode);
    });
}

bool Outcomes::played(UserId user, SeriesId series, Time shown) const {
  const auto found = people_.find(user);
  return found != people_.end() && std::ranges::any_of(found->second.plays, [&](const Play& play) {
           return play.series == series && within(play.started, shown);
         });
}

rank::Outcome Outcomes::of(UserId user, SeriesId series, Time shown, double duration) const {
  rank::Outcome out;
  out.complete = out.next = out.like = out.share = false;  // whether they stay is said of what was played
  out.watch = rank::Watch{duration, 0, rank::End::kLeft};
  const auto found = people_.find(user);
  if (found == people_.end()) return out;
  for (const auto& praise : found->second.praises)
    if (praise.series == series && within(praise.at, shown))
      (praise.kind == Praise::Kind::kLike ? out.like : out.share) = true;
  std::optional<Play> first;
  bool did_more = false;
  for (const auto& play : found->second.plays) {
    if (!within(play.started, shown)) continue;
    if (!first) {
      if (play.series != series) continue;
      first = play;
      out.stay = false;
      continue;
    }
    if (play.episode != first->episode) {
      out.stay = did_more = true;
      if (play.series == series) out.next = true;
      continue;
    }
    first->seconds += play.seconds;
    first->completed = first->completed || play.completed;
    first->skipped = first->skipped || play.skipped;
    first->duration = std::max(first->duration, play.duration);
  }
  if (!first) return out;
  if (first->duration <= 0) first->duration = duration;
  out.watch = watch_of(*first, *out.next, did_more);
  out.complete = first->completed;
  if (out.watch->end == rank::End::kCensored) out.complete = std::nullopt;
  return out;
}

}  // namespace cliffhanger::recommendation
