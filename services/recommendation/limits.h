#pragma once
// Every bound of recommendation.
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace cliffhanger::recommendation {

inline constexpr int kItemsPerPage = 10;  // if the caller names no size
inline constexpr int kMostPerPage = 50;

// Series that are looked at for one page, by where they come from; those that were shown lately are not
// counted.
inline constexpr std::size_t kPopularCandidates = 400;
inline constexpr std::size_t kTrendingCandidates = 100;
inline constexpr std::size_t kNewCandidates = 200;      // newest first
inline constexpr std::size_t kNewOfCreator = 4;         // of one creator, before the rest of anybody
inline constexpr std::size_t kContinueCandidates = 30;  // last seen first
inline constexpr std::size_t kLikedCandidates = 100;    // that the viewer reacted to, newest first
inline constexpr std::size_t kCreatorCandidates = 20;   // of each creator that they follow, newest first
inline constexpr std::size_t kFactorCandidates = 300;
inline constexpr std::size_t kTransitionCandidates = 100;
inline constexpr std::size_t kSimilarCandidates = 40;      // of each of the kLatest
inline constexpr std::size_t kBestTags = 6;                // tags that bring candidates
inline constexpr std::size_t kTagCandidates = 60;          // of each of these
inline constexpr std::size_t kSameCreatorCandidates = 10;  // of the creator of each of the kLatest
inline constexpr std::size_t kLatest = 5;                  // series taken last, that speak for others

// Of a viewer, the latest: what is read for one page.
inline constexpr int kSeenRead = 500;
inline constexpr int kSaidRead = 300;
inline constexpr std::size_t kMostHistory = 200;  // likings that a model folds in

// How long a page waits for what it can do without. So many failures in a row, and one page a second waits.
inline constexpr auto kViewerPatience = std::chrono::milliseconds(250);   // each read about the viewer
inline constexpr auto kCatalogPatience = std::chrono::milliseconds(750);  // titles and covers
inline constexpr int kPatientFor = 3;

// Tags.
inline constexpr std::size_t kMostTastes = 48;   // of a viewer
inline constexpr std::size_t kTriedTags = 24;    // most common ones, tried with everybody
inline constexpr std::size_t kOfferedTags = 24;  // for a new viewer to pick from
inline constexpr int kMostPicked = 20;

// Candidates that a page's places are drawn from, and how many new series are among them at most.
inline constexpr std::size_t kPool = 50;
inline constexpr std::size_t kExplorePool = 10;
inline constexpr std::size_t kPoolOfCreator = 6;  // of one creator's among them, while there are others
inline constexpr std::size_t kSpare = 5;          // picks beyond a page, for what catalog has lost

// Series that one chain of pages can show: the page token names them all, and is 2048 characters at most.
inline constexpr std::size_t kMostServed = 350;
// Training and serving of models.
inline constexpr std::size_t kMostInteractions =
    20'000'000;  // that a training learns from: some 600 MB while it lasts, beside factors
inline constexpr int kTookPage = 5000;  // of which it reads at once
inline constexpr auto kTrainingLease = std::chrono::seconds(15);
inline constexpr int kTrainingAttempts = 5;  // after the process died at it
inline constexpr std::int64_t kMostModelBytes = std::int64_t{1} << 30;
inline constexpr auto kModelsEvery = std::chrono::seconds(5);  // each replica looks which model is active
inline constexpr std::size_t kExactSeries = 100'000;  // of a model; with more, a graph finds the nearest ones
inline constexpr auto kNewcomersEvery = std::chrono::minutes(5);  // and for series that are newer
inline constexpr auto kUnreadableAgain =
    std::chrono::seconds(30);  // a file that could not be read is tried again
inline constexpr int kNewestLookedAt = 1000;
inline constexpr std::size_t kMostNewcomers = 100;
inline constexpr int kViewersOfNewcomer = 30;
inline constexpr int kSeriesOfViewer = 50;
inline constexpr int kSeriesOfCreator = 50;

inline constexpr std::size_t kTokenBytes = 2048 / 4 * 3;

// Series shown lately that are remembered of a viewer: 3 bytes each, under 1 GiB for a million viewers with
// Redis's own overhead.
inline constexpr std::size_t kMostShown = 240;

inline constexpr std::size_t kFallback = 100;  // items of the list that is shown when the database is away
inline constexpr int kSimilarPerPage = 20;
inline constexpr std::size_t kMostSimilar = 200;

inline constexpr auto kKeepEngagement = std::chrono::hours(24 * 180);  // after the last of it

// Rankings.
inline constexpr std::size_t kMostRankingPages =
    30'000;                               // that a training learns from, the newest: some 500 MB
inline constexpr int kRankingPage = 500;  // of which it reads at once
inline constexpr auto kOutcomeSlack = std::chrono::minutes(1);  // for what comes late, beyond kOutcomeWindow
inline constexpr auto kLearnEvery = std::chrono::seconds(20);   // from what has come meanwhile
inline constexpr int kLearnPages = 500;                         // in one step
inline constexpr auto kMostBehind = std::chrono::minutes(15);   // what is older is left to the next training
inline constexpr int kPlaysDropped = 10'000;                    // in one transaction

// What grows in a region.
inline constexpr auto kLately = std::chrono::hours(6);
inline constexpr auto kMeasuredBy = std::chrono::hours(24 * 7);  // before that
inline constexpr int kLeastViewers = 20;                         // k: what fewer began lately is no trend
inline constexpr double kPriorViewers = 20;                      // that what is known of elsewhere counts for
inline constexpr std::size_t kRegionalCandidates = 50;
inline constexpr auto kRegionalEvery = std::chrono::minutes(1);       // one replica counts
inline constexpr auto kRegionalLookEvery = std::chrono::seconds(10);  // each looks whether one has

inline constexpr int kQuietHours = 20;  // after a notification, if the request names none

// What operators put into feeds.
inline constexpr int kMostRules = 500;                         // of a tenant that have not ended
inline constexpr int kMostPinPlace = 50;                       // of a feed
inline constexpr double kLeastFactor = 0.1, kMostFactor = 10;  // of the odds, all boosts of a series together
inline constexpr auto kMostRuleTime = std::chrono::hours(24 * 366);
inline constexpr std::size_t kBoostedCandidates = 60;  // of each tag that counts for more

// The log of decisions.
inline constexpr std::size_t kLogQueue = 4096;  // pages that wait to be written; more are counted and dropped
inline constexpr std::size_t kLogBatch = 200;
inline constexpr std::uint64_t kLogWhole = 100;  // of so many pages one with all its candidates

static_assert(16 + 16 + kMostServed * 4 <= kTokenBytes, "digest, time and seed, four bytes a series");
static_assert(kItemsPerPage <= kMostPerPage && kMostPerPage <= 100 && kMostPerPage + kSpare <= 100,
              "BatchGetEpisodes takes 100");
static_assert(kFallback <= 100, "BatchGetEpisodes takes 100");

}  // namespace cliffhanger::recommendation
