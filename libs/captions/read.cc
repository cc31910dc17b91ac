#include <algorithm>

#include "libs/captions/formats.h"
#include "libs/captions/limits.h"

namespace cliffhanger::captions {
namespace {

constexpr int kSniffed = 200;  // lines that are looked at to know what it is

int line_at(std::string_view text, std::size_t position) {
  return 1 + static_cast<int>(
                 std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(position), '\n'));
}

// Whether it is a text that can be read at all.
bool check_encoding(std::string_view text, Notes& notes) {
  if (text.size() > limits::kMaxTextBytes) {
    notes.fault(1, "TOO_LARGE", "The file is larger than 1 MiB.");
    return false;
  }
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    notes.fault(1, "UTF16", "The file is UTF-16; save it as UTF-8.");
    return false;
  }
  if (const std::size_t zero = text.find('\0'); zero != std::string_view::npos) {
    const bool wide =
        zero < 4 && std::count(text.begin(), text.end(), '\0') * 3 > static_cast<std::ptrdiff_t>(text.size());
    if (wide) {
      notes.fault(1, "UTF16", "The file is UTF-16; save it as UTF-8.");
    } else {
      notes.fault(line_at(text, zero), "NOT_TEXT", "There is a zero byte: this is no text.");
    }
    return false;
  }
  if (const std::size_t bad = find_bad_utf8(text); bad != std::string_view::npos) {
    notes.fault(line_at(text, bad), "NOT_UTF8", "This line is not UTF-8; save the file as UTF-8.");
    return false;
  }
  return true;
}

std::optional<Format> sniff(const Lines& lines) {
  int looked = 0;
  for (const std::string_view line : lines) {
    if (is_blank(line)) continue;
    if (looked == 0 && line.starts_with("WEBVTT")) return Format::kWebVtt;
    if (starts_with_no_case(line, "[Script Info]") || starts_with_no_case(line, "[V4") ||
        starts_with_no_case(line, "[Events]"))
      return Format::kAss;
    if (line.find("-->") != std::string_view::npos) return Format::kSrt;
    if (++looked >= kSniffed) break;
  }
  return std::nullopt;
}

void check_against_end(std::int64_t duration_ms, std::vector<Cue>& cues, Notes& notes) {
  for (Cue& cue : cues) {
    if (cue.start_ms >= duration_ms) {
      notes.fault(cue.line, "CUE_BEYOND_END", "This cue starts after the end of the episode.");
    } else if (cue.end_ms > duration_ms) {
      notes.warn(cue.line, "CUE_CUT", "This cue went on after the end of the episode; it is cut there.");
      cue.end_ms = duration_ms;
    }
  }
}

// Cues by their start, those that are there twice once, with a word about those on top of one another.
void put_in_order(std::vector<Cue>& cues, Notes& notes) {
  std::stable_sort(cues.begin(), cues.end(),
                   [](const Cue& a, const Cue& b) { return a.start_ms < b.start_ms; });
  const auto same = [](const Cue& a, const Cue& b) {
    return a.start_ms == b.start_ms && a.end_ms == b.end_ms && a.text == b.text;
  };
  cues.erase(std::unique(cues.begin(), cues.end(), same), cues.end());
  const Cue* longest = nullptr;  // the one that lasts longest so far
  for (const Cue& cue : cues) {
    const bool over =
        longest != nullptr && cue.start_ms < longest->end_ms && cue.settings == longest->settings;
    if (over) {
      notes.warn(cue.line, "OVERLAP",
                 "This cue starts before the one of line " + std::to_string(longest->line) +
                     " ends; players may show one of them.");
    }
    if (longest == nullptr || cue.end_ms > longest->end_ms) longest = &cue;
  }
}

std::vector<Cue> read_as(Format format, const Lines& lines, Notes& notes) {
  switch (format) {
    case Format::kSrt:
      return read_srt(lines, notes);
    case Format::kWebVtt:
      return read_webvtt(lines, notes);
    case Format::kAss:
      return read_ass(lines, notes);
  }
  return {};
}

void read_lines(const Lines& lines, const ReadOptions& options, Reading& out, Notes& notes) {
  const auto found = sniff(lines);
  if (!found) {
    notes.fault(1, "NOT_CAPTIONS", "This is no SRT, WebVTT or ASS file: there are no cues with times in it.");
    return;
  }
  out.format = *found;
  if (options.format && *options.format != *found) {
    notes.fault(1, "FORMAT_MISMATCH",
                "The file is said to be " + std::string(to_text(*options.format)) + " but looks like " +
                    std::string(to_text(*found)) + ".");
    return;
  }
  out.cues = read_as(*found, lines, notes);
  if (out.cues.empty() && notes.faults.empty()) notes.fault(1, "NO_CUES", "There are no cues in the file.");
  if (options.duration_ms > 0) check_against_end(options.duration_ms, out.cues, notes);
  put_in_order(out.cues, notes);
}

}  // namespace

std::string_view to_text(Format format) {
  return format == Format::kSrt ? "SRT" : format == Format::kWebVtt ? "WebVTT" : "ASS";
}

int number_of(std::size_t index) {
  return static_cast<int>(index) + 1;
}

void skip_block(const Lines& lines, std::size_t& at) {
  while (at < lines.size() && !is_blank(lines[at])) ++at;
}

std::string take_payload(const Lines& lines, std::size_t& at, Notes& notes) {
  std::string out;
  for (; at < lines.size() && !is_blank(lines[at]); ++at) {
    if (lines[at].find("-->") != std::string_view::npos) {
      notes.fault(number_of(at), "BLANK_LINE_MISSING", "A blank line must stand between two cues.");
      skip_block(lines, at);
      break;
    }
    out += (out.empty() ? "" : "\n") + std::string(lines[at]);
  }
  return out;
}

bool check_times(const std::optional<std::int64_t>& start, const std::optional<std::int64_t>& end,
                 std::string_view example, int number, Notes& notes) {
  if (!start || !end) {
    notes.fault(number, "BAD_TIMESTAMP",
                std::string(!start ? "The start" : "The end") + " is no time; it is written like " +
                    std::string(example) + ".");
    return false;
  }
  if (*end > *start) return true;
  notes.fault(number, "END_BEFORE_START",
              *end == *start ? "The cue ends when it starts." : "The cue ends before it starts.");
  return false;
}

bool add_cue(Cue cue, const CueText::Done& text, Notes& notes, std::vector<Cue>& out) {
  if (text.chars == 0) {
    notes.fault(cue.line, "EMPTY_CUE", "This cue has no text.");
  } else if (text.lines > limits::kMaxCueLines || text.chars > limits::kMaxCueChars) {
    notes.fault(cue.line, "CUE_TOO_LONG", "This cue has more than 10 lines or 500 characters.");
  } else if (out.size() >= limits::kMaxCues) {
    notes.fault(cue.line, "TOO_MANY_CUES", "The file has more than 20,000 cues.");
    return false;
  } else {
    cue.text = text.text;
    out.push_back(std::move(cue));
  }
  return true;
}

Reading read(std::string_view text, const ReadOptions& options) {
  Reading out;
  Notes notes;
  if (check_encoding(text, notes)) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    read_lines(lines_of(text), options, out, notes);
  }
  const auto by_line = [](const Note& a, const Note& b) { return a.line < b.line; };
  std::stable_sort(notes.faults.begin(), notes.faults.end(), by_line);
  std::stable_sort(notes.warnings.begin(), notes.warnings.end(), by_line);
  out.faults = std::move(notes.faults);
  out.warnings = std::move(notes.warnings);
  if (!out.faults.empty()) out.cues.clear();
  return out;
}

}  // namespace cliffhanger::captions
