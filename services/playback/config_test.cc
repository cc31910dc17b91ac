#include "services/playback/config.h"

#include <fstream>

#include "libs/testing/manual_clock.h"
#include "libs/testing/servers.h"
#include "services/playback/cdn/test_cloudfront.h"

namespace cliffhanger::playback {
namespace {

TEST(PlaybackConfig, CdnSettingsAreReadAndFilesThatAreNotThereAreFaults) {
  const harness::ManualClock clock;
  const harness::TempDir dir;
  std::ofstream(dir.path() + "/keys") << "k1:a secret of thirty-two bytes or more\n";
  std::ofstream(dir.path() + "/pem") << test_key(2048);
  std::map<std::string, std::string> given{{"CLIFFHANGER_HLS_KEYS_FILE", dir.path() + "/keys"},
                                           {"CLIFFHANGER_CDN_URL", "https://cdn.example.com"},
                                           {"CLIFFHANGER_CDN_KEY_PAIR_ID", "K1"},
                                           {"CLIFFHANGER_CDN_PRIVATE_KEY_FILE", dir.path() + "/pem"},
                                           {"CLIFFHANGER_CDN_PASS_SECONDS", "600"}};
  config::Settings settings(given);
  const auto config = Config::read(settings);
  ASSERT_TRUE(settings.finish());
  EXPECT_EQ(config.pass_life, std::chrono::seconds(600));
  EXPECT_TRUE(CloudFront::make(config.cdn, clock));
  given["CLIFFHANGER_CDN_PRIVATE_KEY_FILE"] = dir.path() + "/none";
  config::Settings without(given);
  Config::read(without);
  ASSERT_FALSE(without.finish());
  config::Settings shortest([&] {
    given["CLIFFHANGER_CDN_PRIVATE_KEY_FILE"] = dir.path() + "/pem";
    given["CLIFFHANGER_CDN_PASS_SECONDS"] = "5";
    return given;
  }());
  Config::read(shortest);
  EXPECT_FALSE(shortest.finish());
}

}  // namespace
}  // namespace cliffhanger::playback
