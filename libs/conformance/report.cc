// The report for people and for programs.
#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

#include "libs/conformance/check.h"
#include "libs/conformance/text.h"

namespace cliffhanger::conformance {
namespace {

namespace json = boost::json;

constexpr std::size_t kShown = 3;  // findings of a rule in the text; JSON has more
constexpr std::size_t kIdWidth = 20, kNameWidth = 24;

const char* to_text(Level level) {
  return level == Level::kMust ? "MUST" : "SHOULD";
}

std::string count(std::int64_t number, const std::string& what) {
  return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

std::string right(const std::string& text, std::size_t width) {
  return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

void append_rule(const Outcome& one, std::string& out) {
  const Verdict& verdict = one.verdict;
  const char* mark = verdict.judged() == 0             ? "-"
                     : verdict.failed() == 0           ? "ok"
                     : one.rule->level == Level::kMust ? "FAIL"
                                                       : "warn";
  out += "  " + padded(mark, 6) + padded(one.rule->id, kIdWidth) + padded(to_text(one.rule->level), 8) +
         one.rule->meaning;
  if (verdict.failed() > 0)
    out += " (" + std::to_string(verdict.failed()) + " of " + std::to_string(verdict.judged()) + ")";
  out += "\n";
  std::size_t shown = 0;
  for (const Finding& finding : verdict.findings()) {
    if (shown++ == kShown) break;
    out += "          " + finding.where + "\n            found " + finding.found + "; expected " +
           finding.expected + "\n";
  }
  if (static_cast<std::size_t>(verdict.failed()) > kShown)
    out += "          and " + std::to_string(static_cast<std::size_t>(verdict.failed()) - kShown) + " more\n";
}

std::string percent(double declared, double measured) {
  if (declared <= 0 || measured <= 0) return "";
  const double off = (declared / measured - 1) * 100;
  return (off >= 0 ? "+" : "") + fixed(off, 1) + " %";
}

std::string kilobits(double rate) {
  return rate > 0 ? fixed(rate / 1000, 1) : "-";
}

void append_figures(const Report& report, std::string& out) {
  if (report.figures.empty()) return;
  out += "\nBandwidth, kb/s\n  " + padded("variant", kNameWidth) + right("peak said", 11) +
         right("measured", 11) + right("off", 9) + right("average said", 14) + right("measured", 11) +
         right("off", 9) + "\n";
  for (const Figure& one : report.figures) {
    out += "  " + padded(one.name, kNameWidth) + right(kilobits(one.declared_peak), 11) +
           right(kilobits(one.measured_peak), 11) + right(percent(one.declared_peak, one.measured_peak), 9) +
           right(kilobits(one.declared_average), 14) + right(kilobits(one.measured_average), 11) +
           right(percent(one.declared_average, one.measured_average), 9) + "\n";
  }
}

json::object rule_json(const Outcome& one) {
  json::array findings;
  for (const Finding& finding : one.verdict.findings())
    findings.push_back({{"where", finding.where}, {"found", finding.found}, {"expected", finding.expected}});
  const char* result = one.verdict.judged() == 0 ? "not judged" : one.verdict.failed() == 0 ? "met" : "unmet";
  return {{"id", one.rule->id},
          {"level", to_text(one.rule->level)},
          {"group", one.rule->group},
          {"meaning", one.rule->meaning},
          {"result", result},
          {"judged", one.verdict.judged()},
          {"failed", one.verdict.failed()},
          {"findings", std::move(findings)}};
}

json::value number_or_null(double value) {
  return value > 0 ? json::value(static_cast<std::int64_t>(std::llround(value))) : json::value(nullptr);
}

}  // namespace

std::string to_text(const Report& report) {
  std::string out = shown(report.uri) + "\n" + count(report.variants, "variant") + ", " +
                    count(report.segments, "segment") + ", " + fixed(report.seconds, 3) + " s\n";
  std::string group;
  int not_judged = 0;
  for (const Outcome& one : report.outcomes) {
    not_judged += one.verdict.judged() == 0;
    if (group != one.rule->group) {
      group = one.rule->group;
      out += "\n" + group + "\n";
    }
    append_rule(one, out);
  }
  append_figures(report, out);
  const int musts = report.unmet(Level::kMust), shoulds = report.unmet(Level::kShould);
  out += "\n" + std::to_string(report.outcomes.size()) + " rules, " + std::to_string(not_judged) +
         " of them not judged (-): nothing here that they are about\n";
  if (musts + shoulds == 0) return out + "conformant\n";
  if (musts == 0) return out + "conformant; " + count(shoulds, "should") + " not met\n";
  return out + count(musts, "must") + " and " + count(shoulds, "should") + " not met\n";
}

std::string to_json(const Report& report) {
  json::array rules, variants;
  for (const Outcome& one : report.outcomes) rules.push_back(rule_json(one));
  for (const Figure& one : report.figures) {
    variants.push_back({{"name", one.name},
                        {"declaredPeak", number_or_null(one.declared_peak)},
                        {"measuredPeak", number_or_null(one.measured_peak)},
                        {"declaredAverage", number_or_null(one.declared_average)},
                        {"measuredAverage", number_or_null(one.measured_average)}});
  }
  return json::serialize(json::object{{"uri", shown(report.uri)},
                                      {"conformant", report.unmet(Level::kMust) == 0},
                                      {"musts", report.unmet(Level::kMust)},
                                      {"shoulds", report.unmet(Level::kShould)},
                                      {"seconds", report.seconds},
                                      {"segments", report.segments},
                                      {"variants", std::move(variants)},
                                      {"rules", std::move(rules)}});
}

std::string to_sentence(const Outcome& outcome) {
  std::string out = std::string("Rule ") + outcome.rule->id + " (" + outcome.rule->meaning + ") is not met";
  if (outcome.verdict.findings().empty()) return out + ".";
  const Finding& first = outcome.verdict.findings().front();
  return out + " at " + first.where + ": found " + first.found + ", expected " + first.expected + ".";
}

}  // namespace cliffhanger::conformance
