#include "services/edge/uploads/concat.h"

#include <algorithm>

#include "cliffhanger/ingest/v1/ingest.pb.h"
#include "libs/core/id.h"
#include "libs/http/headers.h"

namespace cliffhanger::edge {
namespace {

constexpr std::string_view kPath = "/uploads/";

}  // namespace

Result<Concat> parse_concat(std::string_view field) {
  const auto bad = [](const char* why) {
    return fail(invalid("BAD_UPLOAD_CONCAT", std::string("Upload-Concat: ") + why));
  };
  Concat out;
  if (field.empty()) return out;
  out.partial = field == "partial";
  if (out.partial) return out;
  if (!field.starts_with("final;")) return bad("it is partial, or final; and the partial uploads.");
  field = http::trim(field.substr(6));
  while (!field.empty()) {
    const auto space = std::min(field.find(' '), field.size());
    const auto url = field.substr(0, space);
    field = http::trim(field.substr(space));
    const auto at = url.find(kPath);
    const auto id = at == std::string_view::npos ? "" : url.substr(at + kPath.size());
    if (!Uuid::parse(id)) return bad("what comes behind final; is no URL of an upload.");
    out.final_of.emplace_back(id);
  }
  if (out.final_of.empty()) return bad("behind final; come the partial uploads.");
  return out;
}

std::string format_concat(const ingest::v1::Upload& upload) {
  if (upload.purpose() == ingest::v1::UPLOAD_PURPOSE_PARTIAL) return "partial";
  std::string out;
  for (const auto& id : upload.partial_ids()) out += (out.empty() ? "final;" : " ") + std::string(kPath) + id;
  return out;
}

}  // namespace cliffhanger::edge
