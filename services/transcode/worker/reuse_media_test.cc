// Trims and joins of real segments, as a demuxer of somebody else's reads them.
#include <filesystem>

#include "services/transcode/domain/cut_presentation.h"
#include "services/transcode/worker/test_world.h"

namespace cliffhanger::transcode {
namespace {

namespace fs = std::filesystem;

class ReuseMediaTest : public World {
 protected:
  struct Film {
    Revision revision;
    Assembly assembly{std::vector<Piece>()};
  };
  Film film(double seconds, const std::string& name) {
    const std::string path = dir_.path() + "/" + name + ".mp4";
    make_clip(path, seconds);
    const RevisionId id = start(path, EpisodeId::make(clock_.now(), random_));
    Ledger ledger = World::ledger();
    run_all(*World::worker(ledger));
    Film out{get(id)};
    EXPECT_EQ(out.revision.state, State::kReady) << out.revision.failure_reason;
    out.assembly = *transact([&](PgRevisions& revisions) { return revisions.pieces(id); });
    return out;
  }
  // What the edge would serve, as files.
  void serve(const Presentation& made) {
    const fs::path root = dir_.path() + "/served";
    const auto write = [&](const std::string& name, const std::string& bytes) {
      fs::create_directories((root / name).parent_path());
      std::ofstream(root / name, std::ios::binary) << bytes;
    };
    for (const Playlist& one : made.playlists) write(one.name, one.text);
    for (const Media& one : made.media) write(one.name, *blobs_->get(one.object_key));
  }
  // Packets of a playlist; −1 if ffprobe complains of anything.
  std::int64_t packets(const std::string& playlist) {
    const std::string complaints = dir_.path() + "/complaints";
    const std::string command =
        "ffprobe -v error -count_packets -show_entries stream=nb_read_packets -of "
        "default=nk=1:nw=1 -allowed_extensions ALL " +
        dir_.path() + "/served/" + playlist + " 2>" + complaints;
    FILE* pipe = ::popen(command.c_str(), "r");
    char text[64] = {};
    std::int64_t count = -1;
    if (pipe != nullptr && ::fgets(text, sizeof text, pipe) != nullptr) count = std::atoll(text);
    if (pipe != nullptr) ::pclose(pipe);
    std::ifstream said(complaints);
    const std::string all{std::istreambuf_iterator<char>(said), {}};
    EXPECT_EQ(all, "");
    return count;
  }
};

TEST_F(ReuseMediaTest, PartsOfTwoFilmsPlayOneAfterTheOther) {
  const Film one = film(9, "one"), two = film(7, "two");
  // Pictures at 30 a second: 2 s from the middle of a segment, 4 s of the other film, and 2 s of the first
  // again.
  const auto made = cut_presentation({{&*one.revision.plan, &one.assembly, "one/", 5900, 8100},
                                      {&*two.revision.plan, &two.assembly, "two/", 0, 4000},
                                      {&*one.revision.plan, &one.assembly, "one/", 0, 2000}});
  ASSERT_TRUE(made) << made.error().reason;
  serve(*made);
  EXPECT_EQ(packets("v180/video.m3u8"), 8 * 30);
  const std::int64_t sound = packets("audio/audio.m3u8");
  EXPECT_NEAR(static_cast<double>(sound), 8 * 48000.0 / 1024, 4);
}

TEST_F(ReuseMediaTest, ThePreviewPlays) {
  const Film one = film(6, "one");
  Presentation made = finished(*one.revision.plan, one.assembly, variants(*one.revision.plan, one.assembly));
  serve(made);
  EXPECT_EQ(packets("preview.m3u8"), 4 * 30);
}

}  // namespace
}  // namespace cliffhanger::transcode
