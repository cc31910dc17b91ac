#include "services/recommendation/domain/decision.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace cliffhanger::recommendation {
namespace {

// The second has what the house's rules did to each item; pages without any are written in the first.
constexpr std::uint8_t kFormat = 1, kRuledFormat = 2;
enum Flag : std::uint8_t {
  kOrdinary = 1,
  kExplore = 2,
  kShown = 4,
  kGoingOn = 8,
  kExplored = 1,
  kOnPage = 2
};

// Whole numbers, greatest byte first; floating point by its bits.
class Writer {
 public:
  template <class T>
  void put(T value) {
    if constexpr (std::is_same_v<T, double>) {
      put(std::bit_cast<std::uint64_t>(value));
    } else if constexpr (std::is_same_v<T, float>) {
      put(std::bit_cast<std::uint32_t>(value));
    } else {
      for (std::size_t i = sizeof(T); i-- > 0;)
        out += static_cast<char>(static_cast<std::make_unsigned_t<T>>(value) >> (8 * i) & 0xff);
    }
  }
  void put(SeriesId id) {
    const Uuid raw = id.uuid();
    out.append(reinterpret_cast<const char*>(raw.bytes().data()), raw.bytes().size());
  }
  std::string out;
};

// The other way round; once something is missing nothing is right any more.
class Reader {
 public:
  explicit Reader(std::string_view from) : from_(from) {}
  template <class T>
  T get() {
    if constexpr (std::is_same_v<T, double>) {
      return std::bit_cast<double>(get<std::uint64_t>());
    } else if constexpr (std::is_same_v<T, float>) {
      return std::bit_cast<float>(get<std::uint32_t>());
    } else {
      std::make_unsigned_t<T> value = 0;
      for (const char byte : take(sizeof(T)))
        value = static_cast<std::make_unsigned_t<T>>(value << 8 % (8 * sizeof(T)) |
                                                     static_cast<std::uint8_t>(byte));
      return static_cast<T>(value);
    }
  }
  SeriesId id() {
    static constexpr char kHex[] = "0123456789abcdef";
    std::string text;
    for (const char byte : take(16)) {
      if (text.size() == 8 || text.size() == 13 || text.size() == 18 || text.size() == 23) text += '-';
      text += kHex[static_cast<std::uint8_t>(byte) >> 4];
      text += kHex[byte & 15];
    }
    return SeriesId::parse(text).value_or(SeriesId());
  }
  bool good() const { return good_; }
  bool done() const { return good_ && from_.empty(); }

 private:
  std::string_view take(std::size_t bytes) {
    if (from_.size() < bytes) {
      good_ = false;
      from_ = {};
      return {};
    }
    const auto taken = from_.substr(0, bytes);
    from_.remove_prefix(bytes);
    return taken;
  }
  std::string_view from_;
  bool good_ = true;
};

bool is_ruled(const PoolItem& item) {
  return item.pin != 0 || item.boost != 1;
}

void put(Writer& to, const PoolItem& item, bool ruled) {
  to.put(item.id);
  to.put(item.value);
  to.put(item.tags);
  to.put(item.creator);
  to.put(static_cast<std::uint8_t>((item.ordinary ? kOrdinary : 0) | (item.explore ? kExplore : 0) |
                                   (item.shown ? kShown : 0) | (item.going_on ? kGoingOn : 0)));
  to.put(static_cast<std::uint8_t>(item.reason));
  if (!ruled) return;
  to.put(item.pin);
  to.put(item.boost);
}

PoolItem item_of(Reader& from, bool ruled) {
  PoolItem item;
  item.id = from.id();
  item.value = from.get<float>();
  item.tags = from.get<std::uint64_t>();
  item.creator = from.get<std::uint8_t>();
  const auto flags = from.get<std::uint8_t>();
  item.ordinary = flags & kOrdinary;
  item.explore = flags & kExplore;
  item.shown = flags & kShown;
  item.going_on = flags & kGoingOn;
  item.reason = static_cast<Reason>(from.get<std::uint8_t>());
  if (!ruled) return item;
  item.pin = from.get<std::uint8_t>();
  item.boost = from.get<float>();
  return item;
}

void put(Writer& to, const Slotting& slotting) {
  for (const int n :
       {slotting.explore_every, slotting.arms, slotting.window, slotting.per_creator, slotting.going_on})
    to.put(static_cast<std::int32_t>(n));
  for (const double x : {slotting.steepness, slotting.least, slotting.sameness}) to.put(x);
}

Slotting slotting_of(Reader& from) {
  Slotting out;
  for (int* n : {&out.explore_every, &out.arms, &out.window, &out.per_creator, &out.going_on})
    *n = from.get<std::int32_t>();
  for (double* x : {&out.steepness, &out.least, &out.sameness}) *x = from.get<double>();
  return out;
}

}  // namespace

std::string pool_text(const Decision& decision) {
  Writer to;
  const bool ruled = std::ranges::any_of(decision.pool.items, is_ruled);
  to.put(ruled ? kRuledFormat : kFormat);
  put(to, decision.slotting);
  to.put(decision.places.seed);
  to.put(decision.places.first);
  to.put(decision.places.wanted);
  to.put(decision.pool.explorable);
  to.put(static_cast<std::uint8_t>(decision.pool.items.size()));
  for (const auto& item : decision.pool.items) put(to, item, ruled);
  return to.out;
}

std::string shown_text(const Decision& decision) {
  Writer to;
  for (std::size_t i = 0; i < decision.placed.size(); ++i) {
    const auto& place = decision.placed[i];
    to.put(place.item);
    to.put(place.propensity);
    to.put(static_cast<std::uint8_t>((place.explored ? kExplored : 0) | (decision.on_page[i] ? kOnPage : 0)));
  }
  return to.out;
}

std::string whole_text(const Decision& decision) {
  Writer to;
  for (const auto& id : decision.whole) to.put(id);
  return to.out;
}

std::optional<Decision> read_decision(std::string_view pool, std::string_view shown) {
  Decision out;
  Reader from(pool);
  const auto format = from.get<std::uint8_t>();
  if (format != kFormat && format != kRuledFormat) return std::nullopt;
  out.slotting = slotting_of(from);
  out.places = {from.get<std::uint64_t>(), from.get<std::uint32_t>(), from.get<std::uint32_t>()};
  out.pool.explorable = from.get<std::uint32_t>();
  for (int n = from.get<std::uint8_t>(); n > 0; --n)
    out.pool.items.push_back(item_of(from, format == kRuledFormat));
  if (!from.done()) return std::nullopt;
  Reader places(shown);
  while (places.good() && !places.done()) {
    Placed place{places.get<std::uint8_t>(), places.get<float>(), false};
    const auto flags = places.get<std::uint8_t>();
    place.explored = flags & kExplored;
    if (place.item >= out.pool.items.size()) return std::nullopt;
    out.placed.push_back(place);
    out.on_page.push_back(flags & kOnPage);
  }
  if (!places.good()) return std::nullopt;
  return out;
}

bool replays(const Decision& decision) {
  return choose(decision.pool, decision.slotting, decision.places) == decision.placed;
}

}  // namespace cliffhanger::recommendation
