#include "libs/learn/sieve.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

// The same loop for what the processor has, chosen when the program starts; OpenBLAS does so, too.
#if defined(__x86_64__)
#define CH_FOR_EACH_PROCESSOR __attribute__((target_clones("avx512bw", "avx2", "default")))
#else
#define CH_FOR_EACH_PROCESSOR
#endif

namespace cliffhanger::learn {
namespace {

constexpr std::size_t kRegister = 64;  // bytes
constexpr std::size_t kBlock = 64;     // rows
constexpr int kMostStep = 127;
constexpr float kMostProduct = 1e37f;
constexpr float kLeastStep = 1e-20f;  // of a vector; below it single precision has no more to tell
constexpr float kRounding = std::numeric_limits<float>::epsilon();

// So that no sum of `columns` products leaves 32 bits.
int most_of_vector(std::size_t columns) {
  const auto most = std::numeric_limits<std::int32_t>::max() / kMostStep / std::max<std::size_t>(columns, 1);
  return static_cast<int>(std::min<std::size_t>(most, std::numeric_limits<std::int16_t>::max()));
}

// Of a block of rows: about what the products are, and the most they can be.
struct Bounds {
  std::array<float, kBlock> middle, most;
};
struct Rows {
  const std::int8_t* whole;
  const float *step, *slack;
  std::size_t count, width;
};

CH_FOR_EACH_PROCESSOR
void multiply(const Rows& rows, const std::int16_t* vector, float step, float length, Bounds& out) {
  std::array<std::int32_t, kBlock> sums{};
  const std::int8_t* whole = rows.whole;
  for (std::size_t row = 0; row < rows.count; ++row, whole += rows.width) {
    std::int32_t sum = 0;
    for (std::size_t i = 0; i < rows.width; ++i) sum += std::int32_t{whole[i]} * std::int32_t{vector[i]};
    sums[row] = sum;
  }
  for (std::size_t row = 0; row < rows.count; ++row) {
    out.middle[row] = rows.step[row] * step * static_cast<float>(sums[row]);
    out.most[row] = out.middle[row] + rows.slack[row] * length;
  }
}

std::vector<Index> all_of(std::size_t rows) {
  std::vector<Index> out(rows);
  std::iota(out.begin(), out.end(), Index{0});
  return out;
}

}  // namespace

// With f = step · w + e and v = t · u + g, where w and u are whole: |⟨f, v⟩ − step · t · ⟨w, u⟩| ≤ |e| |v| +
// |f − e| |g|, and |g| ≤ |v| √d / (2 · greatest u), whatever v is. What sums in single precision lose, here
// and where products are taken exactly, is less than d · ε |f| |v| each.
Sieve::Sieve(const Scores& factors)
    : rows_(static_cast<std::size_t>(factors.rows())),
      columns_(static_cast<std::size_t>(factors.cols())),
      width_((columns_ + kRegister - 1) / kRegister * kRegister),
      whole_(rows_ * width_),
      step_(rows_),
      slack_(rows_),
      longest_(factors.allFinite() ? 0 : std::numeric_limits<float>::infinity()) {
  if (longest_ > 0) return;
  const float of_vector =
      std::sqrt(static_cast<float>(columns_)) / 2 / static_cast<float>(std::max(1, most_of_vector(columns_)));
  const float of_sums = 4 * static_cast<float>(columns_ + 4) * kRounding;
  for (std::size_t row = 0; row < rows_; ++row) {
    const auto factor = factors.row(static_cast<Eigen::Index>(row));
    const float step = columns_ == 0 ? 0 : factor.cwiseAbs().maxCoeff() / kMostStep;
    auto* to = whole_.data() + row * width_;
    double lost = 0, length = 0;
    for (std::size_t i = 0; i < columns_; ++i) {
      const float value = factor[static_cast<Eigen::Index>(i)];
      const float near =
          step > 0 ? std::clamp<float>(std::nearbyint(value / step), -kMostStep, kMostStep) : 0;
      to[i] = static_cast<std::int8_t>(near);
      const double off = static_cast<double>(value) - static_cast<double>(step) * near;
      lost += off * off;
      length += static_cast<double>(value) * value;
    }
    longest_ = std::max(longest_, static_cast<float>(std::sqrt(length)));
    step_[row] = step;
    slack_[row] = static_cast<float>(std::sqrt(lost)) +
                  static_cast<float>(std::sqrt(length) + std::sqrt(lost)) * (of_vector + of_sums);
  }
}

std::vector<Index> Sieve::find(const Eigen::VectorXf& vector, int k) const {
  if (k <= 0) return {};
  const auto length = static_cast<float>(vector.cast<double>().norm());
  const int most = most_of_vector(columns_);
  const float step = columns_ == 0 ? 0 : vector.cwiseAbs().maxCoeff() / static_cast<float>(std::max(1, most));
  if (static_cast<std::size_t>(k) >= rows_ || most == 0 || !(longest_ * length < kMostProduct) ||
      !(step > kLeastStep))
    return all_of(rows_);
  std::vector<std::int16_t> whole(width_);
  for (std::size_t i = 0; i < columns_; ++i)
    whole[i] = static_cast<std::int16_t>(
        std::clamp<float>(std::nearbyint(vector[static_cast<Eigen::Index>(i)] / step),
                          static_cast<float>(-most), static_cast<float>(most)));
  return best_of(whole.data(), step, length, static_cast<std::size_t>(k));
}

// In one pass over blocks that are small enough for the nearest cache: what can't reach the k-th of the least
// that products so far are at least is out, and at the end what can't reach that of all.
std::vector<Index> Sieve::best_of(const std::int16_t* vector, float step, float length, std::size_t k) const {
  std::vector<std::pair<Index, float>> may;  // with the most that the product is
  std::vector<float> least;                  // the greatest k, the smallest of them on top
  may.reserve(8 * k);
  least.reserve(k + 1);
  float bar = -std::numeric_limits<float>::infinity();
  Bounds of;
  for (std::size_t first = 0; first < rows_; first += kBlock) {
    const auto count = std::min(kBlock, rows_ - first);
    multiply({whole_.data() + first * width_, &step_[first], &slack_[first], count, width_}, vector, step,
             length, of);
    if (Eigen::Map<const Eigen::ArrayXf>(of.most.data(), static_cast<Eigen::Index>(count)).maxCoeff() < bar)
      continue;
    for (std::size_t i = 0; i < count; ++i) {
      if (of.most[i] < bar) continue;
      may.emplace_back(static_cast<Index>(first + i), of.most[i]);
      least.push_back(of.middle[i] - slack_[first + i] * length);
      std::push_heap(least.begin(), least.end(), std::greater<>());
      if (least.size() <= k) continue;
      std::pop_heap(least.begin(), least.end(), std::greater<>());
      least.pop_back();
      bar = least.front();
    }
  }
  std::vector<Index> out;
  for (const auto& [item, most_of_it] : may)
    if (!(most_of_it < least.front())) out.push_back(item);
  return out;
}

std::size_t Sieve::bytes() const {
  return whole_.size() + (step_.size() + slack_.size()) * sizeof(float);
}

}  // namespace cliffhanger::learn
