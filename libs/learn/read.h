#pragma once
// Interaction files as others publish them, into histories.
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libs/core/result.h"
#include "libs/learn/history.h"

namespace cliffhanger::learn {

enum class Format {
  kAuto,
  kRatings,  // user item [rating] [time], one interaction a line; tab, comma, semicolon, "::", "|" or spaces
             // between; a header line may name them
  kAdjacency,  // user item item …, in any order
  kSequences,  // user item item …, the oldest first
};
Result<Format> format_named(std::string_view name);
std::string format_name(Format format);

// Names of users or items, as in the files, to numbers from 0 on.
class Names {
 public:
  Index of(std::string_view name);  // gives new ones the next number
  Index size() const { return static_cast<Index>(names_.size()); }
  const std::string& name(Index index) const { return names_[static_cast<std::size_t>(index)]; }

 private:
  std::vector<std::string> names_;
  std::unordered_map<std::string, Index> numbers_;
};

struct Interaction {
  Index user = 0;
  Index item = 0;
  float rating = 0;
  double time = 0;
};

// What one file holds, in its order.
struct Table {
  Format format = Format::kAuto;  // never kAuto once read
  bool header = false;
  bool rated = false;
  bool timed = false;
  std::int64_t lines = 0;          // with something on them
  std::int64_t users_without = 0;  // lines of a user without items
  std::vector<Interaction> rows;
};

// Reads `text`. `file` names it in errors, which name the line too: MALFORMED_LINE, EMPTY_FILE,
// MIXED_COLUMNS, TOO_MANY. Without a header whose names are known the columns are user item [rating] [time],
// or the time before the rating where the numbers say so. With kAuto the format is told from the text: lines
// of equal length up to four fields, or a header, are ratings; lists are sequences, unless each ascends (then
// adjacency).
Result<Table> read_table(std::string_view text, Format format, const std::string& file, Names& users,
                         Names& items);

// Rows by user as to_history() has them, but with each repetition of an item in its place: not yet a history
// to learn from.
History with_repeats(const Table& table, Index users, Index items);

// Rows as a history: by user, in order of time if they have one (ties as in the file), else as in the file.
// Of a repeated user and item the last stays; `duplicates` counts the others. `users` and `items` are the
// history's sizes.
History to_history(const Table& table, Index users, Index items, std::int64_t* duplicates = nullptr);

}  // namespace cliffhanger::learn
