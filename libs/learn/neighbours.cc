#include "libs/learn/neighbours.h"

#include <algorithm>
#include <atomic>
#include <cmath>

#include "libs/learn/parallel.h"

namespace cliffhanger::learn {
namespace {

using Weighted = std::pair<float, Index>;

// The sums of one item's row, kept between rows so that only what was touched is cleared.
struct Row {
  std::vector<float> sum;
  std::vector<Index> touched;

  void add(Index item, float weight) {
    if (sum[item] == 0) touched.push_back(item);
    sum[item] += weight;
  }
};

class Finder {
 public:
  Finder(const History& data, const NeighbourOptions& options)
      : data_(data), options_(options), index_(by_item(data)), counts_(item_counts(data)) {
    ordered_ = data.ordered && (options.gap_decay != 1 || options.backward != 1);
    std::size_t longest = 0;
    for (Index user = 0; user < data.users; ++user) longest = std::max(longest, data.of(user).size());
    for (std::size_t gap = 0; gap <= longest; ++gap)
      decay_.push_back(static_cast<float>(gap == 0 ? 0 : std::pow(options.gap_decay, gap - 1.0)));
    user_weight_.reserve(data.users);
    for (Index user = 0; user < data.users; ++user)
      user_weight_.push_back(static_cast<float>(
          std::pow(std::max<double>(1, static_cast<double>(data.of(user).size())), -options.user_power)));
    for (const Index count : counts_)
      target_.push_back(static_cast<float>(std::pow(std::max<Index>(count, 1), -options.target_power)));
  }

  // The strongest neighbours of an item, in order of item.
  std::vector<Weighted> of(Index item, Row& row) const {
    for (auto at = index_.start[item]; at < index_.start[item + 1]; ++at) {
      if (ordered_)
        add_ordered(index_.user[at], index_.position[at], row);
      else
        add_all(index_.user[at], row);
    }
    const auto source =
        static_cast<float>(std::pow(std::max<Index>(counts_[item], 1), -options_.source_power));
    std::vector<Weighted> found;
    for (const Index other : row.touched) {
      if (other != item && row.sum[other] > 0)
        found.emplace_back(row.sum[other] * source * target_[other], other);
      row.sum[other] = 0;
    }
    row.touched.clear();
    const auto keep = std::min<std::size_t>(found.size(), static_cast<std::size_t>(options_.neighbours));
    const auto stronger = [](const Weighted& a, const Weighted& b) {
      return a.first != b.first ? a.first > b.first : a.second < b.second;
    };
    std::nth_element(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(keep), found.end(), stronger);
    found.resize(keep);
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    return found;
  }

 private:
  void add_all(Index user, Row& row) const {
    for (const Index other : data_.of(user)) row.add(other, user_weight_[user]);
  }
  void add_ordered(Index user, std::int64_t position, Row& row) const {
    const auto weight = user_weight_[user];
    for (auto at = position + 1; at < data_.start[user + 1]; ++at) {
      const auto near = decay_[at - position];
      if (near < 1e-4f) break;
      row.add(data_.item[at], weight * near);
    }
    if (options_.backward <= 0) return;
    const auto backward = weight * static_cast<float>(options_.backward);
    for (auto at = position; at-- > data_.start[user];) {
      const auto near = decay_[position - at];
      if (near < 1e-4f) break;
      row.add(data_.item[at], backward * near);
    }
  }

  const History& data_;
  const NeighbourOptions& options_;
  ByItem index_;
  std::vector<Index> counts_;
  std::vector<float> decay_, user_weight_, target_;
  bool ordered_ = false;
};

class NeighbourModel final : public Model {
 public:
  NeighbourModel(NeighbourTable table, float recency) : table_(std::move(table)), recency_(recency) {}

  void score(const History& histories, Index first, Scores& out) const override {
    out.setZero();
    for (Eigen::Index row = 0; row < out.rows(); ++row) {
      float* scores = out.row(row).data();
      const auto items = histories.of(first + static_cast<Index>(row));
      float weight = 1;
      for (auto item = items.rbegin(); item != items.rend() && weight > 1e-4f; ++item, weight *= recency_)
        for (auto at = table_.start[*item]; at < table_.start[*item + 1]; ++at)
          scores[table_.item[at]] += weight * table_.weight[at];
    }
  }

 private:
  NeighbourTable table_;
  float recency_;
};

std::size_t table_bytes(const History& data, double neighbours) {
  return static_cast<std::size_t>(std::min<double>(neighbours, data.items) * data.items) * 16 +
         data.item.size() * 12;
}

// Every pair of items of a user is an addition to a place of its own, about as slow as sixteen operations of
// a dense product.
double pairs_operations(const History& data) {
  double pairs = 0;
  for (Index user = 0; user < data.users; ++user)
    pairs += static_cast<double>(data.of(user).size()) * static_cast<double>(data.of(user).size());
  return 16 * pairs;
}

Result<std::shared_ptr<const Model>> fit_neighbours(const History& data, Parameters all,
                                                    const Parameters& given, const Resources& resources) {
  for (const auto& [name, value] : given) all[name] = value;
  NeighbourOptions options;
  const auto set = [&](const char* name, auto& option) {
    if (const auto found = all.find(name); found != all.end())
      option = static_cast<std::remove_reference_t<decltype(option)>>(found->second);
  };
  set("user_power", options.user_power);
  set("source_power", options.source_power);
  set("target_power", options.target_power);
  set("gap_decay", options.gap_decay);
  set("backward", options.backward);
  set("recency", options.recency);
  set("neighbours", options.neighbours);
  auto table = find_neighbours(data, options, resources.threads, resources.expired);
  if (std::ssize(table.start) != data.items + 1)
    return fail({Code::kDeadlineExceeded, "TIME_IS_UP", "No time to find all neighbours.", {}, {}, {}});
  return std::make_shared<const NeighbourModel>(std::move(table), static_cast<float>(options.recency));
}

}  // namespace

NeighbourTable find_neighbours(const History& data, const NeighbourOptions& options, int threads,
                               const std::function<bool()>& expired) {
  const Finder finder(data, options);
  std::vector<std::vector<Weighted>> rows(static_cast<std::size_t>(data.items));
  std::atomic<bool> late = false;
  parallel_for(threads, data.items, 256, [&](std::int64_t first, std::int64_t end) {
    if (late || (expired && expired())) {
      late = true;
      return;
    }
    Row row;
    row.sum.assign(static_cast<std::size_t>(data.items), 0);
    for (auto item = first; item < end; ++item) rows[item] = finder.of(static_cast<Index>(item), row);
  });
  NeighbourTable out;
  if (late) return out;
  for (auto& row : rows) {
    for (const auto& [weight, item] : row) {
      out.item.push_back(item);
      out.weight.push_back(weight);
    }
    out.start.push_back(static_cast<std::int64_t>(out.item.size()));
    row = {};
  }
  return out;
}

double Neighbours::operations(const History& data, const Parameters&) const {
  return pairs_operations(data);
}

std::vector<Axis> Neighbours::axes(const History& data) const {
  std::vector<Axis> out = {{"neighbours", {20, 50, 100, 200, 500, 1000}, 3},
                           {"user_power", {0, 0.25, 0.5, 0.75, 1}, 2},
                           {"target_power", {0.2, 0.3, 0.4, 0.5, 0.6, 0.7}, 3},
                           {"source_power", {0.2, 0.3, 0.5, 0.7, 0.9}, 2}};
  if (data.ordered) out.push_back({"recency", {0.5, 0.7, 0.8, 0.9, 0.95, 1}, 3});
  return out;
}

std::size_t Neighbours::memory(const History& data, const Parameters& parameters) const {
  const auto given = parameters.find("neighbours");
  return table_bytes(data, given == parameters.end() ? 200 : given->second);
}

Result<std::shared_ptr<const Model>> Neighbours::fit(const History& data, const Parameters& parameters,
                                                     const Resources& resources) const {
  return fit_neighbours(data, initial_parameters(axes(data)), parameters, resources);
}

double Transitions::operations(const History& data, const Parameters&) const {
  return pairs_operations(data);
}

std::vector<Axis> Transitions::axes(const History&) const {
  return {{"recency", {0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1}, 5},
          {"target_power", {0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6}, 3},
          {"gap_decay", {0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95}, 5},
          {"backward", {0, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1}, 4},
          {"user_power", {0, 0.25, 0.5, 0.75, 1}, 2},
          {"source_power", {0, 0.2, 0.4, 0.6, 0.8}, 2},
          {"neighbours", {100, 500, 2000}, 1}};
}

std::size_t Transitions::memory(const History& data, const Parameters& parameters) const {
  const auto given = parameters.find("neighbours");
  return table_bytes(data, given == parameters.end() ? 500 : given->second);
}

Result<std::shared_ptr<const Model>> Transitions::fit(const History& data, const Parameters& parameters,
                                                      const Resources& resources) const {
  if (!data.ordered)
    return fail(invalid("NO_ORDER", "Transitions want histories in order of time; these have none."));
  return fit_neighbours(data, initial_parameters(axes(data)), parameters, resources);
}

}  // namespace cliffhanger::learn
