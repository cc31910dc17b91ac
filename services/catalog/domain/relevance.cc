#include "services/catalog/domain/relevance.h"

#include <algorithm>
#include <numeric>
#include <string>

namespace cliffhanger::catalog {
namespace {

// Words with one space between them, ASCII letters small.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool space = c == ' ' || (c >= '\t' && c <= '\r');
    if (space && (out.empty() || out.back() == ' ')) continue;
    out += space ? ' ' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

}  // namespace

std::vector<std::size_t> order_by_worth(std::span<const Match> page) {
  std::vector<std::size_t> out(page.size());
  std::iota(out.begin(), out.end(), std::size_t{0});
  for (std::size_t first = 0, end = 0; first < page.size(); first = end) {
    end = first + 1;
    while (!page[first].exact && end < page.size() && !page[end].exact &&
           page[end].relevance >= kCloseMatch * page[first].relevance)
      ++end;
    std::stable_sort(out.begin() + static_cast<std::ptrdiff_t>(first),
                     out.begin() + static_cast<std::ptrdiff_t>(end),
                     [&](std::size_t a, std::size_t b) { return page[a].worth > page[b].worth; });
  }
  return out;
}

bool is_title(std::string_view query, std::string_view title) {
  return plain(query) == plain(title);
}

}  // namespace cliffhanger::catalog
