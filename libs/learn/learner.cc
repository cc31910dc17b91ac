#include "libs/learn/learner.h"

#include "libs/learn/ease.h"
#include "libs/learn/graph_filter.h"
#include "libs/learn/ials.h"
#include "libs/learn/neighbours.h"
#include "libs/learn/popularity.h"
#include "libs/learn/slist.h"

namespace cliffhanger::learn {

Parameters initial_parameters(const std::vector<Axis>& axes) {
  Parameters out;
  for (const auto& axis : axes) out[axis.name] = axis.values[axis.initial];
  return out;
}

std::vector<std::unique_ptr<Learner>> all_learners() {
  std::vector<std::unique_ptr<Learner>> out;
  out.push_back(std::make_unique<Popularity>());
  out.push_back(std::make_unique<Neighbours>());
  out.push_back(std::make_unique<Transitions>());
  out.push_back(std::make_unique<Slist>());
  out.push_back(std::make_unique<Ease>());
  out.push_back(std::make_unique<Ials>());
  out.push_back(std::make_unique<GfCf>());
  out.push_back(std::make_unique<Bspm>());
  return out;
}

}  // namespace cliffhanger::learn
