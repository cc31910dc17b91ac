// Prints the OpenAPI document (or with "page" the reference page) to standard output: for linters and for
// publishing.
#include <iostream>
#include <string_view>

#include "services/edge/openapi/openapi.h"

int main(int count, char** arguments) {
  const auto documents = cliffhanger::edge::openapi::make_documents();
  if (!documents) {
    std::cerr << documents.error().message << '\n';
    return 1;
  }
  const bool page = count > 1 && std::string_view(arguments[1]) == "page";
  std::cout << (page ? documents->html : documents->json);
  return std::cout.good() ? 0 : 1;
}
