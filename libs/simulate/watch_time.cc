#include "libs/simulate/watch_time.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "libs/rank/calibration.h"

namespace cliffhanger::simulate {
namespace {

using rank::Draw;
using rank::End;
using rank::Watch;

constexpr int kPasses = 3, kRegressionPasses = 4;
constexpr double kHeld = 0.2;        // of the log, to calibrate on
constexpr double kPlaySeconds = 3;   // that make a play
constexpr double kOneLength = 3600;  // a duration for all, where durations are not looked at

using Score = std::function<double(int viewer, int film)>;
using Seen = std::vector<std::vector<char>>;  // by viewer and film

rank::Features features_of(const World& world, int viewer, int film) {
  const auto& one = world.films()[static_cast<std::size_t>(film)];
  const auto who = static_cast<std::uint64_t>(viewer), topic = static_cast<std::uint64_t>(one.topic);
  rank::Features out;
  out.add("viewer", who)
      .add("film", static_cast<std::uint64_t>(film))
      .add("topic", topic)
      .add("length", static_cast<std::uint64_t>(std::lround(2 * std::log2(one.seconds))))
      .cross("viewer*topic", who, topic);
  return out;
}

// Half of the log is random; the other half prefers long films, in proportion to their length.
std::vector<View> logged(const World& world, const WatchTimeOptions& options, Seen& seen) {
  std::vector<View> out;
  std::vector<double> upto;
  for (const auto& film : world.films()) upto.push_back((upto.empty() ? 0 : upto.back()) + film.seconds);
  Draw draw(options.seed * 7919 + 1);
  const auto pick = [&](int viewer) {
    for (;;) {
      const std::size_t film =
          draw.chance(0.5)
              ? draw.below(upto.size())
              : static_cast<std::size_t>(
                    std::upper_bound(upto.begin(), upto.end(), draw.uniform() * upto.back()) - upto.begin());
      auto& known = seen[static_cast<std::size_t>(viewer)][std::min(film, upto.size() - 1)];
      if (!known) return known = 1, static_cast<int>(film);
    }
  };
  for (int session = 0; session < options.logged_sessions; ++session)
    for (int viewer = 0; viewer < world.viewers(); ++viewer) {
      auto now = world.begin(draw);
      // Half of the catalogue at most, so that picking ends.
      for (std::size_t n = 0; !now.over && n < upto.size() / 30; ++n) {
        out.push_back(world.show(viewer, pick(viewer), now, draw));
        out.back().session = session;
      }
    }
  return out;
}

rank::Outcome outcome_of(const View& view) {
  rank::Outcome out;
  out.stay = view.on;
  out.like = view.like;
  out.share = view.share;
  out.watch = view.watch;
  if (view.watch.end != End::kCensored) out.complete = view.watch.end == End::kFinished;
  return out;
}

// `raw`: seconds as they are, of whatever length and however they ended.
std::shared_ptr<const rank::RankingModel> trained(const World& world, const std::vector<View>& log, bool raw,
                                                  std::uint64_t seed) {
  std::vector<rank::Example> examples;
  std::vector<Watch> watches;
  for (const auto& view : log) {
    examples.push_back({features_of(world, view.viewer, view.film), outcome_of(view)});
    if (raw) examples.back().outcome.watch = Watch{kOneLength, view.watch.seconds, End::kLeft};
    watches.push_back(*examples.back().outcome.watch);
  }
  auto values = rank::WatchValue::fit(watches);
  if (!values) return nullptr;
  rank::RankingLearner learner(std::make_shared<const rank::WatchValue>(std::move(*values)), {});
  learner.learn(examples, kPasses, kHeld, seed);
  return learner.snapshot();
}

// Least squares on the seconds of a watch as they are, by AdaGrad (Duchi et al. 2011) over the same features:
// how watch time is predicted by who doesn't look at durations or at what ended a watch.
class Regression {
 public:
  explicit Regression(const std::vector<std::pair<rank::Features, double>>& log, std::uint64_t seed)
      : weights_(kPlaces, 0), squares_(kPlaces, 1e-6) {
    for (const auto& [features, seconds] : log) mean_ += seconds / static_cast<double>(log.size());
    std::vector<std::size_t> order(log.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    Draw draw(seed);
    for (int pass = 0; pass < kRegressionPasses; ++pass) {
      for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[draw.below(i)]);
      for (const auto i : order) learn(log[i].first, log[i].second);
    }
  }
  double predict(const rank::Features& features) const {
    double out = mean_;
    for (const auto& entry : features.entries()) out += entry.weight * weights_[entry.hash % kPlaces];
    return out;
  }

 private:
  void learn(const rank::Features& features, double seconds) {
    const double error = predict(features) - seconds;
    for (const auto& entry : features.entries()) {
      const auto place = entry.hash % kPlaces;
      const double gradient = error * entry.weight + kShrink * weights_[place];
      squares_[place] += gradient * gradient;
      weights_[place] -= kStep * gradient / std::sqrt(squares_[place]);
    }
  }

  static constexpr std::size_t kPlaces = std::size_t{1} << rank::RankingOptions().bits;
  static constexpr double kStep = 3, kShrink = 0.1;
  std::vector<double> weights_, squares_;
  double mean_ = 0;
};

// The mean seconds that were still watched in a session after going on.
double rest_of_session(const std::vector<View>& log) {
  std::map<std::pair<int, int>, double> later;
  double sum = 0, count = 0;
  for (auto view = log.rbegin(); view != log.rend(); ++view) {
    auto& rest = later[{view->session, view->viewer}];
    if (view->on) sum += rest, ++count;
    rest += view->watch.seconds;
  }
  return count > 0 ? sum / count : 0;
}

// Every viewer's sessions with one policy.
SessionFigures lead(const World& world, const WatchTimeOptions& options, const Seen& seen, const Score& score,
                    std::vector<View>* views = nullptr) {
  SessionFigures out;
  for (int viewer = 0; viewer < world.viewers(); ++viewer) {
    std::vector<std::pair<double, int>> order;
    for (int film = 0; film < std::ssize(world.films()); ++film)
      if (!seen[static_cast<std::size_t>(viewer)][static_cast<std::size_t>(film)])
        order.emplace_back(-score(viewer, film), film);
    std::sort(order.begin(), order.end());
    std::size_t next = 0;
    for (int session = 0; session < options.sessions; ++session) {
      // The same chances for all policies.
      Draw draw((options.seed * 1'000'003 + static_cast<std::uint64_t>(viewer)) * 1009 +
                static_cast<std::uint64_t>(session));
      auto now = world.begin(draw);
      while (!now.over && next < order.size()) {
        const auto view = world.show(viewer, order[next++].second, now, draw);
        out.films += 1;
        out.finished += view.watch.end == End::kFinished;
        out.duration += view.watch.duration;
        if (views) views->push_back(view);
      }
      out.seconds += now.watched;
    }
  }
  const double sessions = static_cast<double>(world.viewers()) * options.sessions;
  return {out.seconds / sessions, out.films / sessions, out.finished / out.films, out.duration / out.films};
}

std::map<std::string, double> calibration_of(const World& world, const std::vector<View>& views,
                                             const rank::RankingModel& model) {
  std::map<std::string, std::pair<std::vector<double>, std::vector<char>>> seen;
  const auto note = [&](const char* task, double predicted, bool happened) {
    seen[task].first.push_back(predicted);
    seen[task].second.push_back(happened);
  };
  for (const auto& view : views) {
    const auto got = model.predict(features_of(world, view.viewer, view.film), view.watch.duration);
    if (view.watch.end != End::kCensored) note("complete", got.complete, view.watch.end == End::kFinished);
    note("stay", got.stay, view.on);
    note("like", got.like, view.like);
    note("share", got.share, view.share);
  }
  std::map<std::string, double> out;
  for (const auto& [task, both] : seen) out[task] = rank::calibration_error(both.first, both.second);
  return out;
}

// Policies that know the truth, or half of it.
void add_oracles(const World& world, const std::function<rank::Prediction(int viewer, int film)>& predicted,
                 double rest, const std::function<void(const char*, const Score&)>& add) {
  add("trueStay", [&](int viewer, int film) {
    return predicted(viewer, film).seconds / (1 - world.expected(viewer, film).on);
  });
  add("trueSeconds", [&](int viewer, int film) {
    return world.expected(viewer, film).seconds / (1 - predicted(viewer, film).stay);
  });
  add("oracle", [&](int viewer, int film) {
    const auto truth = world.expected(viewer, film);
    return truth.seconds / (1 - truth.on);
  });
  add("oracleAdditive", [&](int viewer, int film) {
    const auto truth = world.expected(viewer, film);
    return truth.seconds + rest * truth.on;
  });
  add("oracleSeconds", [&](int viewer, int film) { return world.expected(viewer, film).seconds; });
}

}  // namespace

WatchTimeOutcome simulate_watch_time(std::span<const Film> films, const WatchTimeOptions& options) {
  const World world(films, options.films, options.viewers, options.seed);
  Seen seen(static_cast<std::size_t>(options.viewers), std::vector<char>(world.films().size(), 0));
  const auto log = logged(world, options, seen);
  const auto model = trained(world, log, false, options.seed), raw = trained(world, log, true, options.seed);
  WatchTimeOutcome out;
  out.logged = static_cast<int>(log.size());
  if (!model || !raw) return out;
  std::vector<double> plays(world.films().size(), 0);
  for (const auto& view : log)
    plays[static_cast<std::size_t>(view.film)] += view.watch.seconds >= kPlaySeconds;
  const double rest = rest_of_session(log);
  const rank::ValueWeights seconds_alone{1, 0, 0, 0, 0};
  const auto predicted = [&](int viewer, int film) {
    return model->predict(features_of(world, viewer, film),
                          world.films()[static_cast<std::size_t>(film)].seconds);
  };
  std::vector<View> random;
  out.policies["random"] = lead(
      world, options, seen,
      [&](int viewer, int film) {
        return Draw(static_cast<std::uint64_t>(viewer) * 100'003 + static_cast<std::uint64_t>(film))
            .uniform();
      },
      &random);
  out.policies["popularity"] =
      lead(world, options, seen, [&](int, int film) { return plays[static_cast<std::size_t>(film)]; });
  std::vector<std::pair<rank::Features, double>> seconds;
  for (const auto& view : log)
    seconds.emplace_back(features_of(world, view.viewer, view.film), view.watch.seconds);
  const Regression regression(seconds, options.seed);
  out.policies["rawSeconds"] = lead(world, options, seen, [&](int viewer, int film) {
    return regression.predict(features_of(world, viewer, film));
  });
  out.policies["rawLevels"] = lead(world, options, seen, [&](int viewer, int film) {
    return raw->predict(features_of(world, viewer, film), kOneLength).seconds;
  });
  out.policies["completion"] =
      lead(world, options, seen, [&](int viewer, int film) { return predicted(viewer, film).complete; });
  out.policies["ours"] = lead(world, options, seen, [&](int viewer, int film) {
    return rank::session_value(predicted(viewer, film), seconds_alone);
  });
  out.policies["additive"] = lead(world, options, seen, [&](int viewer, int film) {
    const auto got = predicted(viewer, film);
    return got.seconds + rest * got.stay;
  });
  add_oracles(world, predicted, rest, [&](const char* name, const Score& score) {
    out.policies[name] = lead(world, options, seen, score);
  });
  out.calibration = calibration_of(world, random, *model);
  return out;
}

}  // namespace cliffhanger::simulate
