#include "services/insight/exports/event_line.h"

#include "cliffhanger/insight/v1/insight.pb.h"

namespace cliffhanger::insight {
namespace {

constexpr std::string_view kUser = "{\"user_id\":\"", kReceived = "\",\"received_time\":\"";
constexpr std::size_t kIdLength = 36, kTimeLength = 27;

void add(std::string& line, std::string_view name, std::string_view text) {
  if (text.empty()) return;
  line.append(",\"").append(name).append("\":\"").append(text).append("\"");
}

void add(std::string& line, std::string_view name, std::int64_t number) {
  if (number == 0) return;
  line.append(",\"").append(name).append("\":").append(std::to_string(number));
}

// What a device may say: anything that is text.
std::string escaped(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  out.reserve(text.size() + 8);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out.append("\\u00").append({kHex[byte >> 4], kHex[byte & 15]});
    } else {
      out += c;
    }
  }
  return out;
}

// EVENT_KIND_PLAY → PLAY; nothing for 0, and the number for what a newer process wrote.
std::string name_of(int value, const google::protobuf::EnumDescriptor* type, std::string_view prefix) {
  if (value == 0) return {};
  const auto* found = type->FindValueByNumber(value);
  return found ? found->name().substr(prefix.size()) : std::to_string(value);
}

}  // namespace

std::string line_of(const ExportedEvent& e) {
  std::string line;
  line.reserve(512);
  line.append(kUser).append(e.user_id).append(kReceived).append(e.received_time).append("\"");
  add(line, "event_id", e.event_id);
  add(line, "event_time", e.event_time);
  add(line, "kind", name_of(e.kind, v1::EventKind_descriptor(), "EVENT_KIND_"));
  add(line, "episode_id", e.episode_id);
  add(line, "series_id", e.series_id);
  add(line, "revision_id", e.revision_id);
  add(line, "session_id", e.session_id);
  add(line, "position_ms", e.position_ms);
  add(line, "amount_ms", e.amount_ms);
  add(line, "bitrate_bps", e.bitrate_bps);
  add(line, "place", e.place);
  add(line, "value", escaped(e.value));
  add(line, "platform", name_of(e.platform, v1::Platform_descriptor(), "PLATFORM_"));
  add(line, "form", name_of(e.form, v1::Form_descriptor(), "FORM_"));
  add(line, "network", name_of(e.network, v1::Network_descriptor(), "NETWORK_"));
  add(line, "region", e.region);
  return line.append("}\n");
}

Result<LineHead> head_of(std::string_view line) {
  const auto received = kUser.size() + kIdLength + kReceived.size();
  if (line.size() < received + kTimeLength || !line.starts_with(kUser) ||
      line.substr(kUser.size() + kIdLength, kReceived.size()) != kReceived)
    return fail(internal("EXPORT_UNREADABLE", "A line of an export is not one of ours."));
  return LineHead{line.substr(kUser.size(), kIdLength), line.substr(received, kTimeLength)};
}

}  // namespace cliffhanger::insight
