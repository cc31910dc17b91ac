#include "libs/experiment/bucket.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

namespace cliffhanger::experiment {
namespace {

void mix(std::uint32_t& hash, std::uint32_t unit) {
  hash = (hash ^ unit) * 16777619u;
}

// parseInt: digits after white space and a sign; what follows is left out.
std::optional<int> leading_number(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size() && text[at] == ' ') ++at;
  if (at < text.size() && text[at] == '+') ++at;
  int out = 0;
  const std::size_t first = at;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9' && out < 1'000'000; ++at)
    out = out * 10 + (text[at] - '0');
  return at > first ? std::optional(out) : std::nullopt;
}

}  // namespace

std::uint32_t fnv32a(std::string_view utf8) {
  std::uint32_t hash = 0x811c9dc5u;
  for (std::size_t at = 0; at < utf8.size();) {
    const auto lead = static_cast<unsigned char>(utf8[at]);
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (lead < 0x80 || at + length > utf8.size()) {
      mix(hash, lead);
      ++at;
      continue;
    }
    std::uint32_t point = lead & (0xFFu >> (length + 1));
    for (std::size_t i = 1; i < length; ++i)
      point = point << 6 | (static_cast<unsigned char>(utf8[at + i]) & 0x3Fu);
    if (point >= 0x10000) {
      mix(hash, 0xD800 + ((point - 0x10000) >> 10 & 0x3FF));
      mix(hash, 0xDC00 + ((point - 0x10000) & 0x3FF));
    } else {
      mix(hash, point);
    }
    at += length;
  }
  return hash;
}

std::optional<double> hash(std::string_view seed, std::string_view value, int version) {
  if (version == 2) {
    const auto inner = fnv32a(std::string(seed) + std::string(value));
    return fnv32a(std::to_string(inner)) % 10000 / 10000.0;
  }
  if (version == 1) return fnv32a(std::string(value) + std::string(seed)) % 1000 / 1000.0;
  return std::nullopt;
}

std::vector<double> equal_weights(int n) {
  return n <= 0 ? std::vector<double>() : std::vector<double>(static_cast<std::size_t>(n), 1.0 / n);
}

std::vector<Range> bucket_ranges(int variations, double coverage, std::span<const double> weights) {
  coverage = std::isnan(coverage) ? 0 : std::clamp(coverage, 0.0, 1.0);
  const std::vector<double> equal = equal_weights(variations);
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  if (weights.size() != equal.size() || !(total >= 0.99 && total <= 1.01)) weights = equal;
  std::vector<Range> out;
  double start = 0;
  for (const double weight : weights) {
    out.push_back({start, start + coverage * weight});
    start += weight;
  }
  return out;
}

int choose_variation(double n, std::span<const Range> ranges) {
  const auto found = std::find_if(ranges.begin(), ranges.end(), [n](const Range& r) { return r.has(n); });
  return found == ranges.end() ? -1 : static_cast<int>(found - ranges.begin());
}

bool in_namespace(std::string_view value, const Namespace& space) {
  return space.range.has(*hash("__" + std::string(space.name), value, 1));
}

std::optional<int> query_override(std::string_view key, std::string_view url, int variations) {
  const auto question = url.find('?');
  if (question == url.npos) return std::nullopt;
  std::string_view query = url.substr(question + 1);
  query = query.substr(0, query.find_first_of("?#"));
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const auto equals = pair.find('=');
    if (pair.substr(0, equals) != key) continue;
    const auto wanted = equals == pair.npos ? std::nullopt : leading_number(pair.substr(equals + 1));
    return wanted && *wanted < variations ? wanted : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace cliffhanger::experiment
