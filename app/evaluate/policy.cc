#include "app/evaluate/policy.h"

#include <charconv>
#include <cmath>
#include <map>
#include <set>
#include <sstream>

#include "app/evaluate/files.h"
#include "libs/learn/off_policy.h"

namespace cliffhanger::app::evaluation {
namespace {

namespace json = boost::json;

constexpr int kDraws = 100'000;
constexpr int kMost = 1'000'000;  // actions, positions

Error malformed(const std::string& file, std::size_t line, const std::string& what) {
  return invalid("MALFORMED_LINE", file + ":" + std::to_string(line) + ": " + what);
}

bool parse_number(std::string text, double& out) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && std::isfinite(out);
}

std::vector<std::string> fields_of(std::string line) {
  if (!line.empty() && line.back() == '\r') line.pop_back();
  std::vector<std::string> out;
  const char separator = line.find('\t') != line.npos ? '\t' : ',';
  for (std::size_t at = 0; at <= line.size();) {
    const auto end = std::min(line.find(separator, at), line.size());
    out.push_back(line.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

// The named columns of a file with a header, as numbers. `wanted`: each with the names it goes by; the first
// is ours. An absent column that ends in "?" is left out.
using Row = std::map<std::string, double>;
Result<std::vector<Row>> read_columns(const std::string& file, std::size_t most,
                                      const std::vector<std::vector<std::string>>& wanted) {
  CH_ASSIGN(const auto text, contents(file, most));
  std::istringstream in(text);
  std::string line;
  if (!std::getline(in, line)) return fail(invalid("EMPTY_FILE", file + ": nothing in it."));
  const auto header = fields_of(line);
  std::vector<std::pair<std::string, std::size_t>> columns;
  for (const auto& names : wanted) {
    const bool optional = names.back() == "?";
    const auto found = std::find_if(header.begin(), header.end(), [&](const auto& h) {
      return std::find(names.begin(), names.end(), h) != names.end();
    });
    if (found != header.end())
      columns.emplace_back(names.front(), found - header.begin());
    else if (!optional)
      return fail(malformed(file, 1, "a header with a column '" + names.front() + "' expected."));
  }
  std::vector<Row> out;
  for (std::size_t number = 2; std::getline(in, line); ++number) {
    if (line.empty() || line == "\r") continue;
    const auto fields = fields_of(line);
    if (fields.size() != header.size())
      return fail(malformed(file, number,
                            std::to_string(header.size()) + " fields expected, and " +
                                std::to_string(fields.size()) + " found."));
    Row row;
    for (const auto& [name, column] : columns)
      if (!parse_number(fields[column], row[name]))
        return fail(malformed(file, number, "'" + fields[column].substr(0, 40) + "' is no " + name + "."));
    for (const char* whole : {"action", "position"})
      if (row.contains(whole) &&
          !(row[whole] >= 0 && row[whole] < kMost && row[whole] == std::floor(row[whole])))
        return fail(malformed(file, number, std::string("a whole ") + whole + " from 0 on expected."));
    out.push_back(std::move(row));
  }
  return out;
}

struct Log {
  std::vector<learn::Logged> rounds;
  int actions = 0;
  std::map<int, int> positions;  // as in the file, to 0, 1, …
};

Result<Log> read_log(const std::string& file, std::size_t most) {
  CH_ASSIGN(auto rows, read_columns(file, most,
                                    {{"action", "item_id", "arm"},
                                     {"position", "?"},
                                     {"reward", "click"},
                                     {"propensity", "propensity_score", "pscore", "action_prob"}}));
  Log out;
  for (auto& row : rows) out.positions[static_cast<int>(row["position"])];
  int next = 0;
  for (auto& [position, number] : out.positions) number = next++;
  for (auto& row : rows) {
    const int action = static_cast<int>(row["action"]);
    out.actions = std::max(out.actions, action + 1);
    out.rounds.push_back(
        {action, out.positions.at(static_cast<int>(row["position"])), row["propensity"], row["reward"]});
  }
  return out;
}

// A table action [position] probability, or action alpha beta.
Result<learn::Policy> read_policy(const Options& options, const Log& log) {
  const int positions = static_cast<int>(log.positions.size());
  CH_ASSIGN(auto rows, read_columns(options.policy, options.memory_limit,
                                    {{"action", "item_id", "arm"},
                                     {"position", "?"},
                                     {"probability", "?"},
                                     {"alpha", "?"},
                                     {"beta", "?"}}));
  int actions = log.actions;
  for (auto& row : rows) actions = std::max(actions, static_cast<int>(row["action"]) + 1);
  if (!rows.empty() && rows.front().contains("alpha") && rows.front().contains("beta")) {
    std::vector<double> alpha(static_cast<std::size_t>(actions), 1),
        beta(static_cast<std::size_t>(actions), 1);
    for (auto& row : rows) {
      if (!(row["alpha"] > 0 && row["beta"] > 0))
        return fail(invalid("BAD_POLICY", options.policy + ": alpha and beta are above 0."));
      alpha[static_cast<std::size_t>(row["action"])] = row["alpha"];
      beta[static_cast<std::size_t>(row["action"])] = row["beta"];
    }
    return learn::thompson_policy(alpha, beta, positions, kDraws, options.seed);
  }
  learn::Policy out{
      actions, positions,
      std::vector<double>(static_cast<std::size_t>(actions) * static_cast<std::size_t>(positions), 0)};
  for (auto& row : rows) {
    if (!row.contains("probability") || row["probability"] < 0 || row["probability"] > 1)
      return fail(invalid(
          "BAD_POLICY", options.policy + ": a column probability from 0 to 1, or alpha and beta, expected."));
    for (const auto& [position, number] : log.positions)
      if (!row.contains("position") || static_cast<int>(row["position"]) == position)
        out.probability[static_cast<std::size_t>(number * actions + static_cast<int>(row["action"]))] =
            row["probability"];
  }
  for (int p = 0; p < positions; ++p) {
    double sum = 0;
    for (int a = 0; a < actions; ++a) sum += out.of(a, p);
    if (std::abs(sum - 1) > 1e-3)
      return fail(invalid("BAD_POLICY", options.policy + ": the probabilities at a position sum to " +
                                            std::to_string(sum) + ", not to 1."));
  }
  return out;
}

// The lists alpha and beta of one campaign in the prior of Open Bandit's Thompson sampling: `campaign:`, `
// alpha:`, `    - 47.0`.
Result<learn::Policy> read_prior(const Options& options, const Log& log) {
  CH_ASSIGN(const auto text, contents(options.policy_prior, options.memory_limit));
  std::istringstream in(text);
  std::map<std::string, std::vector<double>> lists;
  std::string line, campaign, list;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    const auto first = line.find_first_not_of(" \r");
    if (first == line.npos || line[first] == '#') continue;
    const auto last = line.find_last_not_of(" \r");
    const std::string word = line.substr(first, last - first + 1);
    if (word.back() == ':') {
      (first == 0 ? campaign : list) = word.substr(0, word.size() - 1);
      continue;
    }
    double value = 0;
    if (!word.starts_with("- ") || !parse_number(word.substr(2), value) || value <= 0)
      return fail(malformed(options.policy_prior, number,
                            "a campaign, alpha, beta or a number above 0 in a list expected."));
    if (campaign == options.campaign) lists[list].push_back(value);
  }
  const auto &alpha = lists["alpha"], &beta = lists["beta"];
  if (alpha.empty() || alpha.size() != beta.size())
    return fail(invalid("BAD_POLICY", options.policy_prior + ": no campaign '" + options.campaign +
                                          "' with as many alpha as beta."));
  if (log.positions.size() > alpha.size())
    return fail(invalid("BAD_POLICY", "The log has more positions than the policy actions."));
  return learn::thompson_policy(alpha, beta, static_cast<int>(log.positions.size()), kDraws, options.seed);
}

json::object estimate(const learn::Estimate& value) {
  return {{"value", value.value}, {"low95", value.low}, {"high95", value.high}};
}

}  // namespace

Result<json::object> off_policy(const Options& options) {
  CH_ASSIGN(const auto log, read_log(options.policy_log, options.memory_limit));
  if (log.rounds.empty()) return fail(invalid("EMPTY_LOG", options.policy_log + ": no rounds in it."));
  learn::Policy policy = learn::uniform_policy(log.actions, static_cast<int>(log.positions.size()));
  if (!options.policy.empty()) {
    CH_ASSIGN(policy, read_policy(options, log));
  } else if (!options.policy_prior.empty()) {
    CH_ASSIGN(policy, read_prior(options, log));
  }
  CH_ASSIGN(const auto value, learn::evaluate_policy(log.rounds, policy));
  json::object out{{"rounds", value.rounds},
                   {"actions", policy.actions},
                   {"positions", policy.positions},
                   {"loggedMeanReward", value.logged},
                   {"effectiveSampleSize", value.effective_sample_size},
                   {"meanWeight", value.mean_weight},
                   {"largestWeight", value.largest_weight}};
  if (!value.refused.empty()) {
    out["refused"] = value.refused;
    return out;
  }
  out["ips"] = estimate(value.ips);
  out["snips"] = estimate(value.snips);
  out["dr"] = estimate(value.dr);
  return out;
}

}  // namespace cliffhanger::app::evaluation
