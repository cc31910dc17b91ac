// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// A job that runs out of memory ends there and says so. Libraries can't be left to it: x264 has an error of
// its own for it, decoders call it bad data, x265 waits for ever for a thread that never began, and a picture
// that was left out looks like one that was not there.
#include <cstddef>
#include <cstdint>

namespace cliffhanger::media {

// From now on, whoever is refused memory ends the process, with MEDIA_MEMORY on `fd` and exit code 1.
// `limit`: bytes that the job may use.
void end_when_scarce(int fd, std::int64_t limit);
// Called by the program's allocator (allocations.cc; not in builds with a sanitizer) when so many bytes were
// refused. What asks for more than all there may ever be has mostly read nonsense from a file, and gets the
// chance to cope.
void memory_refused(std::size_t bytes);
// Whether that was so: then a failure that the source is not blamed for is one of memory.
bool asked_too_much();

}  // namespace cliffhanger::media
