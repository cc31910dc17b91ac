#include "services/recommendation/domain/model_file.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>

#include "libs/digest/sha256.h"
#include "services/recommendation/domain/test_model.h"

namespace cliffhanger::recommendation {
namespace {

constexpr std::size_t kDimensionsAt = 12, kSeriesAt = 16, kLambdaAt = 48, kIdsAt = 64;

const ModelData& model() {
  static const ModelData it = [] {
    auto took = two_tastes(120, 12);
    TrainingOptions options = small_training();
    options.dimensions = 3;
    options.list_length = 4;
    return train(learnt(took), options, {}, Time(std::chrono::hours(1)))->model;
  }();
  return it;
}

// With a digest that fits, as somebody hostile would make it.
std::string with(std::size_t at, const auto& value) {
  auto bytes = to_file(model());
  bytes.resize(bytes.size() - 32);
  std::memcpy(bytes.data() + at, &value, sizeof value);
  return bytes + sha256(bytes);
}

TEST(ModelFile, ComesBackAsItWas) {
  const auto read = from_file(to_file(model()));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->series, model().series);
  EXPECT_EQ(read->popularity, model().popularity);
  EXPECT_EQ(read->factors, model().factors);
  EXPECT_EQ(read->gram, model().gram);
  EXPECT_EQ(read->viewer_gram, model().viewer_gram);
  EXPECT_EQ(read->similar, model().similar);
  EXPECT_EQ(read->next, model().next);
  EXPECT_EQ(read->viewers, model().viewers);
  EXPECT_EQ(read->trained, model().trained);
  EXPECT_EQ(read->options.lambda, model().options.lambda);
  EXPECT_GT(read->similar.item.size(), 0u);
  EXPECT_GT(read->next.item.size(), 0u);
  EXPECT_EQ(to_file(*read), to_file(model()));
}

TEST(ModelFile, IsRefusedWhereverItIsCut) {
  const auto whole = to_file(model());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const auto cut = from_file(std::string_view(whole).substr(0, length));
    ASSERT_FALSE(cut) << length;
    ASSERT_EQ(cut.error().reason, length < 8 ? "NOT_A_MODEL" : "MODEL_DAMAGED") << length;
    // Also with a digest of its own, so that sizes and not the digest must tell.
    const auto shorter = whole.substr(0, length);
    if (length >= 8 && length < whole.size() - 32)
      ASSERT_FALSE(from_file(shorter + sha256(shorter))) << length;
  }
}

TEST(ModelFile, IsRefusedWhereverItWasChanged) {
  const auto whole = to_file(model());
  for (std::size_t at = 0; at < whole.size(); at += 7) {
    auto changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_FALSE(from_file(changed)) << at;
  }
  EXPECT_FALSE(from_file(whole + "x"));
  EXPECT_EQ(from_file("").error().reason, "NOT_A_MODEL");
}

TEST(ModelFile, SaysWhatItCannotRead) {
  const auto newer = from_file(with(8, std::uint32_t{2}));
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().reason, "MODEL_FORMAT_UNKNOWN");
}

TEST(ModelFile, BelievesNoSizes) {
  const std::uint32_t dimensions[] = {0, 4, 1024, 1025, 0xffffffff};
  for (const auto one : dimensions)
    EXPECT_EQ(from_file(with(kDimensionsAt, one)).error().reason, "MODEL_DAMAGED") << one;
  const std::uint64_t series[] = {0, 1, 13, 1 << 20, std::uint64_t{1} << 62, ~std::uint64_t{0}};
  for (const auto one : series)
    EXPECT_EQ(from_file(with(kSeriesAt, one)).error().reason, "MODEL_DAMAGED") << one;
}

TEST(ModelFile, BelievesNoNumbers) {
  const double not_one = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(from_file(with(kLambdaAt, not_one)));
  EXPECT_FALSE(from_file(with(kLambdaAt, 0.0)));
  EXPECT_FALSE(from_file(with(kLambdaAt, -1.0)));
  const float none = std::numeric_limits<float>::quiet_NaN();
  const auto n = model().series.size();
  EXPECT_FALSE(from_file(with(kIdsAt + 16 * n + 4 * n, none)));  // a factor
  EXPECT_FALSE(
      from_file(with(kIdsAt, std::uint64_t{0xffffffffffffffff})));  // the first series' id: out of order
  const auto lists = kIdsAt + 20 * n + 4 * n * 3 + 4 * 3 + 4 * 9;
  EXPECT_FALSE(from_file(with(lists, std::uint32_t{1})));  // a list that does not begin at the begin
  EXPECT_FALSE(from_file(with(lists + 4, std::uint32_t{0xffffffff})));   // or has a billion entries
  EXPECT_FALSE(from_file(with(lists + 4 * (n + 1), std::int32_t{-1})));  // or names series that are not there
  EXPECT_FALSE(from_file(with(lists + 4 * (n + 1), static_cast<std::int32_t>(n))));
}

}  // namespace
}  // namespace cliffhanger::recommendation
