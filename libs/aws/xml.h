#pragma once
// AWS's answers: small XML documents whose leaves are all that counts.
#include <functional>
#include <string>
#include <string_view>

#include "libs/core/result.h"

namespace cliffhanger::aws {

// Calls `leaf` with the path of each element and the text in it, such as ("ListBucketResult/Contents/Key",
// "a/b"), when it ends; an element that holds others ends after them, with the text between them. Fails with
// BAD_XML, also for a DTD and for what is nested more than 16 deep.
Result<void> read_xml(std::string_view document,
                      const std::function<void(std::string_view path, const std::string& text)>& leaf);

// The text of the first element at `path`, "" if there is none or the document is no XML.
std::string xml_text(std::string_view document, std::string_view path);

}  // namespace cliffhanger::aws
