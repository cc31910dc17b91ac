#include "services/ingest/import/answer.h"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>

namespace cliffhanger::ingest {
namespace {

constexpr std::int64_t kMostRetryAfter = 86'400;  // seconds

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  return out;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto begin = text.find_first_not_of(kSpace);
  return begin == text.npos ? "" : text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

// Digits and nothing else.
std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t out = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
  if (text.empty() || text[0] == '-' || read.ec != std::errc() || read.ptr != text.data() + text.size())
    return std::nullopt;
  return out;
}

bool is_plain(std::string_view text) {
  return text.size() <= kMostValidatorBytes &&
         std::ranges::all_of(text, [](char c) { return c >= 0x20 && c <= 0x7e; });
}

// One entity-tag without W/ (RFC 9110 8.8.3); of two of them there is no telling which counts.
bool is_strong_tag(std::string_view text) {
  return is_plain(text) && text.size() >= 2 && text.front() == '"' && text.find('"', 1) == text.size() - 1;
}

Error refused(const std::string& message) {
  return precondition("IMPORT_REFUSED", message);
}

Error changed() {
  return aborted("IMPORT_CHANGED", "The file at the URL is not the one that was begun with.");
}

// Seconds, or a date that is `date`'s later (RFC 9110 10.2.3).
std::optional<std::int64_t> retry_after(const std::string& text, const std::string& date) {
  if (const auto seconds = number_of(text)) return std::min(*seconds, kMostRetryAfter);
  const auto at = curl_getdate(text.c_str(), nullptr), from = curl_getdate(date.c_str(), nullptr);
  if (at < 0 || from < 0) return std::nullopt;
  return std::clamp<std::int64_t>(at - from, 0, kMostRetryAfter);
}

}  // namespace

Result<void> Answer::add(std::string_view line) {
  bytes_ += static_cast<std::int64_t>(line.size());
  if (bytes_ > kMostHeadBytes) return fail(refused("The server's answer has too large a head."));
  if (complete_) return {};
  if (line.starts_with("HTTP/")) {
    fields_.clear();
    const auto space = line.find(' ');
    status_ = space == line.npos ? 0 : static_cast<int>(number_of(line.substr(space + 1, 3)).value_or(0));
    return {};
  }
  if (trimmed(line).empty()) {
    complete_ = status_ >= 200;
    return {};
  }
  const auto colon = line.find(':');
  if (colon == line.npos) return {};
  std::string& value = fields_[lower(line.substr(0, colon))];
  if (!value.empty()) value += ", ";
  value += trimmed(line.substr(colon + 1));
  return {};
}

std::string Answer::value(const std::string& name) const {
  const auto found = fields_.find(name);
  return found == fields_.end() ? "" : found->second;
}

std::string Answer::location() const {
  constexpr std::array kRedirects = {301, 302, 303, 307, 308};
  return std::ranges::find(kRedirects, status_) == kRedirects.end() ? "" : value("location");
}

// A date is a validator only if the file can't have changed twice in its second. What can't be kept as text
// or sent back as it came is none.
std::string Answer::validator() const {
  const std::string tag = value("etag");
  if (is_strong_tag(tag)) return tag;
  if (!tag.empty()) return "";
  const std::string modified = value("last-modified");
  const auto at = curl_getdate(modified.c_str(), nullptr), now = curl_getdate(value("date").c_str(), nullptr);
  return at >= 0 && now > at && is_plain(modified) ? modified : "";
}

Result<FetchHead> Answer::judge(std::int64_t from) const {
  if (status_ != 200 && status_ != 206) {
    return status_ == 416 && from > 0 ? judge_end(from) : Result<FetchHead>(fail(failure()));
  }
  const std::string encoding = lower(value("content-encoding")), transfer = lower(value("transfer-encoding"));
  if ((!encoding.empty() && encoding != "identity") || (!transfer.empty() && transfer != "chunked"))
    return fail(
        precondition("IMPORT_ENCODED", "The server sends the file compressed, which was not asked for."));
  FetchHead head;
  head.validator = validator();
  const std::string type = value("content-type");
  head.content_type = lower(trimmed(type.substr(0, type.find(';'))));
  if (status_ == 206) return judge_part(std::move(head), from);
  if (transfer.empty()) head.total = number_of(value("content-length"));
  head.ends = head.total || !transfer.empty();
  return head;
}

// Content-Range: bytes */200, when nothing is behind the byte where it was to go on: that was the end, or the
// file is another one.
Result<FetchHead> Answer::judge_end(std::int64_t from) const {
  if (value("content-range") != "bytes */" + std::to_string(from)) return fail(changed());
  FetchHead head;
  head.partial = true;
  head.total = from;
  head.ends = true;
  head.validator = validator();
  return head;
}

// Content-Range: bytes 100-199/200
Result<FetchHead> Answer::judge_part(FetchHead head, std::int64_t from) const {
  if (from == 0) return fail(refused("The server sends a part of the file only."));
  const std::string range = value("content-range");
  const auto dash = range.find('-'), slash = range.find('/');
  if (!lower(range).starts_with("bytes ") || dash == range.npos || slash == range.npos || slash < dash)
    return fail(changed());
  const std::string_view text = range;
  if (number_of(trimmed(text.substr(6, dash - 6))) != from) return fail(changed());
  head.partial = true;
  head.total = number_of(trimmed(text.substr(slash + 1)));
  head.ends = head.total.has_value();
  return head;
}

Error Answer::failure() const {
  const std::string said = "The server answers " + std::to_string(status_);
  switch (status_) {
    case 404:
    case 410:
      return not_found("IMPORT_NOT_FOUND", "There is no file at the URL.");
    case 401:
    case 403:
    case 407:
    case 451:
      return denied("IMPORT_FORBIDDEN",
                    "The server doesn't give the file to everybody; is the link still valid?");
    case 408:
    case 425:
    case 429:
      break;
    default:
      if (status_ < 500) return refused(said + ", and no file.");
  }
  auto out = unavailable("IMPORT_ORIGIN_BUSY", said + "; it is asked again.");
  const auto seconds = retry_after(value("retry-after"), value("date"));
  return seconds ? std::move(out).with("retry_after_ms", std::to_string(*seconds * 1000)) : out;
}

}  // namespace cliffhanger::ingest
