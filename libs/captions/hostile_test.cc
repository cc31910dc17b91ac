// Whatever the bytes are: no crash, no cue out of bounds, and what was taken is read back as it is.
#include <gtest/gtest.h>

#include <random>

#include "libs/captions/captions.h"
#include "libs/captions/limits.h"
#include "libs/captions/lines.h"

namespace cliffhanger::captions {
namespace {

const char* const kGood[] = {
    "1\n00:00:01,000 --> 00:00:02,500\nHello, <i>you & <b>me</i></b>.\n\n2\n00:00:03,000 --> "
    "00:00:04,000\n{\\an8}Ça va ☺\n",
    "WEBVTT\n\nNOTE x\n\nid\n00:01.000 --> 00:02.000 line:0 align:start\n<v Ana>Go &amp; "
    "run</v>\n\n00:02.000 --> 00:03.000\nb\n",
    "[Script Info]\n[V4+ Styles]\nFormat: Name, Alignment\nStyle: D,8\n[Events]\nFormat: Layer, Start, End, "
    "Style, Text\n"
    "Dialogue: 0,0:00:01.00,0:00:02.00,D,{\\i1}a{\\i0}\\Nb {\\p1}m 0{\\p0}c\n",
};

void check(std::string_view file) {
  const Reading reading = read(file, {});
  ASSERT_LE(reading.faults.size(), limits::kMaxNotes);
  ASSERT_LE(reading.warnings.size(), limits::kMaxNotes);
  ASSERT_NE(reading.faults.empty(), reading.cues.empty());
  const auto lines = static_cast<int>(lines_of(file).size());
  for (const Note& fault : reading.faults) {
    ASSERT_GE(fault.line, 1);
    ASSERT_LE(fault.line, std::max(1, lines));
  }
  std::int64_t last = 0;
  for (const Cue& cue : reading.cues) {
    ASSERT_LT(cue.start_ms, cue.end_ms);
    ASSERT_GE(cue.start_ms, last);
    ASSERT_LE(cue.end_ms, limits::kMaxTimeMs);
    ASSERT_FALSE(cue.text.empty());
    ASSERT_EQ(cue.text.find("-->"), std::string::npos);
    ASSERT_EQ(cue.text.find("\n\n"), std::string::npos);
    last = cue.start_ms;
  }
  if (reading.cues.empty()) return;
  const std::string written = write(reading.cues);
  const Reading again = read(written, {Format::kWebVtt, 0});
  ASSERT_TRUE(again.faults.empty()) << again.faults[0].reason << " " << again.faults[0].line << "\n"
                                    << written;
  ASSERT_EQ(write(again.cues), written);
}

TEST(Hostile, EveryPrefixOfAGoodFile) {
  for (const std::string_view good : kGood) {
    ASSERT_TRUE(read(good, {}).faults.empty());
    for (std::size_t size = 0; size <= good.size(); ++size) check(good.substr(0, size));
  }
}

TEST(Hostile, EveryByteOfAGoodFileChanged) {
  for (const std::string_view good : kGood) {
    for (std::size_t at = 0; at < good.size(); ++at) {
      for (const char c : {'\0', '\n', '\r', '<', '>', '&', '{', '}', '\\', ':', '-', '9', ' ', '\xFF'}) {
        std::string file(good);
        file[at] = c;
        check(file);
      }
    }
  }
}

TEST(Hostile, RandomPieces) {
  const std::vector<std::string> pieces = {"\n",
                                           "\r\n",
                                           " ",
                                           "1",
                                           "00:00:01,000",
                                           "00:00:02.000",
                                           " --> ",
                                           "<i>",
                                           "</i>",
                                           "<b>",
                                           "</b>",
                                           "<v A>",
                                           "</v>",
                                           "<",
                                           ">",
                                           "&",
                                           "&lt;",
                                           "{\\an8}",
                                           "{\\i1}",
                                           "{\\p1}",
                                           "{",
                                           "}",
                                           "\\N",
                                           "WEBVTT",
                                           "NOTE",
                                           "[Events]\n",
                                           "Dialogue: 0,0:00:01.00,0:00:02.00,D,,,,,,",
                                           "Format: Start, End, Text\n",
                                           "text",
                                           "é",
                                           "\xC3",
                                           "\t",
                                           ",",
                                           "line:0",
                                           "\xEF\xBB\xBF",
                                           "&nbsp;"};
  std::mt19937 random(7);
  for (int run = 0; run < 20'000; ++run) {
    std::string file = run % 3 == 0 ? "WEBVTT\n\n" : "";
    for (unsigned i = random() % 40; i > 0; --i) file += pieces[random() % pieces.size()];
    check(file);
    if (HasFatalFailure()) FAIL() << file;
  }
}

TEST(Hostile, RandomBytes) {
  std::mt19937 random(11);
  for (int run = 0; run < 2000; ++run) {
    std::string file(random() % 300, '\0');
    for (char& c : file) c = static_cast<char>(random());
    check(file);
  }
}

TEST(Hostile, LargeFilesOfOneThing) {
  for (const char* piece :
       {"<i>", "{", "\\N", "-->", "\n", "1\n", "[V4+ Styles]\nStyle: a\n", "a --> b\n", "Dialogue:\n", "&"}) {
    std::string file = "[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,D,,,,,,";
    while (file.size() < limits::kMaxTextBytes - 64) file += piece;
    check(file);
    check(std::string_view(file).substr(9 + 50));
  }
}

// Overrides that never end: each was searched for to the end of the file, minutes for one file.
TEST(Hostile, OpenOverridesInOneLine) {
  std::string file = "1\n00:00:01,000 --> 00:00:02,000\n";
  while (file.size() < limits::kMaxTextBytes - 64) file += "{\\";
  check(file);
}

}  // namespace
}  // namespace cliffhanger::captions
