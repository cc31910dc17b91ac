#include "libs/rank/ranking_model.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "libs/rank/draw.h"

namespace cliffhanger::rank {
namespace {

constexpr std::string_view kTag = "RANK";
constexpr std::uint32_t kVersion = 2;
constexpr int kComplete = 0, kNext = 1, kLike = 2, kShare = 3, kStay = 4, kWatching = 5;
constexpr int kFirstLevel = kTasks - 1;  // of the heads
constexpr double kMostScore = 30;        // log-odds
constexpr double kMostWatching = 4;      // of the score of watching, as a feature
constexpr double kUsualSeconds = 15;     // of a watch: where the logarithm of its length, as a feature, is 0

double probability(double score) {
  return logistic(std::clamp(score, -kMostScore, kMostScore));
}

RankingOptions bounded(RankingOptions options) {
  options.bits = std::clamp(options.bits, 10, 24);
  const auto within = [](double value, double low, double high, double otherwise) {
    return std::isnan(value) ? otherwise : std::clamp(value, low, high);
  };
  options.alpha = within(options.alpha, 1e-4, 10, 0.1);
  options.watching_alpha = within(options.watching_alpha, 1e-4, 10, 0.5);
  options.stay_alpha = within(options.stay_alpha, 1e-4, 10, 0.02);
  options.beta = within(options.beta, 1e-3, 1e3, 1);
  options.l1 = within(options.l1, 0, 1e3, 0.1);
  options.l2 = within(options.l2, 0, 1e3, 1);
  return options;
}

std::size_t place_of(std::uint64_t hash, std::uint64_t mask) {
  return static_cast<std::size_t>(hash & mask) * kTasks;
}

// Expected seconds of an item from the chances to reach each level.
template <typename Reach>
double expected_seconds(const WatchValue& values, double duration, const Reach& reach) {
  double out = 0, survival = 1;
  for (int m = 0; m < kLevels; ++m) {
    const double after = m + 1 < kLevels ? survival * reach(m) : 0;
    out += (survival - after) * values.level_seconds(m, duration);
    survival = after;
  }
  return out;
}

double length_of(double seconds) {
  return std::log((1 + seconds) / (1 + kUsualSeconds));
}

}  // namespace

double expected_value(const Prediction& prediction, const ValueWeights& weights) {
  return weights.second * prediction.seconds + weights.complete * prediction.complete +
         weights.next * prediction.next + weights.like * prediction.like + weights.share * prediction.share;
}

double session_value(const Prediction& prediction, const ValueWeights& weights) {
  return expected_value(prediction, weights) / std::max(1 - prediction.stay, kLeastLeaving);
}

Prediction RankingModel::predict(const Features& features, double duration) const {
  std::array<float, kTasks> scores{};
  for (const auto& entry : features.entries()) {
    const float* weights = weights_.data() + place_of(entry.hash, mask_);
    for (std::size_t task = 0; task < kTasks; ++task) scores[task] += entry.weight * weights[task];
  }
  const double watching = std::clamp<double>(scores[kWatching], -kMostWatching, kMostWatching);
  const double length = length_of(expected_seconds(*values_, duration, [&](int m) {
    return probability(bias_[static_cast<std::size_t>(kFirstLevel + m)] + scores[kWatching]);
  }));
  std::array<double, kHeads> p{};
  for (std::size_t head = 0; head < kHeads; ++head) {
    const double score = head < slope_.size()
                             ? scores[head] + slope_[head] * watching + stretch_[head] * length
                             : scores[kWatching];
    p[head] = calibration_[head].apply(probability(bias_[head] + score));
  }
  Prediction out{p[kComplete], p[kNext], p[kLike], p[kShare], p[kStay], 0};
  out.seconds = expected_seconds(*values_, duration,
                                 [&](int m) { return p[static_cast<std::size_t>(kFirstLevel + m)]; });
  return out;
}

RankingLearner::RankingLearner(std::shared_ptr<const WatchValue> values, const RankingOptions& options)
    : values_(std::move(values)),
      options_(bounded(options)),
      mask_((std::uint64_t{1} << options_.bits) - 1),
      states_((std::size_t{1} << options_.bits) * kTasks) {}

float RankingLearner::weight(const State& state, double alpha) const {
  const double z = state.z, l1 = options_.l1;
  if (std::abs(z) <= l1) return 0;
  return static_cast<float>(
      -(z - std::copysign(l1, z)) /
      ((options_.beta + std::sqrt(static_cast<double>(state.n))) / alpha + options_.l2));
}

double RankingLearner::alpha_of(int task) const {
  if (task == kStay) return options_.stay_alpha;
  return task == kWatching ? options_.watching_alpha : options_.alpha;
}

double RankingLearner::score(const Features& features, int task) const {
  double sum = 0;
  for (const auto& entry : features.entries())
    sum += entry.weight *
           weight(states_[place_of(entry.hash, mask_) + static_cast<std::size_t>(task)], alpha_of(task));
  return sum;
}

void RankingLearner::update(State& state, double gradient, double alpha) {
  const double w = weight(state, alpha), before = state.n, after = before + gradient * gradient;
  const double sigma = (std::sqrt(after) - std::sqrt(before)) / alpha;
  state.z = static_cast<float>(state.z + gradient - sigma * w);
  state.n = static_cast<float>(after);
}

void RankingLearner::update(const Features& features, int task, double gradient) {
  for (const auto& entry : features.entries())
    if (entry.weight != 0)
      update(states_[place_of(entry.hash, mask_) + static_cast<std::size_t>(task)], gradient * entry.weight,
             alpha_of(task));
}

RankingLearner::Told RankingLearner::told(double watching, double duration) const {
  return {std::clamp(watching, -kMostWatching, kMostWatching),
          length_of(expected_seconds(*values_, duration, [&](int m) {
            return probability(weight(bias_[static_cast<std::size_t>(kFirstLevel + m)]) + watching);
          }))};
}

void RankingLearner::step(const Features& features, int task, const Told& told, bool outcome, bool observe) {
  const auto head = static_cast<std::size_t>(task);
  const double p = probability(weight(bias_[head]) + score(features, task) +
                               weight(slope_[head]) * told.watching + weight(stretch_[head]) * told.length);
  if (observe) calibration_[head].observe(p, outcome);
  const double error = p - (outcome ? 1 : 0);
  update(bias_[head], error, options_.alpha);
  update(slope_[head], error * told.watching, options_.alpha);
  update(stretch_[head], error * told.length, options_.alpha);
  update(features, task, error);
}

void RankingLearner::watch(const Features& features, double watching, const Watch& watch, bool observe) {
  const int reached = values_->level(watch);
  double errors = 0;
  for (int m = 1; m < kLevels; ++m) {
    const bool reaches = reached >= m;
    if (!reaches && watch.end == End::kCensored) break;  // nobody knows
    const auto head = static_cast<std::size_t>(kFirstLevel + m - 1);
    const double p = probability(weight(bias_[head]) + watching);
    if (observe) calibration_[head].observe(p, reaches);
    update(bias_[head], p - (reaches ? 1 : 0), options_.alpha);
    errors += p - (reaches ? 1 : 0);
    if (!reaches) break;
  }
  update(features, kWatching, errors);
}

void RankingLearner::learn(const Example& example, bool observe) {
  const auto& [features, outcome] = example;
  ++events_;
  const double watching = score(features, kWatching);
  const auto of_watch = told(watching, outcome.watch ? outcome.watch->duration : 0);
  const auto take = [&](int task, const std::optional<bool>& known) {
    if (known) step(features, task, of_watch, *known, observe);
  };
  take(kComplete, outcome.complete);
  take(kNext, outcome.next);
  take(kLike, outcome.like);
  take(kShare, outcome.share);
  take(kStay, outcome.stay);
  if (outcome.watch) watch(features, watching, *outcome.watch, observe);
}

void RankingLearner::learn(std::span<const Example> log, int passes, double held, std::uint64_t seed) {
  const auto first =
      static_cast<std::size_t>(static_cast<double>(log.size()) * (1 - std::clamp(held, 0.0, 1.0)));
  std::vector<std::size_t> order(first);
  std::iota(order.begin(), order.end(), std::size_t{0});
  Draw draw(seed);
  for (int pass = 0; pass < passes; ++pass) {
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[draw.below(i)]);
    for (const auto i : order) learn(log[i], false);
  }
  for (const auto& example : log.subspan(first)) learn(example, true);
}

std::shared_ptr<const RankingModel> RankingLearner::snapshot() {
  auto out = std::make_shared<RankingModel>();
  out->mask_ = mask_;
  out->weights_.resize(states_.size());
  for (std::size_t i = 0; i < states_.size(); ++i)
    out->weights_[i] = weight(states_[i], alpha_of(static_cast<int>(i % kTasks)));
  for (std::size_t head = 0; head < kHeads; ++head) {
    out->bias_[head] = weight(bias_[head]);
    calibration_[head].fit();
  }
  for (std::size_t task = 0; task < slope_.size(); ++task) {
    out->slope_[task] = weight(slope_[task]);
    out->stretch_[task] = weight(stretch_[task]);
  }
  out->calibration_ = calibration_;
  out->values_ = values_;
  return out;
}

// Only places that were ever touched are written.
std::string RankingLearner::encode() const {
  Writer out(kTag, kVersion);
  out.u32(static_cast<std::uint32_t>(options_.bits));
  for (const double option : {options_.alpha, options_.watching_alpha, options_.stay_alpha, options_.beta,
                              options_.l1, options_.l2})
    out.f64(option);
  out.u64(static_cast<std::uint64_t>(events_));
  const auto write = [&](const State& state) {
    out.f32(state.z);
    out.f32(state.n);
  };
  for (const auto& state : bias_) write(state);
  for (const auto& state : slope_) write(state);
  for (const auto& state : stretch_) write(state);
  for (const auto& calibration : calibration_) calibration.encode(out);
  const auto values = values_->encode();
  out.u32(static_cast<std::uint32_t>(values.size()));
  out.raw(values);
  std::uint64_t touched = 0;
  for (const auto& state : states_) touched += state.n != 0;
  out.u64(touched);
  for (std::size_t i = 0; i < states_.size(); ++i) {
    if (states_[i].n == 0) continue;
    out.u32(static_cast<std::uint32_t>(i));
    write(states_[i]);
  }
  return std::move(out).finish();
}

Result<RankingLearner> RankingLearner::decode(std::string_view bytes) {
  CH_ASSIGN(auto in, Reader::open(bytes, kTag, kVersion));
  RankingOptions options;
  options.bits = static_cast<int>(in.u32());
  for (double* option : {&options.alpha, &options.watching_alpha, &options.stay_alpha, &options.beta,
                         &options.l1, &options.l2})
    *option = in.f64();
  if (!in.ok() || options.bits < 10 || options.bits > 24)
    return fail(bad_model("The ranking model has an impossible size."));
  RankingLearner out(nullptr, options);
  out.events_ = static_cast<std::int64_t>(in.u64());
  const auto read = [&](State& state) {
    state.z = in.f32();
    state.n = in.f32();
    return in.ok() && state.n >= 0;
  };
  bool good = true;
  for (auto& state : out.bias_) good &= read(state);
  for (auto& state : out.slope_) good &= read(state);
  for (auto& state : out.stretch_) good &= read(state);
  if (!good) return fail(bad_model("The ranking model has an impossible state."));
  for (auto& calibration : out.calibration_)
    if (!calibration.decode(in)) return fail(bad_model("The ranking model has an impossible calibration."));
  const auto size = in.u32();
  CH_ASSIGN(auto values, WatchValue::decode(in.raw(size)));
  out.values_ = std::make_shared<const WatchValue>(std::move(values));
  const auto touched = in.u64();
  if (!in.ok() || touched > out.states_.size() || in.left() != touched * 12)
    return fail(bad_model("The ranking model has an impossible size."));
  for (std::uint64_t i = 0; i < touched; ++i) {
    const std::size_t place = in.u32();
    if (place >= out.states_.size() || !read(out.states_[place]))
      return fail(bad_model("The ranking model has an impossible state."));
  }
  return out;
}

}  // namespace cliffhanger::rank
