#include "libs/rank/ranking_model.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "libs/rank/calibration.h"
#include "libs/rank/draw.h"

namespace cliffhanger::rank {
namespace {

constexpr std::string_view kTag = "RANK";
constexpr std::uint32_t kVersion = 3;
constexpr int kStay = 4, kInterest = 5;
constexpr std::size_t kFirstSign = kTasks - 1;  // of the biases
constexpr double kMostScore = 30;               // log-odds
constexpr double kMostWeight = 1e6;             // in bytes that are read
constexpr double kBiasKnown = 0.25;             // one over the variance of a bias before anything is known

double probability(double score) {
  return logistic(std::clamp(score, -kMostScore, kMostScore));
}

RankingOptions bounded(RankingOptions options) {
  options.bits = std::clamp(options.bits, 10, 24);
  for (double* variance : {&options.interest_variance, &options.stay_variance, &options.variance})
    *variance = std::isnan(*variance) ? 0.1 : std::clamp(*variance, 1e-6, 100.0);
  return options;
}

std::size_t place_of(std::uint64_t hash, std::uint64_t mask) {
  return static_cast<std::size_t>(hash & mask) * kTasks;
}

// Tells of each task but interest what is known to have come of it.
template <typename Tell>
void each_known(const Outcome& outcome, const Tell& tell) {
  int task = 0;
  for (const auto* known : {&outcome.complete, &outcome.next, &outcome.like, &outcome.share, &outcome.stay}) {
    if (*known) tell(task, **known);
    ++task;
  }
}

// Asks of each sign of interest in turn whether it was there: of each level whether the watch, having reached
// the one below, reached it, as far as is known; of a like; of a share.
template <typename Ask>
void each_sign(const WatchValue& values, const Outcome& outcome, const Ask& ask) {
  const int reached = outcome.watch ? values.level(*outcome.watch) : -1;
  for (int m = 1; m < kLevels && reached >= m - 1; ++m) {
    if (reached < m && outcome.watch->end == End::kCensored) break;
    ask(kFirstSign + static_cast<std::size_t>(m) - 1, reached >= m);
  }
  if (outcome.like) ask(kFirstSign + kLevels - 1, *outcome.like);
  if (outcome.share) ask(kFirstSign + kLevels, *outcome.share);
}

}  // namespace

double expected_value(const Prediction& prediction, const ValueWeights& weights) {
  return weights.second * prediction.seconds + weights.complete * prediction.complete +
         weights.next * prediction.next + weights.like * prediction.like + weights.share * prediction.share;
}

double session_value(const Prediction& prediction, const ValueWeights& weights) {
  return expected_value(prediction, weights) / std::max(1 - prediction.stay, kLeastLeaving);
}

double Heads::seconds(double interest, double duration, const WatchValue& values) const {
  double out = 0, survival = 1;
  for (int m = 0; m < kLevels; ++m) {
    const double reach =
        m + 1 < kLevels ? probability(bias[kFirstSign + static_cast<std::size_t>(m)] + interest) : 0;
    out += survival * (1 - reach) * values.level_seconds(m, duration);
    survival *= reach;
  }
  return out;
}

Readout::Inputs Heads::for_seconds(double interest, double duration, const WatchValue& values) const {
  return Readout::by_duration(std::log(seconds(interest, duration, values) / Readout::kUsualSeconds),
                              interest, values.known(duration));
}

Prediction Heads::predict(const std::array<double, kTasks>& scores, double duration,
                          const WatchValue& values) const {
  Prediction out;
  const double interest = scores[kInterest];
  if (duration > 0)
    out.seconds =
        std::min(kMostRepeats * duration,
                 Readout::kUsualSeconds * readout_[kInterest].apply(for_seconds(interest, duration, values)));
  double* const tasks[] = {&out.complete, &out.next, &out.like, &out.share, &out.stay};
  const auto inputs = Readout::by_seconds(0, interest, values.known(duration), out.seconds);
  for (std::size_t task = 0; task < std::size(tasks); ++task)
    *tasks[task] = readout_[task].apply(Readout::with_score(inputs, bias[task] + scores[task]));
  return out;
}

void Heads::observe(const std::array<double, kTasks>& scores, const Outcome& outcome,
                    const WatchValue& values) {
  const double duration = outcome.watch ? outcome.watch->duration : 0, interest = scores[kInterest];
  const double seconds = predict(scores, duration, values).seconds;
  const auto inputs = Readout::by_seconds(0, interest, values.known(duration), seconds);
  each_known(outcome, [&](int task, bool happened) {
    const auto head = static_cast<std::size_t>(task);
    readout_[head].observe(Readout::with_score(inputs, bias[head] + scores[head]), happened);
  });
  if (!(duration > 0)) return;
  const double brought = std::clamp(outcome.watch->seconds, 0.0, kMostRepeats * duration);
  readout_[kInterest].observe(for_seconds(interest, duration, values), brought / Readout::kUsualSeconds);
}

Prediction RankingModel::predict(const Features& features, double duration) const {
  std::array<double, kTasks> scores{};
  for (const auto& entry : features.entries()) {
    const float* weights = weights_.data() + place_of(entry.hash, mask_);
    for (std::size_t task = 0; task < kTasks; ++task) scores[task] += entry.weight * weights[task];
  }
  return heads_.predict(scores, duration, *values_);
}

RankingLearner::RankingLearner(std::shared_ptr<const WatchValue> values, const RankingOptions& options)
    : values_(std::move(values)),
      options_(bounded(options)),
      mask_((std::uint64_t{1} << options_.bits) - 1),
      weights_((std::size_t{1} << options_.bits) * kTasks) {}

double RankingLearner::known_before(int task) const {
  if (task == kStay) return 1 / options_.stay_variance;
  return 1 / (task == kInterest ? options_.interest_variance : options_.variance);
}

double RankingLearner::score(const Features& features, int task) const {
  double sum = 0;
  for (const auto& entry : features.entries())
    sum += entry.weight * weights_[place_of(entry.hash, mask_) + static_cast<std::size_t>(task)].mean;
  return sum;
}

// All weights of the event share what it says by how little is known of each.
void RankingLearner::update(const Features& features, int task, double gradient, double curvature) {
  const double before = known_before(task);
  const auto weight = [&](const Features::Entry& entry) -> Weight& {
    return weights_[place_of(entry.hash, mask_) + static_cast<std::size_t>(task)];
  };
  double spread = 1;
  for (const auto& entry : features.entries())
    spread += curvature * entry.weight * entry.weight / (before + weight(entry).gained);
  for (const auto& entry : features.entries()) {
    if (entry.weight == 0) continue;
    auto& one = weight(entry);
    const double variance = 1 / (before + one.gained),
                 part = curvature * variance * entry.weight * entry.weight;
    one.mean += static_cast<float>(variance * entry.weight * gradient / spread);
    // The variance becomes variance · (1 − part / spread).
    one.gained = static_cast<float>(spread / (variance * (spread - part)) - before);
  }
}

void RankingLearner::update_bias(std::size_t head, double gradient, double curvature) {
  bias_gained_[head] += static_cast<float>(curvature);
  heads_.bias[head] += static_cast<float>(gradient / (kBiasKnown + bias_gained_[head]));
}

void RankingLearner::step(const Features& features, int task, bool outcome, double share) {
  const auto head = static_cast<std::size_t>(task);
  const double p = probability(heads_.bias[head] + score(features, task));
  const double gradient = share * ((outcome ? 1 : 0) - p), curvature = share * p * (1 - p);
  update_bias(head, gradient, curvature);
  update(features, task, gradient, curvature);
}

void RankingLearner::interest(const Features& features, const Outcome& outcome, double share) {
  const double interest = score(features, kInterest);
  double gradient = 0, curvature = 0;
  each_sign(*values_, outcome, [&](std::size_t sign, bool there) {
    const double p = probability(heads_.bias[sign] + interest);
    const double slope = share * ((there ? 1 : 0) - p), bend = share * p * (1 - p);
    update_bias(sign, slope, bend);
    gradient += slope;
    curvature += bend;
  });
  if (curvature > 0) update(features, kInterest, gradient, curvature);
}

std::array<double, kTasks> RankingLearner::scores(const Features& features) const {
  std::array<double, kTasks> out{};
  for (std::size_t task = 0; task < kTasks; ++task) out[task] = score(features, static_cast<int>(task));
  return out;
}

void RankingLearner::learn(const Example& example) {
  heads_.observe(scores(example.features), example.outcome, *values_);
  learn_again(example, 1);
}

void RankingLearner::learn_again(const Example& example, double share) {
  const auto& [features, outcome] = example;
  ++events_;
  each_known(outcome, [&](int task, bool happened) { step(features, task, happened, share); });
  interest(features, outcome, share);
}

void RankingLearner::learn(std::span<const Example> log, int passes, double held, std::uint64_t seed) {
  const auto first =
      static_cast<std::size_t>(static_cast<double>(log.size()) * (1 - std::clamp(held, 0.0, 1.0)));
  std::vector<std::size_t> order(first);
  std::iota(order.begin(), order.end(), std::size_t{0});
  Draw draw(seed);
  for (int pass = 0; pass < passes; ++pass) {
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[draw.below(i)]);
    for (const auto i : order) learn_again(log[i], 1.0 / passes);
  }
  for (const auto& example : log.subspan(first)) learn(example);
}

std::shared_ptr<const RankingModel> RankingLearner::snapshot() {
  auto out = std::make_shared<RankingModel>();
  out->mask_ = mask_;
  out->weights_.resize(weights_.size());
  for (std::size_t i = 0; i < weights_.size(); ++i) out->weights_[i] = weights_[i].mean;
  out->heads_ = heads_;
  out->values_ = values_;
  return out;
}

// Only places that were ever touched are written.
std::string RankingLearner::encode() const {
  Writer out(kTag, kVersion);
  out.u32(static_cast<std::uint32_t>(options_.bits));
  for (const double option : {options_.interest_variance, options_.stay_variance, options_.variance})
    out.f64(option);
  out.u64(static_cast<std::uint64_t>(events_));
  for (std::size_t head = 0; head < heads_.bias.size(); ++head) {
    out.f32(heads_.bias[head]);
    out.f32(bias_gained_[head]);
  }
  for (const auto& readout : heads_.readout_) readout.encode(out);
  const auto values = values_->encode();
  out.u32(static_cast<std::uint32_t>(values.size()));
  out.raw(values);
  std::uint64_t touched = 0;
  for (const auto& weight : weights_) touched += weight.gained > 0;
  out.u64(touched);
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    if (!(weights_[i].gained > 0)) continue;
    out.u32(static_cast<std::uint32_t>(i));
    out.f32(weights_[i].mean);
    out.f32(weights_[i].gained);
  }
  return std::move(out).finish();
}

Result<RankingLearner> RankingLearner::decode(std::string_view bytes) {
  CH_ASSIGN(auto in, Reader::open(bytes, kTag, kVersion));
  RankingOptions options;
  options.bits = static_cast<int>(in.u32());
  for (double* option : {&options.interest_variance, &options.stay_variance, &options.variance})
    *option = in.f64();
  if (!in.ok() || options.bits < 10 || options.bits > 24)
    return fail(bad_model("The ranking model has an impossible size."));
  RankingLearner out(nullptr, options);
  out.events_ = static_cast<std::int64_t>(in.u64());
  const auto read = [&](float& mean, float& gained) {
    mean = in.f32();
    gained = in.f32();
    return in.ok() && std::abs(mean) < kMostWeight && gained >= 0;
  };
  bool good = true;
  for (std::size_t head = 0; head < out.heads_.bias.size(); ++head)
    good &= read(out.heads_.bias[head], out.bias_gained_[head]);
  for (auto& readout : out.heads_.readout_) good = good && readout.decode(in);
  if (!good) return fail(bad_model("The ranking model has an impossible state."));
  const auto size = in.u32();
  CH_ASSIGN(auto values, WatchValue::decode(in.raw(size)));
  out.values_ = std::make_shared<const WatchValue>(std::move(values));
  const auto touched = in.u64();
  if (!in.ok() || touched > out.weights_.size() || in.left() != touched * 12)
    return fail(bad_model("The ranking model has an impossible size."));
  for (std::uint64_t i = 0; i < touched; ++i) {
    const std::size_t place = in.u32();
    if (place >= out.weights_.size() || !read(out.weights_[place].mean, out.weights_[place].gained))
      return fail(bad_model("The ranking model has an impossible state."));
  }
  return out;
}

}  // namespace cliffhanger::rank
