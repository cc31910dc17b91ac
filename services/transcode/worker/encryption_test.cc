#include <sstream>

#include "libs/cenc/cenc.h"
#include "libs/core/encoding.h"
#include "services/transcode/worker/test_world.h"

namespace cliffhanger::transcode {
namespace {

const ContentKey kKey = {"0123456789abcdef", "fedcba9876543210", "vectorvectorvect"};

class EncryptionTest : public World {
 protected:
  // A worker that encrypts, until there is nothing left to do.
  void run(Encryption method) {
    const Encryptor encryptor(method, *blobs_,
                              [this](const Call&, const RevisionId& id) -> Result<ContentKey> {
                                asked_.push_back(id);
                                if (away_-- > 0) return fail(unavailable("CONTENT_KEY_UNAVAILABLE", "Away."));
                                return kKey;
                              });
    Ledger ledger({*pool_, *blobs_, outbox_, clock_, random_, &encryptor}, 30s);
    const auto worker = World::worker(ledger);
    run_all(*worker);
  }
  RevisionId start_clip() {
    const std::string path = dir_.path() + "/clip.mp4";
    if (!std::filesystem::exists(path)) make_clip(path, 9);
    return start(path, EpisodeId::make(clock_.now(), random_));
  }
  Index ready(RevisionId id) {
    const Revision revision = get(id);
    EXPECT_EQ(revision.state, State::kReady) << revision.failure_reason << " " << revision.failure_message;
    return index(id).value_or(Index());
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
  // Hashes of a track's decoded frames, out of all its objects.
  std::string frames(const Index& index, const std::string& track, const std::string& options) {
    const std::string path = dir_.path() + "/joined.mp4";
    std::ofstream out(path, std::ios::binary);
    out << object(index, track + "/init.mp4");
    for (int i = 0; index.objects.contains(track + "/" + std::to_string(i) + ".m4s"); ++i)
      out << object(index, track + "/" + std::to_string(i) + ".m4s");
    out.close();
    return output_of("cat " + path + " | ffmpeg -v error " + options + " -i - -f framemd5 -");
  }

  std::vector<RevisionId> asked_;
  int away_ = 0;
};

TEST_F(EncryptionTest, SamplesOfAFinishedRevisionAreEncrypted) {
  const RevisionId clear = start_clip();
  run(Encryption::kNone);
  const Index open = ready(clear);
  const auto made = pieces();
  EXPECT_TRUE(asked_.empty());

  const RevisionId id = start_clip();
  run(Encryption::kSampleAes);
  const Index secret = ready(id);
  EXPECT_EQ(pieces(), made) << "encrypted anew, not encoded";
  EXPECT_EQ(asked_, std::vector{id});
  for (const std::string track : {"v360", "v180", "audio"}) {
    EXPECT_EQ(frames(secret, track, "-decryption_key " + hex_encode(kKey.key)), frames(open, track, ""))
        << track;
    const std::string playlist = object(secret, track + (track == "audio" ? "/audio.m3u8" : "/video.m3u8"));
    EXPECT_NE(playlist.find("#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"../key\",IV=0x" + hex_encode(kKey.iv)),
              std::string::npos)
        << playlist;
  }
  EXPECT_NE(object(secret, "v360/iframes.m3u8").find("#EXT-X-KEY:"), std::string::npos);
  EXPECT_NE(object(secret, "main.mpd").find("cenc:default_KID=\"30313233-3435-3637-3839-616263646566\""),
            std::string::npos);
  for (const auto& [name, entry] : secret.objects) {
    EXPECT_EQ(name.find("provisional"), std::string::npos);
    if (name.ends_with(".m4s"))
      EXPECT_TRUE(entry.first.starts_with("revisions/default/" + id.text() + "/media/")) << name;
    EXPECT_EQ(object(secret, name).find(kKey.key), std::string::npos) << name;
  }
}

TEST_F(EncryptionTest, OrWholeFiles) {
  const RevisionId clear = start_clip();
  run(Encryption::kNone);
  const Index open = ready(clear);
  const RevisionId id = start_clip();
  run(Encryption::kAes128);
  const Index secret = ready(id);
  EXPECT_NE(object(secret, "v360/video.m3u8").find("METHOD=AES-128,URI=\"../key\""), std::string::npos);
  for (const char* name : {"main.mpd", "preview.m3u8", "v360/iframes.m3u8"})
    EXPECT_FALSE(secret.objects.contains(name)) << "no part of a file can be decrypted: " << name;
  EXPECT_EQ(object(secret, "main.m3u8").find("I-FRAME"), std::string::npos);
  EXPECT_TRUE(object(secret, "v360/init.mp4") == object(open, "v360/init.mp4"));
  std::ofstream(dir_.path() + "/one", std::ios::binary) << object(secret, "v360/1.m4s");
  EXPECT_TRUE(output_of("openssl enc -d -aes-128-cbc -K " + hex_encode(kKey.key) + " -iv " +
                        hex_encode(kKey.iv) + " -in " + dir_.path() + "/one") == object(open, "v360/1.m4s"));
}

TEST_F(EncryptionTest, WithoutAKeyItWaitsAndDoesNotFail) {
  away_ = 12;  // more often than a task may fail
  const RevisionId id = start_clip();
  for (int i = 0; i < 40 && get(id).state != State::kReady; ++i) {
    run(Encryption::kSampleAes);
    ASSERT_TRUE(
        pool_->transact([](sql::Tx& tx) { return tx.run_text("UPDATE work SET run_after = now()"); }));
  }
  ready(id);
  EXPECT_GT(asked_.size(), 12u);
}

TEST_F(EncryptionTest, KilledAndRunAgainItWritesTheSame) {
  const RevisionId id = start_clip();
  run(Encryption::kSampleAes);
  const Index once = ready(id);
  const Revision revision = get(id);
  const auto clear = transact([&](PgRevisions& revisions) { return revisions.pieces(id); });
  ASSERT_TRUE(clear);
  // Half of it had been written when it was killed.
  ASSERT_TRUE(blobs_->remove(once.objects.at("v180/1.m4s").first));
  const Encryptor encryptor(Encryption::kSampleAes, *blobs_,
                            [](const Call&, const RevisionId&) { return kKey; });
  const auto again = encryptor.encrypt(call_, revision, *clear);
  ASSERT_TRUE(again) << again.error().message;
  for (const Piece& piece : again->in_order()) {
    if (is_still(piece.name.track)) continue;
    const std::string name =
        piece.name.track + "/" +
        (piece.name.index == kInit ? "init.mp4" : std::to_string(piece.name.index) + ".m4s");
    EXPECT_EQ(once.objects.at(name).first, piece.object_key);
    EXPECT_EQ(object(once, name).size(), static_cast<std::size_t>(piece.bytes)) << name;
  }
}

}  // namespace
}  // namespace cliffhanger::transcode
