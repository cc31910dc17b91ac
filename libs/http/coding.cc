#include "libs/http/coding.h"

#include <algorithm>

namespace cliffhanger::http {
namespace {

constexpr int kUnnamed = -1;

// What follows a coding's name: "" or ";q=0.5" with its optional spaces.
std::optional<int> weight_of(std::string_view params) {
  params = trim(params);
  if (params.empty()) return 1000;
  return parse_weight(trim(params.substr(1)));
}

// What a client says of each coding; kUnnamed where it doesn't.
struct Wishes {
  int identity = kUnnamed, gzip = kUnnamed, brotli = kUnnamed, rest = kUnnamed;

  int& of(Coding coding) {
    return coding == Coding::kGzip ? gzip : coding == Coding::kBrotli ? brotli : identity;
  }
  void read(std::string_view member) {
    const auto semicolon = std::min(member.find(';'), member.size());
    const auto name = trim(member.substr(0, semicolon));
    const auto weight = weight_of(member.substr(semicolon));
    if (!weight) return;
    if (equal_no_case(name, "gzip") || equal_no_case(name, "x-gzip")) gzip = *weight;
    if (equal_no_case(name, "br")) brotli = *weight;
    if (equal_no_case(name, "identity")) identity = *weight;
    if (name == "*") rest = *weight;
  }
};

}  // namespace

std::optional<int> parse_weight(std::string_view parameter) {
  if (!parameter.starts_with("q=") && !parameter.starts_with("Q=")) return std::nullopt;
  const auto text = parameter.substr(2);
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  int weight = text[0] == '1' ? 1000 : 0;
  if (text.size() > 1 && text[1] != '.') return std::nullopt;
  int unit = 100;
  for (const char digit : text.substr(std::min<std::size_t>(2, text.size()))) {
    if (digit < '0' || digit > '9') return std::nullopt;
    weight += (digit - '0') * unit;
    unit /= 10;
  }
  if (weight > 1000) return std::nullopt;
  return weight;
}

std::string_view name_of(Coding coding) {
  return coding == Coding::kGzip ? "gzip" : coding == Coding::kBrotli ? "br" : "";
}

std::optional<Coding> choose_coding(const Headers& request, std::span<const Coding> coded) {
  Wishes wishes;
  bool said = false;
  for (const auto& [name, value] : request) {
    if (!equal_no_case(name, "Accept-Encoding")) continue;
    said = true;
    for (std::string_view list = value; !list.empty();) {
      const auto comma = std::min(list.find(','), list.size());
      wishes.read(trim(list.substr(0, comma)));
      list.remove_prefix(std::min(comma + 1, list.size()));
    }
  }
  if (!said) return Coding::kIdentity;
  std::optional<Coding> best;
  int best_weight = 0;
  const auto offer = [&](Coding coding, int weight) {
    if (weight > best_weight) best = coding, best_weight = weight;
  };
  for (const auto coding : coded)
    offer(coding, wishes.of(coding) == kUnnamed ? wishes.rest : wishes.of(coding));
  // Acceptable unless it is refused, but what is named comes first.
  const int identity = wishes.identity == kUnnamed ? wishes.rest : wishes.identity;
  offer(Coding::kIdentity, identity == kUnnamed ? 1 : identity);
  return best;
}

}  // namespace cliffhanger::http
