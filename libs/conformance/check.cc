#include "libs/conformance/check.h"

#include <algorithm>

#include "libs/conformance/measure.h"

namespace cliffhanger::conformance {
namespace {

Figure figure_of(const Variant& variant) {
  Figure out;
  out.name = variant.media->name;
  out.declared_peak = static_cast<double>(variant.stream->bandwidth);
  out.declared_average = static_cast<double>(variant.stream->average_bandwidth.value_or(0));
  if (const auto rate = measure(variant)) {
    out.measured_peak = rate->peak;
    out.measured_average = rate->average;
  }
  return out;
}

std::vector<Rule> all_rules() {
  std::vector<Rule> out;
  for (const auto part :
       {reading_rules(), grid_rules(), timing_rules(), audio_rules(), manifest_rules(), iframe_rules(),
        picture_rules(), protection_rules(), text_rules(), delivery_rules(), dash_rules()})
    out.insert(out.end(), part.begin(), part.end());
  return out;
}

}  // namespace

const std::vector<Rule>& rules() {
  static const std::vector<Rule> kAll = all_rules();
  return kAll;
}

int Report::unmet(Level level) const {
  return static_cast<int>(std::count_if(outcomes.begin(), outcomes.end(), [&](const Outcome& one) {
    return one.rule->level == level && one.verdict.failed() > 0;
  }));
}

Result<Report> check(Source& source, const std::string& uri) {
  CH_ASSIGN(const auto presentation, load(source, uri));
  Report report;
  report.uri = uri;
  for (const Rule& rule : rules()) {
    Outcome& outcome = report.outcomes.emplace_back();
    outcome.rule = &rule;
    rule.judge(*presentation, outcome.verdict);
  }
  for (const Variant& variant : presentation->variants) report.figures.push_back(figure_of(variant));
  report.variants = static_cast<int>(presentation->variants.size());
  for (const Media& media : presentation->media) {
    report.segments += static_cast<int>(media.segments.size());
    report.seconds = std::max(report.seconds, media.playlist.seconds());
  }
  return report;
}

}  // namespace cliffhanger::conformance
