#include <algorithm>
#include <iterator>
#include <utility>

#include "libs/captions/captions.h"
#include "libs/captions/times.h"

namespace cliffhanger::captions {
namespace {

void add(const Cue& cue, std::string& out) {
  out += "\n" + webvtt_time(cue.start_ms) + " --> " + webvtt_time(cue.end_ms);
  if (!cue.settings.empty()) out += " " + cue.settings;
  out += "\n" + cue.text + "\n";
}

}  // namespace

std::string write(const std::vector<Cue>& cues) {
  std::string out = "WEBVTT\n";
  for (const Cue& cue : cues) add(cue, out);
  return out;
}

std::string write_segment(const std::vector<Cue>& cues, std::int64_t start_ms, std::int64_t end_ms,
                          std::string_view map) {
  std::string out = "WEBVTT\n" + std::string(map) + "\n";
  for (const Cue& cue : cues) {
    if (cue.start_ms < end_ms && cue.end_ms > start_ms) add(cue, out);
  }
  return out;
}

std::vector<Cue> within(std::vector<Cue> cues, std::int64_t duration_ms) {
  std::erase_if(cues, [&](const Cue& cue) { return cue.start_ms >= duration_ms; });
  for (Cue& cue : cues) cue.end_ms = std::min(cue.end_ms, duration_ms);
  return cues;
}

std::string plain_text(std::string_view text) {
  static constexpr std::pair<std::string_view, std::string_view> kEntities[] = {
      {"&amp;", "&"},       {"&lt;", "<"},       {"&gt;", ">"},
      {"&nbsp;", "\u00a0"}, {"&lrm;", "\u200e"}, {"&rlm;", "\u200f"}};
  std::string out;
  while (!text.empty()) {
    const auto entity = std::find_if(std::begin(kEntities), std::end(kEntities),
                                     [&](const auto& one) { return text.starts_with(one.first); });
    std::size_t taken = 1;
    if (text.front() == '<') {
      taken = std::min(text.find('>'), text.size() - 1) + 1;
    } else if (entity != std::end(kEntities)) {
      out += entity->second;
      taken = entity->first.size();
    } else {
      out += text.front();
    }
    text.remove_prefix(taken);
  }
  return out;
}

std::string canonical_language(std::string_view tag) {
  std::string out;
  std::size_t start = 0;
  while (start < tag.size()) {
    const std::size_t end = std::min(tag.find('-', start), tag.size());
    const bool first = start == 0, region = !first && end - start == 2, script = !first && end - start == 4;
    if (!first) out += '-';
    for (std::size_t i = start; i < end; ++i) {
      const char c = tag[i];
      const bool upper = region || (script && i == start);
      const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      out += !letter ? c : static_cast<char>(upper ? c & ~0x20 : c | 0x20);
    }
    start = end + 1;
  }
  return out;
}

}  // namespace cliffhanger::captions
