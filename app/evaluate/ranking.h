#pragma once
#include <boost/json/object.hpp>

#include "app/evaluate/options.h"

namespace cliffhanger::app::evaluation {

// Reads the files, evaluates, and gives what is printed. Fails with what reading (MALFORMED_LINE, NO_FILE …)
// and evaluating fail with.
Result<boost::json::object> rank(const Options& options);

}  // namespace cliffhanger::app::evaluation
