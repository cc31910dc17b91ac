// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/io/output.h"

#include <fcntl.h>
#include <unistd.h>

extern "C" {
#include <libavutil/mem.h>
#include <libavutil/sha.h>
}

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <new>

#include "libs/core/encoding.h"

namespace cliffhanger::media {
namespace {

std::string sha256_hex(std::span<const std::uint8_t> bytes) {
  const std::unique_ptr<AVSHA, decltype(&av_free)> sha(av_sha_alloc(), &av_free);
  if (!sha) throw std::bad_alloc();
  std::array<std::uint8_t, 32> digest{};
  av_sha_init(sha.get(), 256);
  av_sha_update(sha.get(), bytes.data(), bytes.size());
  av_sha_final(sha.get(), digest.data());
  return hex_encode({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

Error cannot(const char* what) {
  return unavailable("MEDIA_OUTPUT",
                     std::string("A result can't be written: ") + what + ": " + strerror(errno));
}

}  // namespace

Result<Written> Folder::write(const std::string& name, std::span<const std::uint8_t> bytes) const {
  const int file = openat(fd_, name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (file < 0) return fail(cannot("open"));
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t n = ::write(file, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      const Error error = cannot("write");
      close(file);
      return fail(error);
    }
    done += static_cast<std::size_t>(n);
  }
  if (close(file) != 0) return fail(cannot("close"));
  return Written{static_cast<std::int64_t>(bytes.size()), sha256_hex(bytes)};
}

}  // namespace cliffhanger::media
