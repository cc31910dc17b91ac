#include "services/recommendation/domain/ranking.h"

#include <boost/json.hpp>
#include <cmath>

namespace cliffhanger::recommendation {
namespace {

constexpr double kMostWeight = 100;
constexpr std::int64_t kMostExploreEvery = 100;

double* weight_of(Weights& weights, std::string_view name) {
  const std::pair<std::string_view, double*> all[] = {
      {"bias", &weights.bias},       {"popularity", &weights.popularity}, {"trend", &weights.trend},
      {"factor", &weights.factor},   {"transition", &weights.transition}, {"similar", &weights.similar},
      {"content", &weights.content}, {"follow", &weights.follow},         {"creator", &weights.creator},
      {"liked", &weights.liked},     {"fresh", &weights.fresh},           {"goingOn", &weights.going_on},
      {"skip", &weights.skip}};
  for (const auto& [known, weight] : all)
    if (known == name) return weight;
  return nullptr;
}

Error wrong(std::string why) {
  return invalid("INVALID_RANKING", std::move(why));
}

Result<void> change_weights(Weights& weights, const boost::json::value& to) {
  if (!to.is_object()) return fail(wrong("has weights that are no object"));
  for (const auto& one : to.get_object()) {
    const std::string name(one.key());
    double* weight = weight_of(weights, name);
    if (!weight) return fail(wrong("names a weight that there is not: " + name));
    boost::json::error_code error;
    const double value = one.value().to_number<double>(error);
    if (error || !(std::fabs(value) <= kMostWeight))
      return fail(wrong("has a weight that is no number up to 100: " + name));
    *weight = value;
  }
  return {};
}

}  // namespace

Result<Ranking> changed_by(const Policy& base, std::string_view text) {
  boost::json::error_code error;
  const auto parsed = boost::json::parse({text.data(), text.size()}, error);
  if (error || !parsed.is_object()) return fail(wrong("has a ranking that is no object"));
  Ranking out{base};
  for (const auto& one : parsed.get_object()) {
    const std::string_view key(one.key().data(), one.key().size());
    if (key == "weights") {
      CH_TRY(change_weights(out.policy.weights, one.value()));
      out.learnt = false;
    } else if (key == "exploreEvery") {
      const auto every = one.value().to_number<std::int64_t>(error);
      if (error || every < 2 || every > kMostExploreEvery)
        return fail(wrong("has an exploreEvery that is not from 2 to 100"));
      out.policy.slotting.explore_every = static_cast<int>(every);
    } else if (key == "model" || key == "learnt") {
      if (!one.value().is_bool())
        return fail(wrong("has a " + std::string(key) + " that is neither true nor false"));
      (key == "model" ? out.model : out.learnt) = one.value().get_bool();
    } else {
      return fail(wrong("has something in its ranking that there is not: " + std::string(key)));
    }
  }
  return out;
}

}  // namespace cliffhanger::recommendation
