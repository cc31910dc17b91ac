#include "services/edge/uploads/metadata.h"

#include <algorithm>

#include "cliffhanger/ingest/v1/ingest_service.pb.h"
#include "libs/core/encoding.h"
#include "libs/http/headers.h"
#include "libs/http/target.h"
#include "services/edge/limits.h"

namespace cliffhanger::edge {

Result<std::map<std::string, std::string>> parse_metadata(std::string_view field) {
  const auto bad = [](std::string why) {
    return fail(invalid("BAD_UPLOAD_METADATA", "Upload-Metadata: " + std::move(why)));
  };
  if (field.size() > kMaxUploadMetadata) return bad("it is too long.");
  std::map<std::string, std::string> out;
  while (!field.empty()) {
    const auto comma = std::min(field.find(','), field.size());
    const auto pair = http::trim(field.substr(0, comma));
    field.remove_prefix(std::min(comma + 1, field.size()));
    const auto space = std::min(pair.find(' '), pair.size());
    const std::string key(pair.substr(0, space));
    if (key.empty()) return bad("a key is empty.");
    if (!std::ranges::all_of(key, [](char c) { return c > ' ' && c < 0x7F; })) return bad("a key is not ASCII.");
    const auto value = base64_decode(http::trim(pair.substr(space)));
    if (!value || !http::is_utf8(*value)) return bad("the value of " + key + " is not UTF-8 in base64.");
    if (!out.emplace(key, *value).second) return bad("the key " + key + " comes twice.");
  }
  return out;
}

Result<void> describe_file(const std::map<std::string, std::string>& said, ingest::v1::CreateUploadRequest& out) {
  const auto value = [&](const char* key) {
    const auto found = said.find(key);
    return found == said.end() ? std::string() : found->second;
  };
  out.set_episode_id(value("episode_id"));
  out.set_filename(value("filename"));
  out.set_content_type(value("filetype"));
  out.set_sha256(value("sha256"));
  const std::string purpose = value("purpose");
  if (!purpose.empty() && purpose != "video" && purpose != "dub")
    return fail(invalid("BAD_UPLOAD_METADATA", "Upload-Metadata: the purpose is video or dub."));
  if (purpose == "dub") out.set_purpose(ingest::v1::UPLOAD_PURPOSE_DUB);
  out.set_language(value("language"));
  out.set_label(value("label"));
  return {};
}

}  // namespace cliffhanger::edge
