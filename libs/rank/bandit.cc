#include "libs/rank/bandit.h"

#include <algorithm>
#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/trigamma.hpp>
#include <cmath>
#include <functional>
#include <numeric>

namespace cliffhanger::rank {
namespace {

// Where an arm's posterior is looked at, in deviations from its middle.
constexpr double kNodes[] = {-4, -3, -2.4, -1.9, -1.4, -1, -0.65, -0.3, 0, 0.3, 0.65, 1, 1.4, 1.9, 2.4, 3, 4};

// P(arm i > all others) from distribution functions at ascending nodes: in each cell between two nodes the
// mass of i times the product of what the others have below its middle.
std::vector<double> win_probabilities(std::size_t arms, const std::vector<double>& nodes,
                                      const std::function<double(std::size_t, double)>& below) {
  std::vector<double> out(arms, 0), before(arms, 0), after(arms), prefix(arms + 1), suffix(arms + 1);
  for (std::size_t cell = 0; cell <= nodes.size(); ++cell) {
    for (std::size_t i = 0; i < arms; ++i) after[i] = cell < nodes.size() ? below(i, nodes[cell]) : 1;
    prefix[0] = suffix[arms] = 1;
    for (std::size_t i = 0; i < arms; ++i) prefix[i + 1] = prefix[i] * (before[i] + after[i]) / 2;
    for (std::size_t i = arms; i-- > 0;) suffix[i] = suffix[i + 1] * (before[i] + after[i]) / 2;
    for (std::size_t i = 0; i < arms; ++i)
      out[i] += std::max(0.0, after[i] - before[i]) * prefix[i] * suffix[i + 1];
    before = after;
  }
  const double sum = std::accumulate(out.begin(), out.end(), 0.0);
  for (auto& one : out) one = sum > 0 ? one / sum : 1 / static_cast<double>(arms);
  return out;
}

void sort_nodes(std::vector<double>& nodes) {
  std::sort(nodes.begin(), nodes.end());
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
}

}  // namespace

std::vector<BetaPosterior> beta_posteriors(std::span<const Weighed> evidence, double mean, double shown) {
  std::vector<BetaPosterior> out;
  const double m = std::clamp(mean, 1e-3, 1 - 1e-3), n = std::max(shown, 0.1);
  for (const auto& arm : evidence)
    out.push_back({n * m + arm.value, n * (1 - m) + std::max(0.0, arm.shown - arm.value)});
  return out;
}

Prior pooled_prior(std::span<const Weighed> evidence) {
  double shown = 0, value = 0, squares = 0, between = 0, known = 0;
  for (const auto& arm : evidence) shown += arm.shown, value += arm.value;
  Prior out{(value + 0.5) / (shown + 1), kAlike};
  const double single = out.mean * (1 - out.mean);
  for (const auto& arm : evidence) {
    if (arm.shown < 1) continue;
    const double off = arm.value / arm.shown - out.mean;
    between += arm.shown * off * off;
    squares += arm.shown * arm.shown;
    known += 1;
  }
  const double weight = shown > 0 ? shown - squares / shown : 0, degrees = known - 1;
  if (degrees < 1 || weight <= 0) return out;
  const double variance = std::max(between - degrees * single, 0.0) / weight;
  const double both = (kAlikeWeight * single / (kAlike + 1) + degrees * variance) / (kAlikeWeight + degrees);
  out.shown = std::clamp(single / both - 1, 2.0, 200.0);
  return out;
}

std::vector<BetaPosterior> sharpened(std::vector<BetaPosterior> arms, double sharpness) {
  for (auto& arm : arms) arm.alpha *= sharpness, arm.beta *= sharpness;
  return arms;
}

std::vector<GaussianPosterior> sharpened(std::vector<GaussianPosterior> arms) {
  for (auto& arm : arms) arm.deviation /= std::sqrt(kSharpness);
  return arms;
}

std::vector<double> thompson(std::span<const BetaPosterior> arms) {
  if (arms.empty()) return {};
  // Nodes are laid in log-odds, where a Beta is nearly symmetric and never leaves (0, 1).
  std::vector<double> nodes;
  for (const auto& arm : arms) {
    const double middle = boost::math::digamma(arm.alpha) - boost::math::digamma(arm.beta);
    const double spread = std::sqrt(boost::math::trigamma(arm.alpha) + boost::math::trigamma(arm.beta));
    for (const double node : kNodes) {
      const double x = 1 / (1 + std::exp(-(middle + node * spread)));
      if (x > 0 && x < 1) nodes.push_back(x);
    }
  }
  sort_nodes(nodes);
  return win_probabilities(arms.size(), nodes, [&](std::size_t i, double x) {
    return boost::math::ibeta(arms[i].alpha, arms[i].beta, x);
  });
}

std::vector<double> thompson(std::span<const GaussianPosterior> arms) {
  if (arms.empty()) return {};
  std::vector<double> nodes;
  for (const auto& arm : arms)
    for (const double node : kNodes) nodes.push_back(arm.mean + node * arm.deviation);
  sort_nodes(nodes);
  return win_probabilities(arms.size(), nodes, [&](std::size_t i, double x) {
    return 0.5 * std::erfc((arms[i].mean - x) / (arms[i].deviation * std::sqrt(2.0)));
  });
}

std::vector<double> square_cb(std::span<const double> predicted, double gamma) {
  if (predicted.empty()) return {};
  const double n = static_cast<double>(predicted.size());
  const auto best = std::max_element(predicted.begin(), predicted.end()) - predicted.begin();
  std::vector<double> out(predicted.size());
  double others = 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (std::ssize(out) > 1 && static_cast<std::ptrdiff_t>(i) == best) continue;
    out[i] = 1 / (n + gamma * (predicted[static_cast<std::size_t>(best)] - predicted[i]));
    others += out[i];
  }
  if (out.size() > 1) out[static_cast<std::size_t>(best)] = 1 - others;
  return out;
}

std::vector<double> with_floor(std::vector<double> probabilities, double least) {
  if (probabilities.empty()) return probabilities;
  const double n = static_cast<double>(probabilities.size());
  least = std::min(least, 1 / n);
  // Paying may bring others below: once for each arm at most.
  std::vector<char> raised(probabilities.size(), 0);
  for (bool more = true; more;) {
    more = false;
    double rest = 0, floors = 0;
    for (std::size_t i = 0; i < raised.size(); ++i)
      (raised[i] ? floors : rest) += raised[i] ? least : probabilities[i];
    const double scale = rest > 0 ? (1 - floors) / rest : 0;
    for (std::size_t i = 0; i < raised.size(); ++i) {
      if (raised[i] || probabilities[i] * scale >= least) continue;
      raised[i] = 1;
      more = true;
    }
    if (more) continue;
    for (std::size_t i = 0; i < raised.size(); ++i)
      probabilities[i] = raised[i] ? least : probabilities[i] * scale;
  }
  return probabilities;
}

Choice choose(std::span<const double> probabilities, double uniform) {
  double left = uniform;
  std::size_t arm = 0, last = 0;
  for (arm = 0; arm < probabilities.size(); ++arm) {
    if (probabilities[arm] <= 0) continue;
    last = arm;
    if ((left -= probabilities[arm]) < 0) break;
  }
  return {static_cast<int>(last), probabilities[last]};
}

}  // namespace cliffhanger::rank
