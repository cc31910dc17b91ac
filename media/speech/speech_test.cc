// SPDX-License-Identifier: GPL-3.0-or-later
// The command `speech`, as services see it: on a voice that says a known sentence at a known time.
#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

#include <set>

#include "media/testing/clips.h"

namespace cliffhanger::media::testing {
namespace {

using namespace std::chrono_literals;

class SpeechTest : public ::testing::Test {
 protected:
  // A clip of 12 s in which a voice begins after 3 s, or without sound.
  std::string clip(bool voice) {
    const std::string path = folder_.path(voice ? "voice.mp4" : "silent.mp4"),
                      wav = folder_.path("voice.wav");
    const std::string picture = "-f lavfi -i color=s=64x96:r=25:d=12 ";
    if (!voice) {
      make_clip(path, picture + "-c:v libx264 -preset ultrafast");
      return path;
    }
    shell("espeak-ng -v en-us -s 120 -w '" + wav +
          "' 'Good morning. We want to go home to my mother and father.'");
    make_clip(path, picture + "-i '" + wav +
                        "' -af adelay=3000:all=1,apad -t 12 -c:v libx264 -preset ultrafast -c:a aac");
    return path;
  }
  Result<std::vector<WordEvent>> hear(const std::string& path) {
    const ProbeEvent probe = probe_clip(path);
    const int source = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    std::vector<WordEvent> words;
    const auto done =
        Runner({program(), 60s, 1024})
            .speech(source, {probe.video.rate, probe.video.frames}, {}, [&](const Event& event) {
              if (const auto* word = std::get_if<WordEvent>(&event)) words.push_back(*word);
              return Result<void>();
            });
    ::close(source);
    if (!done) return fail(done.error());
    return words;
  }
  static std::string program() {
    const char* build = std::getenv("CLIFFHANGER_BUILD_DIR");
    return std::string(build != nullptr ? build : ".") + "/bin/cliffhanger-media";
  }
  TempFolder folder_;
};

TEST_F(SpeechTest, HearsWordsAtTheirTimes) {
  const auto words = hear(clip(true));
  ASSERT_TRUE(words) << words.error().reason << " " << words.error().message;
  std::set<std::string> heard;
  std::int64_t last = 0;
  for (const WordEvent& word : *words) {
    heard.insert(word.text);
    EXPECT_GE(word.start_ms, last);
    EXPECT_GT(word.end_ms, word.start_ms);
    EXPECT_GE(word.start_ms, 2500);
    EXPECT_LE(word.end_ms, 12'000);
    last = word.end_ms;
  }
  // A synthetic voice is not easily understood; but of these eleven words some must be.
  int known = 0;
  for (const char* word :
       {"good", "morning", "we", "want", "to", "go", "home", "my", "mother", "and", "father"})
    known += heard.contains(word) ? 1 : 0;
  EXPECT_GE(known, 4);
}

TEST_F(SpeechTest, SilenceHasNoWords) {
  const auto words = hear(clip(false));
  ASSERT_TRUE(words) << words.error().message;
  EXPECT_TRUE(words->empty());
}

}  // namespace
}  // namespace cliffhanger::media::testing
