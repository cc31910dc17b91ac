#include "services/edge/uploads/checksum.h"

#include <algorithm>
#include <boost/crc.hpp>

#include "libs/core/encoding.h"
#include "libs/http/headers.h"

namespace cliffhanger::edge {
namespace {

using Crc32c = boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true>;

std::string big_endian(std::uint32_t value) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xFF);
  return out;
}

}  // namespace

void Checksum::use(std::shared_ptr<Digest> digest) {
  add_ = [digest](std::string_view more) { digest->add(more); };
  result_ = [digest] { return digest->raw(); };
}

Checksum Checksum::sha256(std::string raw) {
  Checksum out;
  out.use(std::make_shared<Digest>(Digest::Kind::kSha256));
  out.expected_ = std::move(raw);
  return out;
}

Result<Checksum> Checksum::parse(std::string_view field) {
  const auto space = std::min(field.find(' '), field.size());
  const auto algorithm = field.substr(0, space);
  Checksum out;
  if (algorithm == "crc32c") {
    const auto crc = std::make_shared<Crc32c>();
    out.add_ = [crc](std::string_view more) { crc->process_bytes(more.data(), more.size()); };
    out.result_ = [crc] { return big_endian(crc->checksum()); };
  } else if (algorithm == "sha1" || algorithm == "sha256") {
    out.use(std::make_shared<Digest>(algorithm == "sha1" ? Digest::Kind::kSha1 : Digest::Kind::kSha256));
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
