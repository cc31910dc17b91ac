// SPDX-License-Identifier: GPL-3.0-or-later
// The seeds of media_fuzz, changed a little in a fixed way, in every build: no fuzzer needed.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "media/fuzz/box_mutator.h"

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t*, std::size_t size, std::size_t) {
  return size;  // only fuzzers have one
}

namespace cliffhanger::media {
namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<std::uint8_t>;

std::vector<Bytes> seeds() {
  std::vector<Bytes> out;
  for (const char* folder : {"media/fuzz/corpus", "media/fuzz/found"}) {
    for (const auto& entry :
         fs::directory_iterator(fs::path(std::getenv("CLIFFHANGER_SOURCE_DIR")) / folder)) {
      std::ifstream in(entry.path(), std::ios::binary);
      out.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    }
  }
  return out;
}

class MediaFuzz : public testing::Test {
 protected:
  static void SetUpTestSuite() { LLVMFuzzerInitialize(nullptr, nullptr); }
};

TEST_F(MediaFuzz, SeedsAndTheirBeginnings) {
  const auto all = seeds();
  ASSERT_GE(all.size(), 15u);
  for (const auto& seed : all) {
    for (const std::size_t size : {seed.size(), seed.size() - 1, seed.size() / 2, std::size_t{7}})
      LLVMFuzzerTestOneInput(seed.data(), size);
  }
}

TEST_F(MediaFuzz, BoxesMissingDoubledEmptiedAndWithWrongNumbers) {
  int changed = 0;
  for (const auto& seed : seeds()) {
    for (unsigned number = 0; number < 40; ++number) {
      Bytes bytes = seed;
      bytes.resize(seed.size() * 2);
      const std::size_t size = mutate_boxes(bytes.data(), seed.size(), bytes.size(), number * 7919);
      if (size == 0) continue;
      ASSERT_LE(size, bytes.size());
      ++changed;
      LLVMFuzzerTestOneInput(bytes.data(), size);
    }
  }
  EXPECT_GT(changed, 100);
}

}  // namespace
}  // namespace cliffhanger::media
