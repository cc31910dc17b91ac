#pragma once
// A reader of small XML documents: elements, attributes and text. No entities but the five of XML itself and
// numbers, no document types, no namespaces (a prefix is part of the name). Nothing here trusts its input.
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "libs/core/result.h"

namespace cliffhanger::conformance {

struct Element {
  std::string name;
  std::map<std::string, std::string, std::less<>> attributes;
  std::string text;  // of it alone, without its children's
  std::vector<Element> children;

  // Null or "" where there is none.
  const Element* child(std::string_view of) const;
  std::string_view attribute(std::string_view of) const;
};

// Fails with BAD_XML and a sentence that names the line.
Result<Element> parse_xml(std::string_view text);

}  // namespace cliffhanger::conformance
