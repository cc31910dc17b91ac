#include "services/insight/domain/exports.h"

namespace cliffhanger::insight {
namespace {

std::string folder(const Tenant& tenant, const std::string& day) {
  return "exports/" + tenant.text() + "/events/dt=" + day + '/';
}

std::string text_of(const ExportPart& part) {
  return "{\"key\":\"" + part_key(part) + "\",\"lines\":" + std::to_string(part.lines) +
         ",\"bytes\":" + std::to_string(part.bytes) + '}';
}

}  // namespace

int ExportedWindow::revision() const {
  int out = 1;
  for (const auto& part : parts) out += part.rewritten;
  return out;
}

std::string day_of(Time time) {
  return to_rfc3339(time).substr(0, 10);
}

std::string part_key(const ExportPart& part) {
  return folder(part.tenant, day_of(part.window)) + "hour=" + to_rfc3339(part.window).substr(11, 2) + '/' +
         part.id.text() + ".jsonl.gz";
}

std::string manifest_key(const Tenant& tenant, const std::string& day) {
  return folder(tenant, day) + "_manifest.json";
}

std::string manifest(const Tenant& tenant, const std::string& day,
                     const std::vector<ExportedWindow>& windows) {
  std::string out = "{\"schema\":1,\"tenant\":\"" + tenant.text() + "\",\"day\":\"" + day + "\",\"windows\":[";
  for (std::size_t i = 0; i < windows.size(); ++i) {
    const auto& window = windows[i];
    std::int64_t lines = 0;
    std::string parts;
    for (const auto& part : window.parts) {
      lines += part.lines;
      parts += (parts.empty() ? "" : ",") + text_of(part);
    }
    out += std::string(i == 0 ? "" : ",") + "\n{\"start\":\"" + to_rfc3339(window.start) + "\",\"end\":\"" +
           to_rfc3339(window.end) + "\",\"revision\":" + std::to_string(window.revision()) +
           ",\"lines\":" + std::to_string(lines) + ",\"parts\":[" + parts + "]}";
  }
  return out + "]}\n";
}

Time window_start(Time time, Duration length) {
  const auto since = time.time_since_epoch();
  return Time(since - since % length);
}

}  // namespace cliffhanger::insight
