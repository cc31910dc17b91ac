#include "app/evaluate/files.h"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <memory>

namespace cliffhanger::app::evaluation {
namespace {

using learn::History;
using learn::Index;

struct Tables {
  learn::Names users, items;
  learn::Table train;
  std::optional<learn::Table> validation, test;
  Index train_users = 0, train_items = 0;  // known before the test was read
  bool log_order = false;
};

// Whether lists stand in the order of the log that they were made of: whoever numbered the items did so as
// they met them in these very lists (numbers ascend in the order of first meeting), and nobody has sorted
// them since.
bool in_order_of_log(const learn::Names& items, const learn::Table& table) {
  long long before = -1;
  for (Index item = 0; item < items.size(); ++item) {
    const auto& name = items.name(item);
    long long number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error != std::errc() || end != name.data() + name.size() || number <= before) return false;
    before = number;
  }
  const auto& rows = table.rows;
  for (std::size_t i = 1; i < rows.size(); ++i)
    if (rows[i].user == rows[i - 1].user && rows[i].item < rows[i - 1].item) return true;
  return false;
}

// Whether pairs without times stand in order of time, as SASRec's do: each user's together, and not sorted by
// their names.
bool in_order_of_time(const learn::Names& items, const learn::Table& table) {
  if (table.format != learn::Format::kRatings || table.rated || table.timed) return false;
  const auto ascends = [&](Index before, Index after) {
    const auto &a = items.name(before), &b = items.name(after);
    return a.size() != b.size() ? a.size() < b.size() : a < b;  // as numbers do
  };
  const auto& rows = table.rows;
  std::vector<char> met;
  std::int64_t users = 0, sorted = 0;
  for (std::size_t first = 0, end = 0; first < rows.size(); first = end) {
    const auto user = static_cast<std::size_t>(rows[first].user);
    if (met.size() <= user) met.resize(user + 1, 0);
    if (met[user]) return false;
    met[user] = 1;
    bool by_number = true, by_name = true;
    for (end = first + 1; end < rows.size() && rows[end].user == rows[first].user; ++end) {
      by_number = by_number && !ascends(rows[end].item, rows[end - 1].item);  // the same again is sorted
      by_name = by_name && items.name(rows[end - 1].item) <= items.name(rows[end].item);
    }
    if (end - first < 3) continue;
    ++users;
    sorted += by_number || by_name;
  }
  return static_cast<double>(sorted) < 0.9 * static_cast<double>(users);
}

Result<Tables> read_all(const Options& options) {
  Tables out;
  const auto one = [&](const std::string& path, learn::Format format) -> Result<learn::Table> {
    CH_ASSIGN(const auto text, contents(path, options.memory_limit));
    return learn::read_table(text, format, path, out.users, out.items);
  };
  CH_ASSIGN(out.train, one(options.train, options.format));
  // One file of lists is of sequences, two are the usual pair of adjacency lists.
  const bool lists = out.train.format == learn::Format::kSequences;
  if (options.format == learn::Format::kAuto && lists && !options.test.empty())
    out.train.format = learn::Format::kAdjacency;
  if (!options.validation.empty()) {
    CH_ASSIGN(out.validation, one(options.validation, out.train.format));
  }
  out.log_order = out.train.format == learn::Format::kAdjacency && in_order_of_log(out.items, out.train);
  out.train_users = out.users.size();
  out.train_items = out.items.size();
  if (!options.test.empty()) {
    CH_ASSIGN(out.test, one(options.test, out.train.format));
  }
  return out;
}

// What of the test counts: its user known, and not in training. `seen`: what is in training counts too, and
// where it is masked nobody finds it.
History counted(const History& test, const History& train, bool seen_too, Data& out) {
  std::vector<Index> owner;
  for (Index user = 0; user < test.users; ++user) owner.insert(owner.end(), test.of(user).size(), user);
  for (Index user = 0; user < test.users; ++user)
    if (!test.of(user).empty() && train.of(user).empty()) ++out.users_only_in_test;
  return learn::filtered(test, [&](std::int64_t at) {
    const auto known = train.of(owner[at]);
    if (known.empty()) return false;
    const bool seen = std::find(known.begin(), known.end(), test.item[at]) != known.end();
    out.also_in_train += seen;
    return seen_too || !seen;
  });
}

// Whether nearly every user's test comes after their training.
bool later(const History& test, const History& train) {
  if (test.time.empty() || train.time.empty()) return false;
  std::int64_t both = 0, after = 0;
  for (Index user = 0; user < test.users; ++user) {
    if (test.of(user).empty() || train.of(user).empty()) continue;
    ++both;
    after += test.time[test.start[user]] >= train.time[train.start[user + 1] - 1];
  }
  return both > 0 && static_cast<double>(after) >= 0.9 * static_cast<double>(both);
}

}  // namespace

Result<std::string> contents(const std::string& path, std::size_t most) {
  // What is not compressed comes through as it is.
  const auto close = [](gzFile file) { gzclose(file); };
  errno = 0;
  const std::unique_ptr<gzFile_s, decltype(close)> in(gzopen(path.c_str(), "rb"), close);
  if (!in) return fail(not_found("NO_FILE", path + ": " + std::strerror(errno)));
  std::string text;
  constexpr unsigned kPiece = 1 << 20;
  std::error_code unknown;
  if (const auto size = std::filesystem::file_size(path, unknown); !unknown) text.reserve(size + kPiece);
  int got = 0;
  do {
    const auto before = text.size();
    text.resize(before + kPiece);
    got = gzread(in.get(), text.data() + before, kPiece);
    text.resize(before + static_cast<std::size_t>(std::max(got, 0)));
    if (text.size() > most)
      return fail(invalid("TOO_LARGE", path + ": more than " + std::to_string(most >> 20) +
                                           " MiB, uncompressed; see --memory-limit"));
  } while (got > 0);
  int code = Z_OK;
  const char* why = gzerror(in.get(), &code);
  if (code == Z_ERRNO) return fail(not_found("NO_FILE", path + ": " + std::strerror(errno)));
  if (got < 0 || code == Z_BUF_ERROR)
    return fail(invalid("BAD_GZIP", path + ": " + (code == Z_BUF_ERROR ? "compressed, and cut short" : why)));
  return text;
}

Result<Data> load(const Options& options) {
  CH_ASSIGN(auto tables, read_all(options));
  Data out;
  out.format = tables.train.format;
  const Index users = tables.users.size(), items = tables.items.size();
  std::int64_t duplicates = 0;
  auto train = learn::to_history(tables.train, users, items, &out.duplicates);
  if (!options.all_relevant && train.rating.empty())
    return fail(invalid("NO_RATINGS", "--relevance wants ratings, and " + options.train + " has none."));
  bool last = out.format == learn::Format::kSequences;
  if (tables.validation) {
    auto held = learn::to_history(*tables.validation, users, items, &duplicates);
    out.duplicates += duplicates;
    last = last || later(held, train);
    auto all = learn::joined(train, held);
    out.problem.given = learn::Cut{std::move(train), std::move(held)};
    train = std::move(all);
  }
  if (tables.test) {
    auto test = learn::to_history(*tables.test, users, items, &duplicates);
    out.duplicates += duplicates;
    last = last || later(test, train);
    out.problem.test = std::move(test);
    out.problem.train = std::move(train);
    out.split = "given";
  } else {
    last = options.split == "auto" ? train.ordered || in_order_of_time(tables.items, tables.train)
                                   : options.split == "last";
    // What is repeated in the end is in training too: the last is cut off before repetitions are left out.
    if (last && !tables.validation) train = learn::with_repeats(tables.train, users, items);
    auto cut = last ? learn::cut_last(train) : learn::cut_random(train, options.test_share, options.seed + 1);
    out.problem.train = last ? learn::distinct(cut.fit) : std::move(cut.fit);
    out.problem.train.ordered = last;
    out.problem.test = std::move(cut.held);
    out.split = last ? "last" : "random";
  }
  out.problem.test = counted(out.problem.test, out.problem.train, out.split == "last", out);
  if (!options.all_relevant) {
    if (out.problem.test.rating.empty() && out.problem.test.size() > 0)
      return fail(invalid("NO_RATINGS", "--relevance wants ratings, and the test has none."));
    const auto& test = out.problem.test;
    out.problem.test =
        learn::filtered(test, [&](auto at) { return test.rating[at] >= options.least_rating; });
  }
  if (out.problem.test.size() == 0)
    return fail(invalid("NOTHING_TO_FIND",
                        "The test holds nothing that training does not, of users who have a training."));
  const auto counts = learn::item_counts(out.problem.train), tested = learn::item_counts(out.problem.test);
  for (Index item = 0; item < items; ++item) out.items_only_in_test += counts[item] == 0 && tested[item] > 0;
  for (Index user = 0; user < users; ++user)
    out.users_without_test += !out.problem.train.of(user).empty() && out.problem.test.of(user).empty();
  if (options.cut != "auto") last = options.cut == "last";
  out.problem.cut = last                    ? learn::CutKind::kLast
                    : options.cut == "tail" ? learn::CutKind::kTail
                                            : learn::CutKind::kRandom;
  // Tests of such lists are called a share at random, and some came later.
  out.problem.tails_judge = options.cut == "auto" && !last && tables.test && tables.log_order;
  if (!last) out.problem.train.ordered = false;
  return out;
}

}  // namespace cliffhanger::app::evaluation
