#pragma once
// For tests of the ledger without media.
#include <algorithm>

#include "services/transcode/domain/fixture.h"
#include "services/transcode/store/pg_captions.h"
#include "services/transcode/worker/test_world.h"

namespace cliffhanger::transcode {

// No media here: pieces are made up, their objects hold nothing of worth, and nobody looks into them.
class LedgerWorld : public World {
 protected:
  LedgerWorld() {
    inspect_ = [](blob::Store&, const Presentation&) { return std::vector<std::string>(); };
  }

  RevisionId plan(EpisodeId episode) {
    ingest::v1::SourceVerified event;
    event.set_source_id(SourceId::make(clock_.now(), random_).text());
    event.set_episode_id(episode.text());
    event.set_owner_id(owner_.text());
    event.set_object_key("sources/default/x");
    event.set_sha256(episode.text());
    event.set_probe_json(media::to_json(media::Event(fixture::probe(360, 640, {30, 1}, 300))));
    EXPECT_TRUE(accept(event));
    return newest(episode).id;
  }
  RevisionId plan() { return plan(EpisodeId::make(clock_.now(), random_)); }

  // Makes every piece of the run, as a worker would. `wrong` spoils them.
  void make_pieces(Ledger& ledger, const Ledger::Work& work, bool wrong = false) {
    for (const PieceName& name : pieces_of(*work.revision.plan, work.run)) {
      Piece piece = fixture::piece(*work.revision.plan, name);
      if (wrong && name.index >= 0) ++piece.frames;
      ASSERT_TRUE(blobs_->put(piece.object_key, std::string(static_cast<std::size_t>(piece.bytes), 'x')));
      ASSERT_TRUE(ledger.commit(work, piece));
    }
  }
  void caption(EpisodeId episode, const std::string& words) {
    const auto done = pool_->transact([&](sql::Tx& tx) -> Result<void> {
      PgCaptions shelf(tx, call_, clock_, random_);
      const std::string text = "WEBVTT\n\n00:01.000 --> 00:02.000\n" + words + "\n";
      CH_TRY(Captioning({shelf, clock_})
                 .put(episode, std::nullopt, {"en", "", text, {}, CaptionsKind::kSubtitles})
                 .map([](const auto&) {}));
      return {};
    });
    ASSERT_TRUE(done) << done.error().message;
  }
  // What the creator reads beside the first captions.
  std::string captions_failure(EpisodeId episode) {
    const auto all =
        pool_->transact([&](sql::Tx& tx) { return PgCaptions(tx, call_, clock_, random_).list(episode); });
    return all && !all->empty() ? all->front().failure_reason : "none";
  }
  // Works until packaging is what comes next.
  Ledger::Work until_packaging(Ledger& ledger) {
    while (auto work = *ledger.lease("w")) {
      if (work->run.kind == Kind::kPackage) return *work;
      EXPECT_TRUE(perform(ledger, *work));
    }
    ADD_FAILURE() << "nothing is to be packaged";
    return {};
  }
  // What is to be served under a name that begins so; null: nothing.
  static const Media* named(const Presentation& whole, std::string_view start) {
    const auto it = std::find_if(whole.media.begin(), whole.media.end(),
                                 [&](const Media& one) { return one.name.starts_with(start); });
    return it == whole.media.end() ? nullptr : &*it;
  }
  std::string captions_in(const Index& index) {
    for (const auto& [name, entry] : index.objects) {
      if (name.starts_with("captions/en/0-")) return object(index, name);
    }
    return "";
  }
  Result<void> perform(Ledger& ledger, const Ledger::Work& work, bool wrong = false) {
    if (work.run.kind == Kind::kPackage) return ledger.package(work).map([](const auto&) {});
    if (work.run.kind == Kind::kWithdraw) return ledger.withdraw(work);
    if (work.run.kind == Kind::kAnalyse)
      return ledger.choose(work, with_tail_like_head(*work.revision.plan).tail_crfs);
    make_pieces(ledger, work, wrong);
    CH_TRY(ledger.publish(work));
    return ledger.complete(work);
  }
};

}  // namespace cliffhanger::transcode
