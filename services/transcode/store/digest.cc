#include "services/transcode/store/digest.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "libs/core/encoding.h"

namespace cliffhanger::transcode {
namespace {

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr);
  }
  void add(std::string_view bytes) { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }
  std::string hex() {
    unsigned char raw[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    EVP_DigestFinal_ex(context_.get(), raw, &size);
    return hex_encode({reinterpret_cast<const char*>(raw), size});
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

constexpr std::size_t kReadBytes = 256 * 1024;

Error failed(const std::string& path) {
  return unavailable("SCRATCH_FAILED", "A file in the scratch folder can't be read.")
      .at(path + ": " + std::strerror(errno));
}

}  // namespace

std::string sha256_hex(std::string_view text) {
  Sha256 digest;
  digest.add(text);
  return digest.hex();
}

Result<FileDigest> digest_of_file(const std::string& path) {
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
    digest.add({buffer.data(), static_cast<std::size_t>(got)});
    out.bytes += got;
  }
  out.sha256 = digest.hex();
  return out;
}

}  // namespace cliffhanger::transcode
