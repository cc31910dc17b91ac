#include "services/ingest/import/url.h"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <memory>

namespace cliffhanger::ingest {
namespace {

constexpr std::size_t kMostUrl = 2048;
constexpr std::size_t kMostFilename = 255;

using Url = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

Error refused(const std::string& why) {
  return invalid("IMPORT_URL_REFUSED", "The URL can't be imported from: " + why + ".", {{"url", why}});
}

// Empty if the URL has no such part.
std::string part(CURLU* url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, flags) != CURLUE_OK) return "";
  std::string out(text);
  curl_free(text);
  return out;
}

bool plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

// What a file is called whose URL ends so; as it was written if it doesn't decode, or to anything but ASCII.
std::string filename_of(const std::string& path, const std::string& decoded) {
  std::string name = decoded.substr(decoded.rfind('/') + 1);
  const bool readable = std::ranges::all_of(name, [](char c) { return c >= 0x20 && c < 0x7f; });
  if (decoded.empty() || !readable) name = path.substr(path.rfind('/') + 1);
  return name.substr(0, kMostFilename);
}

Result<void> check_parts(CURLU* url, const std::string& scheme, const Reach& reach) {
  if (scheme != "https" && (scheme != "http" || reach.https_only))
    return fail(
        refused(reach.https_only ? "it must begin with https://" : "it must begin with http:// or https://"));
  if (!part(url, CURLUPART_USER).empty() || !part(url, CURLUPART_PASSWORD).empty())
    return fail(refused("it holds a name or a password"));
  if (!part(url, CURLUPART_ZONEID).empty()) return fail(refused("its host has a zone"));
  std::string host = part(url, CURLUPART_HOST);
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  const auto literal = parse_address(host);
  if (literal && !may_reach(*literal, reach.networks)) return fail(address_refused());
  const std::string port = part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
  std::uint16_t number = 0;
  std::from_chars(port.data(), port.data() + port.size(), number);
  if (std::ranges::find(reach.ports, number) == reach.ports.end())
    return fail(refused("port " + port + " is not allowed"));
  return {};
}

}  // namespace

Error address_refused() {
  return invalid("IMPORT_ADDRESS_REFUSED", "The URL leads to an address that is not public.",
                 {{"url", "leads to an address that is not public"}});
}

Result<CheckedUrl> check_url(const std::string& text, const Reach& reach, const std::string& base) {
  if (text.empty() || text.size() > kMostUrl) return fail(refused("it must have 1 to 2048 characters"));
  if (!plain(text))
    return fail(refused("it must be ASCII; write other characters with % and the host in its xn-- form"));
  const Url url(curl_url(), &curl_url_cleanup);
  if (!base.empty()) curl_url_set(url.get(), CURLUPART_URL, base.c_str(), 0);
  if (curl_url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK)
    return fail(refused("it is no URL"));
  const std::string scheme = part(url.get(), CURLUPART_SCHEME);
  CH_TRY(check_parts(url.get(), scheme, reach));
  curl_url_set(url.get(), CURLUPART_FRAGMENT, nullptr, 0);
  CheckedUrl out;
  out.text = part(url.get(), CURLUPART_URL);
  const std::string path = part(url.get(), CURLUPART_PATH);
  out.filename = filename_of(path, part(url.get(), CURLUPART_PATH, CURLU_URLDECODE));
  out.https = scheme == "https";
  curl_url_set(url.get(), CURLUPART_QUERY, nullptr, 0);
  out.shown = part(url.get(), CURLUPART_URL);
  if (out.text.empty() || out.text.size() > kMostUrl) return fail(refused("it is no URL"));
  return out;
}

}  // namespace cliffhanger::ingest
