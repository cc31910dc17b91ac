#include "app/evaluate/ranking.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <cmath>
#include <cstdio>
#include <thread>

#include "app/evaluate/files.h"

namespace cliffhanger::app::evaluation {
namespace {

namespace json = boost::json;
using learn::Index;

constexpr double kLimit = 115;  // seconds of wall time, reading the files included
constexpr double kCpu = 220;    // seconds of CPU time

double rounded(double value) {
  return std::round(value * 1e6) / 1e6;
}

json::object figures_of(const learn::Ranking& ranking) {
  json::object out;
  for (const auto& [k, f] : ranking.at) {
    json::object at;
    const std::pair<const char*, double> all[] = {{"recall", f.recall},
                                                  {"precision", f.precision},
                                                  {"hr", f.hr},
                                                  {"mrr", f.mrr},
                                                  {"ndcg", f.ndcg},
                                                  {"coverage", f.coverage},
                                                  {"diversity", f.diversity},
                                                  {"novelty", f.novelty}};
    for (const auto& [name, value] : all) at[name] = rounded(value);
    out[std::to_string(k)] = std::move(at);
  }
  return out;
}

json::object learner_json(const learn::LearnerReport& report) {
  json::object out{{"name", report.name}};
  if (!report.skipped.empty()) {
    out["skipped"] = report.skipped;
    return out;
  }
  json::object parameters;
  for (const auto& [name, value] : report.parameters) parameters[name] = rounded(value);
  out[report.name == "ours" ? "weights" : "parameters"] = std::move(parameters);
  out["validation"] = rounded(report.validation);
  if (report.choice)
    out["blending"] = json::object{{"gain", rounded(report.choice->gain)},
                                   {"standardError", rounded(report.choice->error)},
                                   {"taken", report.choice->blend}};
  if (report.name != "ours") {
    out["trials"] = report.trials;
    out["tunedToTheEnd"] = report.complete;
  }
  out["test"] = figures_of(report.test);
  out["seconds"] = json::object{{"tune", rounded(report.tune_seconds)},
                                {"fit", rounded(report.fit_seconds)},
                                {"test", rounded(report.test_seconds)}};
  return out;
}

json::object data_json(const Data& data) {
  const auto pairs =
      static_cast<double>(data.problem.train.users) * static_cast<double>(data.problem.train.items);
  const auto all = data.problem.train.size() + data.problem.test.size();
  return {{"format", learn::format_name(data.format)},
          {"users", data.problem.train.users},
          {"items", data.problem.train.items},
          {"train", data.problem.train.size()},
          {"test", data.problem.test.size()},
          {"density", rounded(pairs > 0 ? static_cast<double>(all) / pairs : 0)},
          {"duplicatesDropped", data.duplicates},
          {"alsoInTraining", data.also_in_train},
          {"usersOnlyInTest", data.users_only_in_test},
          {"usersWithoutTest", data.users_without_test},
          {"itemsOnlyInTest", data.items_only_in_test},
          {"split", data.split}};
}

}  // namespace

Result<json::object> rank(const Options& options) {
  const learn::Budget reading(0);
  CH_ASSIGN(const auto data, load(options));
  learn::EvaluationOptions wanted;
  const bool last = data.problem.cut == learn::CutKind::kLast;
  wanted.k = options.k;
  if (wanted.k.empty())
    wanted.k = data.format == learn::Format::kAdjacency ? std::vector{20, 10} : std::vector{10, 20};
  wanted.objective = !options.objective.empty() ? options.objective : last ? "hr" : "ndcg";
  wanted.learners = options.learners;
  wanted.mask_seen = options.mask_seen;
  wanted.trials = options.trials;
  const double limit = options.time_limit > 0 ? options.time_limit : kLimit;
  wanted.time_limit = std::max(0.1, limit - reading.used());
  if (options.time_limit <= 0) wanted.cpu_limit = kCpu;
  wanted.memory_limit = options.memory_limit;
  wanted.seed = options.seed;
  wanted.threads = options.threads > 0 ? options.threads
                                       : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  if (!options.all_relevant)
    wanted.relevant = [&](const learn::History& held, std::int64_t at) {
      return held.rating[at] >= options.least_rating;
    };
  CH_ASSIGN(const auto report, learn::run_evaluation(data.problem, wanted, [&](const std::string& line) {
              if (!options.quiet) std::fprintf(stderr, "%s\n", line.c_str());
            }));
  json::object out{
      {"data", data_json(data)},
      {"protocol", json::object{{"ranking", options.mask_seen ? "masked" : "full"},
                                {"relevance", options.all_relevant ? json::value("all")
                                                                   : json::value(options.least_rating)},
                                {"testUsers", report.test_users},
                                {"objective", fmt::format("{}@{}", wanted.objective, wanted.k.front())},
                                {"validation", data.problem.given                          ? "file"
                                               : last                                      ? "last"
                                               : data.problem.cut == learn::CutKind::kTail ? "tail"
                                                                                           : "random"},
                                {"tailsJudge", data.problem.tails_judge},
                                {"validationUsers", report.validation_users},
                                {"validationLists", report.validation_lists},
                                {"validationSampled", report.validation_sampled},
                                {"seed", options.seed},
                                {"threads", wanted.threads}}}};
  json::array learners;
  for (const auto& learner : report.learners) learners.push_back(learner_json(learner));
  out["learners"] = std::move(learners);
  out["seconds"] = rounded(reading.used());
  out["timeLimit"] = wanted.trials > 0 ? json::value() : json::value(limit);
  out["memoryLimitMiB"] = wanted.memory_limit >> 20;
  return out;
}

}  // namespace cliffhanger::app::evaluation
