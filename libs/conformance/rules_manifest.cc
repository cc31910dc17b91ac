// Rule 4 of the reference: what the multivariant playlist declares, held against what was measured.
#include <algorithm>
#include <cmath>

#include "libs/conformance/measure.h"
#include "libs/conformance/rule.h"
#include "libs/conformance/text.h"

namespace cliffhanger::conformance {
namespace {

constexpr double kTolerance = 0.10;
constexpr double kRounding = 0.001;  // of the peak: what declared figures may lack
constexpr double kMostPeak = 2.0;    // times the average
constexpr double kCellular = 192'000, kFirst = 2'000'000, kFirstLeast = 1'500'000, kFirstMost = 2'500'000;
constexpr double kRateTolerance = 0.01;  // frames a second; three decimals are usual

std::string place(const Presentation& p, const Variant& variant, const char* attribute) {
  return p.main_name + " line " + std::to_string(variant.stream->line) + " (" + variant.media->name + ") " +
         attribute;
}

std::string kilobits(double rate) {
  return fixed(rate / 1000, 1) + " kb/s";
}

std::string deviation(double declared, double measured) {
  const double percent = (declared / measured - 1) * 100;
  return (percent >= 0 ? "+" : "") + fixed(percent, 1) + " %";
}

// An ended one: while a list grows, its declared figures are caps.
bool is_finished(const Variant& variant) {
  return variant.media->fault.empty() && variant.media->playlist.ended;
}

void compare(const Presentation& p, Verdict& verdict, const char* attribute, double Rate::* measured,
             std::optional<double> (*declared)(const Stream&)) {
  for (const Variant& variant : p.variants) {
    const auto rate = is_finished(variant) ? measure(variant) : std::nullopt;
    if (!rate) continue;
    const auto said = declared(*variant.stream);
    const double was = (*rate).*measured;
    verdict.expect(said && std::abs(*said - was) <= kTolerance * was, [&] {
      const std::string found = said ? kilobits(*said) + ", " + deviation(*said, was) : "not declared";
      return Finding{place(p, variant, attribute), found, kilobits(was) + " measured, within 10 %"};
    });
  }
}

void average(const Presentation& p, Verdict& verdict) {
  compare(p, verdict, "AVERAGE-BANDWIDTH", &Rate::average, [](const Stream& stream) -> std::optional<double> {
    if (!stream.average_bandwidth) return std::nullopt;
    return static_cast<double>(*stream.average_bandwidth);
  });
}

void peak(const Presentation& p, Verdict& verdict) {
  compare(p, verdict, "BANDWIDTH", &Rate::peak, [](const Stream& stream) -> std::optional<double> {
    if (stream.bandwidth == 0) return std::nullopt;
    return static_cast<double>(stream.bandwidth);
  });
}

void peak_to_average(const Presentation& p, Verdict& verdict) {
  for (const Variant& variant : p.variants) {
    const auto rate = is_finished(variant) ? measure(variant) : std::nullopt;
    if (!rate) continue;
    verdict.expect(rate->peak <= kMostPeak * rate->average, [&] {
      return Finding{variant.media->name,
                     "a peak of " + kilobits(rate->peak) + ", " + fixed(100 * rate->peak / rate->average, 0) +
                         " % of the average",
                     "at most 200 %"};
    });
  }
}

void largest_combination(const Presentation& p, Verdict& verdict) {
  for (const Variant& variant : p.variants) {
    const auto rate = variant.media->fault.empty() ? measure(variant) : std::nullopt;
    if (!rate) continue;
    const auto said = static_cast<double>(variant.stream->bandwidth);
    verdict.expect(said >= rate->peak * (1 - kRounding), [&] {
      return Finding{place(p, variant, "BANDWIDTH"), kilobits(said),
                     "at least " + kilobits(rate->peak) + ", the most of pictures and sound together"};
    });
  }
}

double declared_average(const Stream& stream) {
  return static_cast<double>(stream.average_bandwidth.value_or(stream.bandwidth));
}

void first_variant(const Presentation& p, Verdict& verdict) {
  if (p.variants.empty()) return;
  const auto away = [](const Variant& variant) {
    return std::abs(std::log(std::max(1.0, declared_average(*variant.stream)) / kFirst));
  };
  const Variant& first = p.variants.front();
  const double rate = declared_average(*first.stream);
  const bool near = rate >= kFirstLeast && rate <= kFirstMost;
  const bool nearest = std::all_of(p.variants.begin(), p.variants.end(),
                                   [&](const Variant& other) { return away(first) <= away(other); });
  verdict.expect(near || nearest, [&] {
    return Finding{place(p, first, "first"), kilobits(rate), "about 2000 kb/s, or the variant nearest to it"};
  });
}

void cellular(const Presentation& p, Verdict& verdict) {
  if (p.variants.empty()) return;
  double least = 0;
  for (const Variant& variant : p.variants) {
    const auto rate = variant.media->fault.empty() ? measure(variant) : std::nullopt;
    const double peak = rate ? rate->peak : static_cast<double>(variant.stream->bandwidth);
    least = least == 0 ? peak : std::min(least, peak);
  }
  verdict.expect(least <= kCellular, [&] {
    return Finding{p.main_name, "the smallest variant peaks at " + kilobits(least),
                   "one of at most 192 kb/s"};
  });
}

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    const std::size_t from = text.find_first_not_of(' ', at);
    if (from < end) out.push_back(lower(text.substr(from, end - from)));
    at = end + 1;
  }
  return out;
}

// What the initialisation segments of a variant say it is made of; empty where one of them can't be told.
std::vector<std::string> actual_codecs(const Variant& variant) {
  std::vector<std::string> out;
  std::vector<const Media*> all = {variant.media};
  all.insert(all.end(), variant.audio.begin(), variant.audio.end());
  for (const Media* media : all) {
    for (const LoadedMap& map : media->maps) {
      if (!map.init) return {};
      for (const Track& track : map.init->tracks) {
        if (track.codecs.empty()) return {};
        if (std::find(out.begin(), out.end(), track.codecs) == out.end()) out.push_back(track.codecs);
      }
    }
  }
  return out;
}

void codecs(const Presentation& p, Verdict& verdict) {
  for (const auto* list : {&p.variants, &p.iframes}) {
    for (const Variant& variant : *list) {
      const auto actual = actual_codecs(variant), said = split(variant.stream->codecs);
      const bool all = std::all_of(actual.begin(), actual.end(), [&](const std::string& one) {
        return std::find(said.begin(), said.end(), one) != said.end();
      });
      // What is declared beyond what could be read is let pass only where nothing could be read.
      const bool more = !actual.empty() && said.size() > actual.size() && variant.subtitles.empty();
      verdict.expect(!said.empty() && all && !more, [&] {
        std::string expected;
        for (const std::string& one : actual) expected += (expected.empty() ? "" : ",") + shown(one);
        return Finding{place(p, variant, "CODECS"),
                       said.empty() ? "none" : "\"" + shown(variant.stream->codecs) + "\"",
                       expected.empty() ? "the attribute" : "\"" + expected + "\""};
      });
    }
  }
}

void resolution(const Presentation& p, Verdict& verdict) {
  for (const auto* list : {&p.variants, &p.iframes}) {
    for (const Variant& variant : *list) {
      if (!variant.media->has_video()) continue;
      const Track& track = *variant.media->track();
      const Stream& said = *variant.stream;
      verdict.expect(said.width == track.width && said.height == track.height, [&] {
        return Finding{
            place(p, variant, "RESOLUTION"),
            said.width == 0 ? "none" : std::to_string(said.width) + "x" + std::to_string(said.height),
            std::to_string(track.width) + "x" + std::to_string(track.height)};
      });
    }
  }
}

void rate_of_frames(const Presentation& p, Verdict& verdict) {
  for (const Variant& variant : p.variants) {
    const double actual = frame_rate(*variant.media);
    if (actual <= 0) continue;
    const auto said = variant.stream->frame_rate;
    verdict.expect(said && std::abs(*said - actual) <= kRateTolerance, [&] {
      return Finding{place(p, variant, "FRAME-RATE"), said ? fixed(*said, 3) : "none", fixed(actual, 3)};
    });
  }
}

constexpr const char* kGroup = "Manifest";
constexpr Rule kRules[] = {
    {"9.1", Level::kMust, kGroup, "CODECS is there and says what the media is", codecs},
    {"9.2", Level::kMust, kGroup, "RESOLUTION is there and right", resolution},
    {"9.15", Level::kMust, kGroup, "FRAME-RATE is there and right", rate_of_frames},
    {"1.26", Level::kMust, kGroup, "AVERAGE-BANDWIDTH is within 10 % of what is measured", average},
    {"1.27", Level::kMust, kGroup, "BANDWIDTH is within 10 % of the measured peak", peak},
    {"9.13", Level::kMust, kGroup, "BANDWIDTH covers the largest playable combination", largest_combination},
    {"1.30", Level::kShould, kGroup, "The peak is at most 200 % of the average", peak_to_average},
    {"1.32", Level::kShould, kGroup, "The first variant is about 2000 kb/s", first_variant},
    {"9.21", Level::kShould, kGroup, "One variant for cellular networks, of at most 192 kb/s", cellular},
};

}  // namespace

std::span<const Rule> manifest_rules() {
  return kRules;
}

}  // namespace cliffhanger::conformance
