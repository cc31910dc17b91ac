#include "services/playback/store/takedown_stream.h"

#include "cliffhanger/playback/v1/events.pb.h"
#include "services/playback/domain/limits.h"
#include "services/playback/takedown_message.h"

namespace cliffhanger::playback {

void TakedownStream::tell(const std::vector<Takedown>& takedowns) {
  for (std::size_t i = 0; i < takedowns.size();) {
    v1::TakenDown told;
    for (; i < takedowns.size() && told.items_size() < kToldAtOnce; ++i) fill(told.add_items(), takedowns[i]);
    const auto done =
        redis_.command({"XADD", "cliffhanger:takedowns", "MAXLEN", "~", std::to_string(kToldEntries), "*",
                        "takedowns", told.SerializeAsString()});
    if (done) continue;
    log_.warn("edges were not told of a takedown at once; they will ask", {{"reason", done.error().reason}});
    return;
  }
}

}  // namespace cliffhanger::playback
