#include "services/transcode/domain/gate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "services/transcode/domain/fixture.h"

namespace cliffhanger::transcode {
namespace {

class GateTest : public testing::Test {
 protected:
  // What the gate says when one piece is changed.
  std::string after(const PieceName& name, const std::function<void(Piece&)>& change) {
    std::vector<Piece> pieces = fixture::all_pieces(plan_);
    for (Piece& piece : pieces) {
      if (piece.name == name) change(piece);
    }
    return verdict(pieces);
  }
  std::string verdict(const std::vector<Piece>& pieces) {
    const Assembly assembly(pieces);
    if (const auto there = all_there(plan_, assembly); !there) return there.error().reason;
    const auto passed = pass_gate(plan_, assembly, variants(plan_, assembly));
    return passed ? "" : passed.error().reason;
  }
  Plan plan_ = with_tail_like_head(*make_plan(fixture::probe(720, 1280, {30, 1}, 600)));
};

TEST_F(GateTest, PassesWhatIsRight) {
  EXPECT_EQ(verdict(fixture::all_pieces(plan_)), "");
}

TEST_F(GateTest, MissingPieces) {
  for (const PieceName& name : {PieceName{"v720", 3}, {"audio", 2}, {"v360", kInit}, {"cover", 0}}) {
    std::vector<Piece> pieces = fixture::all_pieces(plan_);
    std::erase_if(pieces, [&](const Piece& piece) { return piece.name == name; });
    EXPECT_EQ(verdict(pieces), "GATE_PIECE_MISSING") << name.track;
  }
  EXPECT_EQ(after({"v720", kInit}, [](Piece& piece) { piece.codecs = ""; }), "GATE_PIECE_MISSING");
  EXPECT_EQ(after({"v720", 1}, [](Piece& piece) { piece.bytes = 0; }), "GATE_PIECE_MISSING");
}

TEST_F(GateTest, WrongFrames) {
  EXPECT_EQ(after({"v720", 1}, [](Piece& piece) { --piece.frames; }), "GATE_FRAMES");
  EXPECT_EQ(after({"v360", 2}, [](Piece& piece) { ++piece.start_frame; }), "GATE_FRAMES");
  EXPECT_EQ(after({"audio", 2}, [](Piece& piece) { ++piece.frames; }), "GATE_FRAMES");
}

TEST_F(GateTest, WrongRanges) {
  EXPECT_EQ(after({"v720", 2}, [](Piece& piece) { piece.gops.pop_back(); }), "GATE_GOPS");
  EXPECT_EQ(after({"v720", 2}, [](Piece& piece) { ++piece.gops[1].start_frame; }), "GATE_GOPS");
  EXPECT_EQ(after({"v720", 2}, [](Piece& piece) { ++piece.gops[1].offset; }), "GATE_GOPS");
  EXPECT_EQ(after({"v720", 2}, [](Piece& piece) { piece.gops[1].bytes = piece.gops[1].size + 1; }),
            "GATE_GOPS");
  EXPECT_EQ(after({"v720", 2}, [](Piece& piece) { piece.bytes -= 1; }), "GATE_GOPS");
}

// Awkward lengths at 60 frames a second: whatever passes keeps the promise of the target duration.
TEST_F(GateTest, SoundNeverRoundsToMoreThanTheTarget) {
  int passed = 0;
  for (std::int64_t frames = 720; frames < 760; ++frames) {
    plan_ = with_tail_like_head(*make_plan(fixture::probe(360, 640, {60, 1}, frames)));
    const std::string said = verdict(fixture::all_pieces(plan_));
    const media::Grid grid = grid_of(plan_);
    double longest = 0;
    for (std::int64_t i = 0; i < grid.segments(); ++i)
      longest = std::max(longest, media::AudioGrid(grid).seconds(i));
    const bool over = std::lround(longest) > grid.target_duration();
    EXPECT_EQ(said, over ? "GATE_SEGMENT_TOO_LONG" : "") << frames;
    passed += over ? 0 : 1;
  }
  EXPECT_GT(passed, 30);
}

TEST_F(GateTest, FiguresAreCountedApartFromThoseDeclared) {
  const Assembly assembly(fixture::all_pieces(plan_));
  std::vector<Piece> larger = fixture::all_pieces(plan_);
  for (Piece& piece : larger) {
    if (piece.name == PieceName{"v360", 2}) piece.bytes *= 2;
  }
  const auto passed = pass_gate(plan_, Assembly(larger), variants(plan_, assembly));
  ASSERT_FALSE(passed);
  EXPECT_EQ(passed.error().reason, "GATE_BANDWIDTH");
  // And the other way round for awkward rates and lengths, where sums are not exact.
  for (const media::FrameRate rate : {media::FrameRate{24000, 1001}, {30000, 1001}, {25, 1}, {60, 1}}) {
    for (const std::int64_t frames : {1, 7, 119, 241, 1000, 4321}) {
      plan_ = with_tail_like_head(*make_plan(fixture::probe(360, 640, rate, frames)));
      EXPECT_EQ(verdict(fixture::all_pieces(plan_)), "") << rate.num << " " << frames;
    }
  }
}

TEST_F(GateTest, DeclaredFiguresMustBeMeasured) {
  const Assembly assembly(fixture::all_pieces(plan_));
  const auto verdict = [&](std::vector<Variant> declared, const std::function<void(Variant&)>& change) {
    change(declared[1]);
    const auto passed = pass_gate(plan_, assembly, declared);
    return passed ? std::string() : passed.error().reason;
  };
  const auto measured = variants(plan_, assembly);
  EXPECT_EQ(verdict(measured, [](Variant&) {}), "");
  EXPECT_EQ(verdict(measured, [](Variant& one) { one.bitrate.peak -= 1; }), "GATE_BANDWIDTH");
  EXPECT_EQ(verdict(measured, [](Variant& one) { one.bitrate.peak = one.bitrate.peak * 12 / 10; }),
            "GATE_BANDWIDTH");
  EXPECT_EQ(verdict(measured, [](Variant& one) { one.bitrate.average -= 1; }), "GATE_BANDWIDTH");
  EXPECT_EQ(verdict(measured, [](Variant& one) { one.iframes.peak -= 1; }), "GATE_BANDWIDTH");
  EXPECT_EQ(verdict(measured, [](Variant& one) { one.rung = "v1"; }), "GATE_BANDWIDTH");
}

}  // namespace
}  // namespace cliffhanger::transcode
