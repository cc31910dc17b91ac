#include "libs/aws/sigv4.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <ctime>

#include "libs/core/encoding.h"
#include "libs/digest/sha256.h"

namespace cliffhanger::aws {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

std::string hmac(std::string_view key, std::string_view text) {
  unsigned char raw[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(text.data()), text.size(), raw, &size) == nullptr)
    std::abort();  // only without memory
  return {reinterpret_cast<const char*>(raw), size};
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

// Without spaces at the ends, and runs of them as one.
std::string squeeze(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\t' || c == '\n';
    if (space && (out.empty() || out.back() == ' ')) continue;
    out += space ? ' ' : c;
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

// Names in lower case and in order; those of the same name as one, their values in the order they came.
Pairs canonical_headers(const Pairs& headers) {
  Pairs out;
  for (const auto& [name, value] : headers) {
    const std::string key = lower(name);
    const auto same = std::find_if(out.begin(), out.end(), [&](const auto& it) { return it.first == key; });
    if (same == out.end()) {
      out.emplace_back(key, squeeze(value));
    } else {
      same->second += ',' + squeeze(value);
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::string names_of(const Pairs& headers) {
  std::string out;
  for (const auto& [name, value] : headers) out += (out.empty() ? "" : ";") + name;
  return out;
}

}  // namespace

std::string uri_encode(std::string_view text, bool keep_slash) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const unsigned char c : text) {
    const bool plain = (c < 128 && std::isalnum(c)) || c == '-' || c == '.' || c == '_' || c == '~' ||
                       (keep_slash && c == '/');
    if (plain) {
      out += static_cast<char>(c);
    } else {
      out += {'%', kHex[c >> 4], kHex[c & 15]};
    }
  }
  return out;
}

std::string canonical_query(const Pairs& query) {
  Pairs encoded;
  for (const auto& [name, value] : query)
    encoded.emplace_back(uri_encode(name, false), uri_encode(value, false));
  std::sort(encoded.begin(), encoded.end());
  std::string out;
  for (const auto& [name, value] : encoded) out += (out.empty() ? "" : "&") + name + '=' + value;
  return out;
}

std::string amz_date(Time time) {
  const std::time_t seconds =
      std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(time));
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &parts)};
}

std::string canonical_request(const Signable& request) {
  const Pairs headers = canonical_headers(request.headers);
  std::string out =
      request.method + '\n' + uri_encode(request.path, true) + '\n' + canonical_query(request.query) + '\n';
  for (const auto& [name, value] : headers) out += name + ':' + value + '\n';
  return out + '\n' + names_of(headers) + '\n' + request.payload_hash;
}

namespace {

std::string scope_at(Time now, std::string_view region, std::string_view service) {
  return amz_date(now).substr(0, 8) + '/' + std::string(region) + '/' + std::string(service) + "/aws4_request";
}

std::string signature(const Signable& request, const Credentials& who, std::string_view region,
                      std::string_view service, Time now) {
  const std::string moment = amz_date(now);
  const std::string text = std::string(kAlgorithm) + '\n' + moment + '\n' + scope_at(now, region, service) + '\n' +
                           sha256_hex(canonical_request(request));
  const std::string key =
      hmac(hmac(hmac(hmac("AWS4" + who.secret, moment.substr(0, 8)), region), service), "aws4_request");
  return hex_encode(hmac(key, text));
}

}  // namespace

Pairs presigned_query(const Signable& request, const Credentials& who, std::string_view region,
                      std::string_view service, Time now, std::chrono::seconds life) {
  Signable signable = request;
  auto& query = signable.query;
  query.emplace_back("X-Amz-Algorithm", kAlgorithm);
  query.emplace_back("X-Amz-Credential", who.key_id + '/' + scope_at(now, region, service));
  query.emplace_back("X-Amz-Date", amz_date(now));
  query.emplace_back("X-Amz-Expires", std::to_string(life.count()));
  query.emplace_back("X-Amz-SignedHeaders", names_of(canonical_headers(request.headers)));
  if (!who.session_token.empty()) query.emplace_back("X-Amz-Security-Token", who.session_token);
  query.emplace_back("X-Amz-Signature", signature(signable, who, region, service, now));
  return std::move(query);
}

std::string authorization(const Signable& request, const Credentials& who, std::string_view region,
                          std::string_view service, Time now) {
  return std::string(kAlgorithm) + " Credential=" + who.key_id + '/' + scope_at(now, region, service) +
         ", SignedHeaders=" + names_of(canonical_headers(request.headers)) +
         ", Signature=" + signature(request, who, region, service, now);
}

}  // namespace cliffhanger::aws
