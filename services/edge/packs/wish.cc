#include "services/edge/packs/wish.h"

#include <algorithm>

#include "libs/cmcd/cmcd.h"
#include "libs/rpc/validate.h"
#include "services/edge/limits.h"
#include "services/edge/rest/json_reader.h"

namespace cliffhanger::edge {
namespace {

namespace v1 = playback::v1;

// Of the field of CTA-5004 that matters here; one that can't be read is absent.
cmcd::Cmcd read_cmcd(const http::Headers& headers) {
  return cmcd::parse(headers.get("CMCD-Request")).value_or(cmcd::Cmcd());
}

bool saves_data(const http::Headers& headers) {
  const auto value = headers.get("Save-Data");
  return http::equal_no_case(http::trim(value.substr(0, value.find(';'))), "on");
}

Result<void> check_source(const v1::StartPackRequest& body) {
  const int sources = (body.episode_ids_size() > 0) + !body.series_id().empty() + body.feed();
  if (sources == 1) return {};
  return fail(invalid("INVALID_REQUEST", "Say for which episodes.",
                      {{"episodeIds", "exactly one of episodeIds, seriesId and feed must be there"}}));
}

Network network_of(const v1::StartPackRequest& body, const http::Headers& headers) {
  const auto cmcd = read_cmcd(headers);
  Network out;
  out.throughput = body.bandwidth_bps() > 0 ? body.bandwidth_bps() : cmcd.mtp.value_or(0) * 1000;
  if (body.has_buffer_ms()) {
    out.buffered = std::chrono::milliseconds(body.buffer_ms());
  } else if (cmcd.bl && !cmcd.su) {
    out.buffered = std::chrono::milliseconds(*cmcd.bl);
  }
  out.save_data = body.save_data() || saves_data(headers);
  out.short_side = body.short_side();
  return out;
}

}  // namespace

Result<Wish> read_wish(std::string_view text, const http::Headers& headers, std::int64_t most_bytes) {
  Wish out;
  CH_TRY(rest::json_to_message(text.empty() ? "{}" : text, out.body));
  CH_TRY(rpc::validate(out.body));
  CH_TRY(check_source(out.body));
  out.network = network_of(out.body, headers);
  out.count = out.network.save_data ? 1 : out.body.count() > 0 ? out.body.count() : kPackEpisodes;
  out.segments = out.network.save_data ? 1 : out.body.segments() > 0 ? out.body.segments() : kPackSegments;
  out.max_bytes =
      std::min<std::int64_t>(most_bytes, out.body.max_bytes() > 0 ? out.body.max_bytes() : kPackBytes);
  return out;
}

}  // namespace cliffhanger::edge
