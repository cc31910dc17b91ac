// What creators are told, and what not.
#include <map>

#include "services/insight/domain/disclosure.h"
#include "services/insight/domain/limits.h"
#include "services/insight/rpc/test_creator_insight.h"

namespace cliffhanger::insight {
namespace {

using namespace std::chrono_literals;

TEST_F(CreatorInsightTest, OnlyOwnersAndOperatorsAreTold) {
  const Uuid series = id();
  const Film film = episode(series, 1, 6000);
  v1::GetEpisodeCurvesRequest curves;
  curves.set_episode_id(film.episode.text());
  v1::GetSeriesFunnelRequest funnel;
  funnel.set_series_id(series.text());
  const auto both = [&](const Call& from) {
    const auto one = ask<v1::GetEpisodeCurvesResponse>(from, curves);
    const auto two = ask<v1::GetSeriesFunnelResponse>(from, funnel);
    return (one ? "told" : one.error().reason) + " " + (two ? "told" : two.error().reason);
  };
  EXPECT_EQ(both(call(owner_)), "told told");
  EXPECT_EQ(both(call(person(), Role::kOperator)), "told told");
  EXPECT_EQ(both(call(person())), "EPISODE_NOT_FOUND SERIES_NOT_FOUND");
  EXPECT_EQ(both(call(owner_, Role::kCreator, "other")), "EPISODE_NOT_FOUND SERIES_NOT_FOUND");
  curves.set_episode_id(id().text());
  EXPECT_EQ(ask<v1::GetEpisodeCurvesResponse>(call(owner_), curves).error().reason, "EPISODE_NOT_FOUND");
}

TEST_F(CreatorInsightTest, NobodyHasWatchedYet) {
  const Uuid series = id();
  const Film film = episode(series, 1, 6000);
  EXPECT_EQ(
      (of_episode<v1::GetEpisodeCurvesResponse, v1::GetEpisodeCurvesRequest>(film.episode)).points_size(), 0);
  EXPECT_EQ((of_episode<v1::GetEpisodeDropsResponse, v1::GetEpisodeDropsRequest>(film.episode)).drops_size(),
            0);
  EXPECT_EQ((of_episode<v1::GetEpisodeVersionsResponse, v1::GetEpisodeVersionsRequest>(film.episode))
                .versions_size(),
            0);
  const auto funnel = of_series<v1::GetSeriesFunnelResponse, v1::GetSeriesFunnelRequest>(series);
  ASSERT_EQ(funnel.steps_size(), 1);
  EXPECT_EQ(funnel.steps(0).started(), 0);
  EXPECT_FALSE(funnel.steps(0).has_continuation());
  EXPECT_EQ((of_series<v1::GetSeriesCohortsResponse, v1::GetSeriesCohortsRequest>(series)).cells_size(), 0);
  EXPECT_EQ((of_series<v1::GetSeriesAudienceResponse, v1::GetSeriesAudienceRequest>(series)).slices_size(),
            0);
  EXPECT_EQ((of_series<v1::GetSeriesAlertsResponse, v1::GetSeriesAlertsRequest>(series)).alerts_size(), 0);
}

TEST_F(CreatorInsightTest, AnEpisodeIsComparedWithOthersOfLikeLength) {
  const Uuid series = id();
  std::vector<Film> films;
  for (int n = 1; n <= 6; ++n) films.push_back(episode(series, n, n == 6 ? 40'000 : 50'000 + n * 100));
  films.push_back(episode(series, 7, 200'000));  // too long to be like them
  for (std::size_t i = 0; i < films.size(); ++i) {
    change([&](sql::Tx& tx) -> Result<void> {
      PgAudience audience(tx, tenant_);
      // Of 20 each, i leave half-way.
      for (std::size_t n = 0; n < 20; ++n)
        CH_TRY(
            audience.add(films[i], person(), session(clock_.now(), n < i ? 25'000 : 50'000, n < i, n >= i)));
      return {};
    });
  }
  const auto made = [&] {
    return pool_->transact([&](sql::Tx& tx) { return refresh_profile(tx, clock_.now()); }).value_or(false);
  };
  int profiles = 0;
  while (made()) ++profiles;
  EXPECT_EQ(profiles, 7);
  auto curves = of_episode<v1::GetEpisodeCurvesResponse, v1::GetEpisodeCurvesRequest>(films[0].episode);
  EXPECT_EQ(curves.compared_episodes(), 5);
  EXPECT_DOUBLE_EQ(curves.points(45).retention(), 1);
  EXPECT_NEAR(curves.points(45).typical(), 1 - 3 / 20.0, 1e-6);  // of 1, 2, 3, 4 and 5 that left
  EXPECT_NEAR(curves.points(45).typical_low(), 1 - 4 / 20.0, 1e-6);
  EXPECT_NEAR(curves.points(5).typical(), 1, 1e-6);
  EXPECT_FALSE((of_episode<v1::GetEpisodeCurvesResponse, v1::GetEpisodeCurvesRequest>(films[6].episode))
                   .points(0)
                   .has_typical());
  // News makes a profile stale, and it is made again an hour later.
  change([&](sql::Tx& tx) {
    return PgAudience(tx, tenant_).add(films[1], person(), session(clock_.now(), 9000));
  });
  EXPECT_FALSE(made());
  clock_.advance(kCurveAge);
  EXPECT_TRUE(made());
  EXPECT_FALSE(made());
}

TEST_F(CreatorInsightTest, DropsNameTheSceneOrTheNetworkAndNotThoseWhoAreFew) {
  const Film film = episode(id(), 1, 60'000);
  const auto leave = [&](int people, std::int64_t at, int stalled) {
    change([&](sql::Tx& tx) -> Result<void> {
      for (int i = 0; i < people; ++i) {
        const UserId who = person();
        CH_TRY(PgAudience(tx, tenant_).add(film, who, session(clock_.now(), at, at < 60'000, at == 60'000)));
        if (i >= stalled) continue;
        Event stall;
        stall.id = id();
        stall.kind = 7;
        stall.client_time = stall.event_time = clock_.now();
        stall.episode = film.episode;
        stall.position_ms = at - 1500;
        CH_TRY(PgJournal(tx, tenant_).record(who, clock_.now(), {}, {stall}));
      }
      return {};
    });
  };
  leave(300, 60'000, 40);
  leave(80, 10'400, 0);
  leave(60, 30'400, 40);
  leave(30, 50'400, 5);
  const auto drops = of_episode<v1::GetEpisodeDropsResponse, v1::GetEpisodeDropsRequest>(film.episode);
  ASSERT_EQ(drops.drops_size(), 3);
  EXPECT_EQ(drops.drops(0).second(), 10);
  EXPECT_EQ(drops.drops(0).left_viewers(), 80);
  EXPECT_NEAR(drops.drops(0).fall(), 80 / 470.0, 1e-9);
  EXPECT_EQ(drops.drops(0).cause(), v1::DROP_CAUSE_SCENE);
  EXPECT_EQ(drops.drops(1).second(), 30);
  EXPECT_EQ(drops.drops(1).cause(), v1::DROP_CAUSE_NETWORK);
  EXPECT_NEAR(drops.drops(1).stalled_share(), 40 / 60.0, 1e-9);
  EXPECT_EQ(drops.drops(2).cause(), v1::DROP_CAUSE_UNSPECIFIED) << "five of thirty";
  EXPECT_FALSE(drops.drops(2).has_stalled_share());
  // Whom the network lost did not leave: 80 of 470 did, then 20 of 390, then 25 of 330.
  const auto curves = of_episode<v1::GetEpisodeCurvesResponse, v1::GetEpisodeCurvesRequest>(film.episode);
  EXPECT_NEAR(curves.points(59).survival(), (1 - 80 / 470.0) * (1 - 20 / 390.0) * (1 - 25 / 330.0), 1e-9);
}

TEST_F(CreatorInsightTest, VersionsAreComparedWhenEnoughSawEach) {
  Film film = episode(id(), 1, 10'000);
  const Uuid first = film.revision, second = id(), third = id();
  const auto watch = [&](const Uuid& revision, int people, int completing) {
    clock_.advance(1h);
    film.revision = revision;
    change([&](sql::Tx& tx) -> Result<void> {
      for (int i = 0; i < people; ++i)
        CH_TRY(
            PgAudience(tx, tenant_)
                .add(film, person(),
                     session(clock_.now(), i < completing ? 10'000 : 4500, i >= completing, i < completing)));
      return {};
    });
  };
  watch(first, 100, 40);
  watch(second, 50, 45);
  auto versions = of_episode<v1::GetEpisodeVersionsResponse, v1::GetEpisodeVersionsRequest>(film.episode);
  ASSERT_EQ(versions.versions_size(), 2);
  EXPECT_EQ(versions.versions(0).revision_id(), first.text());
  EXPECT_EQ(versions.versions(0).viewers(), 100);
  EXPECT_DOUBLE_EQ(versions.versions(0).completion(), 0.4);
  EXPECT_DOUBLE_EQ(versions.versions(0).median_stay_s(), 5);
  EXPECT_FALSE(versions.versions(1).has_completion()) << "five did not";
  EXPECT_FALSE(versions.versions(1).has_median_stay_s());
  watch(third, 3, 1);
  versions = of_episode<v1::GetEpisodeVersionsResponse, v1::GetEpisodeVersionsRequest>(film.episode);
  ASSERT_EQ(versions.versions_size(), 1) << "or the three could be subtracted";
  EXPECT_EQ(versions.versions(0).viewers(), 100);
  EXPECT_EQ(versions.suppressed_versions(), 2);
}

TEST_F(CreatorInsightTest, SlicesAreOfYesterdayAndSmallOnesAreOne) {
  const Uuid series = id();
  const Film film = episode(series, 1, 10'000), next = episode(series, 2, 10'000);
  const auto watch = [&](int people, const Origin& origin) {
    change([&](sql::Tx& tx) -> Result<void> {
      for (int i = 0; i < people; ++i) {
        const UserId who = person();
        CH_TRY(PgAudience(tx, tenant_).add(film, who, session(clock_.now(), 5000, false, false, origin)));
        Origin later = origin;
        later.source = 5;  // led on: doesn't count, since the series was known by then
        CH_TRY(
            PgAudience(tx, tenant_).add(next, who, session(clock_.now() + 1min, 5000, false, false, later)));
      }
      return {};
    });
  };
  watch(60, {.source = 1, .device = 1, .region = "mx"});
  watch(40, {.source = 3, .device = 1, .region = "es"});
  watch(12, {.source = 6, .device = 4, .region = "us"});
  watch(2, {});
  EXPECT_EQ((of_series<v1::GetSeriesAudienceResponse, v1::GetSeriesAudienceRequest>(series)).viewers(), 0)
      << "today";
  clock_.advance(24h);
  const auto audience = of_series<v1::GetSeriesAudienceResponse, v1::GetSeriesAudienceRequest>(series);
  EXPECT_EQ(audience.viewers(), 114);
  std::map<int, std::string> told;
  for (const auto& slice : audience.slices())
    told[slice.dimension()] += (slice.rest() ? "rest"
                                             : std::to_string(slice.source()) + "." +
                                                   std::to_string(slice.device()) + slice.region()) +
                               "=" + std::to_string(slice.viewers()) + " ";
  // 12 and 2 are too few together as well, so the smallest of the others goes with them.
  EXPECT_EQ(told[v1::AUDIENCE_DIMENSION_SOURCE], "1.0=60 rest=54 ");
  EXPECT_EQ(told[v1::AUDIENCE_DIMENSION_DEVICE], "rest=114 ");
  EXPECT_EQ(told[v1::AUDIENCE_DIMENSION_REGION], "0.0mx=60 rest=54 ");
}

// A creator looks every day, knows from the totals that one person came, and must not learn where that one
// is.
TEST_F(CreatorInsightTest, AnswersOfTwoDaysTellOfNobodyInBetween) {
  const Uuid series = id();
  const Film film = episode(series, 1, 10'000);
  const auto watch = [&](int people, const char* region) {
    change([&](sql::Tx& tx) -> Result<void> {
      for (int i = 0; i < people; ++i)
        CH_TRY(PgAudience(tx, tenant_)
                   .add(film, person(),
                        session(clock_.now(), 5000, false, false,
                                {.source = 1, .device = 1, .region = region})));
      return {};
    });
    clock_.advance(24h);
  };
  const auto regions = [&] {
    const auto got = of_series<v1::GetSeriesAudienceResponse, v1::GetSeriesAudienceRequest>(series);
    std::string out = std::to_string(got.viewers()) + ":";
    for (const auto& slice : got.slices())
      if (slice.dimension() == v1::AUDIENCE_DIMENSION_REGION)
        out += " " + (slice.rest() ? "rest" : slice.region()) + "=" + std::to_string(slice.viewers());
    return out;
  };
  watch(40, "mx");
  watch(30, "es");
  EXPECT_EQ(regions(), "70: mx=40 es=30");
  watch(1, "mx");
  EXPECT_EQ(regions(), "71: mx=40 es=30") << "or whoever came yesterday is in Mexico";
  watch(19, "mx");
  EXPECT_EQ(regions(), "90: mx=60 es=30") << "twenty, and nobody else";
  watch(25, "es");
  watch(2, "mx");
  EXPECT_EQ(regions(), "117: mx=60 es=30 rest=27") << "or the two follow from the twenty-five";
  watch(18, "mx");
  EXPECT_EQ(regions(), "135: mx=80 es=55");
  EXPECT_EQ(regions(), "135: mx=80 es=55") << "asked again";
}

TEST_F(CreatorInsightTest, AWeekOfCohortsIsToldWhenItIsOver) {
  const Uuid series = id();
  const Film film = episode(series, 1, 10'000);
  const Time monday = from_micros(1'767'571'200'000'000);  // 2026-01-05T00:00:00Z
  std::vector<UserId> people;
  const auto watch = [&](const UserId& who, Time when) {
    change([&](sql::Tx& tx) { return PgAudience(tx, tenant_).add(film, who, session(when, 5000)); });
  };
  for (int i = 0; i < 60; ++i) watch(people.emplace_back(person()), monday + 1h);
  for (int i = 0; i < 30; ++i) watch(people[static_cast<std::size_t>(i)], monday + 24h * 7);
  const auto cells = [&](Time now) {
    clock_.advance(now - clock_.now());
    return of_series<v1::GetSeriesCohortsResponse, v1::GetSeriesCohortsRequest>(series).cells_size();
  };
  EXPECT_EQ(cells(monday + 24h * 6), 0);
  EXPECT_EQ(cells(monday + 24h * 7), 1);
  EXPECT_EQ(cells(monday + 24h * 13), 1) << "day by day it would tell who comes back";
  EXPECT_EQ(cells(monday + 24h * 14), 2);
}

TEST_F(CreatorInsightTest, CohortsAreByTheWeekInWhichSomebodyBegan) {
  const Uuid series = id();
  const Film film = episode(series, 1, 10'000);
  const Time monday = from_micros(1'767'571'200'000'000);  // 2026-01-05T00:00:00Z
  const auto watch = [&](int people, std::vector<std::chrono::hours> times) {
    change([&](sql::Tx& tx) -> Result<void> {
      for (int i = 0; i < people; ++i) {
        const UserId who = person();
        for (const auto time : times)
          CH_TRY(PgAudience(tx, tenant_).add(film, who, session(monday + time, 5000)));
      }
      return {};
    });
  };
  watch(30, {24h, 24h * 9});
  watch(25, {24h * 9, 24h * 8, 24h * 30});  // late news first
  watch(40, {24h * 6, 24h * 6 + 1h});
  watch(5, {24h * 15});
  watch(21, {24h * 16, 24h * 22});
  clock_.advance(24h * 70);
  const auto cohorts = of_series<v1::GetSeriesCohortsResponse, v1::GetSeriesCohortsRequest>(series);
  std::string told;
  for (const auto& cell : cohorts.cells())
    told += std::to_string((time_of(cell.first_week()) - monday) / (24h * 7)) + "+" +
            std::to_string(cell.weeks_later()) + ": " +
            (cell.has_active() ? std::to_string(cell.active()) : "?") + "/" + std::to_string(cell.viewers()) +
            "; ";
  // The third cohort is of 26, of whom 21 came back: to say so would tell of the five who didn't.
  EXPECT_EQ(told, "0+0: 70/70; 0+1: 30/70; 1+0: 25/25; 1+3: 25/25; 2+0: 26/26; 2+1: ?/26; ");
}

TEST_F(CreatorInsightTest, OddDaysAreTold) {
  const Uuid series = id();
  const Film film = episode(series, 3, 10'000);
  const Time today = std::chrono::floor<std::chrono::days>(clock_.now());
  change([&](sql::Tx& tx) -> Result<void> {
    for (int day = 40; day >= 0; --day) {
      for (int i = 0; i < (day == 5 ? 90 : 25 + day % 3); ++i)
        CH_TRY(PgAudience(tx, tenant_)
                   .add(film, person(), session(today - 24h * day + 1h, 10'000, false, i % 2 == 0)));
    }
    return {};
  });
  const auto alerts = of_series<v1::GetSeriesAlertsResponse, v1::GetSeriesAlertsRequest>(series);
  ASSERT_EQ(alerts.alerts_size(), 1);
  EXPECT_EQ(alerts.alerts(0).number(), 3);
  EXPECT_EQ(time_of(alerts.alerts(0).day()), today - 24h * 5);
  EXPECT_EQ(alerts.alerts(0).kind(), v1::ALERT_KIND_PLAYS);
  EXPECT_EQ(alerts.alerts(0).value(), 90);
  EXPECT_EQ(alerts.alerts(0).usual(), 26);
}

}  // namespace
}  // namespace cliffhanger::insight
