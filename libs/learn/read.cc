#include "libs/learn/read.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>
#include <numeric>
#include <unordered_set>

#include "libs/learn/split.h"

namespace cliffhanger::learn {
namespace {

using Fields = std::vector<std::string_view>;

// How the fields of a line are told apart; "" for runs of blanks, tabs among them: so too in lists of numbers
// with a tab behind the user only.
std::string_view separator_of(std::string_view line) {
  if (line.find(' ') != line.npos && line.find_first_not_of(" \t\r0123456789") == line.npos) return "";
  for (const std::string_view candidate : {"::", "\t", ",", ";", "|"})
    if (line.find(candidate) != line.npos) return candidate;
  return "";
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == text.npos) return "";
  text = text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  return text;
}

// Where the separator after the first field is; one within quotes is none.
std::size_t end_of_field(std::string_view line, std::string_view separator) {
  const auto first = line.find_first_not_of(" \t");
  if (first != line.npos && line[first] == '"') {
    const auto quote = line.find("\"" + std::string(separator), first + 1);
    if (quote != line.npos) return quote + 1;
    if (line.substr(0, line.find_last_not_of(" \t\r") + 1).ends_with('"')) return line.npos;
  }
  return line.find(separator);
}

void split(std::string_view line, std::string_view separator, Fields& out) {
  out.clear();
  if (separator.empty()) {
    for (std::size_t at = line.find_first_not_of(" \t\r"); at != line.npos;) {
      const auto end = std::min(line.find_first_of(" \t\r", at), line.size());
      out.push_back(line.substr(at, end - at));
      at = line.find_first_not_of(" \t\r", end);
    }
    return;
  }
  for (;;) {
    const auto end = end_of_field(line, separator);
    out.push_back(trimmed(line.substr(0, end)));
    if (end == line.npos) return;
    line.remove_prefix(end + separator.size());
  }
}

bool number(std::string_view text, double& out) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && std::isfinite(out);
}

// Seconds since 1970 of a number or of a date such as 2005-04-02, with or without 23:53:47 behind a blank or
// T.
bool moment(std::string_view text, double& out) {
  if (number(text, out)) return true;
  int part[6] = {0, 1, 1, 0, 0, 0};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (int i = 0; i < 6; ++i) {
    const auto [next, error] = std::from_chars(at, end, part[i]);
    if (error != std::errc()) return false;
    at = next;
    if (i == 2 && at == end) break;
    if (i == 5) break;  // fractions and zones are passed over
    if (at == end || (i < 2 ? *at != '-' : i == 2 ? *at != ' ' && *at != 'T' : *at != ':')) return false;
    ++at;
  }
  const std::chrono::year_month_day day{std::chrono::year(part[0]),
                                        std::chrono::month(static_cast<unsigned>(part[1])),
                                        std::chrono::day(static_cast<unsigned>(part[2]))};
  if (!day.ok()) return false;
  out = 86400.0 * static_cast<double>(std::chrono::sys_days(day).time_since_epoch().count()) +
        3600.0 * part[3] + 60.0 * part[4] + part[5];
  return true;
}

// Calls take(line, its number) for each line with something on it, until it gives false.
template <class Take>
void for_lines(std::string_view text, const Take& take) {
  std::int64_t line_number = 0;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++line_number;
    if (line.find_first_not_of(" \t\r") != line.npos && !take(line, line_number)) return;
  }
}

Error malformed(const std::string& file, std::int64_t line, const std::string& what) {
  return invalid("MALFORMED_LINE", file + ":" + std::to_string(line) + ": " + what)
      .with("line", std::to_string(line));
}

// Where the columns of ratings are; −1: not there.
struct Columns {
  int user = 0, item = 1, rating = -1, time = -1;
  std::size_t count = 2;
};

bool names_a_column(std::string_view field, std::initializer_list<std::string_view> names) {
  std::string lower(field.substr(0, field.find(':')));  // RecBole's "user_id:token"
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return std::any_of(names.begin(), names.end(), [&](auto name) { return lower.find(name) != lower.npos; });
}

// The columns that a header names; false if the line is no header.
bool from_header(const Fields& fields, Columns& out) {
  Columns found{-1, -1, -1, -1, fields.size()};
  // Some have their times twice, the better ones first here.
  for (const auto& names : {std::initializer_list<std::string_view>{"timestamp", "unix"}, {"time"}, {"date"}})
    for (int i = 0; i < static_cast<int>(fields.size()) && found.time < 0; ++i)
      if (names_a_column(fields[i], names) && !names_a_column(fields[i], {"date_", "timezone"}))
        found.time = i;
  for (int i = 0; i < static_cast<int>(fields.size()); ++i) {
    if (i == found.time) continue;
    if (found.user < 0 && (names_a_column(fields[i], {"user", "reviewer", "viewer"}) || fields[i] == "uid"))
      found.user = i;
    else if (found.rating < 0 && names_a_column(fields[i], {"rating", "score", "stars", "overall", "weight"}))
      found.rating = i;
    else if (found.item < 0 &&
             (names_a_column(fields[i], {"item", "movie", "product", "book", "business", "song", "series",
                                         "artist", "asin", "isbn", "anime", "game", "video", "article",
                                         "venue", "track", "recipe"}) ||
              fields[i] == "iid" || fields[i] == "sid"))
      found.item = i;
  }
  if (found.user < 0 || found.item < 0) return false;
  out = found;
  return true;
}

// What the first lines tell of a file.
struct Look {
  std::string_view separator;
  bool header = false;
  Columns columns;
  bool even = true;       // all lines have as many fields
  bool ascending = true;  // each list ascends
  bool repeats = false;   // a first field comes twice
};

constexpr int kLook = 2000;     // lines
constexpr double kEpoch = 1e7;  // no rating or count is as large, and every time in use is: 20051231 too

bool a_time(const Fields& fields, std::size_t at) {
  double value = 0;
  return fields.size() > at && moment(fields[at], value) && value >= kEpoch;
}

// Columns without names: user item [rating] [time], or the time before the rating.
Columns unnamed(std::size_t width, bool third_is_time, bool fourth_is_time) {
  Columns out;
  out.count = width;
  if (width == 3) (third_is_time ? out.time : out.rating) = 2;
  if (width >= 4) out.rating = 2, out.time = 3;
  if (width >= 4 && third_is_time && !fourth_is_time) std::swap(out.rating, out.time);
  return out;
}

// Whether a line without any number, the first, stands before lines that have one in their third field: names
// that nobody knows.
bool names(const Fields& first, const Fields& second) {
  double value = 0;
  return first.size() >= 3 && first.size() <= 4 && first.size() == second.size() &&
         std::none_of(first.begin(), first.end(), [&](auto field) { return moment(field, value); }) &&
         moment(second[2], value);
}

Look look_at(std::string_view text) {
  Look out;
  int lines = 0;
  bool named = false, third_is_time = true, fourth_is_time = true;
  Fields first, fields;
  std::unordered_set<std::string_view> firsts;
  for_lines(text, [&](std::string_view line, std::int64_t) {
    if (out.separator.empty() && first.size() < 2) out.separator = separator_of(line);
    split(line, out.separator, fields);
    if (lines == 0) {
      first = fields;
      named = fields.size() >= 2 && from_header(fields, out.columns);
      if (named) return false;
    }
    if (lines == 1) out.header = names(first, fields);
    if (lines > 0) {
      third_is_time = third_is_time && a_time(fields, 2);
      fourth_is_time = fourth_is_time && a_time(fields, 3);
    }
    if (fields.size() != first.size()) out.even = false;
    if (!firsts.insert(fields[0]).second) out.repeats = true;
    double before = -1, value = 0;
    for (std::size_t i = 1; i < fields.size(); ++i) {
      if (!number(fields[i], value) || value <= before) out.ascending = false;
      before = value;
    }
    return ++lines < kLook;
  });
  if (lines == 1) third_is_time = a_time(first, 2), fourth_is_time = a_time(first, 3);
  out.header = out.header || named;
  if (!named) out.columns = unnamed(first.size(), third_is_time, fourth_is_time);
  return out;
}

Format told_by(const Look& look) {
  if (look.header) return Format::kRatings;
  if (look.even && look.columns.count >= 2 && look.columns.count <= 4 &&
      (look.repeats || look.columns.count < 3))
    return Format::kRatings;
  if (look.even && look.columns.count <= 4 && look.separator != "" && look.separator != "\t")
    return Format::kRatings;
  if (look.repeats && !look.even) return Format::kRatings;  // the odd line is named when it is read
  return look.ascending ? Format::kAdjacency : Format::kSequences;
}

class Reader {
 public:
  Reader(const std::string& file, Names& users, Names& items) : file_(file), users_(users), items_(items) {}

  Result<Table> read(std::string_view text, Format format) {
    const Look look = look_at(text);
    out_.format = format == Format::kAuto ? told_by(look) : format;
    out_.header = look.header && out_.format == Format::kRatings;
    columns_ = look.columns;
    separator_ = look.separator;
    if (out_.format == Format::kRatings && columns_.count > 4 && !look.header)
      return fail(invalid("MIXED_COLUMNS",
                          file_ + ": ratings are `user item [rating] [time]`; its first line has " +
                              std::to_string(columns_.count) + " fields and none is named by a header."));
    if (out_.format == Format::kRatings) columns_.count = std::max<std::size_t>(columns_.count, 2);
    out_.rated = out_.format == Format::kRatings && columns_.rating >= 0;
    out_.timed = out_.format == Format::kRatings && columns_.time >= 0;
    bool first = true;
    for_lines(text, [&](std::string_view line, std::int64_t number) {
      const bool header = first && out_.header;
      first = false;
      if (header) return true;
      ++out_.lines;
      split(line, separator_, fields_);
      fault_ = out_.format == Format::kRatings ? rating(number) : list(number);
      return fault_.has_value();
    });
    if (!fault_) return tl::unexpected(fault_.error());
    if (out_.rows.empty()) return fail(invalid("EMPTY_FILE", file_ + ": no interactions in it."));
    return std::move(out_);
  }

 private:
  Result<void> rating(std::int64_t line) {
    if (fields_.size() != columns_.count)
      return fail(malformed(file_, line,
                            std::to_string(columns_.count) + " fields expected, as before, and " +
                                std::to_string(fields_.size()) + " found."));
    const auto user = fields_[columns_.user], item = fields_[columns_.item];
    if (user.empty() || item.empty()) return fail(malformed(file_, line, "a user and an item expected."));
    Interaction row;
    double value = 0;
    if (columns_.rating >= 0) {
      if (!number(fields_[columns_.rating], value))
        return fail(malformed(file_, line,
                              "'" + std::string(fields_[columns_.rating].substr(0, 40)) + "' is no rating."));
      row.rating = static_cast<float>(value);
    }
    if (columns_.time >= 0) {
      if (!moment(fields_[columns_.time], value))
        return fail(malformed(file_, line,
                              "'" + std::string(fields_[columns_.time].substr(0, 40)) +
                                  "' is no time; seconds, another number or a date expected."));
      row.time = value;
    }
    row.user = users_.of(user);
    row.item = items_.of(item);
    return push(row, line);
  }

  Result<void> list(std::int64_t line) {
    const Index user = users_.of(fields_[0]);
    if (fields_.size() == 1) ++out_.users_without;
    for (std::size_t i = 1; i < fields_.size(); ++i) {
      if (fields_[i].empty()) {
        if (i + 1 == fields_.size()) break;  // a separator at the end
        return fail(malformed(file_, line, "field " + std::to_string(i + 1) + " is empty."));
      }
      CH_TRY(push({user, items_.of(fields_[i]), 0, 0}, line));
    }
    return {};
  }

  Result<void> push(const Interaction& row, std::int64_t line) {
    if (out_.rows.size() >= static_cast<std::size_t>(std::numeric_limits<Index>::max()))
      return fail(Error{Code::kResourceExhausted,
                        "TOO_MANY",
                        file_ + ":" + std::to_string(line) + ": more than 2³¹ interactions.",
                        {},
                        {},
                        {}});
    out_.rows.push_back(row);
    return {};
  }

  const std::string& file_;
  Names& users_;
  Names& items_;
  Columns columns_;
  std::string_view separator_;
  Fields fields_;
  Table out_;
  Result<void> fault_;
};

}  // namespace

Result<Format> format_named(std::string_view name) {
  for (const auto format : {Format::kAuto, Format::kRatings, Format::kAdjacency, Format::kSequences})
    if (format_name(format) == name) return format;
  return fail(invalid("BAD_OPTION", "There is no format '" + std::string(name) +
                                        "': auto, ratings, adjacency or sequences."));
}

std::string format_name(Format format) {
  switch (format) {
    case Format::kAuto:
      return "auto";
    case Format::kRatings:
      return "ratings";
    case Format::kAdjacency:
      return "adjacency";
    case Format::kSequences:
      return "sequences";
  }
  return "auto";
}

Index Names::of(std::string_view name) {
  const auto [found, added] = numbers_.try_emplace(std::string(name), size());
  if (added) names_.emplace_back(name);
  return found->second;
}

Result<Table> read_table(std::string_view text, Format format, const std::string& file, Names& users,
                         Names& items) {
  return Reader(file, users, items).read(text, format);
}

History with_repeats(const Table& table, Index users, Index items) {
  // Each user's rows together, in the file's order, and these in order of time: millions of rows are sorted
  // where they are few and near each other.
  History out;
  out.items = items;
  out.users = users;
  out.ordered = table.timed || table.format == Format::kSequences;
  out.start.assign(static_cast<std::size_t>(users) + 1, 0);
  for (const auto& row : table.rows) ++out.start[row.user + 1];
  std::partial_sum(out.start.begin(), out.start.end(), out.start.begin());
  std::vector<std::int64_t> order(table.rows.size());
  auto next = out.start;
  for (std::size_t i = 0; i < order.size(); ++i)
    order[next[table.rows[i].user]++] = static_cast<std::int64_t>(i);
  for (Index user = 0; table.timed && user < users; ++user)
    std::stable_sort(order.begin() + out.start[user], order.begin() + out.start[user + 1],
                     [&](auto a, auto b) { return table.rows[a].time < table.rows[b].time; });
  for (const auto at : order) {
    out.item.push_back(table.rows[at].item);
    if (table.rated) out.rating.push_back(table.rows[at].rating);
    if (table.timed) out.time.push_back(table.rows[at].time);
  }
  return out;
}

History to_history(const Table& table, Index users, Index items, std::int64_t* duplicates) {
  const auto all = with_repeats(table, users, items);
  auto out = distinct(all);
  if (duplicates) *duplicates = all.size() - out.size();
  return out;
}

}  // namespace cliffhanger::learn
