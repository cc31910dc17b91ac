#pragma once
#include <string>
#include <string_view>

namespace cliffhanger {

// Text as it stands in XML and HTML, between tags or within a quoted attribute: & < > " become entities.
std::string escape_markup(std::string_view text);

}  // namespace cliffhanger
