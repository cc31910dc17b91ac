#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "libs/core/call.h"
#include "libs/core/clock.h"
#include "libs/core/encoding.h"
#include "libs/core/markup.h"
#include "libs/core/id.h"
#include "libs/core/page.h"
#include "libs/core/result.h"

namespace cliffhanger {
namespace {

TEST(Uuid, SortsByTimeAndSurvivesText) {
  SystemRandom random;
  const auto early = Uuid::v7(from_micros(1'000'000), random);
  const auto late = Uuid::v7(from_micros(2'000'000), random);
  EXPECT_LT(early, late);
  EXPECT_EQ(*Uuid::parse(late.text()), late);
  EXPECT_EQ(late.text()[14], '7');
  EXPECT_FALSE(Uuid::parse("0193b6c0-0000-7000-8000-00000000000"));
  EXPECT_FALSE(Uuid::parse("0193b6c0x0000-7000-8000-000000000000"));
  EXPECT_EQ(Uuid::from_name("a"), Uuid::from_name("a"));
  EXPECT_NE(Uuid::from_name("a"), Uuid::from_name("b"));
}

// Out of the reserve of each thread and past it, and nothing twice.
TEST(SystemRandom, NeverGivesTheSameTwice) {
  std::vector<std::set<std::string>> seen(4);
  std::vector<std::thread> threads;
  for (auto& mine : seen) {
    threads.emplace_back([&mine] {
      SystemRandom random;
      for (std::size_t i = 0; i < 2000; ++i) mine.insert(random.bytes(i % 10 == 0 ? 300 : 16));
    });
  }
  for (auto& thread : threads) thread.join();
  std::set<std::string> all;
  for (const auto& mine : seen) all.insert(mine.begin(), mine.end());
  EXPECT_EQ(all.size(), 8000u);
}

TEST(Time, IsWrittenAsRfc3339) {
  EXPECT_EQ(to_rfc3339(from_micros(0)), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(to_rfc3339(from_micros(-1)), "1969-12-31T23:59:59.999999Z");
}

TEST(Time, FillsASecondsAndNanosPairBeforeAndAfter1970) {
  struct Stamp {
    std::int64_t seconds = 0;
    std::int32_t nanos = 0;
    void set_seconds(std::int64_t value) { seconds = value; }
    void set_nanos(std::int32_t value) { nanos = value; }
  } stamp;
  set_time(&stamp, from_micros(1'500'001));
  EXPECT_EQ(stamp.seconds, 1);
  EXPECT_EQ(stamp.nanos, 500'001'000);
  set_time(&stamp, from_micros(-1));
  EXPECT_EQ(stamp.seconds, -1);
  EXPECT_EQ(stamp.nanos, 999'999'000);
}

TEST(Encoding, RoundTripsAndRefusesWhatIsNotCanonical) {
  for (const std::string& raw : {std::string(), std::string("f"), std::string("foob"), std::string("\0\xff", 2)}) {
    EXPECT_EQ(base64_decode(base64_encode(raw)), raw);
    EXPECT_EQ(base64url_decode(base64url_encode(raw)), raw);
    EXPECT_EQ(hex_decode(hex_encode(raw)), raw);
  }
  EXPECT_EQ(base64_encode("foob"), "Zm9vYg==");
  EXPECT_FALSE(base64url_decode("Zm9vYh"));  // unused bits set
  EXPECT_FALSE(base64_decode("Zm9vYg="));
  EXPECT_FALSE(hex_decode("0g"));
}

TEST(Page, TokenBelongsToItsQuery) {
  const auto token = page_token("list a", "42");
  EXPECT_EQ(*page_position("list a", token), "42");
  EXPECT_EQ(page_position("list b", token).error().reason, "BAD_PAGE_TOKEN");
  EXPECT_EQ(page_position("list a", token + "AAAA").error().reason, "BAD_PAGE_TOKEN");
  EXPECT_EQ(*page_position("list a", ""), "");
  EXPECT_EQ(page_size(0, 20, 100), 20);
  EXPECT_EQ(page_size(500, 20, 100), 100);
}

TEST(Tenant, TakesShortLowerCaseNames) {
  EXPECT_TRUE(Tenant::parse("default"));
  EXPECT_FALSE(Tenant::parse(""));
  EXPECT_FALSE(Tenant::parse("../x"));
  EXPECT_FALSE(Tenant::parse(std::string(41, 'a')));
}

TEST(Trace, GoesOnOrStartsAnew) {
  SystemRandom random;
  const auto parent = Trace::start(random);
  const auto child = Trace::child_of(parent.header(), random);
  EXPECT_EQ(child.trace_id, parent.trace_id);
  EXPECT_NE(child.span_id, parent.span_id);
  EXPECT_EQ(Trace::child_of("nonsense", random).trace_id.size(), 32u);
  EXPECT_NE(Trace::child_of("00-00000000000000000000000000000000-0000000000000001-01", random).trace_id,
            std::string(32, '0'));
}

Result<int> half(int n) {
  if (n % 2 != 0) return fail(invalid("ODD", "The number is odd."));
  return n / 2;
}
Result<int> quarter(int n) {
  CH_ASSIGN(const int h, half(n));
  return half(h);
}

TEST(Result, PassesErrorsOn) {
  EXPECT_EQ(*quarter(8), 2);
  EXPECT_EQ(quarter(6).error().reason, "ODD");
}

TEST(Markup, NothingOfTheTextIsATagOrEndsAnAttribute) {
  EXPECT_EQ(escape_markup("a < b && \"c\" > d"), "a &lt; b &amp;&amp; &quot;c&quot; &gt; d");
}

}  // namespace
}  // namespace cliffhanger
