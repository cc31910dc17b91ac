// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// A presentation on an HTTP server.
#include <memory>
#include <string>

#include "libs/conformance/source.h"

namespace cliffhanger::media {

// Reads from the server of `url` (http:// only), and from no other whatever its playlists say; follows
// redirects on that server and remembers them. Fails with BAD_URL, or CHECK_NO_TLS for https.
Result<std::unique_ptr<conformance::Source>> open_server(const std::string& url);

}  // namespace cliffhanger::media
