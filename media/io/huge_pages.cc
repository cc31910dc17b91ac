// SPDX-License-Identifier: GPL-3.0-or-later
// Pictures of megabytes lie in huge pages (transparent ones, of 2 MiB): in pages of 4 KiB, faults were a seventh of the CPU time of
// a first segment of 4K. glibc.malloc.hugetlb=1 asks for them as well, but in Debian 12 not for chunks of their own mapping, which pictures are.
// libav asks for all its memory by posix_memalign(3), so the program has one of its own.
#include <malloc.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>

namespace {

constexpr std::size_t kPage = 2U << 20;

// So much of an allocation as fills huge pages, the last to seven eighths at least, or it would cost memory.
constexpr std::size_t worth(std::size_t size) {
  return (size + kPage / 8) / kPage * kPage;
}

}  // namespace

// As POSIX has it; what it gives is freed by free(3). Memory that is too scarce for huge pages comes in small ones.
extern "C" int posix_memalign(void** memory, std::size_t alignment, std::size_t size) {
  if (alignment < sizeof(void*) || (alignment & (alignment - 1)) != 0) return EINVAL;
  // Aligned like this it takes up to a page more of the address space, which a limit may not have.
  void* got = worth(size) > 0 ? memalign(std::max(alignment, kPage), std::max(size, worth(size))) : nullptr;
  if (got) madvise(got, worth(size), MADV_HUGEPAGE);
  if (!got) got = memalign(alignment, size);
  if (!got) return ENOMEM;
  *memory = got;
  return 0;
}
