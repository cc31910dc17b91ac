// HEVC beside H.264: what is planned, when it is made, and how it is listed.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/property_tree/xml_parser.hpp>
#include <map>
#include <sstream>

#include "services/transcode/domain/dash.h"
#include "services/transcode/domain/fixture.h"
#include "services/transcode/domain/gate.h"
#include "services/transcode/domain/playlist.h"
#include "services/transcode/domain/progress.h"
#include "services/transcode/domain/quality.h"

namespace cliffhanger::transcode {
namespace {

Plan plan_of(int width, int height, Hevc hevc = Hevc::kAdd, std::int64_t frames = 900) {
  return *make_plan(fixture::probe(width, height, {30, 1}, frames), hevc);
}

std::vector<std::string> names_of(const std::vector<media::Rung>& rungs) {
  std::vector<std::string> out;
  for (const media::Rung& rung : rungs) out.push_back(rung.name);
  return out;
}

using Names = std::vector<std::string>;

TEST(Hevc, StandsBesideTheLargerRungsAndOnlyWhereItIsWanted) {
  EXPECT_EQ(names_of(plan_of(1080, 1920).hevc), (Names{"h1080", "h720", "h540"}));
  EXPECT_EQ(names_of(plan_of(1080, 1920).rungs), names_of(plan_of(1080, 1920, Hevc::kNone).rungs));
  EXPECT_EQ(names_of(plan_of(640, 1138).hevc), (Names{"h640", "h540"}));
  EXPECT_EQ(names_of(plan_of(1280, 720).hevc), (Names{"h720", "h540"}));
  EXPECT_TRUE(plan_of(480, 854).hevc.empty());
  EXPECT_TRUE(plan_of(1080, 1920, Hevc::kNone).hevc.empty());
}

TEST(Hevc, HasTheSizeOfItsNeighbourAndFewerBits) {
  const Plan plan = plan_of(1080, 1920);
  for (const media::Rung& rung : plan.hevc) {
    EXPECT_EQ(rung.codec, media::VideoCodec::kHevc);
    const media::Rung& other = rung_of(plan, "v" + rung.name.substr(1));
    EXPECT_EQ(other.codec, media::VideoCodec::kH264);
    EXPECT_EQ(rung.width, other.width);
    EXPECT_EQ(rung.height, other.height);
    EXPECT_LT(rung.maxrate_kbps, other.maxrate_kbps);
    EXPECT_EQ(rung.crf, hevc_crf(other.crf));
  }
}

// Whatever is made for H.264 is made as without HEVC, in the same order, and HEVC behind all of it.
TEST(Hevc, ChangesNothingOfH264AndComesLast) {
  const Plan with = with_tail_like_head(plan_of(1080, 1920)),
             without = with_tail_like_head(plan_of(1080, 1920, Hevc::kNone));
  const std::vector<transcode::Run> all = runs(with), before = runs(without);
  ASSERT_GT(all.size(), before.size());
  EXPECT_TRUE(std::equal(before.begin(), before.end(), all.begin()));
  std::int64_t next = 0;
  for (std::size_t i = before.size(); i < all.size(); ++i) {
    EXPECT_EQ(all[i].kind, Kind::kEncode);
    EXPECT_EQ(all[i].rungs, (Names{"h1080", "h720", "h540"}));
    EXPECT_EQ(all[i].first, next);
    next += all[i].count;
    for (const transcode::Run& other : before) EXPECT_GT(all[i].priority, other.priority);
  }
  EXPECT_EQ(next, grid_of(with).segments());
  EXPECT_EQ(segments_of(with), segments_of(without) + 3 * grid_of(with).segments());

  std::map<PieceName, std::string> texts;
  for (const Recipe& one : recipes(with, "aa")) texts[one.name] = one.text;
  for (const Recipe& one : recipes(without, "aa")) EXPECT_EQ(texts.at(one.name), one.text);
  EXPECT_NE(texts.at({"h720", 3}).find(" hevc 720x1280 crf 25"), std::string::npos) << texts.at({"h720", 3});
  EXPECT_NE(texts.at({"h720", 3}).find(" via 1080x1920"), std::string::npos);
  EXPECT_EQ(texts.at({"v720", 3}).find("hevc"), std::string::npos);
}

// The title's factors hold for HEVC too, from the first segment on: it waits for them.
TEST(Hevc, ItsFactorsFollowTheTitle) {
  const Plan plan = plan_of(720, 1280);
  for (const transcode::Run& run : runs(plan))
    EXPECT_FALSE(run.kind == Kind::kEncode && run.rungs.front().starts_with("h"));
  const Plan chosen = with_tail(plan, {19, 27, 24, 30});
  EXPECT_EQ(chosen.hevc[0].crf, hevc_crf(19));
  EXPECT_EQ(chosen.hevc[1].crf, hevc_crf(27));
  for (const std::int64_t index : {kInit, std::int64_t{0}, std::int64_t{5}})
    EXPECT_EQ(rung_at(chosen, "h540", index).crf, hevc_crf(27)) << index;
  EXPECT_EQ(rung_at(chosen, "v540", 0).crf, plan.rungs[1].crf);
  // Nothing but H.264 is tried.
  for (const media::Rung& rung : analyse_job(plan).rungs) EXPECT_EQ(rung.codec, media::VideoCodec::kH264);
  // So short that there is no tail: at once, with the profile's.
  const Plan brief = plan_of(720, 1280, Hevc::kAdd, 100);
  EXPECT_EQ(runs(brief).back().rungs, (Names{"h720", "h540"}));
  EXPECT_EQ(rung_at(brief, "h720", 0).crf, hevc_crf(brief.rungs[0].crf));
}

TEST(Hevc, ADeploymentThatTurnsItOnEncodesNoH264Again) {
  const Plan before = with_tail_like_head(plan_of(720, 1280, Hevc::kNone));
  EXPECT_TRUE(same_but_quality(plan_of(720, 1280), before));
  EXPECT_TRUE(same_but_quality(before, plan_of(720, 1280)));
}

// A finished revision with both.
class HevcListed : public testing::Test {
 protected:
  HevcListed() {
    for (Piece& piece : pieces_) {
      if (piece.name.track.starts_with("h") && piece.name.index == kInit) piece.codecs = "hvc1.1.6.L93.90";
    }
  }
  std::string text(const std::string& name) const {
    for (const Playlist& one :
         finished(plan_, Assembly(pieces_), variants(plan_, Assembly(pieces_))).playlists)
      if (one.name == name) return one.text;
    return "";
  }
  Plan plan_ = with_tail_like_head(plan_of(720, 1280));
  std::vector<Piece> pieces_ = fixture::all_pieces(plan_);
};

TEST_F(HevcListed, BehindH264WithItsCodec) {
  const std::string main = text("main.m3u8");
  Names order;
  std::istringstream lines(main);
  for (std::string line, said; std::getline(lines, line); said = line) {
    if (!line.ends_with("/video.m3u8")) continue;
    order.push_back(line.substr(0, line.find('/')));
    EXPECT_NE(said.find(line[0] == 'h' ? "CODECS=\"hvc1.1.6.L93.90,mp4a.40.2\""
                                       : "CODECS=\"avc1.64001f,mp4a.40.2\""),
              std::string::npos)
        << said;
  }
  EXPECT_EQ(order, (Names{"v540", "v720", "v360", "v180", "h720", "h540"}));
  EXPECT_NE(main.find("CODECS=\"hvc1.1.6.L93.90\",RESOLUTION=720x1280,URI=\"h720/iframes.m3u8\""),
            std::string::npos);
  EXPECT_EQ(text("h720/video.m3u8"), text("v720/video.m3u8"));
  EXPECT_EQ(text("h720/iframes.m3u8"), text("v720/iframes.m3u8"));
  EXPECT_EQ(text("preview.m3u8").find("h720"), std::string::npos);
}

TEST_F(HevcListed, NotWhileItGrows) {
  const auto growing = provisional(plan_, Assembly(pieces_));
  ASSERT_TRUE(growing);
  for (const Playlist& one : growing->playlists) {
    EXPECT_FALSE(one.name.starts_with("h")) << one.name;
    EXPECT_EQ(one.text.find("hvc1"), std::string::npos) << one.name;
  }
}

TEST_F(HevcListed, InAnAdaptationSetOfItsOwn) {
  namespace pt = boost::property_tree;
  std::istringstream manifest(text(std::string(kDashManifest)));
  pt::ptree read;
  pt::read_xml(manifest, read);
  std::vector<Names> sets;
  std::set<std::string> ids;
  for (const auto& [name, set] : read.get_child("MPD.Period")) {
    if (name != "AdaptationSet") continue;
    EXPECT_TRUE(ids.insert(set.get<std::string>("<xmlattr>.id")).second) << "two sets of one id";
    if (set.get<std::string>("<xmlattr>.contentType") != "video") continue;
    sets.emplace_back();
    for (const auto& [child, one] : set) {
      if (child != "Representation") continue;
      sets.back().push_back(one.get<std::string>("<xmlattr>.id"));
      EXPECT_EQ(one.get<std::string>("<xmlattr>.codecs").starts_with("hvc1"),
                sets.back().back().starts_with("h"));
    }
  }
  EXPECT_EQ(sets, (std::vector<Names>{{"v720", "v540", "v360", "v180"}, {"h720", "h540"}}));
}

TEST_F(HevcListed, TheGateWantsAllOfIt) {
  const auto judge = [this](const std::vector<Piece>& pieces) {
    const Assembly assembly(pieces);
    if (const auto there = all_there(plan_, assembly); !there) return there.error().reason;
    const auto passed = pass_gate(plan_, assembly, variants(plan_, assembly));
    return passed ? std::string("passed") : passed.error().reason;
  };
  EXPECT_EQ(judge(pieces_), "passed");
  for (const std::int64_t index : {kInit, std::int64_t{0}, std::int64_t{4}}) {
    std::vector<Piece> some = pieces_;
    std::erase_if(some, [&](const Piece& one) { return one.name == PieceName{"h540", index}; });
    EXPECT_EQ(judge(some), "GATE_PIECE_MISSING") << index;
  }
  std::vector<Piece> odd = pieces_;
  for (Piece& piece : odd)
    if (piece.name == PieceName{"h720", 3}) --piece.frames;
  EXPECT_EQ(judge(odd), "GATE_FRAMES");
}

TEST(Hevc, TimeLeftCountsIt) {
  const Plan plan = with_tail_like_head(plan_of(720, 1280));
  std::map<std::string, FramesDone> done;
  for (const media::Rung& rung : plan.rungs) done[rung.name] = {900, 900};
  EXPECT_GT(left_ms(plan, done, 1000).value_or(0), 0);
  for (const media::Rung& rung : plan.hevc) done[rung.name] = {900, 900};
  EXPECT_EQ(left_ms(plan, done, 1000), 0);
}

}  // namespace
}  // namespace cliffhanger::transcode
