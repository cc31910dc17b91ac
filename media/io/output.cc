// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/io/output.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

extern "C" {
#include <libavutil/mem.h>
#include <libavutil/sha.h>
}

#include <algorithm>
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

// Beside the outputs: the inherited ones, and a few that start-up may need for a moment.
constexpr rlim_t kOthers = 16;

// Services are often started with 1024, which the parent may have used up for itself but not for us.
void allow_files(std::size_t count) {
  rlimit limit{};
  const rlim_t wanted = count + kOthers;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
  limit.rlim_cur = std::min(limit.rlim_max, wanted);
  setrlimit(RLIMIT_NOFILE, &limit);  // if that is too few, the opening says so
}

}  // namespace

Result<Outputs> Outputs::open(int folder, const std::vector<std::string>& names) {
  allow_files(names.size());
  Outputs out;
  for (const std::string& name : names) {
    Fd file(openat(folder, name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644));
    if (file.get() < 0) return fail(cannot("open"));
    out.files_[name] = std::move(file);
  }
  return out;
}

Result<Written> Outputs::write(const std::string& name, std::span<const std::uint8_t> bytes) {
  const auto found = files_.find(name);
  if (found == files_.end() || found->second.get() < 0)
    return fail(internal("MEDIA_INTERNAL", "The file " + name + " is not one that the job may write."));
  Fd file = std::move(found->second);
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t n = ::write(file.get(), bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return fail(cannot("write"));
    done += static_cast<std::size_t>(n);
  }
  if (close(file.release()) != 0) return fail(cannot("close"));
  return Written{static_cast<std::int64_t>(bytes.size()), sha256_hex(bytes)};
}

}  // namespace cliffhanger::media
