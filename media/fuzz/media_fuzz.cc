// SPDX-License-Identifier: GPL-3.0-or-later
// What an uploaded file goes through, on any bytes: probe, then a few pictures from the start and from the
// middle, then a little sound. Every outcome is right except a crash, a hang and unbounded memory.
extern "C" {
#include <libavutil/log.h>
#include <libavutil/mem.h>
}
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "media/decode/decoder.h"
#include "media/fuzz/box_mutator.h"
#include "media/io/source.h"
#include "media/probe/probe.h"

namespace cliffhanger::media {
namespace {

constexpr int kPictures = 3;
constexpr int kSounds = 8;
constexpr std::size_t kMostAtOnce = std::size_t{256} << 20;

// One file for all inputs: the next one replaces what it holds.
int file_with(const std::uint8_t* data, std::size_t size) {
  static const int fd = memfd_create("input", MFD_CLOEXEC);
  if (fd < 0 || ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != static_cast<ssize_t>(size))
    std::abort();
  return fd;
}

void take(Decoder& decoder, int most) {
  for (int i = 0; i < most; ++i) {
    const auto frame = decoder.next();
    if (!frame || !*frame) return;
  }
}

void hear(Source& source) {
  if (source.audio() == nullptr) return;
  auto sound = Decoder::open(source, source.audio());
  if (sound && sound->seek(AV_NOPTS_VALUE)) take(*sound, kSounds);
}

void decode(int fd) {
  auto source = Source::open(fd);
  if (!source) return;
  const auto first = source->first_pts();
  if (first) {
    if (auto pictures = Decoder::open(*source)) {
      take(*pictures, kPictures);
      if (pictures->seek(*first + source->video()->duration / 2)) take(*pictures, kPictures);
    }
  }
  hear(*source);
}

}  // namespace
}  // namespace cliffhanger::media

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  av_log_set_level(AV_LOG_QUIET);
  // The program has RLIMIT_DATA for this, which AddressSanitizer can't live with: a table of gigabytes gets
  // no memory.
  av_max_alloc(cliffhanger::media::kMostAtOnce);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const int fd = cliffhanger::media::file_with(data, size);
  const auto probed = cliffhanger::media::probe(fd, {});
  // Larger pictures are decoded in earnest by other tests; here they would only cost time.
  if (probed && probed->video.width * probed->video.height <= 512 * 512) cliffhanger::media::decode(fd);
  // As a dub; containers of sound alone are opened here only.
  if (!probed && cliffhanger::media::probe_sound(fd, {})) {
    auto source = cliffhanger::media::Source::open(fd, cliffhanger::media::Wanted::kSound);
    if (source) cliffhanger::media::hear(*source);
  }
  return 0;
}

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

// Half of all changes are of bytes, half of boxes: of an MP4 with a wrong length little is read.
extern "C" __attribute__((weak)) std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                                                     std::size_t most, unsigned seed) {
  if (seed % 2 == 0) return LLVMFuzzerMutate(data, size, most);
  const std::size_t changed = cliffhanger::media::mutate_boxes(data, size, most, seed / 2);
  return changed != 0 ? changed : LLVMFuzzerMutate(data, size, most);
}
