#include "services/insight/domain/assignment.h"

#include <algorithm>

#include "services/insight/domain/overrides.h"

namespace cliffhanger::insight {
namespace {

// Of the definitions the one that an assignment is of: its weights are those by which it came about.
const std::vector<double>& weights_of(const std::vector<Experiment>& live, const std::string& assignment) {
  static const std::vector<double> kNone;
  const auto found = std::find_if(live.begin(), live.end(), [&](const Experiment& one) {
    return experiment::assignment_key(one.definition.key, 0) == assignment;
  });
  return found == live.end() ? kNone : found->weights;
}

Result<void> drop_begun(Experiments& store, std::vector<Experiment>& live, const UserId& user,
                        const experiment::StickyDocuments& sticky) {
  std::vector<Experiment> left;
  for (Experiment& one : live) {
    bool begun = false;
    if (one.definition.kind == SubjectKind::kEnding && house_applies(one.definition) &&
        !stuck_variation(one, user, sticky)) {
      CH_ASSIGN(begun, store.began(user, one.definition.episode));
    }
    if (!begun) left.push_back(std::move(one));
  }
  live = std::move(left);
  return {};
}

}  // namespace

std::optional<int> stuck_variation(const Experiment& one, const UserId& user,
                                   const experiment::StickyDocuments& sticky) {
  const auto document = sticky.find(experiment::sticky_key("id", user.text()));
  if (document == sticky.end()) return std::nullopt;
  const auto had = document->second.assignments.find(experiment::assignment_key(one.definition.key, 0));
  if (had == document->second.assignments.end()) return std::nullopt;
  const auto& variations = one.definition.variations;
  const auto which = std::find_if(variations.begin(), variations.end(),
                                  [&](const Variation& v) { return v.key == had->second; });
  if (which == variations.end()) return std::nullopt;
  return static_cast<int>(which - variations.begin());
}

Result<std::vector<Given>> assign(Experiments& store, std::vector<Experiment>& live,
                                  const experiment::Object& attributes, const UserId& user, bool keep) {
  std::vector<std::pair<std::string, std::string>> who;
  for (const auto& attribute : attributes)
    who.emplace_back(attribute.key(), experiment::text_of(attribute.value()));
  CH_ASSIGN(auto sticky, store.stuck(who));
  CH_TRY(drop_begun(store, live, user, sticky));
  const auto before = sticky;
  auto given = give(live, attributes, sticky);
  if (!keep) return given;
  // What is new is kept; where another request was first, its answer counts.
  for (auto& [key, document] : sticky) {
    const auto known = before.find(key);
    for (auto& [assignment, variation] : document.assignments) {
      if (known != before.end() && known->second.assignments.contains(assignment)) continue;
      CH_ASSIGN(variation, store.stick(user, document.attribute, document.value, assignment, variation,
                                       weights_of(live, assignment)));
    }
  }
  return give(live, attributes, sticky);
}

}  // namespace cliffhanger::insight
