#include "services/transcode/domain/protection.h"

namespace cliffhanger::transcode {

std::string key_tag(const Protection& protection, std::string_view up) {
  if (protection.method == Encryption::kNone) return "";
  const bool samples = protection.method == Encryption::kSampleAes;
  return std::string("#EXT-X-KEY:METHOD=") + (samples ? "SAMPLE-AES" : "AES-128") + ",URI=\"" +
         std::string(up) + "key\",IV=0x" + protection.iv +
         (samples ? ",KEYFORMAT=\"identity\",KEYID=0x" + protection.key_id : "") + "\n";
}

Result<Protection> parse_key_tag(std::string_view playlist) {
  const std::size_t at = playlist.find("#EXT-X-KEY:METHOD=");
  if (at == std::string_view::npos) return Protection();
  const std::string_view line = playlist.substr(at, playlist.find('\n', at) - at);
  const auto digits = [line](std::string_view name) {
    const std::size_t start = line.find(name);
    return start == std::string_view::npos ? std::string() : std::string(line.substr(start + name.size(), 32));
  };
  Protection out;
  out.method = line.find("=SAMPLE-AES,") != std::string_view::npos ? Encryption::kSampleAes : Encryption::kAes128;
  out.iv = digits(",IV=0x");
  out.key_id = digits(",KEYID=0x");
  if (key_tag(out, "../") != std::string(line) + "\n")
    return fail(internal("BAD_RECORD", "A playlist's key can't be read."));
  return out;
}

}  // namespace cliffhanger::transcode
