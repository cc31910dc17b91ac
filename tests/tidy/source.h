#pragma once
// Just enough understanding of C++ for the rules: includes, and where functions begin and end.
#include <string>
#include <string_view>
#include <vector>

namespace cliffhanger::tidy {

struct Include {
  int line;          // from 1
  bool quoted;       // "x", otherwise <x>
  std::string path;  // between the quotes or brackets
};

struct Function {
  int first_line;  // of its signature
  int last_line;   // of its closing brace
  std::string signature;
};

std::vector<Include> includes_of(std::string_view source);

// The text with comments, strings, characters and preprocessor lines as blanks; every line stays where it is.
std::string code_only(std::string_view source);

// Functions at namespace or class level. Lambdas belong to the function that holds them.
std::vector<Function> functions_of(std::string_view source);

}  // namespace cliffhanger::tidy
