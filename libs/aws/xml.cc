#include "libs/aws/xml.h"

#include <expat.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace cliffhanger::aws {
namespace {

constexpr std::size_t kDepth = 16;

struct Reading {
  XML_Parser parser;
  const std::function<void(std::string_view, const std::string&)>& leaf;
  std::string path;
  std::vector<std::string> texts;
  bool refused = false;
};

void refuse(Reading& it) {
  it.refused = true;
  XML_StopParser(it.parser, XML_FALSE);
}

// Handlers may be called once more after the parser was stopped.
void begin(void* user, const XML_Char* name, const XML_Char**) {
  auto& it = *static_cast<Reading*>(user);
  if (it.refused || it.texts.size() == kDepth) return refuse(it);
  it.path += (it.path.empty() ? "" : "/") + std::string(name);
  it.texts.emplace_back();
}

void end(void* user, const XML_Char*) {
  auto& it = *static_cast<Reading*>(user);
  if (it.refused) return;
  it.leaf(it.path, it.texts.back());
  it.texts.pop_back();
  const auto slash = it.path.rfind('/');
  it.path.resize(slash == std::string::npos ? 0 : slash);
}

void text(void* user, const XML_Char* bytes, int size) {
  auto& it = *static_cast<Reading*>(user);
  if (!it.refused && !it.texts.empty()) it.texts.back().append(bytes, static_cast<std::size_t>(size));
}

void doctype(void* user, const XML_Char*, const XML_Char*, const XML_Char*, int) {
  refuse(*static_cast<Reading*>(user));
}

}  // namespace

Result<void> read_xml(std::string_view document,
                      const std::function<void(std::string_view, const std::string&)>& leaf) {
  const std::unique_ptr<XML_ParserStruct, void (*)(XML_Parser)> parser(XML_ParserCreate(nullptr),
                                                                       &XML_ParserFree);
  // White space may come before the declaration, of a store that was at work.
  document.remove_prefix(std::min(document.find_first_not_of(" \t\r\n"), document.size()));
  Reading reading{parser.get(), leaf, {}, {}, false};
  XML_SetUserData(parser.get(), &reading);
  XML_SetElementHandler(parser.get(), &begin, &end);
  XML_SetCharacterDataHandler(parser.get(), &text);
  XML_SetStartDoctypeDeclHandler(parser.get(), &doctype);
  const auto status = XML_Parse(parser.get(), document.data(), static_cast<int>(document.size()), XML_TRUE);
  if (status != XML_STATUS_OK || reading.refused)
    return fail(internal("BAD_XML", "Not XML that is understood."));
  return {};
}

std::string xml_text(std::string_view document, std::string_view path) {
  std::string found;
  bool first = true;
  const auto read = read_xml(document, [&](std::string_view at, const std::string& value) {
    if (at == path && std::exchange(first, false)) found = value;
  });
  return read ? found : "";
}

}  // namespace cliffhanger::aws
