// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// A presentation in a folder.
#include <memory>
#include <string>

#include "libs/conformance/source.h"

namespace cliffhanger::media {

struct FolderPresentation {
  std::unique_ptr<conformance::Source> source;
  std::string playlist;  // its name in the folder
};

// `path` is a playlist, or a folder that holds a multivariant playlist (or else exactly one media playlist)
// directly. Nothing outside that folder is read, whatever its playlists say, and nothing but plain files.
// Fails with CHECK_NOT_FOUND or CHECK_AMBIGUOUS.
Result<FolderPresentation> open_folder(const std::string& path);

}  // namespace cliffhanger::media
