#pragma once
#include <boost/json/object.hpp>

#include "app/evaluate/options.h"

namespace cliffhanger::app::evaluation {

// Reads a log and a policy, and gives what is printed; its `refused` is set where the estimates can't be
// relied on. Fails with NO_FILE, MALFORMED_LINE (file and line named) and what evaluate_policy() fails with.
Result<boost::json::object> off_policy(const Options& options);

}  // namespace cliffhanger::app::evaluation
