#include "services/edge/packs/pack.h"

#include <limits>

#include "services/edge/rest/json_writer.h"

namespace cliffhanger::edge {
namespace {

namespace v1 = playback::v1;

constexpr std::size_t kHeadBytes = 8;  // magic and length

// A part's bytes and the most that its entry in the index can have.
std::int64_t cost_of(const std::vector<PackPart>& parts) {
  std::int64_t sum = 0;
  for (const auto& part : parts) {
    v1::StartPackPart entry;
    entry.set_url(part.url);
    entry.set_etag(part.etag);
    entry.set_content_type(part.type);
    entry.set_bytes(static_cast<std::int32_t>(part.bytes));
    entry.set_offset(std::numeric_limits<std::int32_t>::max());
    sum += static_cast<std::int64_t>(part.bytes + rest::message_to_json(entry).size() + 1);
  }
  return sum;
}

// Of the index without parts. An entry that is refused later only gets shorter: its reason is shorter than
// its rung.
std::int64_t index_bytes(const std::vector<PackEntry>& entries, const std::string& next_page_token) {
  v1::StartPack index;
  index.set_next_page_token(next_page_token);
  for (const auto& entry : entries) {
    auto* item = index.add_items();
    *item = entry.item;
    if (entry.start) *item->mutable_rung() = entry.start->rung;
  }
  return static_cast<std::int64_t>(frame_of(index).size());
}

}  // namespace

void refuse(PackEntry& entry, const Error& why) {
  entry.start.reset();
  entry.segments = 0;
  entry.item.set_code(why.reason);
  entry.item.set_message(why.message);
}

void fit(std::vector<PackEntry>& entries, const std::string& next_page_token, std::int64_t max_bytes,
         const Network& network) {
  const std::int64_t budget = spendable(max_bytes, network);
  std::vector<Cost> costs;
  for (const auto& entry : entries)
    costs.push_back(entry.start ? Cost{cost_of(entry.start->first), cost_of(entry.start->second)} : Cost{});
  const auto segments = cut(costs, budget - index_bytes(entries, next_page_token));
  for (std::size_t i = 0; i < entries.size(); ++i) {
    entries[i].segments = segments[i];
    if (!entries[i].start || segments[i] > 0) continue;
    refuse(entries[i],
           budget < max_bytes
               ? exhausted("BUFFER_TOO_LOW", "What plays needs the network for itself; ask again later.")
               : exhausted("BUDGET_SPENT", "The bytes asked for ended before this episode."));
  }
}

std::string frame_of(const v1::StartPack& index) {
  const auto json = rest::message_to_json(index);
  std::string out = "CHP1";
  out.reserve(kHeadBytes + json.size());
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>((json.size() >> shift) & 0xff);
  return out += json;
}

}  // namespace cliffhanger::edge
