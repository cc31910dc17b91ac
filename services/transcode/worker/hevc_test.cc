// HEVC from a source to a revision that is ready: real media, real workers.
#include <algorithm>
#include <sstream>

#include "libs/cenc/cenc.h"
#include "libs/core/encoding.h"
#include "services/transcode/worker/encryptor.h"
#include "services/transcode/worker/test_world.h"

namespace cliffhanger::transcode {
namespace {

const ContentKey kKey = {"0123456789abcdef", "fedcba9876543210", "vectorvectorvect"};

class HevcWorld : public World {
 protected:
  HevcWorld() { hevc_ = Hevc::kAdd; }

  std::string clip(double seconds) {
    const std::string path = dir_.path() + "/clip.mp4";
    if (!std::filesystem::exists(path)) make_clip(path, seconds, "540x960");
    return path;
  }
  static std::string output_of(const std::string& command) {
    std::ostringstream out;
    FILE* pipe = ::popen(command.c_str(), "r");
    char text[4096];
    for (std::size_t got = 0; (got = ::fread(text, 1, sizeof text, pipe)) > 0;)
      out.write(text, static_cast<std::streamsize>(got));
    EXPECT_EQ(::pclose(pipe), 0) << command;
    return out.str();
  }
  // All of a track's objects in one file.
  std::string joined(const Index& index, const std::string& track) {
    const std::string path = dir_.path() + "/" + track + ".mp4";
    std::ofstream out(path, std::ios::binary);
    out << object(index, track + "/init.mp4");
    for (int i = 0; index.objects.contains(track + "/" + std::to_string(i) + ".m4s"); ++i)
      out << object(index, track + "/" + std::to_string(i) + ".m4s");
    return path;
  }
  // When each frame is shown, as decoded.
  static std::string times(const std::string& path) {
    return output_of("ffprobe -v error -show_entries frame=pts -of csv=p=0 " + path +
                     " | grep -oE '^[0-9]+'");
  }
  // Pieces of such tracks that exist, or that are needed and don't.
  std::int64_t pieces_like(const std::string& track, bool exist) {
    return number(
        "SELECT count(*) FROM revision_piece r LEFT JOIN piece p USING (tenant, piece_key) WHERE r.track "
        "LIKE '" +
        track + "' AND (p.piece_key IS NOT NULL) = " + (exist ? "true" : "false"));
  }
};

TEST_F(HevcWorld, IsMadeLastAndShowsTheSameFrames) {
  Ledger ledger = World::ledger();
  const auto worker = World::worker(ledger);
  const RevisionId id = start(clip(5), EpisodeId::make(clock_.now(), random_));
  for (bool did = true; did;) {
    const auto step = worker->step();
    ASSERT_TRUE(step) << step.error().reason << " " << step.error().message;
    did = *step;
    if (pieces_like("h540", true) > 0) EXPECT_EQ(pieces_like("v%", false), 0) << "HEVC went before H.264";
  }
  const Revision revision = get(id);
  ASSERT_EQ(revision.state, State::kReady) << revision.failure_reason << " " << revision.failure_message;
  EXPECT_EQ(revision.segments_done, revision.segments_total);
  const Index index = World::index(id).value();
  const std::string hevc = joined(index, "h540"), h264 = joined(index, "v540");
  EXPECT_EQ(
      output_of("ffprobe -v error -show_entries stream=codec_name,codec_tag_string -of csv=p=0 " + hevc),
      "hevc,hvc1\n");
  const std::string shown = times(hevc);
  EXPECT_EQ(std::count(shown.begin(), shown.end(), '\n'), 150);
  EXPECT_EQ(shown, times(h264));
  EXPECT_LT(std::filesystem::file_size(hevc), std::filesystem::file_size(h264));
  EXPECT_NE(object(index, "main.m3u8").find("hvc1."), std::string::npos);
  EXPECT_EQ(object(index, "provisional.m3u8").find("h540"), std::string::npos);

  // The same source again: nothing is encoded, and it has HEVC too.
  const auto pieces = World::pieces();
  const RevisionId again = start(clip(5), EpisodeId::make(clock_.now(), random_));
  run_all(*worker);
  EXPECT_EQ(get(again).state, State::kReady);
  EXPECT_EQ(World::pieces(), pieces);
  EXPECT_TRUE(World::index(again)->objects.contains("h540/0.m4s"));
}

TEST_F(HevcWorld, EncryptedItDecryptsToTheSameFrames) {
  const auto run = [&](const Encryptor* encryptor) {
    Ledger ledger({*pool_, *blobs_, outbox_, clock_, random_, encryptor}, 30s);
    const auto worker = World::worker(ledger);
    const RevisionId id = start(clip(2), EpisodeId::make(clock_.now(), random_));
    run_all(*worker);
    EXPECT_EQ(get(id).state, State::kReady) << get(id).failure_reason << " " << get(id).failure_message;
    return World::index(id).value_or(Index());
  };
  const auto frames = [&](const Index& index, const std::string& options) {
    return output_of("cat " + joined(index, "h540") + " | ffmpeg -v error " + options +
                     " -i - -f framemd5 -");
  };
  const Encryptor encryptor(Encryption::kSampleAes, *blobs_,
                            [](const Call&, const RevisionId&) -> Result<ContentKey> { return kKey; });
  const std::string clear = frames(run(nullptr), "");
  const Index secret = run(&encryptor);
  EXPECT_NE(object(secret, "h540/init.mp4").find("encv"), std::string::npos);
  EXPECT_NE(object(secret, "h540/iframes.m3u8").find("#EXT-X-KEY:METHOD=SAMPLE-AES"), std::string::npos);
  EXPECT_GT(clear.size(), 1000U);
  EXPECT_EQ(frames(secret, "-decryption_key " + hex_encode(kKey.key)), clear);
}

}  // namespace
}  // namespace cliffhanger::transcode
