#include "libs/obs/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace cliffhanger::obs {

void Counter::add(double n) const { it_->Increment(n); }
double Counter::value() const { return it_->Value(); }
void Gauge::set(double value) const { it_->Set(value); }
void Gauge::add(double n) const { it_->Increment(n); }
double Gauge::value() const { return it_->Value(); }
void Histogram::observe(double value) const { it_->Observe(value); }

Metrics::Metrics()
    : registry_(std::make_unique<prometheus::Registry>(prometheus::Registry::InsertBehavior::Merge)) {}
Metrics::~Metrics() = default;

Counter Metrics::counter(std::string_view name, std::string_view help, const Labels& labels) {
  auto& family =
      prometheus::BuildCounter().Name(std::string(name)).Help(std::string(help)).Register(*registry_);
  return Counter(family.Add(labels));
}

Gauge Metrics::gauge(std::string_view name, std::string_view help, const Labels& labels) {
  auto& family = prometheus::BuildGauge().Name(std::string(name)).Help(std::string(help)).Register(*registry_);
  return Gauge(family.Add(labels));
}

Histogram Metrics::histogram(std::string_view name, std::string_view help, const Labels& labels,
                             const std::vector<double>& bounds) {
  auto& family =
      prometheus::BuildHistogram().Name(std::string(name)).Help(std::string(help)).Register(*registry_);
  return Histogram(family.Add(labels, bounds));
}

std::string Metrics::expose() const { return prometheus::TextSerializer().Serialize(registry_->Collect()); }

const std::vector<double>& latency_bounds() {
  static const std::vector<double> bounds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
  return bounds;
}

}  // namespace cliffhanger::obs
