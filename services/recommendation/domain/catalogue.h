#pragma once
// A tenant's series as one process sees them: what every feed is made from without asking the database.
#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "libs/core/call.h"
#include "libs/core/id.h"
#include "services/recommendation/domain/audience.h"
#include "services/recommendation/domain/heat.h"
#include "services/recommendation/domain/policy.h"

namespace cliffhanger::recommendation {

// A series that viewers see, as it is kept.
struct KnownSeries {
  SeriesId id;
  UserId owner;
  Time published{};
  Heat heat, trend;
  EpisodeId first;         // with which a new viewer begins
  std::int64_t grown = 0;  // episodes that became visible so far, ever
  std::vector<std::string> tags;
  std::string language;    // BCP 47; may be empty
  int least_age = kAdult;  // its age rating
  Regions regions = {};
};

using At = std::uint32_t;     // a series' place in one catalogue, from 0
using TagAt = std::uint16_t;  // a tag's place in one catalogue
inline constexpr At kNowhere = static_cast<At>(-1);
inline constexpr std::size_t kTagsOfSeries =
    8;  // that are looked at, the first ones; its language is one more

// The tag that stands for a language.
std::string language_tag(std::string_view language);

// Immutable; safe from many threads. About 214 bytes a series.
class Catalogue {
 public:
  struct Entry {
    SeriesId id;
    UserId owner;
    Time published{};
    Heat heat, trend;
    EpisodeId first;
    std::int64_t grown = 0;
    std::array<TagAt, kTagsOfSeries + 1> tag{};
    std::uint8_t tag_count = 0;
    std::uint8_t least_age = kAdult;
    std::uint16_t regions = 0;  // which of the catalogue's regions(); 0: everywhere
    std::span<const TagAt> tags() const { return {tag.data(), tag_count}; }
  };

  Catalogue() = default;
  // Of `known`, at most 2³² − 2; of more than 65,535 tags the rest are left out.
  Catalogue(std::span<const KnownSeries* const> known, const Policy& policy);

  std::size_t size() const { return entries_.size(); }
  const Entry& operator[](At at) const { return entries_[at]; }
  std::optional<At> find(SeriesId id) const;

  std::span<const At> popular() const { return popular_; }    // the most popular first, then the newest
  std::span<const At> trending() const { return trending_; }  // only what has any
  std::span<const At> newest() const { return newest_; }      // the newest first
  // Whose each of newest() is, from 0 to creators() − 1: beside them, so that very many of one creator are
  // passed over without a look at their entries.
  std::span<const std::uint32_t> newest_creators() const { return newest_creators_; }
  std::size_t creators() const { return creators_; }
  std::span<const At> with_tag(TagAt tag) const { return by_tag_[tag]; }  // as popular()
  std::span<const At> of_owner(UserId owner) const;                       // the newest first
  std::optional<TagAt> tag(std::string_view name) const;
  const std::string& tag_name(TagAt tag) const { return tag_names_[tag]; }
  // The kinds of regions that its series have, everywhere first.
  std::span<const Regions> regions() const { return regions_; }
  std::span<const TagAt> common_tags() const { return common_tags_; }  // by how many series have them

 private:
  TagAt intern(const std::string& name);
  std::uint16_t kind_of(const Regions& regions);
  void add(const KnownSeries& known);
  void order(const Policy& policy);
  void index();

  std::vector<Entry> entries_;  // by id
  std::vector<At> slots_;       // places by their ids' random bits, at most half of them taken
  std::vector<At> popular_, trending_, newest_, by_owner_;
  std::vector<std::uint32_t> newest_creators_;
  std::size_t creators_ = 0;
  std::vector<std::vector<At>> by_tag_;
  std::vector<std::string> tag_names_;
  std::vector<TagAt> common_tags_;
  std::vector<Regions> regions_{Regions()};
  std::unordered_map<std::string, TagAt> tags_;
};

// What of a catalogue may be shown to an audience. The catalogue outlives it.
class Fitting {
 public:
  Fitting(const Catalogue& catalogue, const Audience& audience);
  bool operator()(At at) const {
    const auto& entry = catalogue_[at];
    return entry.least_age <= greatest_rating_ && in_region_[entry.regions];
  }

 private:
  const Catalogue& catalogue_;
  const int greatest_rating_;
  std::vector<bool> in_region_;  // by the kinds of regions
};

// The catalogues in use; they are swapped while others read.
class Catalogues {
 public:
  virtual ~Catalogues() = default;
  // Never null; empty for a tenant that nothing is known of.
  virtual std::shared_ptr<const Catalogue> of(const Tenant& tenant) const = 0;
};

}  // namespace cliffhanger::recommendation
