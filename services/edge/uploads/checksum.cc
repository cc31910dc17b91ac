#include "services/edge/uploads/checksum.h"

#include <openssl/evp.h>

#include <algorithm>
#include <boost/crc.hpp>
#include <cstdlib>
#include <memory>

#include "libs/core/encoding.h"
#include "libs/http/headers.h"

namespace cliffhanger::edge {
namespace {

using Crc32c = boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true>;

void must(int ok) {
  if (ok != 1) std::abort();  // only without memory
}

std::shared_ptr<EVP_MD_CTX> begin(const EVP_MD* kind) {
  std::shared_ptr<EVP_MD_CTX> out(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  must(out != nullptr && EVP_DigestInit_ex(out.get(), kind, nullptr));
  return out;
}

std::string finish(EVP_MD_CTX* digest) {
  unsigned char raw[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  must(EVP_DigestFinal_ex(digest, raw, &size));
  return {reinterpret_cast<const char*>(raw), size};
}

std::string big_endian(std::uint32_t value) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xFF);
  return out;
}

}  // namespace

Result<Checksum> Checksum::parse(std::string_view field) {
  const auto space = std::min(field.find(' '), field.size());
  const auto algorithm = field.substr(0, space);
  Checksum out;
  if (algorithm == "crc32c") {
    const auto crc = std::make_shared<Crc32c>();
    out.add_ = [crc](std::string_view more) { crc->process_bytes(more.data(), more.size()); };
    out.result_ = [crc] { return big_endian(crc->checksum()); };
  } else if (algorithm == "sha1" || algorithm == "sha256") {
    const auto digest = begin(algorithm == "sha1" ? EVP_sha1() : EVP_sha256());
    out.add_ = [digest](std::string_view more) { must(EVP_DigestUpdate(digest.get(), more.data(), more.size())); };
    out.result_ = [digest] { return finish(digest.get()); };
  } else {
    return fail(invalid("CHECKSUM_ALGORITHM_UNKNOWN",
                        "Upload-Checksum: the algorithm is one of " + std::string(kChecksumAlgorithms) + "."));
  }
  const auto expected = base64_decode(http::trim(field.substr(space)));
  if (!expected || expected->empty())
    return fail(invalid("BAD_CHECKSUM", "Upload-Checksum: behind the algorithm comes the checksum in base64."));
  out.expected_ = *expected;
  return out;
}

}  // namespace cliffhanger::edge
