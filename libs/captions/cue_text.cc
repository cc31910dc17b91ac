#include "libs/captions/cue_text.h"

#include <algorithm>
#include <array>

#include "libs/captions/limits.h"
#include "libs/captions/lines.h"

namespace cliffhanger::captions {
namespace {

constexpr std::array<std::string_view, 6> kEntities = {"&amp;", "&lt;", "&gt;", "&nbsp;", "&lrm;", "&rlm;"};

std::string_view entity_at(std::string_view text) {
  for (const std::string_view entity : kEntities) {
    if (text.starts_with(entity)) return entity;
  }
  return {};
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// "<i>", "</font>", "<00:01.000>"; not "<3" nor "a < b".
std::string_view tag_at(std::string_view text) {
  const std::size_t end = text.find_first_of(">\n<", 1);
  if (end == std::string_view::npos || text[end] != '>') return {};
  const std::string_view inside = text.substr(1, end - 1);
  const bool name = !inside.empty() && (is_letter(inside[0]) ||
                                        (inside[0] == '/' && (inside.size() == 1 || is_letter(inside[1]))));
  const bool time = !inside.empty() && inside.find_first_not_of("0123456789:.") == std::string_view::npos &&
                    inside.find(':') != std::string_view::npos;
  return name || time ? text.substr(0, end + 1) : std::string_view();
}

// What is inside the angle brackets.
void take_tag(std::string_view inside, CueText& out) {
  const bool closes = inside.starts_with('/');
  if (closes) inside.remove_prefix(1);
  const std::size_t end = std::min(inside.find_first_of(" \t.="), inside.size());
  std::string name(inside.substr(0, end));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (name != "i" && name != "b" && name != "u" && name != "v") return;
  if (closes) return out.close(name);
  if (name != "v") return out.open(name);
  const std::size_t space = inside.find_first_of(" \t");
  const std::string_view voice =
      space == std::string_view::npos ? std::string_view() : trim(inside.substr(space));
  if (!voice.empty() && voice.find('&') == std::string_view::npos) out.open("v", voice);
}

}  // namespace

void CueText::append(std::string_view plain) {
  out_ += plain;
  seen_ += plain;
}

void CueText::text(std::string_view plain) {
  for (std::size_t i = 0; i < plain.size(); ++i) {
    const char c = plain[i];
    if (c == '&') {
      const std::string_view entity = entity_at(plain.substr(i));
      out_ += entity.empty() ? "&amp;" : entity;
      if (entity != "&nbsp;" && entity != "&lrm;" && entity != "&rlm;") seen_ += '&';
      if (!entity.empty()) i += entity.size() - 1;
    } else if (c == '<' || c == '>') {
      out_ += c == '<' ? "&lt;" : "&gt;";
      seen_ += c;
    } else if (c == '\n' || c == '\t' || static_cast<unsigned char>(c) >= 0x20) {
      append(c == '\t' ? " " : std::string_view(&plain[i], 1));
    }
  }
}

void CueText::write_open(const Open& tag) {
  out_ += "<" + tag.name + (tag.annotation.empty() ? "" : " " + tag.annotation) + ">";
}

void CueText::open(std::string_view tag, std::string_view annotation) {
  const auto same = [&](const Open& one) { return one.name == tag; };
  if (std::any_of(open_.begin(), open_.end(), same) || ++tags_ > limits::kMaxCueTags) return;
  open_.push_back({std::string(tag), std::string(annotation)});
  write_open(open_.back());
}

void CueText::close(std::string_view tag) {
  const auto it = std::find_if(open_.begin(), open_.end(), [&](const Open& one) { return one.name == tag; });
  if (it == open_.end()) return;
  // Those inside it are closed with it and opened again.
  for (auto last = open_.end(); last != it;) out_ += "</" + (--last)->name + ">";
  for (auto again = open_.erase(it); again != open_.end();) {
    if (++tags_ > limits::kMaxCueTags) {
      again = open_.erase(again);
    } else {
      write_open(*again++);
    }
  }
}

CueText::Done CueText::finish() {
  while (!open_.empty()) {
    out_ += "</" + open_.back().name + ">";
    open_.pop_back();
  }
  Done done;
  const auto seen_lines = lines_of(seen_);
  for (const std::string_view line : seen_lines) done.chars += code_points(trim(line));
  // A blank line would end the cue.
  for (const std::string_view line : lines_of(out_)) {
    if (is_blank(line)) continue;
    done.text += (done.text.empty() ? "" : "\n") + std::string(trim(line));
    ++done.lines;
  }
  return done;
}

// No override of SSA that means anything here is longer; what never ends must not be searched for each time.
constexpr std::size_t kMaxOverride = 256;

CueText::Done from_markup(std::string_view lines, bool braces, bool& top) {
  CueText out;
  std::size_t plain = 0;
  const auto flush = [&](std::size_t end) { out.text(lines.substr(plain, end - plain)); };
  for (std::size_t i = 0; i < lines.size();) {
    const std::string_view rest = lines.substr(i);
    std::string_view skipped;
    if (rest[0] == '<') skipped = tag_at(rest);
    if (braces && rest.starts_with("{\\")) {
      const std::size_t end = rest.substr(0, kMaxOverride).find_first_of("}\n");
      if (end != std::string_view::npos && rest[end] == '}') skipped = rest.substr(0, end + 1);
    }
    if (skipped.empty()) {
      ++i;
      continue;
    }
    flush(i);
    if (skipped[0] == '<') {
      take_tag(skipped.substr(1, skipped.size() - 2), out);
    } else {
      for (const char* place : {"\\an7", "\\an8", "\\an9"})
        top = top || skipped.find(place) != std::string_view::npos;
    }
    plain = i += skipped.size();
  }
  flush(lines.size());
  return out.finish();
}

}  // namespace cliffhanger::captions
