// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/cmaf/cmaf.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "media/cmaf/hevc.h"

namespace cliffhanger::media {
namespace {

std::uint32_t u32(const Bytes& b, std::size_t at) {
  return static_cast<std::uint32_t>(b[at] << 24 | b[at + 1] << 16 | b[at + 2] << 8 | b[at + 3]);
}
std::size_t find(const Bytes& b, std::string_view type) {
  const auto at = std::search(b.begin(), b.end(), type.begin(), type.end());
  return static_cast<std::size_t>(at - b.begin());
}

TEST(AnnexB, SplitsAtStartCodesOfBothLengths) {
  const Bytes stream{0, 0, 0, 1, 0x67, 9, 0, 0, 1, 0x68, 8, 7, 0, 0, 0, 1, 0x65, 0, 0, 2};
  const auto nals = split_annex_b(stream);
  ASSERT_EQ(nals.size(), 3U);
  EXPECT_EQ(Bytes(nals[0].begin(), nals[0].end()), (Bytes{0x67, 9}));
  EXPECT_EQ(Bytes(nals[1].begin(), nals[1].end()), (Bytes{0x68, 8, 7}));
  EXPECT_EQ(Bytes(nals[2].begin(), nals[2].end()), (Bytes{0x65, 0, 0, 2}));
  EXPECT_TRUE(split_annex_b({}).empty());
  EXPECT_TRUE(split_annex_b(Bytes{1, 2, 3, 4, 5}).empty());
  EXPECT_TRUE(split_annex_b(Bytes{0, 0, 1}).empty());
}

TEST(Cmaf, FragmentPointsAtItsSamples) {
  const std::vector<Sample> samples{
      {{1, 2, 3}, 0, true, false}, {{4, 5}, 1, false, false}, {{6}, -1, false, true}};
  Bytes out{9, 9};
  const std::int64_t key = append_fragment({7, 90'000, 512, true}, samples, out);
  const Bytes moof(out.begin() + 2, out.end());
  const std::uint32_t moof_size = u32(moof, 0);
  EXPECT_EQ(key, moof_size + 8 + 3);
  EXPECT_EQ(u32(moof, find(moof, "mfhd") + 8), 7U);
  EXPECT_EQ(u32(moof, find(moof, "tfdt") + 12), 90'000U);
  const std::size_t run = find(moof, "trun");
  EXPECT_EQ(moof[run + 4], 1);  // version 1: signed offsets
  EXPECT_EQ(u32(moof, run + 8), 3U);
  EXPECT_EQ(u32(moof, run + 12), moof_size + 8);  // data offset, from the moof
  EXPECT_EQ(static_cast<std::int32_t>(u32(moof, run + 16 + 12 + 8)), 512);
  EXPECT_EQ(static_cast<std::int32_t>(u32(moof, run + 16 + 24 + 8)), -512);
  EXPECT_EQ(u32(moof, moof_size), 8U + 6U);
  EXPECT_EQ(Bytes(moof.begin() + moof_size + 8, moof.end()), (Bytes{1, 2, 3, 4, 5, 6}));
}

TEST(Cmaf, InitSaysTheCodec) {
  const VideoTrack track{540, 960, 15360, 512, {0x67, 0x64, 0x00, 0x1f, 1}, {0x68, 1}};
  EXPECT_EQ(video_codecs(track), "avc1.64001f");
  const Bytes init = video_init(track);
  EXPECT_LT(find(init, "avc1"), init.size());
  EXPECT_EQ(find(init, "avc3"), init.size());
  EXPECT_EQ(u32(init, find(init, "mdhd") + 16), 15360U);
}

// Of x265's own: 540x960 at 30 frames a second, with emulation prevention bytes in profile_tier_level.
TEST(Cmaf, InitSaysWhatHevcIs) {
  VideoTrack track{540, 960, 15360, 512, {}, {0x44, 0x01, 0xc1}, {0x40, 0x01, 0x0c}};
  track.sps = {0x42, 0x01, 0x01, 0x01, 0x60, 0x00, 0x00, 0x03, 0x00, 0x90,
               0x00, 0x00, 0x03, 0x00, 0x00, 0x03, 0x00, 0x5d, 0xa0};
  ASSERT_TRUE(hevc_sps_is_whole(track.sps));
  EXPECT_EQ(video_codecs(track), "hvc1.1.6.L93.90");
  const Bytes init = video_init(track);
  EXPECT_EQ(find(init, "avc1"), init.size());
  EXPECT_EQ(find(init, "hev1"), init.size());
  EXPECT_LT(find(init, "hvc1"), find(init, "hvcC"));
  const std::size_t record = find(init, "hvcC") + 4;
  const Bytes head(init.begin() + static_cast<std::ptrdiff_t>(record),
                   init.begin() + static_cast<std::ptrdiff_t>(record) + 23);
  EXPECT_EQ(head, (Bytes{1,  1,    0x60, 0,    0,    0,    0x90, 0, 0, 0,    0, 0,
                         93, 0xf0, 0,    0xfc, 0xfd, 0xf8, 0xf8, 0, 0, 0x0f, 3}));
  EXPECT_EQ(u32(init, record - 8), 8 + 23 + 3 * 5 + 3 + 19 + 3U);
  track.sps.resize(12);
  EXPECT_FALSE(hevc_sps_is_whole(track.sps));
  // What a high tier and a later profile space are called.
  track.sps = {0x42, 0x01, 0x01, 0x62, 0x20, 0x00, 0x00, 0x03, 0x00,
               0xb0, 0x00, 0x00, 0x03, 0x00, 0x00, 0x03, 0x00, 0x99};
  EXPECT_EQ(video_codecs(track), "hvc1.A2.4.H153.B0");
}

}  // namespace
}  // namespace cliffhanger::media
