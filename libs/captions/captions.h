#pragma once
// Captions files (SRT, WebVTT, ASS and SSA): read, checked, and written again as WebVTT. Pure; everything is
// bounded by limits.h.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cliffhanger::captions {

enum class Format { kSrt, kWebVtt, kAss };
std::string_view to_text(Format format);  // "SRT", "WebVTT", "ASS"

struct Cue {
  std::int64_t start_ms = 0, end_ms = 0;  // the end comes after the start
  std::string text;      // WebVTT's cue text: escaped, its tags balanced, never empty; lines by \n
  std::string settings;  // WebVTT's cue settings, such as "line:0"; "" for none
  int line = 0;          // where in the file it was, from 1
};

// What is wrong with a line of the file.
struct Note {
  int line = 0;         // from 1
  std::string reason;   // UPPER_SNAKE, stable
  std::string message;  // a sentence for a person, under 100 characters
};

struct ReadOptions {
  std::optional<Format> format;  // what it is said to be; found from the text without it
  std::int64_t duration_ms = 0;  // of the episode; 0 if it is not known
};

struct Reading {
  Format format = Format::kSrt;
  std::vector<Cue> cues;       // by their start; none if there are faults
  std::vector<Note> faults;    // why the file is refused: the first kMaxNotes of all
  std::vector<Note> warnings;  // what players may show otherwise than meant
};

// Reads a file. Faults: TOO_LARGE, NOT_UTF8, UTF16, NOT_TEXT, NOT_CAPTIONS, FORMAT_MISMATCH, NO_CUES,
// TOO_MANY_CUES, BAD_TIMESTAMP, END_BEFORE_START, TIME_EXPECTED, BLANK_LINE_MISSING, EMPTY_CUE, CUE_TOO_LONG,
// CUE_BEYOND_END, BAD_HEADER. Warnings: OVERLAP, CUE_CUT (it went on beyond the episode's end),
// NOTHING_TO_SHOW (a drawing, say).
Reading read(std::string_view text, const ReadOptions& options);

// The cues as one WebVTT file. read() gives the same cues from it.
std::string write(const std::vector<Cue>& cues);

// How the times of cues become the media's: they are the same.
inline constexpr std::string_view kTimestampMap = "X-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000";
// The WebVTT segment of an HLS playlist that covers [start_ms, end_ms): every cue that is on within it, with
// its own times, counted from the episode's start. The media's timeline starts at 0. `map`: its header.
std::string write_segment(const std::vector<Cue>& cues, std::int64_t start_ms, std::int64_t end_ms,
                          std::string_view map = kTimestampMap);

// Cues that end by `duration_ms`: later ones are left out, the last ones cut.
std::vector<Cue> within(std::vector<Cue> cues, std::int64_t duration_ms);

// What is to be seen of a cue's text: without tags, entities as their characters, lines by \n.
std::string plain_text(std::string_view cue_text);

// A BCP 47 tag in its usual spelling: en, pt-BR, zh-Hant.
std::string canonical_language(std::string_view tag);

}  // namespace cliffhanger::captions
