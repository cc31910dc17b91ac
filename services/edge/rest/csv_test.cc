#include <gtest/gtest.h>

#include "cliffhanger/insight/v1/creator_insight_service.pb.h"
#include "cliffhanger/testing/v1/echo.pb.h"
#include "services/edge/rest/csv_writer.h"

namespace cliffhanger::edge::rest {
namespace {

TEST(Csv, ATableIsALineOfNamesAndALineForEachRow) {
  insight::v1::GetSeriesAlertsResponse answer;
  EXPECT_EQ(message_to_csv(answer, "alerts"), "episodeId,number,day,kind,value,usual,score\r\n");
  auto* alert = answer.add_alerts();
  alert->set_episode_id("e");
  alert->set_number(3);
  alert->mutable_day()->set_seconds(1'767'571'200);
  alert->set_kind(insight::v1::ALERT_KIND_PLAYS);
  alert->set_value(12.5);
  alert->set_score(-4);
  answer.add_alerts();
  EXPECT_EQ(message_to_csv(answer, "alerts"),
            "episodeId,number,day,kind,value,usual,score\r\n"
            "e,3,2026-01-05T00:00:00Z,ALERT_KIND_PLAYS,12.5,0,-4\r\n"
            ",0,,ALERT_KIND_UNSPECIFIED,0,0,0\r\n");
  EXPECT_EQ(message_to_csv(answer, "nothing"), "");
}

TEST(Csv, WhatIsNotSetIsEmptyAndNumbersHaveNoQuotes) {
  insight::v1::GetSeriesCohortsResponse answer;
  auto* cell = answer.add_cells();
  cell->set_viewers(9'007'199'254'740'993);
  cell = answer.add_cells();
  cell->set_active(0);
  EXPECT_EQ(message_to_csv(answer, "cells"),
            "firstWeek,viewers,weeksLater,active\r\n,9007199254740993,0,\r\n,0,0,0\r\n");
}

TEST(Csv, TextIsQuotedWhereItMustBeAndIsNeverAFormula) {
  insight::v1::GetSeriesAudienceResponse answer;
  for (const char* text : {"a,b", "say \"no\"", "two\nlines", "=1+1", "-2", "@x", "mx"})
    answer.add_slices()->set_region(text);
  const std::string csv = message_to_csv(answer, "slices");
  for (const char* cell :
       {",\"a,b\",", ",\"say \"\"no\"\"\",", ",\"two\nlines\",", ",'=1+1,", ",'-2,", ",'@x,", ",mx,"})
    EXPECT_NE(csv.find(cell), csv.npos) << cell;
}

}  // namespace
}  // namespace cliffhanger::edge::rest
