#include "services/catalog/domain/media.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace cliffhanger::catalog {
namespace {

// The n-th attempt in time.
Uuid attempt(int n) {
  return *Uuid::parse("0198a0b0-000" + std::to_string(n) + "-7000-8000-000000000000");
}
MediaNews started(int n) {
  return {attempt(n), MediaState::kProcessing, 0, 60'000, "", "", ""};
}
MediaNews progressed(int n, int percent, bool provisional = true) {
  return {attempt(n), provisional ? MediaState::kProvisional : MediaState::kProcessing, percent, 0, "", "",
          ""};
}
MediaNews ready(int n) {
  return {attempt(n), MediaState::kReady, 100, 60'000 + n, "", "", "covers/" + std::to_string(n)};
}
MediaNews failed(int n) {
  return {attempt(n), MediaState::kFailed, 0, 0, "DECODER_DIED", "It can't be decoded.", ""};
}

Media after(const std::vector<MediaNews>& news) {
  Media media;
  for (const auto& one : news) apply(media, one);
  return media;
}

TEST(MediaTest, ARevisionGoesFromStartedToReady) {
  EXPECT_EQ(after({started(1)}).state, MediaState::kProcessing);
  EXPECT_EQ(duration_ms(after({started(1)})), 60'000);
  const Media half = after({started(1), progressed(1, 40)});
  EXPECT_EQ(half.state, MediaState::kProvisional);
  EXPECT_EQ(half.percent, 40);
  const Media whole = after({started(1), progressed(1, 40), ready(1)});
  EXPECT_EQ(whole.state, MediaState::kReady);
  EXPECT_EQ(whole.percent, 100);
  EXPECT_EQ(whole.ready.uuid(), attempt(1));
  EXPECT_EQ(whole.cover_key, "covers/1");
  EXPECT_EQ(duration_ms(whole), 60'001);
}

TEST(MediaTest, AnOlderRevisionNeverOverwritesANewerOne) {
  Media media = after({started(1), started(2), progressed(2, 30)});
  const Media before = media;
  EXPECT_FALSE(apply(media, progressed(1, 90)));
  EXPECT_FALSE(apply(media, failed(1)));
  EXPECT_EQ(media, before);
}

TEST(MediaTest, AReadyRevisionStaysWhileTheNextOneIsMadeOrFails) {
  for (const auto& next : {started(2), progressed(2, 10), failed(2)}) {
    const Media media = after({ready(1), next});
    EXPECT_EQ(media.ready.uuid(), attempt(1));
    EXPECT_EQ(media.attempt, attempt(2));
    EXPECT_EQ(media.state, next.state);
    EXPECT_EQ(duration_ms(media), 60'001);
  }
  // It may also become ready only after the next one started.
  EXPECT_EQ(after({started(2), ready(1)}).ready.uuid(), attempt(1));
  EXPECT_EQ(after({ready(2), ready(1)}).ready.uuid(), attempt(2));
}

TEST(MediaTest, AFailureSaysWhyAndAReplayMayStillSucceed) {
  const Media media = after({started(1), failed(1), progressed(1, 70)});
  EXPECT_EQ(media.state, MediaState::kFailed);
  EXPECT_EQ(media.failure, "DECODER_DIED");
  EXPECT_EQ(after({failed(1), ready(1)}).failure, "");
  EXPECT_EQ(after({ready(1), failed(1)}).state, MediaState::kReady);
}

TEST(MediaTest, NewsThatSaysNothingNewChangesNothing) {
  Media media = after({started(1), progressed(1, 40)});
  EXPECT_FALSE(apply(media, progressed(1, 40)));
  EXPECT_FALSE(apply(media, progressed(1, 20)));
  EXPECT_FALSE(apply(media, started(1)));
}

RC_GTEST_PROP(MediaTest, OrderAndRepetitionDoNotMatter, ()) {
  std::vector<MediaNews> heard;
  for (int n = 1; n <= 3; ++n) {
    if (!*rc::gen::arbitrary<bool>()) continue;
    heard.push_back(started(n));
    for (const int percent : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 100))) {
      heard.push_back(progressed(n, percent, percent > 20));
    }
    switch (*rc::gen::inRange(0, 4)) {
      case 1:
        heard.push_back(ready(n));
        break;
      case 2:
        heard.push_back(failed(n));
        break;
      case 3:
        heard.insert(heard.end(), {failed(n), ready(n)});
        break;
      default:
        break;
    }
  }
  const Media in_order = after(heard);
  auto mixed = heard;
  if (!heard.empty()) {
    const auto again =
        *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, heard.size()));
    for (const auto index : again) mixed.push_back(heard[index]);
    for (std::size_t i = mixed.size() - 1; i > 0; --i) {
      std::swap(mixed[i], mixed[*rc::gen::inRange<std::size_t>(0, i + 1)]);
    }
  }
  RC_ASSERT(after(mixed) == in_order);
}

}  // namespace
}  // namespace cliffhanger::catalog
