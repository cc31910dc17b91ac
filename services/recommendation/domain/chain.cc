#include "services/recommendation/domain/chain.h"

#include "services/recommendation/limits.h"

namespace cliffhanger::recommendation {
namespace {

constexpr std::size_t kHead = 16, kMark = 4;

void put(std::string& out, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = bytes; i-- > 0;) out += static_cast<char>(value >> (8 * i));
}

std::uint64_t get(std::string_view from, std::size_t at, std::size_t bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes; ++i) value = value << 8 | static_cast<std::uint8_t>(from[at + i]);
  return value;
}

}  // namespace

Chain Chain::start(Time now, Random& random) {
  Chain chain;
  chain.now_ = now;
  chain.seed_ = random.number();
  return chain;
}

Result<Chain> Chain::parse(std::string_view position) {
  const bool whole = position.size() >= kHead && (position.size() - kHead) % kMark == 0;
  if (!whole || (position.size() - kHead) / kMark > kMostServed) {
    return fail(invalid("BAD_PAGE_TOKEN", "The page token is damaged."));
  }
  Chain chain;
  chain.now_ = from_micros(static_cast<std::int64_t>(get(position, 0, 8)));
  chain.seed_ = get(position, 8, 8);
  for (std::size_t at = kHead; at < position.size(); at += kMark) {
    chain.order_.push_back(static_cast<std::uint32_t>(get(position, at, kMark)));
    chain.known_.insert(chain.order_.back());
  }
  return chain;
}

std::string Chain::position() const {
  std::string out;
  put(out, static_cast<std::uint64_t>(to_micros(now_)), 8);
  put(out, seed_, 8);
  for (const auto mark : order_) put(out, mark, kMark);
  return out;
}

bool Chain::full() const {
  return order_.size() >= kMostServed;
}

void Chain::serve(SeriesId id) {
  if (known_.insert(mark(id)).second) order_.push_back(mark(id));
}

// The last four bytes of a UUIDv7 are random.
std::uint32_t Chain::mark(SeriesId id) {
  const Uuid raw = id.uuid();
  const auto& bytes = raw.bytes();
  return static_cast<std::uint32_t>(bytes[12]) << 24 | static_cast<std::uint32_t>(bytes[13]) << 16 |
         static_cast<std::uint32_t>(bytes[14]) << 8 | bytes[15];
}

}  // namespace cliffhanger::recommendation
