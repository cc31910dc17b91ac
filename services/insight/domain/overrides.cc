#include "services/insight/domain/overrides.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <optional>

#include "services/insight/domain/limits.h"

namespace cliffhanger::insight {
namespace {

using experiment::Json;
using experiment::Object;

constexpr const char* kMembers[] = {"title", "cover", "ending", "paywall", "ranking"};

std::optional<Object> object_of(const Variation& variation) {
  Json value = parsed(variation.value);
  if (!value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

bool is_about(SubjectKind kind, std::string_view member) {
  switch (kind) {
    case SubjectKind::kFeature:
      return false;
    case SubjectKind::kEnding:
      return member == "ending";
    case SubjectKind::kPaywallPosition:
      return member == "paywall";
    case SubjectKind::kCover:
    case SubjectKind::kTitle:
      return member == "cover" || member == "title";
    case SubjectKind::kRanking:
      return member == "ranking";
  }
  return false;
}

Uuid id_in(const Object& object, std::string_view of, std::string_view key) {
  const Object* named = experiment::object_in(object, of);
  return named ? Uuid::parse(experiment::string_in(*named, key)).value_or(Uuid()) : Uuid();
}

// What is wrong with one member, or "".
std::string fault_in(const Object& object, std::string_view member, const Override& read) {
  if (member == "title") {
    const auto text = experiment::string_in(object, "title");
    const bool blank = text.find_first_not_of(" \t\n") == text.npos;
    if (blank || text.size() > kMostTitleBytes) return "has a title that is empty or too long";
  } else if (member == "cover") {
    if (read.cover_episode.empty()) return "has a cover that names no episodeId";
  } else if (member == "ending") {
    if (read.ending_episode.empty() == read.ending_revision.empty())
      return "has an ending that names not one of revisionId and episodeId";
  } else if (member == "paywall") {
    const double at = experiment::number_in(object, "paywall", 0);
    if (at < 1 || at > kMostEpisodes || at != std::floor(at))
      return "has a paywall that is no episode's number";
  } else if (!experiment::object_in(object, "ranking")) {
    return "has a ranking that is no object";
  }
  return "";
}

void check_subject(const Definition& d, std::vector<FieldFault>& out) {
  const auto want = [&](bool holds, const char* field, const char* message) {
    if (!holds) out.push_back({std::string("definition.subject.") + field, message});
  };
  const bool nothing = d.kind == SubjectKind::kFeature || d.kind == SubjectKind::kRanking;
  if (nothing) {
    want(d.episode.empty(), "episodeId", "is not for features and rankings");
    want(d.series.empty(), "seriesId", "is not for features and rankings");
  } else if (d.kind == SubjectKind::kEnding) {
    want(!d.episode.empty(), "episodeId", "is required");
    want(d.series.empty(), "seriesId", "is not for endings");
  } else {
    want(!d.episode.empty() || !d.series.empty(), "episodeId", "is required, or seriesId");
    want(d.episode.empty() || d.series.empty(), "seriesId", "is there beside episodeId");
  }
}

// Whether they share nobody: slices of a layer that don't overlap, by the same attribute of each person.
bool apart(const Definition& a, const Definition& b) {
  return !a.layer.name.empty() && a.layer.name == b.layer.name && a.hash_attribute == b.hash_attribute &&
         a.fallback_attribute == b.fallback_attribute &&
         (a.layer.last <= b.layer.first || b.layer.last <= a.layer.first);
}

// In whatever order a condition names its attributes.
bool same_condition(const Definition& a, const Definition& b) {
  if (a.condition == b.condition) return true;
  const Json left = parsed(a.condition);
  return left.is_object() && left == parsed(b.condition);
}

// Whether the same people are in both, whoever they are.
bool same_people(const Definition& a, const Definition& b) {
  // A share of people is drawn anew for each experiment, and a slice for each layer.
  return a.coverage == 1 && b.coverage == 1 && same_condition(a, b) && a.layer == b.layer &&
         a.holdout == b.holdout && a.hash_attribute == b.hash_attribute &&
         a.fallback_attribute == b.fallback_attribute;
}

}  // namespace

Override override_of(SubjectKind kind, const Variation& variation) {
  Override out;
  const auto object = object_of(variation);
  if (!object) return out;
  const auto has = [&](const char* member) { return is_about(kind, member) && object->contains(member); };
  if (has("title")) out.title = experiment::string_in(*object, "title");
  if (has("cover")) out.cover_episode = id_in(*object, "cover", "episodeId");
  if (has("ending")) {
    out.ending_episode = id_in(*object, "ending", "episodeId");
    out.ending_revision = id_in(*object, "ending", "revisionId");
  }
  if (has("paywall")) {
    const double at = experiment::number_in(*object, "paywall", 0);
    if (at >= 1 && at <= kMostEpisodes) out.paywall = static_cast<int>(at);
  }
  if (has("ranking"))
    if (const Object* ranking = experiment::object_in(*object, "ranking"))
      out.ranking = boost::json::serialize(*ranking);
  return out;
}

bool house_applies(const Definition& d) {
  return std::any_of(d.variations.begin(), d.variations.end(),
                     [&](const Variation& one) { return !override_of(d.kind, one).empty(); });
}

bool contend(const Definition& a, const Definition& b) {
  if (!house_applies(a) || !house_applies(b)) return false;
  if (a.episode != b.episode || a.series != b.series) return false;
  const auto pictured = [](SubjectKind kind) {
    return kind == SubjectKind::kTitle || kind == SubjectKind::kCover;
  };
  if (a.kind != b.kind && !(pictured(a.kind) && pictured(b.kind))) return false;
  return !apart(a, b);
}

bool compares_parts(const Definition& a, const Definition& b) {
  return !same_people(a, b) && !apart(a, b);
}

std::vector<FieldFault> faults_of_overrides(const Definition& d) {
  std::vector<FieldFault> out;
  check_subject(d, out);
  if (d.kind == SubjectKind::kFeature) return out;
  for (std::size_t i = 0; i < d.variations.size(); ++i) {
    const auto object = object_of(d.variations[i]);
    if (!object) continue;
    const Override read = override_of(d.kind, d.variations[i]);
    const std::string field = "definition.variations[" + std::to_string(i) + "].value";
    for (const char* member : kMembers) {
      if (!object->contains(member)) continue;
      const std::string fault = is_about(d.kind, member) ? fault_in(*object, member, read)
                                                         : std::string("names a ") + member +
                                                               ", which the subject's kind is not about";
      if (!fault.empty()) out.push_back({field, fault});
    }
  }
  if (house_applies(d) && d.hash_attribute != "id")
    out.push_back({"definition.hashAttribute", "is id where the house applies the variations"});
  return out;
}

}  // namespace cliffhanger::insight
