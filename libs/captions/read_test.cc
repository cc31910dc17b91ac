#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/captions/captions.h"

namespace cliffhanger::captions {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// "start-end settings|text" of each cue.
std::vector<std::string> cues_of(std::string_view text, const ReadOptions& options = {}) {
  const Reading reading = read(text, options);
  std::vector<std::string> out;
  for (const Note& fault : reading.faults)
    out.push_back("FAULT " + std::to_string(fault.line) + " " + fault.reason);
  for (const Cue& cue : reading.cues)
    out.push_back(std::to_string(cue.start_ms) + "-" + std::to_string(cue.end_ms) + " " + cue.settings + "|" +
                  cue.text);
  return out;
}

std::vector<std::string> notes_of(const std::vector<Note>& notes) {
  std::vector<std::string> out;
  for (const Note& note : notes) out.push_back(std::to_string(note.line) + " " + note.reason);
  return out;
}

TEST(ReadSrt, TakesWhatEditorsWrite) {
  EXPECT_THAT(cues_of("\xEF\xBB\xBF"
                      "1\r\n00:00:01,000 --> 00:00:02,500\r\nHello.\r\nYou?\r\n\r\n2\r\n0:00:03.2 --> "
                      "00:00:04,000 X1:3\r\n"
                      "<i>Ça <b>va</i></b> & <font color=\"red\">so</font> 1 < 2 <3\r\n"),
              ElementsAre("1000-2500 |Hello.\nYou?",
                          "3200-4000 |<i>Ça <b>va</b></i><b></b> &amp; so 1 &lt; 2 &lt;3"));
  EXPECT_THAT(
      cues_of("00:00:01,000 --> 00:00:02,000\n{\\an8}Above\n\n\n\n00:00:02,000 --> 00:00:03,000\nBelow"),
      ElementsAre("1000-2000 line:0|Above", "2000-3000 |Below"));
  EXPECT_THAT(cues_of("9\n01:00:01,000 --> 01:00:02,000\n42\n"), ElementsAre("3601000-3602000 |42"));
}

TEST(ReadSrt, SortsCuesAndWarnsOfOverlap) {
  const Reading reading = read(
      "1\n00:00:05,000 --> 00:00:06,000\nlate\n\n2\n00:00:01,000 --> 00:00:03,000\nearly\n\n3\n00:00:02,000 "
      "--> 00:00:03,000\nover\n",
      {});
  EXPECT_THAT(notes_of(reading.faults), IsEmpty());
  EXPECT_THAT(notes_of(reading.warnings), ElementsAre("10 OVERLAP"));
  ASSERT_EQ(reading.cues.size(), 3U);
  EXPECT_EQ(reading.cues[0].text, "early");
}

TEST(ReadSrt, NamesEveryFaultByItsLine) {
  const std::string file =
      "1\n00:00:01,000 --> 00:00:99,000\nbad\n\n"                                     // 2
      "2\n00:00:04,000 --> 00:00:03,000\nback\n\n"                                    // 6
      "3\n00:00:05,000 --> 00:00:06,000\n\n"                                          // 10
      "no time here\n\n"                                                              // 12
      "4\n00:00:07,000 --> 00:00:08,000\nx\n5\n00:00:08,000 --> 00:00:09,000\ny\n\n"  // 18
      "6\n00:01:10,000 --> 00:01:11,000\nlate\n";                                     // 22
  const Reading reading = read(file, {std::nullopt, 60'000});
  EXPECT_THAT(notes_of(reading.faults),
              ElementsAre("2 BAD_TIMESTAMP", "6 END_BEFORE_START", "10 EMPTY_CUE", "12 TIME_EXPECTED",
                          "18 BLANK_LINE_MISSING", "22 CUE_BEYOND_END"));
  EXPECT_THAT(reading.cues, IsEmpty());
  for (const Note& fault : reading.faults) {
    EXPECT_LT(fault.message.size(), 100U) << fault.message;
    EXPECT_TRUE(fault.message.ends_with('.')) << fault.message;
  }
}

TEST(ReadSrt, ListsNoMoreThanFiftyFaults) {
  std::string file;
  for (int i = 0; i < 500; ++i) file += "1\n00:00:xx,000 --> 00:00:02,000\nx\n\n";
  EXPECT_EQ(read(file, {}).faults.size(), 50U);
}

TEST(ReadWebVtt, KeepsSettingsAndLeavesOutWhatIsNoCue) {
  EXPECT_THAT(
      cues_of("WEBVTT - a title\nKind: captions\n\nNOTE this\nis not "
              "shown\n\nSTYLE\n::cue{color:red}\n\nREGION\nid:fred\n\n"
              "intro\n00:01.000 --> 00:02.000 line:0 position:50%,center align:start region:fred line:5 x:1\n"
              "<v Ana>Don’t <c.loud>go</c> <00:01.500>now &amp; here&nbsp;</v>\n\n01:00:00.000 --> "
              "01:00:01.000\nb\n"),
      ElementsAre("1000-2000 line:0 position:50%,center align:start|<v Ana>Don’t go now &amp; here&nbsp;</v>",
                  "3600000-3601000 |b"));
}

TEST(ReadWebVtt, IsStrictAboutTimes) {
  EXPECT_THAT(cues_of("WEBVTT\n\n00:00:01,000 --> 00:00:02,000\nx\n"), ElementsAre("FAULT 3 BAD_TIMESTAMP"));
  EXPECT_THAT(cues_of("WEBVTT\n00:01.000 --> 00:02.000\nx\n"), ElementsAre("FAULT 2 BLANK_LINE_MISSING"));
  EXPECT_THAT(cues_of("WEBVTT\n\nNOTE only\n"), ElementsAre("FAULT 1 NO_CUES"));
  EXPECT_THAT(cues_of("WEBVTTX\n\n00:01.000 --> 00:02.000\nx\n"), ElementsAre("FAULT 1 BAD_HEADER"));
}

const char kAss[] =
    "[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\n"
    "Format: Name, Fontname, Fontsize, Bold, Italic, Alignment\n"
    "Style: Default,Arial,20,0,0,2\nStyle: Sign,Arial,20,0,-1,8\n\n[Events]\n"
    "Format: Layer, Start, End, Style, Text\n"
    "Comment: 0,0:00:00.00,0:00:09.00,Default,not shown\n"
    "Dialogue: 0,0:00:03.50,0:00:05.00,Default,Wait, {\\i1}what{\\i0}?\\NNo "
    "{\\fs40\\b1\\c&HFFFFFF&}way{\\r}!\n"
    "Dialogue: 0,0:00:01.00,0:00:02.00,Sign,HOTEL\\hRITZ\n"
    "Dialogue: 0,0:00:01.00,0:00:02.00,Default,{\\p1}m 0 0 l 10 10{\\p0}\n"
    "Dialogue: 1,0:00:06.00,0:00:07.00,Default,{\\an8}up <here>\n"
    "Dialogue: 2,0:00:06.00,0:00:07.00,Default,{\\an8}up <here>\n";

TEST(ReadAss, TakesTheDialogue) {
  EXPECT_THAT(cues_of(kAss), ElementsAre("1000-2000 line:0|<i>HOTEL RITZ</i>",
                                         "3500-5000 |Wait, <i>what</i>?\nNo <b>way!</b>",
                                         "6000-7000 line:0|up &lt;here&gt;"));
  EXPECT_THAT(notes_of(read(kAss, {}).warnings), ElementsAre("14 NOTHING_TO_SHOW"));
}

TEST(ReadAss, ReadsSsaAndNamesFaults) {
  EXPECT_THAT(cues_of("[V4 Styles]\nFormat: Name, Alignment\nStyle: Top,6\n[Events]\nFormat: Marked, Start, "
                      "End, Style, Text\n"
                      "Dialogue: Marked=0,0:00:01.00,0:00:02.00,*Top,a\n"),
              ElementsAre("1000-2000 line:0|a"));
  EXPECT_THAT(cues_of("[Events]\nDialogue: 0,0:00:01.00,0:00:00.50,D,,0,0,0,,a\nDialogue: "
                      "0,one,0:00:00.50,D,,0,0,0,,a\nDialogue:\n"),
              ElementsAre("FAULT 2 END_BEFORE_START", "FAULT 3 BAD_TIMESTAMP", "FAULT 4 BAD_TIMESTAMP"));
}

TEST(Read, RefusesWhatIsNoCaptionsFile) {
  EXPECT_THAT(cues_of(""), ElementsAre("FAULT 1 NOT_CAPTIONS"));
  EXPECT_THAT(cues_of("Dear all,\nplease find attached\n"), ElementsAre("FAULT 1 NOT_CAPTIONS"));
  EXPECT_THAT(cues_of(std::string("\xFF\xFE"
                                  "1\0",
                                  4)),
              ElementsAre("FAULT 1 UTF16"));
  EXPECT_THAT(cues_of(std::string("1\0\n\0"
                                  "0\0",
                                  6)),
              ElementsAre("FAULT 1 UTF16"));
  EXPECT_THAT(cues_of("1\n00:00:01,000 --> 00:00:02,000\ncaf\xE9\n"), ElementsAre("FAULT 3 NOT_UTF8"));
  EXPECT_THAT(cues_of(std::string("1\n00:00:01,000 --> 00:00:02,000\na\0b\n", 35)),
              ElementsAre("FAULT 3 NOT_TEXT"));
  EXPECT_THAT(cues_of(std::string(1024 * 1024 + 1, 'x')), ElementsAre("FAULT 1 TOO_LARGE"));
  EXPECT_THAT(cues_of("WEBVTT\n\n00:01.000 --> 00:02.000\nx\n", {Format::kSrt, 0}),
              ElementsAre("FAULT 1 FORMAT_MISMATCH"));
}

TEST(Read, BoundsCues) {
  const std::string time = "1\n00:00:01,000 --> 00:00:02,000\n";
  EXPECT_THAT(cues_of(time + std::string(501, 'x')), ElementsAre("FAULT 2 CUE_TOO_LONG"));
  std::string lines;
  for (int i = 0; i < 11; ++i) lines += "x\n";
  EXPECT_THAT(cues_of(time + lines), ElementsAre("FAULT 2 CUE_TOO_LONG"));
  std::string many;
  for (int i = 0; i < 20'001; ++i) many += "00:00:01,000 --> 00:00:02,000\n" + std::to_string(i) + "\n\n";
  EXPECT_THAT(cues_of(many), ElementsAre("FAULT 60001 TOO_MANY_CUES"));
}

TEST(Read, CutsTheLastCueAtTheEnd) {
  const Reading reading = read("WEBVTT\n\n00:09.000 --> 00:12.000\nx\n", {std::nullopt, 10'000});
  ASSERT_EQ(reading.cues.size(), 1U);
  EXPECT_EQ(reading.cues[0].end_ms, 10'000);
  EXPECT_THAT(notes_of(reading.warnings), ElementsAre("3 CUE_CUT"));
}

}  // namespace
}  // namespace cliffhanger::captions
