#include "services/transcode/worker/burned_index.h"

#include "services/transcode/domain/burn.h"

namespace cliffhanger::transcode {

Result<void> put_burned(FinishedIndex& index, const std::string& language, const Presentation& presentation) {
  const auto own = [&](std::string_view name) { return is_burned_name(name, language); };
  index.keep([&](std::string_view name) { return !own(name); });
  for (const Playlist& one : presentation.playlists) {
    if (own(one.name)) CH_TRY(index.put_text(one.name, one.text));
  }
  for (const Media& one : presentation.media) {
    if (own(one.name)) index.put_object(one);
  }
  return {};
}

}  // namespace cliffhanger::transcode
