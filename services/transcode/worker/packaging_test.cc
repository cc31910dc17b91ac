// Packaging, and what is added later, while what they go by changes under them.
#include <thread>
#include <utility>

#include "services/transcode/worker/finished_index.h"
#include "services/transcode/worker/ledger_world.h"

namespace cliffhanger::transcode {
namespace {

using PackagingTest = LedgerWorld;

// The long part of packaging is outside of any transaction: what changes meanwhile is seen at its end.
TEST_F(PackagingTest, CaptionsThatChangeWhileItIsPackagedAreInIt) {
  const EpisodeId episode = EpisodeId::make(clock_.now(), random_);
  const RevisionId id = plan(episode);
  caption(episode, "before");
  std::vector<std::string> seen;
  inspect_ = [&](blob::Store& blobs, const Presentation& whole) -> Result<std::vector<std::string>> {
    const Media* const one = named(whole, "captions/en/0-");
    if (one != nullptr) seen.push_back(blobs.get(one->object_key).value_or(""));
    if (seen.size() == 1) caption(episode, "meanwhile");
    return std::vector<std::string>();
  };
  Ledger ledger = World::ledger();
  ASSERT_TRUE(perform(ledger, until_packaging(ledger)));
  ASSERT_EQ(seen.size(), 2U) << "judged again";
  EXPECT_NE(seen[1].find("meanwhile"), std::string::npos);
  EXPECT_EQ(get(id).state, State::kReady);
  EXPECT_EQ(captions_in(*index(id)), seen[1]);
  const auto published = get(id).published;
  while (const auto work = *ledger.lease("w")) ASSERT_TRUE(ledger.captions(*work));
  EXPECT_EQ(get(id).published, published) << "nothing is left to do";
}

TEST_F(PackagingTest, WhatChangesAgainAndAgainIsGivenUpForATime) {
  const EpisodeId episode = EpisodeId::make(clock_.now(), random_);
  const RevisionId id = plan(episode);
  int asked = 0;
  inspect_ = [&](blob::Store&, const Presentation&) -> Result<std::vector<std::string>> {
    caption(episode, std::to_string(++asked));
    return std::vector<std::string>();
  };
  Ledger ledger = World::ledger();
  const auto work = until_packaging(ledger);
  const auto done = ledger.package(work);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().reason, "PACKAGE_OUTDATED");
  EXPECT_EQ(asked, 5);
  ASSERT_TRUE(ledger.failed(work, done.error(), false));
  EXPECT_TRUE(is_open(get(id).state));
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE kind = 'package' AND state = 'ready'"), 1);
}

// The worker was cut off in the middle; somebody else has done it when it comes back.
TEST_F(PackagingTest, ALeaseThatIsLostWhileItIsPackagedChangesNothing) {
  const RevisionId id = plan();
  Ledger quick = World::ledger();
  bool once = true;
  std::string published;
  inspect_ = [&](blob::Store&, const Presentation&) -> Result<std::vector<std::string>> {
    if (!std::exchange(once, false)) return std::vector<std::string>();
    std::this_thread::sleep_for(80ms);
    const auto other = *quick.lease("other");
    EXPECT_TRUE(other && perform(quick, *other));
    published = get(id).published;
    return std::vector<std::string>();
  };
  Ledger ledger = World::ledger();
  while (number("SELECT count(*) FROM work WHERE kind = 'package'") == 0)
    ASSERT_TRUE(perform(ledger, **ledger.lease("w")));
  Ledger cut_off = World::ledger(50ms);
  const auto work = *cut_off.lease("slow");
  ASSERT_EQ(work->run.kind, Kind::kPackage);
  const auto done = cut_off.package(*work);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().reason, "LEASE_LOST");
  EXPECT_EQ(get(id).state, State::kReady);
  EXPECT_EQ(get(id).published, published);
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE kind = 'package' AND state = 'done'"), 1);
}

// Another revision of the same source found an object gone, and it was made anew.
TEST_F(PackagingTest, APieceThatIsMadeAnewWhileItIsPackagedIsTheOneThatIsServed) {
  const RevisionId id = plan();
  int asked = 0;
  inspect_ = [&](blob::Store&, const Presentation&) -> Result<std::vector<std::string>> {
    if (++asked > 1) return std::vector<std::string>();
    EXPECT_TRUE(pool_->transact([&](sql::Tx& tx) {
      return tx.run_text("UPDATE piece SET object_key = object_key || '-2' WHERE object_key LIKE '%v180-0'");
    }));
    EXPECT_TRUE(blobs_->put("segments/default/v180-0-2", *blobs_->get("segments/default/v180-0")));
    return std::vector<std::string>();
  };
  Ledger ledger = World::ledger();
  ASSERT_TRUE(perform(ledger, until_packaging(ledger)));
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(index(id)->objects.at("v180/0.m4s").first, "segments/default/v180-0-2");
}

// A film is not kept from its viewers by its captions.
TEST_F(PackagingTest, CaptionsThatTheGateRefusesAreLeftOutOfANewFilm) {
  const EpisodeId episode = EpisodeId::make(clock_.now(), random_);
  const RevisionId id = plan(episode);
  caption(episode, "bad");
  inspect_ = [](blob::Store&, const Presentation& whole) -> Result<std::vector<std::string>> {
    if (named(whole, "captions/") == nullptr) return std::vector<std::string>();
    return fail(internal("GATE_NOT_CONFORMANT", "Rule webvtt is not met by captions/en/0.vtt."));
  };
  Ledger ledger = World::ledger();
  ASSERT_TRUE(perform(ledger, until_packaging(ledger)));
  EXPECT_EQ(get(id).state, State::kReady);
  EXPECT_EQ(captions_in(*index(id)), "");
  EXPECT_EQ(captions_failure(episode), "GATE_NOT_CONFORMANT");
}

// Nobody had it in hand: what is served was written by someone else since it was opened.
TEST_F(PackagingTest, AnIndexThatChangedMeanwhileIsNotWrittenOver) {
  const RevisionId id = plan();
  Ledger ledger = World::ledger();
  while (const auto work = *ledger.lease("w")) ASSERT_TRUE(perform(ledger, *work));
  const Revision revision = get(id);
  auto one = FinishedIndex::open(*blobs_, revision, clock_.now());
  auto other = FinishedIndex::open(*blobs_, revision, clock_.now());
  ASSERT_TRUE(one && other);
  ASSERT_TRUE(one->put_text("captions/one.vtt", "WEBVTT"));
  ASSERT_TRUE(other->put_text("captions/other.vtt", "WEBVTT"));
  ASSERT_TRUE(one->save());
  EXPECT_EQ(other->save().error().reason, "PACKAGE_OUTDATED");
  EXPECT_TRUE(index(id)->objects.contains("captions/one.vtt"));
}

// Nothing that fails is shown, also not later: the index stays, operators and the creator learn why.
TEST_F(PackagingTest, CaptionsThatTheGateRefusesLeaveWhatIsServed) {
  const EpisodeId episode = EpisodeId::make(clock_.now(), random_);
  const RevisionId id = plan(episode);
  Ledger ledger = World::ledger();
  while (const auto work = *ledger.lease("w")) ASSERT_TRUE(perform(ledger, *work));
  const auto before = index(id);
  inspect_ = [&](blob::Store& blobs, const Presentation& whole) -> Result<std::vector<std::string>> {
    for (const char* name : {"captions/en/0-", "main.m3u8", "v180/0.m4s"})
      EXPECT_TRUE(named(whole, name) != nullptr && blobs.head(named(whole, name)->object_key)) << name;
    return fail(internal("GATE_NOT_CONFORMANT", "Rule webvtt is not met by captions/en/0.vtt."));
  };
  caption(episode, "bad");
  Ledger judging = World::ledger();
  const auto work = *judging.lease("w");
  ASSERT_TRUE(work);
  ASSERT_EQ(work->run.kind, Kind::kCaptions);
  const auto done = judging.captions(*work);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().reason, "GATE_NOT_CONFORMANT");
  ASSERT_TRUE(judging.failed(*work, done.error(), true));
  EXPECT_EQ(index(id)->objects, before->objects);
  EXPECT_EQ(get(id).state, State::kReady);
  const auto letters =
      transact([](PgRevisions& revisions) { return revisions.dead_letters(std::nullopt, 10); });
  ASSERT_EQ(letters->size(), 1U);
  EXPECT_EQ(letters->front().kind, "captions");
  EXPECT_EQ(letters->front().reason, "GATE_NOT_CONFORMANT");
  EXPECT_EQ(captions_failure(episode), "GATE_NOT_CONFORMANT");
  inspect_ = [](blob::Store&, const Presentation&) { return std::vector<std::string>(); };
  caption(episode, "good");
  EXPECT_EQ(captions_failure(episode), "");
  Ledger again = World::ledger();
  while (const auto next = *again.lease("w")) ASSERT_TRUE(again.captions(*next));
  EXPECT_NE(captions_in(*index(id)).find("good"), std::string::npos);
}

}  // namespace
}  // namespace cliffhanger::transcode
