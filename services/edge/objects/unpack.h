#pragma once
// What came compressed, for tests.
#include <brotli/decode.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

namespace cliffhanger::edge {

inline std::string unzip(const std::string& zipped) {
  z_stream stream{};
  inflateInit2(&stream, 15 + 16);
  std::string out(1'000'000, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(zipped.data()));
  stream.avail_in = static_cast<uInt>(zipped.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

inline std::string unbrotli(const std::string& small) {
  std::string out(1'000'000, '\0');
  std::size_t bytes = out.size();
  EXPECT_EQ(BrotliDecoderDecompress(small.size(), reinterpret_cast<const std::uint8_t*>(small.data()), &bytes,
                                    reinterpret_cast<std::uint8_t*>(out.data())),
            BROTLI_DECODER_RESULT_SUCCESS);
  out.resize(bytes);
  return out;
}

}  // namespace cliffhanger::edge
