#pragma once
// For tests: a house in which films are uploaded, captioned and cut; real media, real workers, the real gate.
#include <filesystem>
#include <sstream>

#include "services/transcode/domain/cutting.h"
#include "services/transcode/worker/test_world.h"

namespace cliffhanger::transcode {

class CutWorld : public World {
 protected:
  EpisodeId film(double seconds, const std::string& size = "180x320") {
    const EpisodeId episode = EpisodeId::make(clock_.now(), random_);
    upload(episode, seconds, size);
    return episode;
  }
  // The same again is the same source.
  void upload(EpisodeId episode, double seconds, const std::string& size = "180x320") {
    const std::string path = dir_.path() + "/" + size + "-" + std::to_string(seconds) + ".mp4";
    if (!std::filesystem::exists(path)) make_clip(path, seconds, size);
    start(path, episode);
  }
  Revision cut(EpisodeId of, const std::vector<WantedStretch>& wanted) {
    const auto made = transact([&](PgRevisions& revisions) {
      return Cutting({revisions, revisions, clock_, random_}).cut(call_, of, owner_, wanted);
    });
    EXPECT_TRUE(made) << made.error().message;
    return made.value_or(Revision());
  }
  void work(const Encryptor* encryptor = nullptr) {
    Ledger::Deps deps{*pool_, *blobs_, outbox_, clock_, random_, encryptor};
    if (inspect_) deps.inspect = inspect_;
    Ledger ledger(std::move(deps), 30s);
    const auto worker = World::worker(ledger);
    run_all(*worker);
  }
  Index ready(RevisionId id) {
    const Revision revision = get(id);
    EXPECT_EQ(revision.state, State::kReady) << revision.failure_reason << " " << revision.failure_message;
    return index(id).value_or(Index());
  }
  void say(EpisodeId film, const std::string& language, const std::string& cues,
           const std::string& label = "") {
    const auto done = captioning([&](Captioning& it) {
      return it.put(film, std::nullopt, {language, label, "WEBVTT\n\n" + cues, {}, CaptionsKind::kSubtitles});
    });
    ASSERT_TRUE(done) << done.error().message;
  }
  // The text of a revision in this language, as it is served.
  std::string said(RevisionId id, const std::string& language = "en") {
    const Index served = ready(id);
    const std::string folder = "captions/" + language + "/";
    std::istringstream lines(object(served, folder + "captions.m3u8"));
    std::string out;
    for (std::string line; std::getline(lines, line);)
      if (!line.empty() && line[0] != '#') out += object(served, folder + line);
    return out;
  }
  std::int64_t left() { return number("SELECT count(*) FROM work WHERE state NOT IN ('done', 'cancelled')"); }
};

}  // namespace cliffhanger::transcode
