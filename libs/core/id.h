#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "libs/core/clock.h"
#include "libs/core/random.h"
#include "libs/core/result.h"

namespace cliffhanger {

// A UUID (RFC 9562). Ours are version 7: they sort by the time they were made.
class Uuid {
 public:
  constexpr Uuid() = default;  // all zero: "none"
  static Uuid v7(Time now, Random& random);
  // A version-8 UUID made from a name: the same name gives the same id (SHA-free FNV-based mix; not for secrets).
  static Uuid from_name(std::string_view name);
  // Takes the 36-character form in either case; fails with BAD_ID.
  static Result<Uuid> parse(std::string_view text);
  std::string text() const;  // lower case, 36 characters
  bool empty() const { return bytes_ == std::array<std::uint8_t, 16>{}; }
  auto operator<=>(const Uuid&) const = default;
  const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

// An id of one kind of thing, so that a series is never passed where an episode is meant: Id<struct SeriesTag>.
template <class Tag>
class Id {
 public:
  constexpr Id() = default;
  explicit constexpr Id(Uuid value) : value_(value) {}
  static Id make(Time now, Random& random) { return Id(Uuid::v7(now, random)); }
  static Result<Id> parse(std::string_view text) {
    return Uuid::parse(text).map([](Uuid value) { return Id(value); });
  }
  std::string text() const { return value_.text(); }
  bool empty() const { return value_.empty(); }
  const Uuid& uuid() const { return value_; }
  auto operator<=>(const Id&) const = default;

 private:
  Uuid value_;
};

// The ids that cross services.
using UserId = Id<struct UserTag>;
using SeriesId = Id<struct SeriesTag>;
using EpisodeId = Id<struct EpisodeTag>;
using UploadId = Id<struct UploadTag>;
using SourceId = Id<struct SourceTag>;
using RevisionId = Id<struct RevisionTag>;
using SessionId = Id<struct SessionTag>;
using EventId = Id<struct EventTag>;

}  // namespace cliffhanger

template <class Tag>
struct std::hash<cliffhanger::Id<Tag>> {
  std::size_t operator()(const cliffhanger::Id<Tag>& id) const {
    return std::hash<std::string_view>()({reinterpret_cast<const char*>(id.uuid().bytes().data()), 16});
  }
};
