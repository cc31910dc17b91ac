// SPDX-License-Identifier: GPL-3.0-or-later
// The program's allocator: glibc's, but that nobody goes on without memory (scarcity.h), and that puts
// pictures of megabytes into huge pages (transparent ones, of 2 MiB): in pages of 4 KiB, faults were a
// seventh of the CPU time of a first segment of 4K. glibc.malloc.hugetlb=1 asks for them as well, but in
// Debian 12 not for chunks of their own mapping, which pictures are.
#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>

#include "media/sandbox/scarcity.h"

// What glibc's own are also called.
extern "C" {
void* __libc_malloc(std::size_t size) noexcept;
void* __libc_calloc(std::size_t count, std::size_t size) noexcept;
void* __libc_realloc(void* memory, std::size_t size) noexcept;
void* __libc_memalign(std::size_t alignment, std::size_t size) noexcept;
}

namespace {

constexpr std::size_t kPage = 2U << 20;
constexpr std::size_t kStack = 8U << 20;

// So much of an allocation as fills huge pages, the last to seven eighths at least, or it would cost memory.
constexpr std::size_t worth(std::size_t size) {
  return (size + kPage / 8) / kPage * kPage;
}

void* noted(void* got, std::size_t size) {
  if (!got && size > 0) cliffhanger::media::memory_refused(size);
  return got;
}

using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);

// What a thread with these attributes takes.
std::size_t stack_of(const pthread_attr_t* given) {
  std::size_t size = kStack;
  pthread_attr_t usual;
  if (given) {
    pthread_attr_getstacksize(given, &size);
  } else if (pthread_getattr_default_np(&usual) == 0) {
    pthread_attr_getstacksize(&usual, &size);
    pthread_attr_destroy(&usual);
  }
  return size;
}

// Whether a thread could have a stack.
bool has_room_for(std::size_t stack) {
  void* const got = mmap(nullptr, stack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (got == MAP_FAILED) return false;
  munmap(got, stack);
  return true;
}

}  // namespace

extern "C" void* malloc(std::size_t size) {
  return noted(__libc_malloc(size), size);
}

extern "C" void* calloc(std::size_t count, std::size_t size) {
  std::size_t all = 0;
  void* const got = __libc_calloc(count, size);
  return __builtin_mul_overflow(count, size, &all) ? got : noted(got, all);
}

extern "C" void* realloc(void* memory, std::size_t size) {
  return noted(__libc_realloc(memory, size), size);
}

extern "C" void* memalign(std::size_t alignment, std::size_t size) {
  return noted(__libc_memalign(alignment, size), size);
}

extern "C" void* aligned_alloc(std::size_t alignment, std::size_t size) {
  return noted(__libc_memalign(alignment, size), size);
}

// As POSIX has it; what it gives is freed by free(3). Memory that is too scarce for huge pages comes in small
// ones. libav asks for all its memory by this.
extern "C" int posix_memalign(void** memory, std::size_t alignment, std::size_t size) {
  if (alignment < sizeof(void*) || (alignment & (alignment - 1)) != 0) return EINVAL;
  // Aligned like this it takes up to a page more of the address space, which a limit may not have.
  void* got =
      worth(size) > 0 ? __libc_memalign(std::max(alignment, kPage), std::max(size, worth(size))) : nullptr;
  if (got) madvise(got, worth(size), MADV_HUGEPAGE);
  if (!got) got = noted(__libc_memalign(alignment, size), size);
  if (!got) return ENOMEM;
  *memory = got;
  return 0;
}

// A thread that can't have a stack is refused with EAGAIN, as one too many is.
extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*begin)(void*),
                              void* argument) {
  static const auto real = reinterpret_cast<Create>(dlsym(RTLD_NEXT, "pthread_create"));
  const int bad = real(thread, attributes, begin, argument);
  if (bad != 0 && !has_room_for(stack_of(attributes))) cliffhanger::media::memory_refused(0);
  return bad;
}
