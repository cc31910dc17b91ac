#include "services/ingest/config.h"

#include <charconv>

namespace cliffhanger::ingest {
namespace {

// "a, b" → a and b
std::vector<std::string> items_of(const std::string& list) {
  std::vector<std::string> out(1);
  for (const char c : list) {
    if (c == ',')
      out.emplace_back();
    else if (c != ' ')
      out.back() += c;
  }
  std::erase(out, "");
  return out;
}

Result<std::uint16_t> port_of(const std::string& text) {
  std::uint16_t out = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
  if (read.ec == std::errc() && read.ptr == text.data() + text.size() && out > 0) return out;
  return fail(invalid("BAD_PORT", "\"" + text + "\" is no port."));
}

}  // namespace

Result<FetchRules> Config::fetching() const {
  FetchRules out;
  out.limits.stall = import_stall;
  out.ca_file = import_ca_file;
  out.reach.https_only = import_https_only;
  out.reach.ports.clear();
  for (const auto& item : items_of(import_ports)) {
    CH_ASSIGN(const auto port, port_of(item));
    out.reach.ports.push_back(port);
  }
  for (const auto& item : items_of(import_networks)) {
    CH_ASSIGN(const auto network, parse_network(item));
    out.reach.networks.push_back(network);
  }
  return out;
}

}  // namespace cliffhanger::ingest
