#include "services/recommendation/domain/shown.h"

#include <algorithm>

#include "services/recommendation/limits.h"

namespace cliffhanger::recommendation {
namespace {

constexpr std::size_t kHead = 6, kMark = 3;

void put(std::string& out, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = bytes; i-- > 0;) out += static_cast<char>(value >> (8 * i));
}

std::uint32_t get(std::string_view from, std::size_t at, std::size_t bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < bytes; ++i) value = value << 8 | static_cast<std::uint8_t>(from[at + i]);
  return value;
}

}  // namespace

ShownList ShownList::parse(std::string_view kept) {
  ShownList out;
  if (kept.size() < kHead || (kept.size() - kHead) % kMark != 0 || (kept.size() - kHead) / kMark > kMostShown)
    return out;
  out.chain_ = get(kept, 0, 4);
  for (std::size_t at = kHead; at < kept.size(); at += kMark) out.marks_.push_back(get(kept, at, kMark));
  out.of_chain_ = std::min<std::size_t>(get(kept, 4, 2), out.marks_.size());
  return out;
}

std::string ShownList::text() const {
  std::string out;
  put(out, chain_, 4);
  put(out, of_chain_, 2);
  for (const auto mark : marks_) put(out, mark, kMark);
  return out;
}

std::size_t ShownList::others(std::uint64_t seed) const {
  return marks_.size() - (mark_of_chain(seed) == chain_ ? of_chain_ : 0);
}

ShownList::Before ShownList::before(std::uint64_t seed) const {
  Before out;
  out.marks_.assign(marks_.begin(), marks_.begin() + static_cast<std::ptrdiff_t>(others(seed)));
  std::sort(out.marks_.begin(), out.marks_.end());
  return out;
}

bool ShownList::Before::operator()(SeriesId id) const {
  return std::binary_search(marks_.begin(), marks_.end(), mark(id));
}

void ShownList::add(const std::vector<SeriesId>& shown, std::uint64_t seed) {
  if (mark_of_chain(seed) != chain_) of_chain_ = 0;
  chain_ = mark_of_chain(seed);
  for (const auto& id : shown) {
    const auto first = marks_.end() - static_cast<std::ptrdiff_t>(of_chain_);
    if (std::find(first, marks_.end(), mark(id)) != marks_.end()) continue;  // the page was asked for again
    marks_.push_back(mark(id));
    ++of_chain_;
  }
  if (marks_.size() > kMostShown) marks_.erase(marks_.begin(), marks_.end() - kMostShown);
  of_chain_ = std::min(of_chain_, marks_.size());
}

void ShownList::take_over(const ShownList& guest) {
  std::vector<std::uint32_t> older;
  for (const auto mark : guest.marks_)
    if (std::find(marks_.begin(), marks_.end(), mark) == marks_.end()) older.push_back(mark);
  const auto room = kMostShown - std::min(kMostShown, marks_.size());
  const auto from = older.end() - static_cast<std::ptrdiff_t>(std::min(room, older.size()));
  marks_.insert(marks_.begin(), from, older.end());
}

void ShownMemory::merge(const Tenant& tenant, UserId guest, UserId account) {
  const auto theirs = recall(tenant, guest);
  if (theirs.size() == 0) return;
  auto shown = recall(tenant, account);
  shown.take_over(theirs);
  remember(tenant, account, shown);
}

// The last three bytes of a UUIDv7 are random.
std::uint32_t ShownList::mark(SeriesId id) {
  const Uuid raw = id.uuid();
  const auto& bytes = raw.bytes();
  return static_cast<std::uint32_t>(bytes[13]) << 16 | static_cast<std::uint32_t>(bytes[14]) << 8 | bytes[15];
}

}  // namespace cliffhanger::recommendation
