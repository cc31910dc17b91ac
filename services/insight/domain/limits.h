#pragma once
// Every bound of insight.
#include <chrono>
#include <cstdint>

namespace cliffhanger::insight {

inline constexpr auto kOldest = std::chrono::hours(24 * 7);  // an event may be, when it is sent
// An event may be dated after its batch by as much: of a clock that ran ahead and was put right in between.
inline constexpr auto kAfterSending = kOldest;
inline constexpr std::int64_t kLastSecond = 7'258'118'400;  // of any clock, since 1970: the year 2200
inline constexpr std::int64_t kMostSeconds = 2 * 60 * 60;   // of an episode that are told apart
inline constexpr std::size_t kMostConditionBytes = 16'384,
                             kMostValueBytes = 4'096;  // of experiments, as JSON
inline constexpr std::size_t kMostDefinitionDepth = 32;
inline constexpr std::size_t kMostTitleBytes = 480;                    // 120 characters, as catalog has them
inline constexpr int kMostEpisodes = 1000;                             // of a series
inline constexpr auto kRefreshHouse = std::chrono::milliseconds(500);  // what each process knows of them
inline constexpr auto kAppliedAfter =
    std::chrono::seconds(2);  // its start an experiment is: by then every process counts who is shown it
inline constexpr int kFoldedPeople = 1000;  // whose doings are counted in one transaction
inline constexpr int kMostRounds = 10;      // of that before an experiment is looked after
inline constexpr auto kFoldPeopleEvery = std::chrono::milliseconds(500);
inline constexpr auto kSettling =
    std::chrono::milliseconds(1500);     // a report waits for what is not counted yet
inline constexpr int kMostHouse = 5000;  // experiments of all tenants that services apply
inline constexpr auto kKeptEndings = std::chrono::hours(24 * 30);  // after the stop, for who saw them
inline constexpr int kMostLive = 200;      // experiments of a tenant that run or have a winner
inline constexpr int kBesideAtOnce = 100;  // running experiments that one is held against, read together
inline constexpr auto kLookAfterEvery = std::chrono::minutes(1);  // a running experiment
inline constexpr int kDaysBefore = 14;                            // of an exposure that CUPED looks at
inline constexpr double kLeavingWindow = 72 * 3600;               // seconds in which who goes on has done so
inline constexpr int kDaysAhead = 2;  // partitions that are there before their day

static_assert(kAppliedAfter >= 3 * kRefreshHouse);

// What the recommender is told (domain/acts).
inline constexpr std::int64_t kMostProgressMs = 60'000;  // watched, of one event
inline constexpr std::int64_t kQuickSkipMs = 3000;       // a skip before that is a quick one
inline constexpr int kBatchesAtOnce = 500;               // told in one transaction
inline constexpr std::size_t kToldAtOnce = 200;          // people in one message
inline constexpr auto kTellEvery = std::chrono::milliseconds(300);

// Exports.
inline constexpr auto kLongestBatch =
    std::chrono::minutes(5);  // from its arrival until its events are inserted
inline constexpr auto kStragglers = std::chrono::minutes(15);  // before a window, that are looked for
inline constexpr auto kCloseAfter = std::chrono::seconds(10);  // the end of a window
inline constexpr int kClosedAtOnce = 100;                      // windows
inline constexpr int kExportRows = 5000;                       // read at once
inline constexpr std::int64_t kPartLines = 1'000'000;          // of a part at most
inline constexpr std::size_t kNamedAtOnce = 20'000;            // people
inline constexpr int kDroppedAtOnce = 20;                      // objects
inline constexpr auto kExportEvery = std::chrono::milliseconds(1000);
inline constexpr int kExportsPerPage = 24, kMostExportsPerPage = 200;
// Whoever inserts commits within the session's two minutes of idleness, or not at all.
static_assert(kStragglers > kLongestBatch + std::chrono::minutes(2) + std::chrono::minutes(1));

// What creators learn (domain/curves, domain/alerts).
inline constexpr auto kGoingOn =
    std::chrono::minutes(1);  // from swiping away to the next episode: going on, not leaving
inline constexpr std::int64_t kTroubleMs =
    5000;  // a stall so long before the place where somebody left explains it
inline constexpr std::int64_t kTroubleSlackMs = 1000;  // or so far behind it: positions are told now and then
inline constexpr std::size_t kDropSeconds = 3;         // that a drop is made of
inline constexpr std::size_t kMostDrops = 5;           // that are told of
inline constexpr std::int64_t kFewestLeft = 3;         // viewers that make a drop
inline constexpr double kOddFall = 1.5;                // times what is usual in the episode
inline constexpr std::size_t kFewestCompared = 5;      // episodes that make something typical
inline constexpr int kMostCompared = 500;              // episodes that are read for it
inline constexpr int kMostTroubles = 200'000;  // stalls and errors of an episode that are read, the newest
inline constexpr int kViewerPage = 5000;       // viewers of an episode read at once
inline constexpr int kWeeksLater = 12;         // that cohorts are followed
inline constexpr auto kCurveAge = std::chrono::hours(1);  // after which a changed episode is compared anew
inline constexpr double kOddScore = 3.5;                  // Iglewicz and Hoaglin's
inline constexpr std::int64_t kUsualDays = 28;            // before a day that it is compared with
inline constexpr std::size_t kFewestUsualDays = 7;        // of them
inline constexpr std::int64_t kFewestPlays = 20;          // a day, for a share of them to mean something
inline constexpr std::int64_t kAlertDays = 14;            // that are looked at
inline constexpr std::size_t kMostAlerts = 100;           // in an answer

// Quality.
inline constexpr double kBucketGrowth =
    1.02;  // from one bucket of a distribution to the next: half of it is its error
inline constexpr int kMostBucket = 1500;      // more than any value that is let in
inline constexpr int kFoldedAtOnce = 10'000;  // events in one transaction, about
inline constexpr auto kFoldEvery = std::chrono::milliseconds(500);
inline constexpr auto kLateEvent = std::chrono::hours(48);    // an event that is older is not folded any more
inline constexpr auto kKeepMinutes = std::chrono::hours(50);  // cells of a minute
inline constexpr auto kKeepHours = std::chrono::hours(24 * 35);  // cells of an hour
inline constexpr auto kKeepViews = std::chrono::hours(72);       // after the last event of a view
inline constexpr auto kKeepBatches = std::chrono::hours(24);     // ids of batches of edges
inline constexpr int kSweptAtOnce = 5000;                        // rows in one statement
inline constexpr int kMostSlices = 50;                           // of a dimension in an answer
static_assert(kKeepMinutes > kLateEvent && kKeepViews > kLateEvent);

}  // namespace cliffhanger::insight
