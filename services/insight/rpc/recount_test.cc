// Curves and funnels against a recount, the slow way, of the raw events of random people: through the real
// bus, where events come twice and late and consumers die, on a real database.
#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "cliffhanger/accounts/v1/events.pb.h"
#include "cliffhanger/common/v1/event.pb.h"
#include "cliffhanger/playback/v1/events.pb.h"
#include "libs/bus/consumer.h"
#include "libs/bus/relay.h"
#include "services/insight/rpc/test_creator_insight.h"
#include "services/insight/rpc/viewing_events.h"
#include "services/insight/store/pg_experiments.h"

namespace cliffhanger::insight {
namespace {

using namespace std::chrono_literals;
using playback::v1::PlaybackReported;
using playback::v1::PlaybackStarted;
using playback::v1::WATCH_EVENT_COMPLETE;
using playback::v1::WATCH_EVENT_PROGRESS;
using playback::v1::WATCH_EVENT_SKIP;

constexpr int kEpisodes = 5;

// What one session told, in order; `who` is the person in the end, whoever it was then.
struct Session {
  UserId who;
  int episode = 0;  // from 0
  PlaybackStarted started;
  std::vector<PlaybackReported> reports;
};

struct Person {
  UserId user;
  std::optional<UserId> guest;  // until signing in
};

class RecountTest : public CreatorInsightTest {
 protected:
  RecountTest() {
    EXPECT_TRUE(redis_.command({"FLUSHALL"}));
    for (int n = 0; n < kEpisodes; ++n) films_.push_back(episode(series_, n + 1, durations_[n]));
  }

  int below(int n) { return static_cast<int>(generator_() % static_cast<unsigned>(n)); }

  // Watches one episode in reports of some five seconds and says how that ended: 0 silent, 1 swiped away, 2
  // at the end.
  int watch(const Person& person, int episode, Time& when) {
    Session out;
    out.who = person.user;
    out.episode = episode;
    const Film& film = films_[static_cast<std::size_t>(episode)];
    const auto about = [&](auto& event) {
      event.set_session_id(id().text());
      event.set_user_id((person.guest && below(2) == 0 ? *person.guest : person.user).text());
      event.set_episode_id(film.episode.text());
      event.set_series_id(series_.text());
      event.set_episode_number(film.number);
      event.set_revision_id((below(4) == 0 ? other_ : film.revision).text());
      set_time(event.mutable_time(), when);
    };
    about(out.started);
    const std::int64_t duration = durations_[episode];
    const int end = below(3);
    std::int64_t at = below(4) == 0 ? below(8000) : 0;
    const std::int64_t until = end == 2 ? duration : at + below(static_cast<int>(duration - at));
    while (at < until || out.reports.empty()) {
      const std::int64_t step = std::min<std::int64_t>(3000 + below(4000), until - at);
      at += step;
      when += std::chrono::milliseconds(step);
      if (below(6) == 0)
        at = std::max<std::int64_t>(at - below(6000), step);  // went back a little, and on from there
      auto& report = out.reports.emplace_back();
      about(report);
      report.set_event(WATCH_EVENT_PROGRESS);
      report.set_position_ms(at);
      report.set_watched_ms(step);
    }
    if (end > 0) {
      when += 10ms;
      auto& report = out.reports.emplace_back();
      about(report);
      report.set_event(end == 1 ? WATCH_EVENT_SKIP : WATCH_EVENT_COMPLETE);
      report.set_position_ms(end == 1 ? at : duration);
      report.set_watched_ms(0);
    }
    sessions_.push_back(std::move(out));
    return end;
  }

  void live(int people) {
    for (int i = 0; i < people; ++i) {
      Person person{UserId(id()), std::nullopt};
      if (below(4) == 0) person.guest = UserId(id());
      Time when = clock_.now() - 24h * 20 + std::chrono::minutes(below(60 * 24 * 15));
      for (int episode = below(5) == 0 ? 1 : 0; episode < kEpisodes;) {
        const int end = watch(person, episode, when);
        if (end < 2 && below(3) > 0) break;
        when += std::chrono::seconds(below(3) == 0 ? below(200'000) : below(90));
        episode += below(8) == 0 ? 0 : below(10) == 0 ? 2 : 1;  // again; or one left out
      }
      people_.push_back(person);
    }
  }

  template <class Payload>
  void add(std::vector<std::string>& to, const Payload& payload) {
    common::v1::Event event;
    event.set_id(id().text());
    event.set_tenant(tenant_.text());
    event.mutable_payload()->PackFrom(payload);
    to.push_back(event.SerializeAsString());
  }
  void publish(const char* from, const std::string& event) {
    ASSERT_TRUE(redis_.command({"XADD", bus::stream_of(from), "*", "event", event}));
  }

  // Sessions in any order, each in its own; one in five events twice; guests sign in in the middle of it all.
  void tell() {
    std::vector<std::vector<std::string>> queues;
    for (const auto& session : sessions_) {
      auto& queue = queues.emplace_back();
      add(queue, session.started);
      for (const auto& report : session.reports) add(queue, report);
      std::reverse(queue.begin(), queue.end());
    }
    std::vector<std::string> merges;
    for (const auto& person : people_) {
      if (!person.guest) continue;
      accounts::v1::GuestMerged event;
      event.set_guest_id(person.guest->text());
      event.set_user_id(person.user.text());
      add(merges, event);
    }
    while (!queues.empty()) {
      auto& queue = queues[static_cast<std::size_t>(below(static_cast<int>(queues.size())))];
      publish("playback", queue.back());
      if (below(5) == 0) publish("playback", queue.back());
      queue.pop_back();
      if (queue.empty()) {
        std::swap(queue, queues.back());
        queues.pop_back();
      }
    }
    for (const auto& merge : merges) publish("accounts", merge);
  }

  // Reads all, with a consumer that is thrown away again and again and forgets what it has acknowledged.
  void hear() {
    for (int quiet = 0; quiet < 3;) {
      bus::Consumer consumer("insight", "one", {*pool_, redis_, random_, metrics_, log_});
      listen(consumer, {open_viewings(), open_audience(),
                        [](sql::Tx& tx, const Call& call) {
                          return std::make_unique<PgActivities>(tx, call.caller.tenant);
                        },
                        clock_});
      for (int i = 0; i < 4; ++i) {
        const auto done = consumer.run_once(10ms);
        ASSERT_TRUE(done) << done.error().message;
        quiet = *done == 0 ? quiet + 1 : 0;
      }
    }
  }

  obs::Logger log_{obs::Log::to_stderr(obs::Level::kError), "test"};
  redis::Client redis_{{harness::Redis::shared().url()}};
  std::mt19937 generator_{20};
  const Uuid series_ = id(), other_ = id();
  const std::array<std::int64_t, kEpisodes> durations_{20'000, 31'500, 15'000, 24'999, 18'000};
  std::vector<Film> films_;
  std::vector<Person> people_;
  std::vector<Session> sessions_;
};

// Of one person and episode, from the raw events.
struct Truth {
  std::map<int, int> times;  // by second
  std::optional<Time> completed;
  Time first = Time::max(), last = Time::min();
  std::tuple<std::int64_t, Time, bool> furthest{-1, Time(), false};
  std::int64_t plays = 0;
};

Truth truth_of(const std::vector<Session>& sessions, const UserId& who, int episode) {
  Truth out;
  for (const auto& session : sessions) {
    if (session.who != who || session.episode != episode) continue;
    ++out.plays;
    const auto at = [&](Time when) {
      out.first = std::min(out.first, when);
      out.last = std::max(out.last, when);
    };
    at(time_of(session.started.time()));
    for (const auto& report : session.reports) {
      const Time when = time_of(report.time());
      at(when);
      // A second was seen if its middle was.
      for (int s = 0; s < 60; ++s) {
        const std::int64_t middle = s * 1000 + 500;
        out.times[s] += report.position_ms() - report.watched_ms() < middle && middle <= report.position_ms();
      }
      out.furthest = std::max(out.furthest, {report.position_ms(), when, report.event() == WATCH_EVENT_SKIP});
      if (report.event() == WATCH_EVENT_COMPLETE)
        out.completed = std::min(out.completed.value_or(when), when);
    }
  }
  return out;
}

TEST_F(RecountTest, CurvesAndFunnelAreWhatTheRawEventsSay) {
  live(70);
  tell();
  hear();
  std::map<std::pair<UserId, int>, Truth> truths;
  for (const auto& person : people_)
    for (int e = 0; e < kEpisodes; ++e)
      if (auto truth = truth_of(sessions_, person.user, e); truth.plays > 0) truths[{person.user, e}] = truth;

  for (int e = 0; e < kEpisodes; ++e) {
    const auto curves = of_episode<v1::GetEpisodeCurvesResponse, v1::GetEpisodeCurvesRequest>(
        films_[static_cast<std::size_t>(e)].episode);
    const int seconds = static_cast<int>((durations_[e] + 999) / 1000);
    std::vector<std::pair<std::int64_t, bool>> outcomes;  // the last second, and whether somebody left in it
    std::vector<int> viewers(static_cast<std::size_t>(seconds)), views(viewers);
    for (const auto& [key, truth] : truths) {
      if (key.second != e) continue;
      bool any = false;
      for (int s = 0; s < seconds; ++s) {
        const int times = truth.times.at(s);
        viewers[static_cast<std::size_t>(s)] += times > 0;
        views[static_cast<std::size_t>(s)] += times;
        any = any || times > 0;
      }
      if (!any) continue;
      const auto& [reached, when, swiped] = truth.furthest;
      const auto next = truths.find({key.first, e + 1});
      const bool went_on =
          next != truths.end() && next->second.first <= when + 1min && next->second.last >= when;
      const bool stayed = truth.completed || reached / 1000 >= seconds;
      outcomes.push_back({stayed ? seconds : reached / 1000, !stayed && swiped && !went_on});
    }
    ASSERT_EQ(curves.points_size(), seconds);
    ASSERT_EQ(curves.viewers(), static_cast<std::int64_t>(outcomes.size()));
    double survival = 1;
    for (int s = 0; s < seconds; ++s) {
      const auto& point = curves.points(s);
      ASSERT_EQ(point.viewers(), viewers[static_cast<std::size_t>(s)]) << "episode " << e << " second " << s;
      ASSERT_EQ(point.views(), views[static_cast<std::size_t>(s)]);
      ASSERT_DOUBLE_EQ(point.retention(),
                       static_cast<double>(point.viewers()) / static_cast<double>(outcomes.size()));
      const auto followed = std::ranges::count_if(outcomes, [&](const auto& o) { return o.first >= s; });
      const auto left =
          std::ranges::count_if(outcomes, [&](const auto& o) { return o.first == s && o.second; });
      if (followed > 0) survival *= 1 - static_cast<double>(left) / static_cast<double>(followed);
      ASSERT_NEAR(point.survival(), survival, 1e-12);
    }
  }

  const auto funnel = of_series<v1::GetSeriesFunnelResponse, v1::GetSeriesFunnelRequest>(series_);
  ASSERT_EQ(funnel.steps_size(), kEpisodes);
  EXPECT_EQ(funnel.viewers(), static_cast<std::int64_t>(people_.size()));
  for (int e = 0; e < kEpisodes; ++e) {
    std::int64_t started = 0, completed = 0, reached = 0, continued = 0;
    std::vector<double> waits;
    for (const auto& person : people_) {
      const auto here = truths.find({person.user, e}), next = truths.find({person.user, e + 1});
      if (here == truths.end()) continue;
      ++started;
      completed += here->second.completed.has_value();
      bool all = true;
      for (int before = 0; before < e; ++before) all = all && truths.contains({person.user, before});
      reached += all;
      if (!here->second.completed || next == truths.end()) continue;
      ++continued;
      const auto wait = next->second.first - *here->second.completed;
      if (wait >= -5s) waits.push_back(std::max(0.0, std::chrono::duration<double>(wait).count()));
    }
    const auto& step = funnel.steps(e);
    EXPECT_EQ(step.number(), e + 1);
    EXPECT_EQ(step.started(), started);
    EXPECT_EQ(step.completed(), completed);
    EXPECT_EQ(step.reached(), reached);
    EXPECT_EQ(step.continued(), continued);
    std::ranges::sort(waits);
    EXPECT_EQ(step.has_median_wait_s(), waits.size() >= 20);
    if (!step.has_median_wait_s()) continue;
    const auto middle = waits.size() / 2;
    EXPECT_NEAR(step.median_wait_s(),
                waits.size() % 2 == 1 ? waits[middle] : (waits[middle - 1] + waits[middle]) / 2, 1e-6);
  }
}

}  // namespace
}  // namespace cliffhanger::insight
