#pragma once
// What a viewer was shown lately: a bounded list in few bytes, kept where it may be lost at any moment.
#include <string>
#include <string_view>
#include <vector>

#include "libs/core/call.h"
#include "libs/core/id.h"

namespace cliffhanger::recommendation {

// Three bytes stand for a series: that one of 50,000 others passes for one of 240 has a chance of 1 in
// 70,000, and then it waits. The newest kMostShown are kept. Of one chain, whose page token knows better, the
// marks are told apart: a page that is asked for again is the same again.
class ShownList {
 public:
  ShownList() = default;
  // What can't be read is empty.
  static ShownList parse(std::string_view kept);
  std::string text() const;  // 6 bytes and 3 for each series

  // On pages of other chains than that of `seed`: in order, since a page asks of a thousand series.
  class Before {
   public:
    bool operator()(SeriesId id) const;

   private:
    friend class ShownList;
    std::vector<std::uint32_t> marks_;  // ascending
  };
  Before before(std::uint64_t seed) const;
  void add(const std::vector<SeriesId>& shown, std::uint64_t seed);
  // What a guest was shown, who is the same person: as older than what is here. Again: changes nothing.
  void take_over(const ShownList& guest);
  std::size_t size() const { return marks_.size(); }

 private:
  static std::uint32_t mark(SeriesId id);
  static std::uint32_t mark_of_chain(std::uint64_t seed) { return static_cast<std::uint32_t>(seed >> 32); }
  std::size_t others(std::uint64_t seed) const;
  std::uint32_t chain_ = 0;           // that the last marks are of
  std::size_t of_chain_ = 0;          // how many
  std::vector<std::uint32_t> marks_;  // oldest first
};

// Where they are kept. Forgetting them does no harm, and neither does failing.
class ShownMemory {
 public:
  virtual ~ShownMemory() = default;
  virtual ShownList recall(const Tenant& tenant, UserId user) = 0;
  virtual void remember(const Tenant& tenant, UserId user, const ShownList& shown) = 0;
  // A guest signed in: what they were shown, the account was.
  void merge(const Tenant& tenant, UserId guest, UserId account);
};

}  // namespace cliffhanger::recommendation
