#include "services/transcode/store/digest.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "libs/digest/sha256.h"

namespace cliffhanger::transcode {
namespace {

constexpr std::size_t kReadBytes = 256 * 1024;

Error failed(const std::string& path) {
  return unavailable("SCRATCH_FAILED", "A file in the scratch folder can't be read.")
      .at(path + ": " + std::strerror(errno));
}

}  // namespace

Result<FileDigest> digest_of_file(const std::string& path) {
  return digest_while(path, [](std::string_view) -> Result<void> { return {}; });
}

Result<FileDigest> digest_while(const std::string& path,
                                const std::function<Result<void>(std::string_view)>& sink) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return fail(failed(path));
  const std::unique_ptr<const int, void (*)(const int*)> closer(&fd, [](const int* it) { ::close(*it); });
  struct stat status;
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return fail(failed(path));
  Sha256 digest;
  FileDigest out;
  std::vector<char> buffer(kReadBytes);
  while (true) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(failed(path));
    if (got == 0) break;
    const std::string_view piece(buffer.data(), static_cast<std::size_t>(got));
    digest.add(piece);
    out.bytes += got;
    CH_TRY(sink(piece));
  }
  out.sha256 = digest.hex();
  return out;
}

}  // namespace cliffhanger::transcode
