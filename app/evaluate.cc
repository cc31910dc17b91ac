#include <boost/json.hpp>
#include <cstdio>

#include "app/commands.h"
#include "app/evaluate/options.h"
#include "app/evaluate/policy.h"
#include "app/evaluate/ranking.h"

namespace cliffhanger::app {

int evaluate(const Arguments& arguments) {
  const auto options = evaluation::parse(arguments);
  if (!options || options->help) {
    if (!options) std::fprintf(stderr, "%s\n\n", options.error().message.c_str());
    std::fputs(evaluation::kHelp, options ? stdout : stderr);
    return options ? 0 : 2;
  }
  const auto answer =
      options->policy_log.empty() ? evaluation::rank(*options) : evaluation::off_policy(*options);
  if (!answer) {
    std::fprintf(stderr, "%s: %s\n", answer.error().reason.c_str(), answer.error().message.c_str());
    return 1;
  }
  std::printf("%s\n", boost::json::serialize(*answer).c_str());
  return answer->contains("refused") ? 3 : 0;
}

}  // namespace cliffhanger::app
