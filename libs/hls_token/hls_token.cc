#include "libs/hls_token/hls_token.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <vector>

#include "libs/core/encoding.h"
#include "libs/digest/digest.h"
#include "libs/digest/sha256.h"

namespace cliffhanger::hls {
namespace {

constexpr std::string_view kVersion = "1";
constexpr std::size_t kBlock = 64;  // bytes that SHA-256 takes at a time

bool is_key_id(std::string_view id) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !id.empty() && id.size() <= 16 && std::all_of(id.begin(), id.end(), plain);
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

tl::unexpected<Error> invalid_token() {
  return fail(denied("TOKEN_INVALID", "The playback URL is not one of ours; start a session again."));
}

}  // namespace

// HMAC-SHA256 (RFC 2104). What depends on the secret alone is hashed once; OpenSSL's HMAC() does that anew each time.
class Keys::Mac {
 public:
  explicit Mac(std::string secret) {
    if (secret.size() > kBlock) secret = sha256(secret);
    secret.resize(kBlock, '\0');
    for (auto& c : secret) c = static_cast<char>(c ^ 0x36);
    inner_.add(secret);
    for (auto& c : secret) c = static_cast<char>(c ^ 0x36 ^ 0x5C);
    outer_.add(secret);
  }

  std::string of(std::string_view text) const {
    thread_local Digest work(Digest::Kind::kSha256);
    work = inner_;
    work.add(text);
    const std::string inside = work.raw();
    work = outer_;
    work.add(inside);
    return work.raw();
  }

 private:
  Digest inner_{Digest::Kind::kSha256}, outer_{Digest::Kind::kSha256};
};

Result<Keys> Keys::parse(std::string_view text) {
  Keys keys;
  for (auto line : split(text, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) continue;
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || !is_key_id(line.substr(0, colon)))
      return fail(invalid(
          "BAD_KEY", "An HLS key is \"id:secret\" with an id of 1 to 16 lower-case letters and digits."));
    std::string id(line.substr(0, colon)), secret(line.substr(colon + 1));
    if (secret.size() < 32)
      return fail(invalid("BAD_KEY", "The secret of HLS key " + id + " has under 32 bytes."));
    if (keys.current_.empty()) keys.current_ = id;
    if (!keys.macs_.emplace(id, std::make_shared<const Mac>(std::move(secret))).second)
      return fail(invalid("BAD_KEY", "There are two HLS keys named " + id + "."));
  }
  if (keys.macs_.empty() || keys.macs_.size() > kMaxKeys)
    return fail(invalid("BAD_KEY", "There must be 1 to " + std::to_string(kMaxKeys) + " HLS keys."));
  return keys;
}

std::string Keys::sign(const Grant& grant) const {
  const auto seconds = to_micros(grant.expires) / 1'000'000;
  std::string text = std::string(kVersion) + '.' + current_ + '.' + grant.tenant.text() + '.' +
                     grant.session.text() + '.' + grant.revision.text() + '.' + std::to_string(seconds);
  return text + '.' + base64url_encode(macs_.at(current_)->of(text));
}

Result<Grant> Keys::verify(std::string_view token, Time now) const {
  if (token.size() > kMaxTokenBytes) return invalid_token();
  const auto parts = split(token, '.');
  if (parts.size() != 7 || parts[0] != kVersion) return invalid_token();
  const auto key = macs_.find(parts[1]);
  if (key == macs_.end()) return invalid_token();
  const auto signed_text = token.substr(0, token.rfind('.'));
  if (!equal_constant_time(base64url_encode(key->second->of(signed_text)), parts[6]))
    return invalid_token();
  auto tenant = Tenant::parse(parts[2]);
  auto session = SessionId::parse(parts[3]);
  auto revision = RevisionId::parse(parts[4]);
  std::int64_t seconds = 0;
  const auto [end, ec] = std::from_chars(parts[5].data(), parts[5].data() + parts[5].size(), seconds);
  const bool number = ec == std::errc() && end == parts[5].data() + parts[5].size() && seconds < (1ll << 40);
  if (!tenant || !session || !revision || !number) return invalid_token();
  const auto expires = from_micros(seconds * 1'000'000);
  if (now >= expires)
    return fail(denied("TOKEN_EXPIRED", "The playback URL has expired; start a session again."));
  return Grant{*tenant, *session, *revision, expires};
}

std::string url_path(const std::string& token, const Grant& grant, std::string_view name) {
  return "/hls/" + token + '/' + grant.revision.text() + '/' + std::string(name);
}

}  // namespace cliffhanger::hls
