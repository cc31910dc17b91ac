#include "app/evaluate/options.h"

#include <charconv>
#include <functional>
#include <map>

namespace cliffhanger::app::evaluation {

const char kHelp[] =
    R"(cliffhanger evaluate --train FILE [--test FILE] [--validation FILE] [OPTION …]

Fits recommenders to files of interactions, chooses their hyper-parameters on a validation cut of the training (never on the test), and prints one
JSON object: figures on the test for each. Progress goes to stderr. docs/RECOMMENDATION.md tells how to read it.

Files, told apart by themselves or by --format:
  ratings     user item [rating] [time], one interaction a line, with or without a header; between them tab, comma, ::, ;, | or spaces
  adjacency   user item item …, in any order
  sequences   user item item …, the oldest first; without --test the last item of each user is the test
Any of them may be compressed with gzip.
Without --test, ratings with times hold out each user's last item, and so do pairs that stand together by user in no order but that of time (SASRec's);
others a fifth at random:
  --leave-last-out  each user's last item is the test whatever the file: by time, or as the lines stand where there are no times
  --random-test P   that share of each user's interactions is the test, times or not

  --format F        auto, ratings, adjacency or sequences (auto)
  --k LIST          lengths of lists, such as 10,20; the first is what is tuned for (10,20; adjacency 20,10)
  --learner LIST    auto, or some of popularity, neighbours, transitions, slist, ease, ials, gf-cf, bspm, ours (auto: all that suit the data)
  --ranking R       masked: what the user took in training is not ranked; full: it is (masked)
  --relevance R     all, or the least rating of what should be found (all)
  --objective M     ndcg, recall, hr, mrr or precision (ndcg; sequences hr)
  --cut C           how validation is cut: random, last (item), tail (the last fifth of each user's), or auto: last where the test
                    is or comes later, else random
  --time-limit S    seconds of wall time (115, and 220 of CPU time)
  --trials N        at most N values of hyper-parameters for each learner, and no time limit: the same figures on any machine
  --memory-limit M  MiB (4096); learners that need more are left out, and the JSON says so
  --seed N          of cuts and random starts (1)
  --threads N       (all cores)
  --quiet           no progress

cliffhanger evaluate --policy-log FILE [--policy FILE | --policy-prior FILE [--campaign C]] [--seed N]

What a policy would have earned, told from another's log: a table with a header that names action (or item_id), position (may be missing), reward (or click)
and propensity (or propensity_score); other columns are passed over. The policy is a table `action [position] probability`, or `action alpha beta` for Thompson
sampling from Beta draws, or Open Bandit's YAML of such priors (--policy-prior, the campaign men); without one it is the uniform policy. Prints IPS, SNIPS and DR with 95 %
intervals, the effective sample size and the mean weight. Where the sample is below 100 or the mean weight outside 0.8 to 1.25 it says so instead, and
the exit code is 3.
)";

namespace {

Error bad(const std::string& message) {
  return invalid("BAD_OPTION", message);
}

std::vector<std::string> listed(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find(',', at), text.size());
    if (end > at) out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

Result<double> number(const std::string& name, const std::string& text, double least, double most) {
  double out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size() || !(out >= least && out <= most))
    return fail(bad(name + " wants a number from " + std::to_string(static_cast<long long>(least)) + " to " +
                    std::to_string(static_cast<long long>(most)) + ", not '" + text + "'."));
  return out;
}

Result<std::string> one_of(const std::string& name, const std::string& text,
                           const std::vector<std::string>& known) {
  for (const auto& value : known)
    if (value == text) return text;
  std::string all;
  for (const auto& value : known) all += (all.empty() ? "" : ", ") + value;
  return fail(bad(name + " is one of " + all + ", not '" + text + "'."));
}

Result<void> take_number(const std::string& name, const std::string& text, Options& out) {
  if (name == "--time-limit") {
    CH_ASSIGN(out.time_limit, number(name, text, 1, 86400 * 30));
  } else if (name == "--memory-limit") {
    CH_ASSIGN(const double mebibytes, number(name, text, 16, 1 << 24));
    out.memory_limit = static_cast<std::size_t>(mebibytes) << 20;
  } else if (name == "--trials") {
    CH_ASSIGN(const double trials, number(name, text, 1, 1e6));
    out.trials = static_cast<int>(trials);
  } else if (name == "--seed") {
    CH_ASSIGN(const double seed, number(name, text, 0, 1e15));
    out.seed = static_cast<std::uint64_t>(seed);
  } else {
    CH_ASSIGN(const double threads, number(name, text, 1, 1024));
    out.threads = static_cast<int>(threads);
  }
  return {};
}

Result<void> take_random_test(const std::string& name, const std::string& text, Options& out) {
  CH_ASSIGN(out.test_share, number(name, text, 0, 1));
  if (out.test_share <= 0 || out.test_share >= 1) return fail(bad(name + " wants a share such as 0.25."));
  out.split = "random";
  return {};
}

Result<void> take_choice(const std::string& name, const std::string& text, Options& out) {
  if (name == "--ranking") {
    CH_ASSIGN(const auto ranking, one_of(name, text, {"masked", "full"}));
    out.mask_seen = ranking == "masked";
  } else if (name == "--relevance") {
    out.all_relevant = text == "all";
    if (out.all_relevant) return {};
    CH_ASSIGN(out.least_rating, number(name, text, -1e9, 1e9));
  } else if (name == "--objective") {
    CH_ASSIGN(out.objective, one_of(name, text, {"ndcg", "recall", "hr", "mrr", "precision"}));
  } else if (name == "--cut") {
    CH_ASSIGN(out.cut, one_of(name, text, {"auto", "random", "last", "tail"}));
  } else if (name == "--format") {
    CH_ASSIGN(out.format, learn::format_named(text));
  } else if (name == "--k") {
    for (const auto& word : listed(text)) {
      CH_ASSIGN(const double k, number(name, word, 1, 10000));
      out.k.push_back(static_cast<int>(k));
    }
    if (out.k.empty()) return fail(bad("--k wants a list such as 10,20."));
  } else {
    if (text != "auto") out.learners = listed(text);
    for (const auto& learner : out.learners) CH_TRY(one_of(name, learner, learn::learner_names()));
  }
  return {};
}

}  // namespace

Result<Options> parse(const Arguments& arguments) {
  Options out;
  const std::map<std::string, std::string*> files = {
      {"--train", &out.train},           {"--test", &out.test},     {"--validation", &out.validation},
      {"--policy-log", &out.policy_log}, {"--policy", &out.policy}, {"--policy-prior", &out.policy_prior},
      {"--campaign", &out.campaign}};
  using Take = Result<void> (*)(const std::string&, const std::string&, Options&);
  const std::map<std::string, Take> others = {{"--time-limit", take_number},
                                              {"--memory-limit", take_number},
                                              {"--seed", take_number},
                                              {"--threads", take_number},
                                              {"--trials", take_number},
                                              {"--ranking", take_choice},
                                              {"--relevance", take_choice},
                                              {"--objective", take_choice},
                                              {"--cut", take_choice},
                                              {"--format", take_choice},
                                              {"--k", take_choice},
                                              {"--learner", take_choice},
                                              {"--random-test", take_random_test}};
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto& word = arguments[i];
    if (word == "--help" || word == "-h") {
      out.help = true;
      return out;
    }
    if (word == "--quiet") {
      out.quiet = true;
      continue;
    }
    if (word == "--leave-last-out") {
      out.split = "last";
      continue;
    }
    const auto file = files.find(word);
    const auto other = others.find(word);
    if (file == files.end() && other == others.end()) return fail(bad("There is no option '" + word + "'."));
    if (i + 1 >= arguments.size() || arguments[i + 1].starts_with("--"))
      return fail(bad(word + " wants a value."));
    const auto& value = arguments[++i];
    if (file != files.end())
      *file->second = value;
    else
      CH_TRY(other->second(word, value, out));
  }
  if (out.train.empty() == out.policy_log.empty())
    return fail(bad("Name a file with --train, or with --policy-log."));
  if (out.split != "auto" && !out.test.empty())
    return fail(bad("--leave-last-out and --random-test make a test, and --test names one."));
  return out;
}

}  // namespace cliffhanger::app::evaluation
