#pragma once
#include <string>
#include <string_view>

namespace cliffhanger::edge::rest {

// Appends `text` as a JSON string. `text` must be UTF-8.
void write_string(std::string_view text, std::string& out);
// The shortest text that reads back to the same number; NaN and infinities as strings.
void write_number(double value, std::string& out);
void write_number(float value, std::string& out);

}  // namespace cliffhanger::edge::rest
