#pragma once
// Where the house keeps what in the object store.
#include <optional>
#include <string>
#include <string_view>

#include "libs/core/call.h"

namespace cliffhanger::blob {

enum class Kind {
  kPart,      // parts/<tenant>/<upload>/…: what of an upload has arrived; ingest's
  kSource,    // sources/<tenant>/<source>: a whole file that was uploaded; ingest's
  kSegment,   // segments/<tenant>/<name by content>: shared by revisions; transcode's
  kCover,     // covers/<tenant>/<name by content>: transcode's, and catalog shows it
  kModel,     // models/<tenant>/recommendation/<model>: what was trained; recommendation's
  kExport,    // exports/<tenant>/events/dt=2026-11-29/hour=22/<part>.jsonl.gz and …/dt=2026-11-29/_manifest.json; insight's
  kRevision,  // revisions/<tenant>/<revision>/…: indexes, playlists, encrypted segments; transcode's
};

struct Place {
  Kind kind;
  Tenant tenant;
  Uuid id;             // of the upload, source, revision, model or part of an export; none where names go by content
  std::string folder;  // up to and with the slash behind the id; "" where there is none
  std::string day;     // 2026-11-29, of an export
};

// The folders of all kinds, each with its slash, in their order.
inline constexpr std::string_view kFolders[] = {"covers/",    "exports/",  "models/", "parts/",
                                                "revisions/", "segments/", "sources/"};

// None for a key that the house gives to nothing.
std::optional<Place> place_of(std::string_view key);

}  // namespace cliffhanger::blob
