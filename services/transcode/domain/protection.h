#pragma once
// How the media of a finished revision is encrypted, as playlists say it.
#include <string>
#include <string_view>

#include "libs/core/result.h"

namespace cliffhanger::transcode {

// kSampleAes: Common Encryption 'cbcs' (HLS and DASH). kAes128: whole files, HLS alone; no I-frame playlists
// and no preview, since a part of such a file can't be decrypted.
enum class Encryption { kNone, kSampleAes, kAes128 };

// What the manifests of a revision say of its key: everything but the key.
struct Protection {
  Encryption method = Encryption::kNone;
  std::string key_id;  // 32 hex digits
  std::string iv;      // 32 hex digits
};

// The EXT-X-KEY tag of a media playlist from which `up` ("", "../") leads to the main one; empty for kNone.
// It stands behind EXT-X-MAP: initialisation segments are clear.
std::string key_tag(const Protection& protection, std::string_view up);

// What key_tag said, from a playlist that has one or none. Fails with BAD_RECORD for a tag that key_tag did not write.
Result<Protection> parse_key_tag(std::string_view playlist);

}  // namespace cliffhanger::transcode
