#include "libs/blob/place.h"

#include <gtest/gtest.h>

namespace cliffhanger::blob {
namespace {

const std::string kId = "01890a5d-ac96-774b-bcce-b302099a8057";

TEST(PlaceTest, KnowsWhatTheHouseWrites) {
  EXPECT_EQ(place_of("segments/default/ab.m4s")->kind, Kind::kSegment);
  EXPECT_EQ(place_of("covers/brand-1/ab.jpg")->tenant.text(), "brand-1");
  EXPECT_EQ(place_of("sources/default/" + kId)->id.text(), kId);
  EXPECT_EQ(place_of("models/default/recommendation/" + kId)->kind, Kind::kModel);
  EXPECT_EQ(place_of("models/default/recommendation/" + kId)->id.text(), kId);
  const auto exported = *place_of("exports/brand-1/events/dt=2026-11-29/hour=07/" + kId + ".jsonl.gz");
  EXPECT_EQ(exported.kind, Kind::kExport);
  EXPECT_EQ(exported.tenant.text(), "brand-1");
  EXPECT_EQ(exported.id.text(), kId);
  EXPECT_EQ(exported.day, "2026-11-29");
  EXPECT_TRUE(place_of("exports/default/events/dt=2026-11-29/_manifest.json")->id.empty());
  const auto part = *place_of("parts/default/" + kId + "/000-1");
  EXPECT_EQ(part.kind, Kind::kPart);
  EXPECT_EQ(part.folder, "parts/default/" + kId + "/");
  const auto list = *place_of("revisions/default/" + kId + "/playlists/ab.m3u8");
  EXPECT_EQ(list.kind, Kind::kRevision);
  EXPECT_EQ(list.id.text(), kId);
  EXPECT_EQ(list.folder, "revisions/default/" + kId + "/");
}

TEST(PlaceTest, AndNothingElse) {
  for (const std::string& key :
       {std::string(), std::string("README"), std::string("segments/default"), std::string("segments/default/"),
        std::string("segments/default/a/b"), std::string("segments/Upper/ab"), std::string("covers//ab"), "sources/default/" + kId + "/x",
        std::string("sources/default/no-id"), "parts/default/" + kId, "parts/default/" + kId + "/", "revisions/default/" + kId,
        std::string("parts/default/01890A5D-AC96-774B-BCCE-B302099A8057/x"), "other/default/" + kId, "models/default/" + kId, "models/default/other/" + kId,
        "models/default/recommendation/" + kId + "/x", std::string("models/default/recommendation/no-id"),
        "exports/default/events/dt=2026-11-29/" + kId + ".jsonl.gz", "exports/default/events/dt=2026-1-29/hour=07/" + kId + ".jsonl.gz",
        "exports/default/dt=2026-11-29/hour=07/" + kId + ".jsonl.gz", "exports/default/events/dt=2026-11-29/hour=7x/" + kId + ".jsonl.gz",
        "exports/default/events/dt=2026-11-29/hour=07/" + kId + ".gz", std::string("exports/default/events/dt=2026-11-29/hour=07/part.jsonl.gz"), std::string("segments/default/../x")})
    EXPECT_FALSE(place_of(key)) << key;
}

}  // namespace
}  // namespace cliffhanger::blob
