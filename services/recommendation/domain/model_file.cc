#include "services/recommendation/domain/model_file.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <span>

#include "libs/digest/sha256.h"

namespace cliffhanger::recommendation {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are copied as they stand in memory");

constexpr std::string_view kMagic = "CHTASTE\n";
constexpr std::size_t kDigest = 32;

Error damaged(const std::string& what) {
  return {Code::kDataLoss, "MODEL_DAMAGED", "The model's file is damaged: " + what + ".", {}, {}, {}};
}

class Writer {
 public:
  template <class T>
  void number(T value) {
    out_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  template <class T>
  void numbers(const T* from, std::size_t count) {
    out_.append(reinterpret_cast<const char*>(from), count * sizeof(T));
  }
  void lists(const SeriesLists& lists) {
    numbers(lists.start.data(), lists.start.size());
    numbers(lists.item.data(), lists.item.size());
    numbers(lists.score.data(), lists.score.size());
  }
  std::string& out() { return out_; }

 private:
  std::string out_;
};

// Reads on, or notes for good that there was not enough.
class Reader {
 public:
  explicit Reader(std::string_view rest) : rest_(rest) {}
  template <class T>
  T number() {
    T out{};
    numbers(&out, 1);
    return out;
  }
  template <class T>
  void numbers(T* to, std::size_t count) {
    const auto bytes = count * sizeof(T);
    if (bytes > rest_.size()) {
      short_ = true;
      rest_ = {};
      return;
    }
    std::memcpy(to, rest_.data(), bytes);
    rest_.remove_prefix(bytes);
  }
  bool has(std::uint64_t count, std::uint64_t size) const { return count <= rest_.size() / size; }
  bool short_of() const { return short_; }
  bool ended() const { return rest_.empty() && !short_; }

 private:
  std::string_view rest_;
  bool short_ = false;
};

bool all_finite(std::span<const float> numbers) {
  return std::ranges::all_of(numbers, [](float x) { return std::isfinite(x); });
}

Result<SeriesLists> read_lists(Reader& in, std::size_t series) {
  SeriesLists out;
  out.start.resize(series + 1);
  in.numbers(out.start.data(), out.start.size());
  if (in.short_of()) return fail(damaged("it ends within a list"));
  if (out.start.front() != 0 || !std::ranges::is_sorted(out.start))
    return fail(damaged("lists that don't follow one another"));
  if (!in.has(out.start.back(), sizeof(learn::Index) + sizeof(float)))
    return fail(damaged("it ends within a list"));
  out.item.resize(out.start.back());
  out.score.resize(out.start.back());
  in.numbers(out.item.data(), out.item.size());
  in.numbers(out.score.data(), out.score.size());
  const auto known = [&](learn::Index item) { return item >= 0 && static_cast<std::size_t>(item) < series; };
  if (!std::ranges::all_of(out.item, known)) return fail(damaged("a list names no series"));
  if (!all_finite(out.score)) return fail(damaged("a score that is no number"));
  return out;
}

// Each row is there whole, or memory is not taken for it.
Result<void> read_numbers(Reader& in, std::uint32_t dimensions, std::uint64_t series, ModelData& out) {
  const std::uint64_t d = dimensions;
  if (!in.has(series * (16 + 4 + 4 * d) + 4 * d + 4 * d * d, 1)) return fail(damaged("it is cut off"));
  out.series.resize(series);
  static_assert(sizeof(SeriesId) == 16 && std::is_trivially_copyable_v<SeriesId>);
  in.numbers(out.series.data(), series);
  if (std::ranges::adjacent_find(out.series, std::greater_equal<>()) != out.series.end())
    return fail(damaged("series out of order"));
  out.popularity.resize(series);
  in.numbers(out.popularity.data(), series);
  out.factors.resize(static_cast<Eigen::Index>(series), dimensions);
  in.numbers(out.factors.data(), series * d);
  out.gram.resize(dimensions);
  in.numbers(out.gram.data(), d);
  out.viewer_gram.resize(dimensions, dimensions);
  in.numbers(out.viewer_gram.data(), d * d);
  if (!all_finite(out.popularity) || !out.factors.allFinite() || !out.gram.allFinite() ||
      !out.viewer_gram.allFinite() || out.gram.minCoeff() < 0)
    return fail(damaged("factors that are no numbers"));
  return {};
}

Result<void> read_options(Reader& in, ModelData& out) {
  out.viewers = in.number<std::int64_t>();
  out.trained = from_micros(in.number<std::int64_t>());
  auto& options = out.options;
  for (double* option : {&options.unobserved, &options.lambda, &options.frequency}) {
    *option = in.number<double>();
    if (!std::isfinite(*option) || *option < 0 || *option > 1e9) return fail(damaged("options out of range"));
  }
  if (out.viewers < 0 || options.lambda == 0) return fail(damaged("options out of range"));
  return {};
}

}  // namespace

std::string to_file(const ModelData& model) {
  Writer to;
  to.out() = kMagic;
  to.number(kModelFormat);
  to.number(static_cast<std::uint32_t>(model.factors.cols()));
  to.number(static_cast<std::uint64_t>(model.series.size()));
  to.number(model.viewers);
  to.number(to_micros(model.trained));
  to.number(model.options.unobserved);
  to.number(model.options.lambda);
  to.number(model.options.frequency);
  to.numbers(model.series.data(), model.series.size());
  to.numbers(model.popularity.data(), model.popularity.size());
  to.numbers(model.factors.data(), static_cast<std::size_t>(model.factors.size()));
  to.numbers(model.gram.data(), static_cast<std::size_t>(model.gram.size()));
  to.numbers(model.viewer_gram.data(), static_cast<std::size_t>(model.viewer_gram.size()));
  to.lists(model.similar);
  to.lists(model.next);
  to.out() += sha256(to.out());
  return std::move(to.out());
}

Result<ModelData> from_file(std::string_view bytes) {
  if (!bytes.starts_with(kMagic))
    return fail(
        Error{Code::kDataLoss, "NOT_A_MODEL", "The file is not a model of recommendations.", {}, {}, {}});
  if (bytes.size() < kMagic.size() + 4 + kDigest) return fail(damaged("it is cut off"));
  Reader in(bytes.substr(kMagic.size(), bytes.size() - kMagic.size() - kDigest));
  if (const auto format = in.number<std::uint32_t>(); format != kModelFormat)
    return fail(
        Error{Code::kDataLoss,
              "MODEL_FORMAT_UNKNOWN",
              "The model's file has format " + std::to_string(format) + ", which this version doesn't read.",
              {},
              {},
              {}});
  if (sha256(bytes.substr(0, bytes.size() - kDigest)) != bytes.substr(bytes.size() - kDigest))
    return fail(damaged("its digest is another"));
  const auto dimensions = in.number<std::uint32_t>();
  const auto series = in.number<std::uint64_t>();
  ModelData out;
  CH_TRY(read_options(in, out));
  if (in.short_of() || dimensions < 1 || dimensions > kMostDimensions || series > kMostModelSeries)
    return fail(damaged("its sizes are out of range"));
  out.options.dimensions = static_cast<int>(dimensions);
  out.options.weighted = true;
  CH_TRY(read_numbers(in, dimensions, series, out));
  CH_ASSIGN(out.similar, read_lists(in, series));
  CH_ASSIGN(out.next, read_lists(in, series));
  if (!in.ended()) return fail(damaged("something follows its end"));
  return out;
}

}  // namespace cliffhanger::recommendation
