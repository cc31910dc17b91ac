#include "services/insight/domain/audience.h"

#include <cstdlib>

namespace cliffhanger::insight {

std::string name_of(const Origin& origin, Audience::By by) {
  if (by == Audience::By::kRegion) return origin.region;
  return std::to_string(by == Audience::By::kSource ? origin.source : origin.device);
}

Origin origin_of(const std::string& name, Audience::By by) {
  Origin out;
  if (by == Audience::By::kRegion)
    out.region = name;
  else
    (by == Audience::By::kSource ? out.source : out.device) = std::atoi(name.c_str());
  return out;
}

Result<Curve> curve_of(Audience& audience, const Audience::Episode& episode) {
  CH_ASSIGN(const auto troubles, audience.troubles(episode.id));
  CurveMaker maker(episode.duration_ms);
  Audience::Viewer person;
  const auto put = [&] {
    Around around{person.next_first, person.next_last, {}};
    if (const auto found = troubles.find(person.user); found != troubles.end())
      around.troubles_ms = found->second;
    maker.add(person.watched, outcome_of(person.watched, around));
  };
  CH_TRY(audience.each_viewer(episode, [&](const Audience::Viewer& row) {
    if (row.user == person.user) return person.watched.add(row.watched);
    put();
    person = row;
  }));
  put();
  return maker.make();
}

}  // namespace cliffhanger::insight
