#include "libs/captions/lines.h"

#include <algorithm>

#include "libs/captions/limits.h"

namespace cliffhanger::captions {
namespace {

using Byte = unsigned char;

// Bytes of the sequence that `first` starts, 0 for none.
std::size_t sequence_length(Byte first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return 2;
  if (first >= 0xE0 && first <= 0xEF) return 3;
  return first >= 0xF0 && first <= 0xF4 ? 4 : 0;
}

bool is_sequence(std::string_view bytes) {
  const auto first = static_cast<Byte>(bytes[0]);
  for (std::size_t i = 1; i < bytes.size(); ++i) {
    if ((static_cast<Byte>(bytes[i]) & 0xC0) != 0x80) return false;
  }
  if (bytes.size() < 3) return true;
  // Overlong forms, surrogates, and what is above U+10FFFF.
  const auto second = static_cast<Byte>(bytes[1]);
  if (first == 0xE0) return second >= 0xA0;
  if (first == 0xED) return second < 0xA0;
  if (first == 0xF0) return second >= 0x90;
  return first != 0xF4 || second < 0x90;
}

}  // namespace

void Notes::fault(int line, std::string reason, std::string message) {
  if (faults.size() < limits::kMaxNotes) faults.push_back({line, std::move(reason), std::move(message)});
}

void Notes::warn(int line, std::string reason, std::string message) {
  if (warnings.size() < limits::kMaxNotes) warnings.push_back({line, std::move(reason), std::move(message)});
}

bool Notes::full() const {
  return faults.size() >= limits::kMaxNotes;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> out;
  std::size_t start = 0;
  while (start < text.size()) {
    const std::size_t end = std::min(text.find_first_of("\r\n", start), text.size());
    out.push_back(text.substr(start, end - start));
    const bool pair = end + 1 < text.size() && text[end] == '\r' && text[end + 1] == '\n';
    start = end + (pair ? 2 : 1);
  }
  return out;
}

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool is_blank(std::string_view line) {
  return trim(line).empty();
}

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool starts_with_no_case(std::string_view text, std::string_view prefix) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return text.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), text.begin(),
                                                    [&](char a, char b) { return lower(a) == lower(b); });
}

std::size_t find_bad_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = sequence_length(static_cast<Byte>(text[i]));
    if (length == 0 || i + length > text.size() || !is_sequence(text.substr(i, length))) return i;
    i += length;
  }
  return std::string_view::npos;
}

std::size_t code_points(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (static_cast<Byte>(c) & 0xC0) != 0x80; }));
}

}  // namespace cliffhanger::captions
