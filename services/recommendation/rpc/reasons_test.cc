// Reasons as viewers are told them.
#include "services/recommendation/limits.h"
#include "services/recommendation/rpc/test_feed_world.h"

namespace cliffhanger::recommendation {
namespace {

// Whoever took `after` takes `next`.
struct OneTransition final : TasteModels, TasteModel {
  std::shared_ptr<const TasteModel> current(const Tenant&) const override {
    return {std::shared_ptr<const TasteModel>(), this};
  }
  const std::string& version() const override { return name; }
  std::vector<Scored> for_history(std::span<const Liking>, std::size_t) const override { return {}; }
  std::vector<Scored> similar(SeriesId, std::size_t) const override { return {}; }
  std::vector<Scored> next_after(std::span<const Liking> latest, std::size_t) const override {
    if (latest.empty() || latest.front().series != after) return {};
    return {{next, 1}};
  }
  std::string name = "one";
  SeriesId after, next;
};

class ReasonsTest : public FeedWorld {
 protected:
  void use(const std::string& after, const std::string& next) {
    model_.after = *SeriesId::parse(after);
    model_.next = *SeriesId::parse(next);
    trained_ = &model_;
    serve(no_shown_);
  }
  void entitle(const std::string& of, const std::string& title) {
    for (const auto& episode : episodes_.at(of)) in_catalog_[episode].mutable_series()->set_title(title);
  }
  v1::FeedItem item(const std::string& of) {
    const auto made = page(call(viewer_), 50);
    for (const auto& one : made->items())
      if (one.series().series_id() == of) return one;
    ADD_FAILURE() << "it is not on the page";
    return {};
  }

  OneTransition model_;
};

TEST_F(ReasonsTest, WhatWasWatchedIsNamedByItsTitle) {
  const auto watched = series(3), next = series(1), other = series(1);
  entitle(watched, "The Lamp");
  entitle(next, "The Well");
  use(watched, next);
  report(viewer_, watched, 1, playback::WATCH_EVENT_COMPLETE);
  const auto because = item(next);
  EXPECT_EQ(because.reason(), v1::FEED_REASON_BECAUSE_YOU_WATCHED);
  EXPECT_EQ(because.because_series_id(), watched);
  EXPECT_EQ(because.because_title(), "The Lamp");
  EXPECT_EQ(because.series().title(), "The Well");
  // The series itself is on the page at the viewer's next episode, and only once.
  EXPECT_EQ(item(watched).episode().number(), 2);
  EXPECT_EQ(feed(viewer_).size(), 3u);
  EXPECT_EQ(item(other).because_title(), "");
  // What the viewer may not see any more has no title to tell.
  for (const auto& episode : episodes_.at(watched)) in_catalog_.erase(episode);
  EXPECT_EQ(item(next).because_title(), "");
  EXPECT_EQ(item(next).because_series_id(), watched);
}

// The greatest page, with the most series that reasons can name, is within what catalog takes at once.
TEST_F(ReasonsTest, ThePageOfAHundredEpisodesIsNotExceeded) {
  std::vector<std::string> all;
  for (int i = 0; i < 70; ++i) all.push_back(series(1));
  const auto watched = series(2);
  use(watched, all[3]);
  report(viewer_, watched, 1, playback::WATCH_EVENT_COMPLETE);
  EXPECT_EQ(page(call(viewer_), kMostPerPage)->items_size(), kMostPerPage);
}

}  // namespace
}  // namespace cliffhanger::recommendation
