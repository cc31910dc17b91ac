#include "services/ingest/config.h"

#include <gtest/gtest.h>

namespace cliffhanger::ingest {
namespace {

Result<FetchRules> fetching(const std::string& ports, const std::string& networks) {
  config::Settings settings(
      {{"CLIFFHANGER_INGEST_IMPORT_PORTS", ports}, {"CLIFFHANGER_INGEST_IMPORT_NETWORKS", networks}});
  return Config::read(settings).fetching();
}

TEST(IngestConfig, ImportsReachWhatIsPublicUnlessMoreIsNamed) {
  config::Settings none({});
  const auto usual = Config::read(none).fetching();
  ASSERT_TRUE(usual);
  EXPECT_EQ(usual->reach.ports, (std::vector<std::uint16_t>{80, 443}));
  EXPECT_TRUE(usual->reach.networks.empty());
  EXPECT_FALSE(usual->reach.https_only);
  const auto more = fetching("443, 8443", "10.1.0.0/16,fd00::/8");
  ASSERT_TRUE(more);
  EXPECT_EQ(more->reach.ports, (std::vector<std::uint16_t>{443, 8443}));
  EXPECT_TRUE(may_reach(*parse_address("10.1.2.3"), more->reach.networks));
  EXPECT_FALSE(may_reach(*parse_address("10.2.2.3"), more->reach.networks));
}

TEST(IngestConfig, WhatCannotBeReadIsSaid) {
  for (const char* ports : {"http", "0", "65536", "80;443", "-1"})
    EXPECT_EQ(fetching(ports, "").error().reason, "BAD_PORT") << ports;
  for (const char* networks : {"10.0.0.0/33", "intranet"})
    EXPECT_EQ(fetching("80", networks).error().reason, "BAD_NETWORK") << networks;
}

}  // namespace
}  // namespace cliffhanger::ingest
