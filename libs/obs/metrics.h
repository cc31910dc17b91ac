#pragma once
// Prometheus metrics. Names stand in names.h; each class that measures itself has a small probe struct made from these.
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
class Registry;
}  // namespace prometheus

namespace cliffhanger::obs {

using Labels = std::map<std::string, std::string>;

// Handles; they stay valid as long as their Metrics. Safe from many threads.
class Counter {
 public:
  explicit Counter(prometheus::Counter& it) : it_(&it) {}
  void add(double n = 1) const;
  double value() const;

 private:
  prometheus::Counter* it_;
};

class Gauge {
 public:
  explicit Gauge(prometheus::Gauge& it) : it_(&it) {}
  void set(double value) const;
  void add(double n) const;
  double value() const;

 private:
  prometheus::Gauge* it_;
};

class Histogram {
 public:
  explicit Histogram(prometheus::Histogram& it) : it_(&it) {}
  void observe(double value) const;

 private:
  prometheus::Histogram* it_;
};

// All metrics of one process. Asking twice for the same name and labels gives the same metric.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  Counter counter(std::string_view name, std::string_view help, const Labels& labels = {});
  Gauge gauge(std::string_view name, std::string_view help, const Labels& labels = {});
  // Upper bounds of the buckets; seconds for durations, bytes for sizes.
  Histogram histogram(std::string_view name, std::string_view help, const Labels& labels,
                      const std::vector<double>& bounds);
  // The text format 0.0.4.
  std::string expose() const;

 private:
  std::unique_ptr<prometheus::Registry> registry_;
};

// Bounds that suit requests: 1 ms to 10 s.
const std::vector<double>& latency_bounds();

}  // namespace cliffhanger::obs
