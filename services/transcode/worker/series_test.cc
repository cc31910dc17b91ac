// Episodes of one series, with the real media program.
#include <cstring>
#include <set>
#include <sstream>

#include "services/transcode/worker/test_world.h"

namespace cliffhanger::transcode {
namespace {

class SeriesTest : public World {
 protected:
  // Pictures of ffmpeg's source `pictures`, and sound of its source `sound`.
  std::string clip(const std::string& pictures, const std::string& sound, double seconds) {
    const std::string path = dir_.path() + "/clip-" + std::to_string(++clips_) + ".mp4";
    const std::string length = std::to_string(seconds);
    shell("ffmpeg -nostdin -y -f lavfi -i '" + pictures + "' -f lavfi -i '" + sound +
          "' -c:v libx264 -preset ultrafast -g 60 -pix_fmt yuv420p -c:a aac -b:a 192k -ac 2 -t " + length +
          " " + path);
    return path;
  }
  RevisionId upload(const std::string& path) {
    auto event = verified(path, EpisodeId::make(clock_.now(), random_));
    event.set_series_id(series_.text());
    const auto done = accept(event);
    EXPECT_TRUE(done) << done.error().reason << done.error().message;
    return newest(*EpisodeId::parse(event.episode_id())).id;
  }
  SeriesProfile profile() {
    return **transact([&](PgRevisions& revisions) { return revisions.profile_of(series_, std::nullopt); });
  }
  void renew(Loudness loudness) {
    ASSERT_TRUE(transact([&](PgRevisions& revisions) -> Result<void> {
      CH_ASSIGN(const auto current, revisions.lock_profile(series_, std::nullopt));
      return revisions.save_profile(renewed(series_, current, loudness, clock_.now()));
    }));
  }
  struct Heard {
    double lufs = 0, peak = 0;
  };
  // What ffmpeg measures of a finished revision's sound.
  Heard listen(RevisionId id) {
    const auto served = index(id);
    const std::string path = dir_.path() + "/heard.mp4", log = dir_.path() + "/heard.txt";
    std::ofstream out(path, std::ios::binary);
    out << object(*served, "audio/init.mp4");
    for (int i = 0; served->objects.contains("audio/" + std::to_string(i) + ".m4s"); ++i)
      out << object(*served, "audio/" + std::to_string(i) + ".m4s");
    out.close();
    EXPECT_EQ(
        std::system(("ffmpeg -nostdin -hide_banner -i " + path + " -af ebur128=peak=true -f null - 2>" + log)
                        .c_str()),
        0);
    std::ifstream in(log);
    std::ostringstream text;
    text << in.rdbuf();
    const std::string all = text.str(), summary = all.substr(all.rfind("Summary:"));
    const auto after = [&](const char* what) {
      return std::atof(summary.c_str() + summary.find(what) + std::strlen(what));
    };
    return {after("I:"), after("Peak:")};
  }
  const SeriesId series_ = SeriesId::make(clock_.now(), random_);
  int clips_ = 0;
};

// What lets a segment of one follow a segment of the other: the same rungs, of the same size, with the same
// parameter sets.
TEST_F(SeriesTest, TwoDifferentEpisodesHaveTheSameRungsAndInitialisationSegments) {
  Ledger ledger = World::ledger();
  const auto worker = World::worker(ledger);
  const RevisionId first = upload(clip("testsrc2=s=360x640:r=30", "sine=f=440", 6));
  ASSERT_TRUE(get(first).plan->founding);
  run_all(*worker);
  ASSERT_EQ(get(first).state, State::kReady) << get(first).failure_reason;
  ASSERT_TRUE(profile().settled);
  const RevisionId second = upload(clip("mandelbrot=s=360x640:r=30", "anoisesrc=c=pink:a=0.3", 5));
  EXPECT_FALSE(get(second).plan->founding);
  run_all(*worker);
  ASSERT_EQ(get(second).state, State::kReady) << get(second).failure_reason;

  const Plan a = *get(first).plan, b = *get(second).plan;
  ASSERT_EQ(a.rungs.size(), b.rungs.size());
  const auto here = index(first), there = index(second);
  for (std::size_t i = 0; i < a.rungs.size(); ++i) {
    EXPECT_EQ(a.rungs[i].name, b.rungs[i].name);
    EXPECT_EQ(a.rungs[i].maxrate_kbps, b.rungs[i].maxrate_kbps);
    EXPECT_EQ(b.rungs[i].crf, learnt_crf({a}, b.rungs[i]).value_or(30)) << b.rungs[i].name;
    const std::string init = a.rungs[i].name + "/init.mp4";
    EXPECT_FALSE(object(*here, init).empty());
    EXPECT_EQ(object(*here, init), object(*there, init)) << init;
  }
  EXPECT_EQ(object(*here, "audio/init.mp4").size(), object(*there, "audio/init.mp4").size());
}

// What players were shown once stays: until the profile is settled there is the default rung alone.
TEST_F(SeriesTest, WhatMayBeDroppedIsNotShown) {
  Ledger ledger = World::ledger();
  const auto worker = World::worker(ledger);
  const RevisionId id = upload(clip("testsrc2=s=720x1280:r=10", "sine=f=440", 5));
  std::set<std::string> shown;
  for (;;) {
    const auto did = worker->step();
    ASSERT_TRUE(did) << did.error().reason;
    if (const auto served = index(id)) {
      std::istringstream lines(object(*served, "provisional.m3u8"));
      for (std::string line; std::getline(lines, line);)
        if (!line.empty() && line[0] != '#') shown.insert(line.substr(0, line.find('/')));
      if (!profile().settled) EXPECT_EQ(shown, std::set<std::string>{"v540"});
    }
    if (!*did) break;
  }
  ASSERT_EQ(get(id).state, State::kReady) << get(id).failure_reason;
  std::set<std::string> stayed;
  const Plan plan = *get(id).plan;
  for (const media::Rung& rung : plan.rungs) stayed.insert(rung.name);
  EXPECT_EQ(shown, stayed);
}

// One whose analysis can't be done keeps all rungs, and so does its series.
TEST_F(SeriesTest, WithoutAnAnalysisEverythingIsKept) {
  const RevisionId id = upload(clip("testsrc2=s=360x640:r=30", "sine=f=440", 3));
  ASSERT_TRUE(pool_->transact([](sql::Tx& tx) {
    return tx.run_text("UPDATE work SET attempts = 3 WHERE kind = 'analyse' RETURNING 1");
  }));
  Ledger ledger = World::ledger();
  run_all(*World::worker(ledger));
  EXPECT_EQ(get(id).state, State::kReady) << get(id).failure_reason;
  EXPECT_TRUE(profile().settled);
  const SeriesProfile made = profile();
  for (const Row& row : made.rows) EXPECT_TRUE(row.kept);
}

TEST_F(SeriesTest, EachEpisodeByItselfIsBroughtToTheSameLoudness) {
  Ledger ledger = World::ledger();
  const auto worker = World::worker(ledger);
  const RevisionId quiet = upload(clip("testsrc2=s=180x320:r=10", "anoisesrc=c=pink:a=0.12:seed=1", 3));
  const RevisionId loud = upload(clip("testsrc2=s=180x320:r=10", "anoisesrc=c=pink:a=0.4:seed=2", 3));
  run_all(*worker);
  for (const RevisionId id : {quiet, loud}) {
    EXPECT_NEAR(listen(id).lufs, -16, 0.5);
    EXPECT_LE(listen(id).peak, -1);
  }
}

TEST_F(SeriesTest, OneGainKeepsWhatIsQuietQuiet) {
  renew(Loudness::kSeries);
  Ledger ledger = World::ledger();
  const auto worker = World::worker(ledger);
  // Both are there before either was heard.
  const RevisionId middle = upload(clip("testsrc2=s=180x320:r=10", "anoisesrc=c=pink:a=0.2:seed=1", 3));
  const RevisionId quiet = upload(clip("testsrc2=s=180x320:r=10", "anoisesrc=c=pink:a=0.05:seed=2", 3));
  run_all(*worker);
  const RevisionId loud = upload(clip("testsrc2=s=180x320:r=10", "anoisesrc=c=pink:a=0.9:seed=3", 3));
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE kind = 'loudness'"), 2);
  run_all(*worker);
  ASSERT_TRUE(profile().gain_db);
  for (const RevisionId id : {middle, quiet, loud}) {
    ASSERT_EQ(get(id).state, State::kReady) << get(id).failure_reason;
    EXPECT_EQ(get(id).plan->gain_db, profile().gain_db);
    EXPECT_LE(listen(id).peak, -0.9) << "no peak passes the ceiling, whatever the gain";
  }
  EXPECT_NEAR(listen(middle).lufs, -16, 0.5);
  EXPECT_NEAR(listen(middle).lufs - listen(quiet).lufs, 12, 0.7) << "20 log10 of 0.2 over 0.05";
  EXPECT_GT(listen(loud).lufs, -16);
}

}  // namespace
}  // namespace cliffhanger::transcode
