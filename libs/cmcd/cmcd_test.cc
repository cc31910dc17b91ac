#include "libs/cmcd/cmcd.h"

#include <gtest/gtest.h>

#include <random>

namespace cliffhanger::cmcd {
namespace {

// The examples of CTA-5004, after percent-decoding.
TEST(Cmcd, ReadsTheExamplesOfTheSpecification) {
  const auto session = parse("sid=\"6e2fb550-c457-11e9-bb97-0800200c9a66\"");
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_EQ(session->sid, "6e2fb550-c457-11e9-bb97-0800200c9a66");

  const auto all = parse(
      "br=3200,bs,d=4004,mtp=25400,ot=v,rtp=15000,sid=\"6e2fb550-c457-11e9-bb97-0800200c9a66\",tb=6000");
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_EQ(all->br, 3200);
  EXPECT_TRUE(all->bs);
  EXPECT_FALSE(all->su);
  EXPECT_EQ(all->d, 4004);
  EXPECT_EQ(all->mtp, 25400);
  EXPECT_EQ(all->ot, Object::kVideo);
  EXPECT_EQ(all->rtp, 15000);
  EXPECT_EQ(all->tb, 6000);
  EXPECT_FALSE(all->bl);

  const auto custom = parse("d=4004,com.example-myNumericKey=500,com.examplemyStringKey=\"myStringValue\"");
  ASSERT_TRUE(custom) << custom.error().message;
  EXPECT_EQ(custom->d, 4004);

  const auto next =
      parse("nor=\"..%2F300kbps%2Fsegment35.m4v\",sid=\"6e2fb550-c457-11e9-bb97-0800200c9a66\"");
  ASSERT_TRUE(next);
  EXPECT_EQ(next->nor, "..%2F300kbps%2Fsegment35.m4v");
  const auto range = parse("nrr=\"12323-48763\",sid=\"6e2fb550-c457-11e9-bb97-0800200c9a66\"");
  ASSERT_TRUE(range);
  EXPECT_EQ(range->nrr, "12323-48763");

  const auto quoted =
      parse("cid=\"faec5fc2-ac30-11ea-bb37-0242ac130002\",pr=1.08,sf=d,st=v,v=1,su,nor=\"a\\\"b\\\\c\"");
  ASSERT_TRUE(quoted);
  EXPECT_EQ(quoted->cid, "faec5fc2-ac30-11ea-bb37-0242ac130002");
  EXPECT_DOUBLE_EQ(*quoted->pr, 1.08);
  EXPECT_EQ(quoted->sf, Format::kDash);
  EXPECT_EQ(quoted->st, Stream::kOnDemand);
  EXPECT_EQ(quoted->v, 1);
  EXPECT_TRUE(quoted->su);
  EXPECT_EQ(quoted->nor, "a\"b\\c");
}

TEST(Cmcd, AddsTheFourHeadersUp) {
  Cmcd all;
  ASSERT_TRUE(add("br=3200,d=4004,ot=v,tb=6000", all));
  ASSERT_TRUE(add("bl=21300, dl=18500 ,\tmtp=48100", all));
  ASSERT_TRUE(add("cid=\"c\",sf=h,sid=\"s\",st=l", all));
  ASSERT_TRUE(add("bs,rtp=15000", all));
  EXPECT_EQ(all.bl, 21300);
  EXPECT_EQ(all.dl, 18500);
  EXPECT_EQ(all.st, Stream::kLive);
  EXPECT_EQ(all.sf, Format::kHls);
  EXPECT_FALSE(add("br=1", all)) << "in another field again";
}

TEST(Cmcd, KnowsEveryToken) {
  for (const char* token : {"m", "a", "v", "av", "i", "c", "tt", "k", "o"})
    EXPECT_TRUE(parse(std::string("ot=") + token)) << token;
  EXPECT_EQ(parse("ot=tt")->ot, Object::kTimedText);
  for (const char* token : {"d", "h", "s", "o"}) EXPECT_TRUE(parse(std::string("sf=") + token)) << token;
}

TEST(Cmcd, RefusesWhatBreaksIt) {
  for (const char* payload : {",",
                              "br",
                              "br=",
                              "br=x",
                              "br=-1",
                              "br=1.5",
                              "br=\"100\"",
                              "br=99999999999999999999",
                              "br=100000001",
                              "br=1,",
                              ",br=1",
                              "br=1,,d=2",
                              "br=1 d=2",
                              "br=1;d=2",
                              "br =1",
                              "br= 1",
                              "=1",
                              "sid=x",
                              "sid=\"x",
                              "sid=\"\\x\"",
                              "sid=\"a\"b",
                              "sid=\"\x01\"",
                              "sid=\"\x7f\"",
                              "ot=x",
                              "ot=\"v\"",
                              "ot",
                              "sf=hls",
                              "st=x",
                              "bs=1",
                              "bs=true",
                              "bs=\"\"",
                              "pr=fast",
                              "pr=-1",
                              "pr=nan",
                              "pr=inf",
                              "pr=1e2",
                              "pr=0x1",
                              "br=1,br=2",
                              "bs,bs",
                              "sid=\"a\",sid=\"b\"",
                              "br=(1",
                              "x=(\"a\\\")",
                              "br=1\n",
                              "br=1\r\nX: y",
                              "\xff=1",
                              "br=\xc3\xa9",
                              "a b"})
    EXPECT_FALSE(parse(payload)) << payload;
  EXPECT_FALSE(parse("sid=\"" + std::string(kMostIdBytes + 1, 'a') + "\""));
  EXPECT_TRUE(parse("sid=\"" + std::string(kMostIdBytes, 'a') + "\""));
  EXPECT_FALSE(parse("nor=\"" + std::string(kMostText + 1, 'a') + "\""));
  EXPECT_FALSE(parse("x=" + std::string(kMostBytes, 'a')));
  std::string many = "k0=1";
  for (std::size_t i = 1; i < kMostPairs; ++i) many += ",k=" + std::to_string(i);
  EXPECT_TRUE(parse(many));
  EXPECT_FALSE(parse(many + ",k=1"));
}

TEST(Cmcd, PassesOverWhatItDoesNotKnow) {
  EXPECT_TRUE(parse(""));
  EXPECT_TRUE(parse("  "));
  const auto two =
      parse("v=2,br=(3200;v 128;a),sta=p,ts=1700000000000,com.example-x=\"(,\",su=?0,bs=?1,nor=(\"a,b\")");
  ASSERT_TRUE(two) << two.error().message;
  EXPECT_EQ(two->v, 2);
  EXPECT_FALSE(two->br);
  EXPECT_FALSE(two->su);
  EXPECT_TRUE(two->bs);
}

// Whatever comes: an answer, within its bounds.
TEST(Cmcd, SurvivesNoise) {
  std::mt19937_64 random(17);
  const std::string pieces[] = {"br=",  "sid=",     "\"",     "\\", ",", "=",     "(",   ")",
                                "1",    "99999999", "ot=v",   "bs", " ", "\t",    "v=2", std::string(1, '\0'),
                                "\xff", "com.x-y=", "nor=\"", "?1", ";", "pr=1.0"};
  for (int round = 0; round < 50'000; ++round) {
    std::string payload;
    const auto length = random() % 24;
    for (std::size_t i = 0; i < length; ++i)
      payload += random() % 8 == 0 ? std::string(1, static_cast<char>(random()))
                                   : pieces[random() % std::size(pieces)];
    const auto out = parse(payload);
    if (!out) {
      EXPECT_EQ(out.error().reason, "BAD_CMCD");
      continue;
    }
    EXPECT_LE(out->sid.size(), kMostIdBytes);
    EXPECT_LE(out->nor.size(), kMostText);
    for (const auto& number : {out->br, out->bl, out->d, out->dl, out->mtp, out->rtp, out->tb, out->v})
      EXPECT_TRUE(!number || (*number >= 0 && *number <= kMostNumber));
  }
}

}  // namespace
}  // namespace cliffhanger::cmcd
