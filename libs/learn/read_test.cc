#include "libs/learn/read.h"

#include <gtest/gtest.h>

namespace cliffhanger::learn {
namespace {

struct Read {
  Names users, items;
  Result<Table> table;
};

Read read(std::string_view text, Format format = Format::kAuto) {
  Read out{{}, {}, {}};
  out.table = read_table(text, format, "file.txt", out.users, out.items);
  return out;
}

std::string error_of(std::string_view text, Format format = Format::kAuto) {
  const auto got = read(text, format);
  return got.table ? "" : got.table.error().reason + " " + got.table.error().message;
}

TEST(Read, RatingsWithAnySeparator) {
  for (const std::string s : {"\t", ",", "::", ";", "|", " ", "   "}) {
    const auto got = read("u1" + s + "a" + s + "4.5" + s + "881250949\nu1" + s + "b" + s + "3" + s +
                          "881250950\r\nu2" + s + "a" + s + "1" + s + "881250951\n");
    ASSERT_TRUE(got.table) << s << got.table.error().message;
    EXPECT_EQ(got.table->format, Format::kRatings) << s;
    EXPECT_TRUE(got.table->rated && got.table->timed) << s;
    ASSERT_EQ(got.table->rows.size(), 3u) << s;
    EXPECT_FLOAT_EQ(got.table->rows[0].rating, 4.5f);
    EXPECT_EQ(got.items.size(), 2);
    EXPECT_EQ(got.users.name(1), "u2");
  }
}

TEST(Read, AHeaderNamesTheColumns) {
  for (const std::string header :
       {"userId,movieId,rating,timestamp", "user_id:token,item_id:token,rating:float,timestamp:float"}) {
    const auto got = read(header + "\n1,7,4,100\n");
    ASSERT_TRUE(got.table) << header;
    EXPECT_TRUE(got.table->header && got.table->timed);
    EXPECT_EQ(got.table->rows.size(), 1u);
  }
  const auto other = read("timestamp,item,user,note\n100,a,u,x\n90,b,u,y\n");
  ASSERT_TRUE(other.table);
  EXPECT_TRUE(other.table->timed && !other.table->rated);
  EXPECT_EQ(other.users.size(), 1);
  EXPECT_EQ(other.items.name(0), "a");
}

TEST(Read, AThirdColumnOfEpochSecondsIsTheTime) {
  const auto got = read("1\t2\t881250949\n1\t3\t881250950\n");
  ASSERT_TRUE(got.table);
  EXPECT_TRUE(got.table->timed && !got.table->rated);
}

TEST(Read, TimesMayComeBeforeRatingsOrBeDates) {
  const auto before = read("1,2,881250949,4\n1,3,881250950,5\n");
  ASSERT_TRUE(before.table);
  EXPECT_TRUE(before.table->timed && before.table->rated);
  EXPECT_FLOAT_EQ(before.table->rows[1].rating, 5);
  EXPECT_EQ(before.table->rows[1].time, 881250950);
  const auto dates = read("1,2,4.5,1970-01-02\n1,3,5,1970-01-01 23:59:58\n1,4,5,1970-01-01T00:00:01Z\n");
  ASSERT_TRUE(dates.table) << dates.table.error().message;
  EXPECT_EQ(dates.table->rows[0].time, 86400);
  EXPECT_EQ(dates.table->rows[1].time, 86398);
  EXPECT_EQ(dates.table->rows[2].time, 1);
  EXPECT_TRUE(read("1\t2\t2005-04-02 23:53:47\n1\t3\t2005-04-03 00:00:00\n").table->timed);
  EXPECT_TRUE(
      error_of("1,2,4.5,1970-13-02\n").starts_with("MALFORMED_LINE file.txt:1: '1970-13-02' is no time"));
}

TEST(Read, AHeaderNobodyKnowsIsNoInteraction) {
  const auto got = read("u,i,r,t\n1,7,4,100\n1,8,3,90\n");
  ASSERT_TRUE(got.table) << got.table.error().message;
  EXPECT_TRUE(got.table->header && got.table->timed && got.table->rated);
  EXPECT_EQ(got.table->rows.size(), 2u);
  const auto hetrec = read("userID\tartistID\tweight\n2\t51\t13883\n2\t52\t11690\n");
  ASSERT_TRUE(hetrec.table);
  EXPECT_TRUE(hetrec.table->rated);
  const auto days = read("userID\tmovieID\trating\tdate_day\ttimestamp\n75\t3\t1\t29\t1162160236000\n");
  ASSERT_TRUE(days.table);
  EXPECT_EQ(days.table->rows[0].time, 1162160236000);
}

TEST(Read, QuotedFieldsMayHoldTheSeparator) {
  const auto got =
      read("\"User-ID\";\"ISBN\";\"Book-Rating\"\n\"276725\";\"0345;X\";\"0\"\n\"276726\";\"a\";\"5\"\n");
  ASSERT_TRUE(got.table) << got.table.error().message;
  ASSERT_EQ(got.table->rows.size(), 2u);
  EXPECT_EQ(got.items.name(0), "0345;X");
  EXPECT_EQ(read("u,\"Rock, Paper\",3\nv,\"Rock, Paper\",4\n").items.size(), 1);
}

TEST(Read, AFirstUserWithoutItemsHidesNoSeparator) {
  const auto got = read("0\n1,5,6,7\n2,7,5\n");
  ASSERT_TRUE(got.table) << got.table.error().message;
  EXPECT_EQ(got.table->format, Format::kSequences);
  EXPECT_EQ(got.items.size(), 3);
  EXPECT_EQ(got.table->users_without, 1);
}

TEST(Read, ATabBehindTheUserOfAListOfNumbersIsABlank) {
  const auto got = read("0\t5 6 7\n1\t7 5\n");
  ASSERT_TRUE(got.table) << got.table.error().message;
  EXPECT_EQ(got.table->format, Format::kSequences);
  EXPECT_EQ(got.items.size(), 3);
  EXPECT_EQ(read("u\tToy Story\nv\tToy Story\n").items.size(), 1);
}

TEST(Read, ListsThatAscendAreAdjacencyOthersSequences) {
  EXPECT_EQ(read("0 1 2 9\n1 3 4\n2 1 5 6 7 8\n").table->format, Format::kAdjacency);
  EXPECT_EQ(read("0 1 2 9\n1 7 4\n2 1 5 6 7 8\n").table->format, Format::kSequences);
  EXPECT_EQ(read("0 1 2 9\n1 7 4\n", Format::kAdjacency).table->format, Format::kAdjacency);
}

TEST(Read, AUserWithoutItemsIsCounted) {
  const auto got = read("0 1 2 9\n1\n2 \n3 4 5\n", Format::kAdjacency);
  ASSERT_TRUE(got.table);
  EXPECT_EQ(got.table->users_without, 2);
  EXPECT_EQ(got.users.size(), 4);
}

TEST(Read, MalformedLinesAreNamed) {
  EXPECT_EQ(error_of("1\t2\t5\t10\n1\t3\tfive\t11\n"), "MALFORMED_LINE file.txt:2: 'five' is no rating.");
  EXPECT_EQ(error_of("1\t2\t5\t10\n\n1\t3\t5\n"),
            "MALFORMED_LINE file.txt:3: 4 fields expected, as before, and 3 found.");
  EXPECT_EQ(error_of("1,2,5,10\n1,,5,11\n"), "MALFORMED_LINE file.txt:2: a user and an item expected.");
  EXPECT_EQ(error_of("1,2,nan\n1,3,4\n"), "MALFORMED_LINE file.txt:1: 'nan' is no rating.");
  EXPECT_TRUE(error_of("1\t2\t5\tsoon\n1\t3\t4\tlater\n")
                  .starts_with("MALFORMED_LINE file.txt:1: 'soon' is no time"));
  EXPECT_TRUE(error_of("").starts_with("EMPTY_FILE"));
  EXPECT_TRUE(error_of("user,item\n").starts_with("EMPTY_FILE"));
  EXPECT_TRUE(error_of("1,2,3,4,5,6\n1,2,3,4,5,6\n", Format::kRatings).starts_with("MIXED_COLUMNS"));
}

TEST(Read, NoTextBreaksIt) {
  for (const std::string_view text :
       {"\n\n", "\xEF\xBB\xBF", ",,,\n,,,", "::\n", "a", "\"\"\t\"\"", "a\tb\n\0c\td"})
    for (const auto format : {Format::kAuto, Format::kRatings, Format::kAdjacency, Format::kSequences})
      read(text, format);
}

TEST(Read, OrderedByTimeAndOnceEach) {
  const auto got = read("u\ta\t1\t30\nu\tb\t2\t10\nu\ta\t3\t20\nv\tb\t4\t5\n");
  std::int64_t duplicates = 0;
  const auto history = to_history(*got.table, 2, 2, &duplicates);
  EXPECT_EQ(duplicates, 1);
  EXPECT_TRUE(history.ordered);
  EXPECT_EQ(history.item, (std::vector<Index>{1, 0, 1}));  // u: b at 10, a at 30
  EXPECT_EQ(history.rating, (std::vector<float>{2, 1, 4}));
  EXPECT_EQ(history.start, (std::vector<std::int64_t>{0, 2, 3}));
  EXPECT_EQ(with_repeats(*got.table, 2, 2).item, (std::vector<Index>{1, 0, 0, 1}));
}

}  // namespace
}  // namespace cliffhanger::learn
