// The command on files: small ones made here, and the public data sets where they lie beside the project.
#include <gtest/gtest.h>
#include <zlib.h>

#include <boost/json.hpp>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "app/evaluate/policy.h"
#include "app/evaluate/ranking.h"
#include "libs/learn/test_data.h"

namespace cliffhanger::app::evaluation {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using learn::Index;

class Evaluate : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/evaluate-test-XXXXXX";
    folder_ = mkdtemp(name);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string file(const std::string& name, const std::string& text) const {
    const auto path = folder_ / name;
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }

  static Result<json::object> run(Arguments arguments) {
    arguments.push_back("--quiet");
    auto options = parse(arguments);
    if (!options) return tl::unexpected(options.error());
    return options->policy_log.empty() ? rank(*options) : off_policy(*options);
  }

  fs::path folder_;
};

const json::object& learner(const json::object& answer, std::string_view name) {
  for (const auto& one : answer.at("learners").as_array())
    if (one.at("name").as_string() == name) return one.as_object();
  throw std::out_of_range(std::string(name));
}

double figure(const json::object& answer, std::string_view name, std::string_view k,
              std::string_view metric) {
  return learner(answer, name).at("test").at(k).at(metric).to_number<double>();
}

// Forty users in two tastes, who take items of their taste only.
std::string ratings(bool times) {
  std::string out;
  for (int user = 0; user < 40; ++user)
    for (int n = 0; n < 8; ++n) {
      const int item = user % 2 * 12 + (user * 5 + n * 7) % 12;
      out += "u" + std::to_string(user) + "\ti" + std::to_string(item) + "\t" + std::to_string(1 + n % 5) +
             (times ? "\t" + std::to_string(1000 + n) : "") + "\n";
    }
  return out;
}

TEST_F(Evaluate, SplitsByItselfAndReportsEveryLearner) {
  for (const bool times : {false, true}) {
    const auto answer = run({"--train", file("r.tsv", ratings(times)), "--k", "5", "--threads", "2"});
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->at("data").at("split").as_string(), times ? "last" : "random");
    EXPECT_EQ(answer->at("data").at("users").as_int64(), 40);
    EXPECT_EQ(answer->at("data").at("items").as_int64(), 24);
    EXPECT_EQ(answer->at("learners").as_array().size(), times ? 9u : 7u);
    EXPECT_GT(figure(*answer, "ours", "5", "recall"), figure(*answer, "popularity", "5", "recall"));
  }
}

TEST_F(Evaluate, TheSameForTheSameSeed) {
  const auto path = file("r.tsv", ratings(false));
  const Arguments arguments = {"--train", path, "--k", "5", "--learner", "ials,neighbours,ours",
                               "--seed",  "4"};
  const auto a = run(arguments), b = run(arguments);
  ASSERT_TRUE(a && b);
  for (const auto* name : {"ials", "neighbours", "ours"})
    EXPECT_EQ(learner(*a, name).at("test"), learner(*b, name).at("test"));
}

TEST_F(Evaluate, TheTestTellsNothingToTraining) {
  // Another test changes no choice.
  const auto train = file("train.txt", ratings(false));
  const auto one =
      run({"--train", train, "--test", file("a.txt", "u0\ti3\t5\n"), "--learner", "neighbours,ease"});
  const auto other = run(
      {"--train", train, "--test", file("b.txt", "u1\ti13\t5\nu2\ti3\t1\n"), "--learner", "neighbours,ease"});
  ASSERT_TRUE(one && other);
  for (const auto* name : {"neighbours", "ease"})
    for (const auto* what : {"parameters", "validation"})
      EXPECT_EQ(learner(*one, name).at(what), learner(*other, name).at(what));
}

TEST_F(Evaluate, AdjacencyListsWithOddUsersAndItems) {
  const auto train = file("train.txt", "0 1 2 3\n1 1 2 4\n2 2 3 4\n3 1 3 4\n");
  const auto test = file("test.txt", "0 4 99\n1\n2 2 1\n7 1\n");
  const auto answer = run({"--train", train, "--test", test, "--k", "1,2", "--learner", "popularity"});
  ASSERT_TRUE(answer) << answer.error().message;
  const auto& data = answer->at("data");
  EXPECT_EQ(data.at("format").as_string(), "adjacency");
  EXPECT_EQ(data.at("usersOnlyInTest").as_int64(), 1);
  EXPECT_EQ(data.at("itemsOnlyInTest").as_int64(), 1);
  EXPECT_EQ(data.at("alsoInTraining").as_int64(), 1);
  EXPECT_EQ(data.at("usersWithoutTest").as_int64(), 2);
  EXPECT_EQ(answer->at("protocol").at("testUsers").as_int64(), 2);
  EXPECT_NEAR(figure(*answer, "popularity", "1", "recall"), 0.75, 1e-9);  // 0: one of two; 2: its one
}

// SASRec's files: pairs in order of time, without times.
TEST_F(Evaluate, LeavesTheLastOutWhereverItIsTold) {
  std::string pairs;
  for (int user = 0; user < 30; ++user)
    for (int n = 0; n < 6; ++n)
      pairs += std::to_string(user) + " " + std::to_string(n == 5 ? 99 : (user * 3 + n * 2) % 20) + "\n";
  const auto path = file("pairs.txt", pairs);
  const Arguments last = {"--train", path, "--learner", "popularity", "--leave-last-out"};
  const auto answer = run(last);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->at("data").at("split").as_string(), "last");
  EXPECT_EQ(answer->at("data").at("test").as_int64(), 30);
  EXPECT_EQ(answer->at("data").at("itemsOnlyInTest").as_int64(), 1);  // 99, of each user the last
  EXPECT_EQ(answer->at("protocol").at("objective").as_string(), "hr@10");
  // The other way round: times, and yet a share at random.
  const auto timed = file("timed.tsv", ratings(true));
  const auto random = run({"--train", timed, "--learner", "popularity", "--random-test", "0.5"});
  ASSERT_TRUE(random) << random.error().message;
  EXPECT_EQ(random->at("data").at("split").as_string(), "random");
  EXPECT_NEAR(random->at("data").at("test").as_int64(), 160, 40);
  // By themselves too, unless they are sorted.
  const auto itself = run({"--train", path, "--learner", "popularity"});
  ASSERT_TRUE(itself) << itself.error().message;
  EXPECT_EQ(itself->at("data"), answer->at("data"));
  std::string sorted, mixed;
  for (int user = 0; user < 30; ++user)
    for (int n = 0; n < 6; ++n)  // the first of them twice
      sorted += std::to_string(user) + " " + std::to_string(user + (n < 2 ? 0 : n * 2)) + "\n";
  for (int n = 0; n < 6; ++n)
    for (int user = 0; user < 30; ++user)
      mixed += std::to_string(user) + " " + std::to_string((user * 3 + n * 2) % 20) + "\n";
  for (const auto& text : {sorted, mixed}) {
    const auto random = run({"--train", file("p.txt", text), "--learner", "popularity"});
    ASSERT_TRUE(random) << random.error().message;
    EXPECT_EQ(random->at("data").at("split").as_string(), "random");
  }
  EXPECT_EQ(run({"--train", timed, "--random-test", "1"}).error().reason, "BAD_OPTION");
  EXPECT_EQ(run({"--train", timed, "--test", timed, "--leave-last-out"}).error().reason, "BAD_OPTION");
}

// A last item that the user had taken before is in training, and masked: it is missed, as S3-Rec counts it.
TEST_F(Evaluate, ARepeatedLastItemIsMissed) {
  std::string lists;
  for (int user = 0; user < 20; ++user)
    lists += std::to_string(user) + " 5 4 3 2 " + (user < 10 ? "5" : "1") + "\n";
  const auto path = file("lists.txt", lists);
  const auto masked = run({"--train", path, "--k", "10", "--learner", "popularity"});
  ASSERT_TRUE(masked) << masked.error().message;
  EXPECT_EQ(masked->at("protocol").at("testUsers").as_int64(), 20);
  EXPECT_EQ(masked->at("data").at("alsoInTraining").as_int64(), 10);
  EXPECT_NEAR(figure(*masked, "popularity", "10", "hr"), 0.5, 1e-9);
  const auto full = run({"--train", path, "--k", "10", "--learner", "popularity", "--ranking", "full"});
  ASSERT_TRUE(full) << full.error().message;
  EXPECT_NEAR(figure(*full, "popularity", "10", "hr"), 1, 1e-9);
}

TEST_F(Evaluate, ValidationIsCutLikeTheTest) {
  std::string lists;
  for (int user = 0; user < 20; ++user) lists += std::to_string(user) + " 5 4 3 2 1 9\n";
  const auto train = file("train.txt", lists), test = file("test.txt", "0 7\n1 8\n");
  const auto cut = [&](const Arguments& more) {
    Arguments arguments = {"--train", train, "--learner", "popularity,neighbours,ours"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto answer = run(arguments);
    return answer ? std::string(answer->at("protocol").at("validation").as_string()) : answer.error().message;
  };
  EXPECT_EQ(cut({"--test", test}), "random");
  EXPECT_EQ(cut({"--test", test, "--cut", "tail"}), "tail");
  EXPECT_EQ(cut({"--test", test, "--validation", file("v.txt", "0 6\n1 7\n2 6\n")}), "file");
  EXPECT_EQ(cut({}), "last");
}

// Lists that stand in the order of their log may have a test that came later.
TEST_F(Evaluate, TailsJudgeListsInTheOrderOfTheirLog) {
  const auto judged = [&](const std::string& lists, const Arguments& more) {
    Arguments arguments = {"--train",   file("train.txt", lists),    "--test", file("test.txt", "0 7\n1 6\n"),
                           "--learner", "popularity,neighbours,ours"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto answer = run(arguments);
    return answer ? std::to_string(answer->at("protocol").at("tailsJudge").as_bool())
                  : answer.error().message;
  };
  const std::string log = "0 1 2 3 4\n1 1 5 3 6\n2 7 2 8\n3 5 8 1 3\n";
  EXPECT_EQ(judged(log, {}), "1");
  EXPECT_EQ(judged(log, {"--cut", "random"}), "0");
  EXPECT_EQ(judged("0 1 2 3 4\n1 1 3 5 6\n2 2 7 8\n3 1 3 5 8\n", {}), "0");  // sorted since
  EXPECT_EQ(judged("0 4 2 3 1\n1 1 5 3 6\n2 7 2 8\n3 5 8 1 3\n", {}), "0");  // numbered elsewhere
  EXPECT_EQ(judged("0 a b c d\n1 a e c f\n2 g b h\n3 e h a c\n", {"--format", "adjacency"}), "0");
}

// The blend's verdict is told, and what is not taken is the best learner alone.
TEST_F(Evaluate, ABlendIsTakenOrTheBestLearnerStands) {
  // Each user takes 8 of 40 items whatever the others take: nothing can be learnt.
  std::string chance;
  std::uint64_t state = 3;
  for (int user = 0; user < 200; ++user)
    for (int n = 0; n < 8; ++n) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      chance += std::to_string(user) + "\t" + std::to_string((state >> 33) % 40) + "\n";
    }
  const auto answer = run({"--train", file("chance.tsv", chance), "--k", "5", "--trials", "3"});
  ASSERT_TRUE(answer) << answer.error().message;
  const auto& ours = learner(*answer, "ours");
  EXPECT_FALSE(ours.at("blending").at("taken").as_bool());
  EXPECT_LE(ours.at("blending").at("gain").to_number<double>(),
            2 * ours.at("blending").at("standardError").to_number<double>());
  const auto& weights = ours.at("weights").as_object();
  ASSERT_EQ(weights.size(), 1u);
  EXPECT_EQ(ours.at("test"), learner(*answer, weights.begin()->key()).at("test"));
}

TEST_F(Evaluate, RelevanceCountsWhatWasRatedWell) {
  const auto train = file("train.tsv", ratings(false));
  const auto test = file("test.tsv", "u0\ti3\t5\nu2\ti1\t2\n");
  const auto answer = run({"--train", train, "--test", test, "--relevance", "4", "--learner", "popularity"});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->at("protocol").at("testUsers").as_int64(), 1);
  EXPECT_EQ(run({"--train", file("p.tsv", "a\tb\nc\td\na\td\n"), "--relevance", "4"}).error().reason,
            "NO_RATINGS");
}

TEST_F(Evaluate, LearnersWithoutMemoryAreLeftOutWithAReason) {
  std::string wide;
  for (int user = 0; user < 60; ++user) {
    for (int n = 0; n < 60; ++n)
      wide += (n ? " " : std::to_string(user) + " ") + std::to_string((user * 61 + n * 37) % 3000);
    wide += "\n";
  }
  const auto answer =
      run({"--train", file("w.txt", wide), "--learner", "popularity,ease", "--memory-limit", "16"});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_NE(learner(*answer, "ease").at("skipped").as_string().find("MiB"), std::string::npos);
}

TEST_F(Evaluate, WhoseTestItIsDoesNotHangOnTheFirstLearner) {
  const auto test = file("test.tsv", "u0\ti3\t5\nu2\ti1\t2\n");
  std::string many = ratings(false);
  for (int i = 0; i < 3000; ++i) many += "u1\tx" + std::to_string(i) + "\t1\n";
  const auto answer = run({"--train", file("many.tsv", many), "--test", test, "--learner", "ease,popularity",
                           "--memory-limit", "16"});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_TRUE(answer->at("learners").as_array().front().as_object().contains("skipped"));
  EXPECT_EQ(answer->at("protocol").at("testUsers").as_int64(), 2);
}

TEST_F(Evaluate, CountedTrialsLookAtNoClock) {
  const auto answer = run({"--train", file("r.tsv", ratings(false)), "--k", "5", "--trials", "2"});
  ASSERT_TRUE(answer) << answer.error().message;
  for (const auto& one : answer->at("learners").as_array()) {
    ASSERT_FALSE(one.as_object().contains("skipped")) << one;
    if (one.as_object().contains("trials")) EXPECT_LE(one.at("trials").as_int64(), 2);
  }
  EXPECT_TRUE(answer->at("timeLimit").is_null());
  EXPECT_EQ(run({"--train", "x", "--trials", "0"}).error().reason, "BAD_OPTION");
}

// However little time there is, the best of what was tried is fitted on everything, and every learner has
// figures or a reason.
TEST_F(Evaluate, AFinalFitWhateverTheTimeLimit) {
  const auto data = learn::power_law(2000, 3000, 40000, 10);
  std::string text;
  for (Index user = 0; user < data.users; ++user) {
    text += std::to_string(user);
    for (const Index item : data.of(user)) text += " " + std::to_string(item);
    text += "\n";
  }
  const auto answer =
      run({"--train", file("law.txt", text), "--format", "adjacency", "--time-limit", "1", "--threads", "2"});
  ASSERT_TRUE(answer) << answer.error().message;
  int tested = 0;
  for (const auto& one : answer->at("learners").as_array()) {
    const auto& learner = one.as_object();
    EXPECT_NE(learner.contains("skipped"), learner.contains("test")) << one;
    tested += learner.contains("test") && learner.at("name").as_string() != "ours";
  }
  EXPECT_GE(tested, 1);
  EXPECT_GE(figure(*answer, "ours", "20", "recall"), figure(*answer, "ours", "10", "recall"));
}

// Few users with long histories are asked about several places each.
TEST_F(Evaluate, FewUsersValidateAtSeveralPlaces) {
  std::string lists;
  for (int user = 0; user < 20; ++user) {
    lists += std::to_string(user);
    for (int n = 0; n < 40; ++n) lists += " " + std::to_string((user * 7 + n * 3) % 50);
    lists += "\n";
  }
  const auto path = file("long.txt", lists);
  const auto answer =
      run({"--train", path, "--learner", "popularity,transitions,ours", "--k", "5", "--trials", "2"});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->at("protocol").at("validationUsers").as_int64(), 20);
  EXPECT_EQ(answer->at("protocol").at("validationLists").as_int64(), 20 * 3);  // a tenth of 39
  EXPECT_EQ(answer->at("protocol").at("testUsers").as_int64(), 20);
  EXPECT_GT(figure(*answer, "transitions", "5", "hr"), figure(*answer, "popularity", "5", "hr"));
}

TEST_F(Evaluate, CompressedFilesAreRead) {
  const auto text = ratings(true);
  const auto plain = run({"--train", file("r.tsv", text), "--learner", "popularity"});
  const auto packed = (folder_ / "r.tsv.gz").string();
  const gzFile out = gzopen(packed.c_str(), "wb");
  gzwrite(out, text.data(), static_cast<unsigned>(text.size()));
  gzclose(out);
  const auto answer = run({"--train", packed, "--learner", "popularity"});
  ASSERT_TRUE(plain && answer);
  EXPECT_EQ(answer->at("data"), plain->at("data"));
  fs::resize_file(packed, fs::file_size(packed) / 2);
  EXPECT_EQ(run({"--train", packed, "--learner", "popularity"}).error().reason, "BAD_GZIP");
  EXPECT_EQ(run({"--train", folder_}).error().reason, "NO_FILE");
}

TEST_F(Evaluate, WhatIsTooLargeUncompressedEndsAtTheMemoryLimit) {
  const auto packed = (folder_ / "zeros.gz").string();
  const gzFile out = gzopen(packed.c_str(), "wb");
  const std::string zeros(std::size_t{4} << 20, '0');
  for (int i = 0; i < 20; ++i) gzwrite(out, zeros.data(), static_cast<unsigned>(zeros.size()));
  gzclose(out);
  EXPECT_LT(fs::file_size(packed), std::uintmax_t{1} << 20);
  const Arguments arguments = {"--train", packed, "--learner", "popularity", "--memory-limit", "64"};
  EXPECT_EQ(run(arguments).error().reason, "TOO_LARGE");
}

// Marks, blank lines, line ends of Windows and numbers of 64 bits change nothing.
TEST_F(Evaluate, OddFilesAreReadAsTheyAreMeant) {
  const auto plain = run({"--train", file("r.tsv", ratings(true)), "--learner", "popularity"});
  std::string odd = "\xEF\xBB\xBFuserId\tmovieId\trating\ttimestamp\r\n\r\n";
  for (const char c : ratings(true)) {
    if (c == 'u') odd += "90071992547409";
    if (c == 'i') odd += "184467440737095";
    if (c == '\n') odd += "\r\n\r";
    if (c != 'u' && c != 'i') odd += c;
  }
  const auto answer = run({"--train", file("odd.tsv", odd), "--learner", "popularity"});
  ASSERT_TRUE(plain && answer) << answer.error().message;
  EXPECT_EQ(answer->at("data"), plain->at("data"));
  EXPECT_EQ(learner(*answer, "popularity").at("test"), learner(*plain, "popularity").at("test"));
}

TEST_F(Evaluate, BadInputIsNamed) {
  EXPECT_EQ(run({"--train", "/nowhere"}).error().reason, "NO_FILE");
  const auto odd = run({"--train", file("odd.tsv", "a\tb\t1\na\tc\tx\n")});
  ASSERT_FALSE(odd);
  EXPECT_NE(odd.error().message.find("odd.tsv:2: 'x' is no rating"), std::string::npos);
  for (const Arguments& bad : std::vector<Arguments>{{},
                                                     {"--train"},
                                                     {"--k", "0", "--train", "x"},
                                                     {"--learner", "magic", "--train", "x"},
                                                     {"--odd"},
                                                     {"--train", "x", "--policy-log", "y"},
                                                     {"--train", "x", "--ranking", "some"}})
    EXPECT_EQ(run(bad).error().reason, "BAD_OPTION");
  EXPECT_EQ(run({"--train", file("t.txt", "a\tb\n"), "--test", file("u.txt", "a\tb\n")}).error().reason,
            "NOTHING_TO_FIND");
}

TEST_F(Evaluate, APolicyOfATableAndARefusal) {
  std::string log = "item_id,position,click,propensity_score,note\n";
  for (int i = 0; i < 4000; ++i)
    log += std::to_string(i % 4) + "," + std::to_string(1 + i / 4 % 2) + "," +
           (i % 4 == 3 && i % 8 == 3 ? "1" : "0") + ",0.25,x\n";
  const auto path = file("log.csv", log);
  const auto answer = run(
      {"--policy-log", path, "--policy", file("p.csv", "action,probability\n0,0.25\n1,0.25\n2,0\n3,0.5\n")});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_NEAR(answer->at("snips").at("value").to_number<double>(), 0.25, 1e-9);
  EXPECT_NEAR(answer->at("meanWeight").to_number<double>(), 1, 1e-9);
  const auto few = run({"--policy-log", file("few.csv", log.substr(0, log.find("\n", 900) + 1)), "--policy",
                        file("q.csv", "action,probability\n3,1\n")});
  ASSERT_TRUE(few) << few.error().message;
  EXPECT_TRUE(few->contains("refused"));
  EXPECT_FALSE(few->contains("snips"));
  EXPECT_EQ(
      run({"--policy-log", path, "--policy", file("r.csv", "action,probability\n0,0.7\n")}).error().reason,
      "BAD_POLICY");
  EXPECT_EQ(run({"--policy-log", file("bad.csv", "item_id,click,propensity_score\n0,1\n")}).error().reason,
            "MALFORMED_LINE");
}

class Shared : public Evaluate {
 protected:
  void SetUp() override {
    Evaluate::SetUp();
    const char* given = std::getenv("CLIFFHANGER_SHARED_DIR");
    const char* source = std::getenv("CLIFFHANGER_SOURCE_DIR");
    data_ = fs::path(given ? given : std::string(source ? source : ".") + "/../shared") / "data";
    if (!fs::exists(data_))
      GTEST_SKIP() << data_ << " is not there: the public data sets are not in this repository.";
  }
  fs::path data_;
};

TEST_F(Shared, LoggedBanditsAreWorthWhatOthersSay) {
  const auto answer = run({"--policy-log", data_ / "bandit-men/random/men.csv", "--policy-prior",
                           data_ / "bandit-men/prior_bts.yaml"});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_NEAR(answer->at("snips").at("value").to_number<double>(), 0.00460, 0.05 * 0.00460);
  EXPECT_NEAR(answer->at("ips").at("value").to_number<double>(), 0.00453, 0.05 * 0.00453);
  EXPECT_NEAR(answer->at("effectiveSampleSize").to_number<double>(), 2470, 120);
}

// The default pipeline, with trials counted rather than timed: the same on a busy machine.
TEST_F(Shared, MovieLens) {
  const auto answer =
      run({"--train", data_ / "ratings-ml100k/ms_train.tsv", "--test", data_ / "ratings-ml100k/ms_test.tsv",
           "--k", "10", "--trials", "10", "--threads", "2"});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->at("protocol").at("testUsers").as_int64(), 943);
  EXPECT_GE(figure(*answer, "ours", "10", "ndcg"), 0.490);
  EXPECT_GT(figure(*answer, "ease", "10", "ndcg"), 0.478);
}

TEST_F(Shared, Beauty) {
  const auto answer = run({"--train", data_ / "sequences/Beauty.txt", "--k", "10", "--trials", "4",
                           "--threads", "2", "--learner", "popularity,neighbours,transitions,ours"});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->at("data").at("format").as_string(), "sequences");
  EXPECT_GE(figure(*answer, "ours", "10", "hr"), 0.091);
}

TEST_F(Shared, Sports) {
  const auto answer = run({"--train", data_ / "sequences/Sports_and_Outdoors.txt", "--k", "10", "--trials",
                           "4", "--threads", "2", "--learner", "popularity,neighbours,transitions,ours"});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_GE(figure(*answer, "ours", "10", "hr"), 0.050);
}

}  // namespace
}  // namespace cliffhanger::app::evaluation
