#include "services/edge/objects/coded.h"

#include <brotli/encode.h>
#include <zlib.h>

#include <algorithm>
#include <cstdlib>

#include "services/edge/limits.h"

namespace cliffhanger::edge {
namespace {

constexpr http::Coding kCodings[] = {http::Coding::kBrotli, http::Coding::kGzip};

// Those that the text is there in.
std::span<const http::Coding> codings_of(const Text& text) {
  const std::span<const http::Coding> all(kCodings);
  const std::size_t first = text.brotli ? 0 : 1;
  return all.subspan(first, (text.gzip ? 2 : 1) - first);
}

const http::SharedText& in_coding(const Text& text, http::Coding coding) {
  return coding == http::Coding::kBrotli ? text.brotli : coding == http::Coding::kGzip ? text.gzip : text.plain;
}

http::SharedText shared(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

}  // namespace

std::string gzip(std::string_view text, int level) {
  z_stream stream{};
  constexpr int kGzipFraming = 15 + 16;
  if (::deflateInit2(&stream, level, Z_DEFLATED, kGzipFraming, 8, Z_DEFAULT_STRATEGY) != Z_OK) std::abort();
  std::string out(::deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  ::deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  ::deflateEnd(&stream);
  return out;
}

std::string brotli(std::string_view text, int quality) {
  std::string out(::BrotliEncoderMaxCompressedSize(text.size()), '\0');
  std::size_t bytes = out.size();
  if (!::BrotliEncoderCompress(quality, kBrotliWindowBits, BROTLI_MODE_TEXT, text.size(),
                               reinterpret_cast<const std::uint8_t*>(text.data()), &bytes,
                               reinterpret_cast<std::uint8_t*>(out.data())))
    std::abort();
  out.resize(bytes);
  return out;
}

std::size_t Text::bytes() const {
  return plain->size() + (gzip ? gzip->size() : 0) + (brotli ? brotli->size() : 0);
}

Text encode(std::string plain) {
  Text out;
  // Playlists must be had zipped (Apple's rule 10.1), so zipped is there even where it gains nothing.
  out.gzip = shared(gzip(plain, kGzipLevel));
  if (auto small = brotli(plain, kBrotliQuality); small.size() < std::min(plain.size(), out.gzip->size()))
    out.brotli = shared(std::move(small));
  out.plain = shared(std::move(plain));
  return out;
}

std::string etag_of(std::string_view tag, http::Coding coding) {
  std::string out;
  out.reserve(tag.size() + 7);
  out += '"';
  out += tag;
  if (coding != http::Coding::kIdentity) out.append("+").append(name_of(coding));
  return out += '"';
}

http::Response coded_response(const http::Request& request, const Text& text, const TextAnswer& answer) {
  const auto coded = codings_of(text);
  const auto coding =
      coded.empty() ? std::optional(http::Coding::kIdentity) : http::choose_coding(request.headers, coded);
  if (!coding) {
    auto refused = http::problem(406, "NO_CODING_LEFT", "Accept-Encoding refuses identity and names neither gzip nor br.");
    refused.headers.add("Vary", "Accept-Encoding");
    refused.headers.add("Cache-Control", "no-store");
    return refused;
  }
  http::Response out;
  out.headers.add("Content-Type", std::string(answer.type));
  out.headers.add("Cache-Control", std::string(answer.cache_control));
  if (!coded.empty()) out.headers.add("Vary", "Accept-Encoding");
  if (!answer.tag.empty()) {
    auto etag = etag_of(answer.tag, *coding);
    const auto known = request.headers.find("If-None-Match");
    const bool same = known && http::matches_etag(*known, etag);
    out.headers.add("ETag", std::move(etag));
    if (same) {
      out.status = 304;
      return out;
    }
  }
  if (*coding != http::Coding::kIdentity) out.headers.add("Content-Encoding", std::string(name_of(*coding)));
  out.body = in_coding(text, *coding);
  return out;
}

void compress(const http::Request& request, http::Response& response) {
  response.headers.add("Vary", "Accept-Encoding");
  auto* body = std::get_if<std::string>(&response.body);
  if (!body || body->size() < kLeastCompressed || body->size() > kMostCompressed) return;
  const auto coding = http::choose_coding(request.headers, kCodings);
  if (!coding || *coding == http::Coding::kIdentity) return;
  auto small = *coding == http::Coding::kBrotli ? brotli(*body, kFastBrotliQuality) : gzip(*body, kFastGzipLevel);
  if (small.size() >= body->size()) return;
  *body = std::move(small);
  response.headers.add("Content-Encoding", std::string(name_of(*coding)));
}

}  // namespace cliffhanger::edge
