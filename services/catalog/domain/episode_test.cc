#include "services/catalog/domain/episode.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace cliffhanger::catalog {
namespace {

using enum EditorialState;

RevisionId revision(int n) {
  return *RevisionId::parse("0198a0b0-000" + std::to_string(n) + "-7000-8000-000000000000");
}
Time at(int seconds) {
  return from_micros(1'795'000'000'000'000 + seconds * 1'000'000LL);
}

Episode in_state(EditorialState state) {
  Episode episode;
  episode.title = "One";
  episode.number = 1;
  episode.media.ready = revision(1);
  episode.state = state;
  if (state == kPublished) episode.published_revision = revision(1);
  return episode;
}

TEST(EpisodeTest, PublishingNeedsARevisionThatIsReady) {
  Episode episode = in_state(kDraft);
  episode.media.ready = RevisionId();
  for (const bool review : {false, true}) {
    EXPECT_EQ(publish(episode, review, {}, at(0)).error().reason, "EPISODE_NOT_READY");
    EXPECT_EQ(episode.state, kDraft);
  }
}

TEST(EpisodeTest, EveryEdgeOfPublishing) {
  struct Edge {
    EditorialState from;
    bool review;
    EditorialState to;
    bool changed;
  };
  for (const Edge& edge :
       {Edge{kDraft, false, kPublished, true}, Edge{kDraft, true, kInReview, true},
        Edge{kInReview, true, kInReview, false}, Edge{kInReview, false, kPublished, true},
        Edge{kPublished, false, kPublished, false}, Edge{kPublished, true, kPublished, false}}) {
    Episode episode = in_state(edge.from);
    const auto changed = publish(episode, edge.review, {}, at(1));
    ASSERT_TRUE(changed);
    EXPECT_EQ(*changed, edge.changed);
    EXPECT_EQ(episode.state, edge.to);
    EXPECT_EQ(episode.published_revision.empty(), edge.to != kPublished);
  }
  Episode gone = in_state(kWithdrawn);
  EXPECT_EQ(publish(gone, false, {}, at(1)).error().reason, "EPISODE_WITHDRAWN");
}

TEST(EpisodeTest, WithdrawingTakesTheFilmAwayOnce) {
  for (const auto state : {kDraft, kInReview, kPublished}) {
    Episode episode = in_state(state);
    EXPECT_TRUE(withdraw(episode));
    EXPECT_EQ(episode.state, kWithdrawn);
    EXPECT_TRUE(episode.published_revision.empty());
    EXPECT_FALSE(withdraw(episode));
  }
}

TEST(EpisodeTest, OnlyAPublishedFilmIsReplaced) {
  for (const auto state : {kDraft, kInReview, kPublished, kWithdrawn}) {
    Episode episode = in_state(state);
    episode.media.ready = revision(2);
    EXPECT_EQ(replace_film(episode), state == kPublished);
    EXPECT_EQ(episode.published_revision, state == kPublished ? revision(2) : RevisionId());
    EXPECT_FALSE(replace_film(episode));
  }
}

TEST(EpisodeTest, WithReviewANewFilmWaitsForWhoWatchedIt) {
  Episode episode = in_state(kPublished);
  episode.media.ready = revision(3);
  EXPECT_FALSE(*publish(episode, true, {}, at(1)));  // its creator
  EXPECT_EQ(publish(episode, false, revision(2), at(1)).error().reason, "REVISION_CHANGED");
  EXPECT_FALSE(*publish(episode, false, revision(1), at(1)));  // again, late
  EXPECT_EQ(episode.published_revision, revision(1));
  EXPECT_TRUE(*publish(episode, false, revision(3), at(1)));
  EXPECT_EQ(episode.published_revision, revision(3));
  EXPECT_FALSE(*publish(episode, false, revision(3), at(1)));
  EXPECT_EQ(episode.published, in_state(kPublished).published);
}

TEST(EpisodeTest, ChangesAreCheckedAndKnowWhetherTheyChange) {
  Episode episode = in_state(kDraft);
  EXPECT_FALSE(*change(episode, {}));
  EXPECT_FALSE(*change(episode, {.title = "One"}));
  EXPECT_TRUE(*change(episode, {.title = "Two", .locked = true}));
  EXPECT_EQ(episode.title, "Two");
  EXPECT_TRUE(episode.locked);
  for (const int number : {0, -1, 1001}) {
    const auto refused = change(episode, {.number = number});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().faults.at(0).field, "number");
  }
  EXPECT_TRUE(*change(episode, {.number = 1000}));
  EXPECT_EQ(change(episode, {.title = " \t"}).error().reason, "INVALID_REQUEST");
}

// The state machine under any sequence of calls and news.
RC_GTEST_PROP(EpisodeTest, NoSequenceLeavesTheEdges, ()) {
  Episode episode;
  int newest = 0;
  for (int step = 0, steps = *rc::gen::inRange(0, 40); step < steps; ++step) {
    const Episode before = episode;
    switch (*rc::gen::inRange(0, 4)) {
      case 0:
        (void)publish(episode, *rc::gen::arbitrary<bool>(), {}, at(step));
        break;
      case 1:
        withdraw(episode);
        break;
      case 2:
        replace_film(episode);
        break;
      default: {
        newest = std::min(9, newest + 1);
        MediaNews news;
        news.attempt = revision(newest).uuid();
        news.state = *rc::gen::element(MediaState::kProcessing, MediaState::kProvisional, MediaState::kReady,
                                       MediaState::kFailed);
        if (apply(episode.media, news)) replace_film(episode);
      }
    }
    RC_ASSERT(episode.state >= before.state);  // never back
    RC_ASSERT((episode.state == kPublished) == !episode.published_revision.empty());
    if (episode.state == kPublished) RC_ASSERT(episode.published_revision == episode.media.ready);
    if (episode.state != before.state && episode.state != kWithdrawn) RC_ASSERT(!episode.media.ready.empty());
    if (before.state == kPublished) RC_ASSERT(episode.published == before.published);
    RC_ASSERT(episode.media.ready >= before.media.ready);
  }
}

}  // namespace
}  // namespace cliffhanger::catalog
