#include "services/transcode/domain/protection.h"

namespace cliffhanger::transcode {

std::string key_tag(const Protection& protection, std::string_view up) {
  if (protection.method == Encryption::kNone) return "";
  const bool samples = protection.method == Encryption::kSampleAes;
  return std::string("#EXT-X-KEY:METHOD=") + (samples ? "SAMPLE-AES" : "AES-128") + ",URI=\"" +
         std::string(up) + "key\",IV=0x" + protection.iv +
         (samples ? ",KEYFORMAT=\"identity\",KEYID=0x" + protection.key_id : "") + "\n";
}

}  // namespace cliffhanger::transcode
