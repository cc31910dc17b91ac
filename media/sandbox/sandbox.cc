// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/sandbox/sandbox.h"

#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

namespace cliffhanger::media {
namespace {

Error broken(const char* what) {
  return internal("MEDIA_SANDBOX", std::string("The sandbox can't be set up: ") + what + ".");
}

bool set_limit(__rlimit_resource what, std::int64_t value) {
  const rlimit limit{static_cast<rlim_t>(value), static_cast<rlim_t>(value)};
  return setrlimit(what, &limit) == 0;
}

// Memory, threads, time, the descriptors that are open: what decoding and encoding need.
constexpr int kAllowed[] = {SCMP_SYS(read),
                            SCMP_SYS(write),
                            SCMP_SYS(pread64),
                            SCMP_SYS(readv),
                            SCMP_SYS(writev),
                            SCMP_SYS(lseek),
                            SCMP_SYS(close),
                            SCMP_SYS(fstat),
                            SCMP_SYS(mmap),
                            SCMP_SYS(munmap),
                            SCMP_SYS(mremap),
                            SCMP_SYS(mprotect),
                            SCMP_SYS(madvise),
                            SCMP_SYS(brk),
                            SCMP_SYS(futex),
                            SCMP_SYS(set_robust_list),
                            SCMP_SYS(rseq),
                            SCMP_SYS(rt_sigaction),
                            SCMP_SYS(rt_sigprocmask),
                            SCMP_SYS(rt_sigreturn),
                            SCMP_SYS(sigaltstack),
                            SCMP_SYS(sched_yield),
                            SCMP_SYS(sched_getaffinity),
                            SCMP_SYS(getpid),
                            SCMP_SYS(gettid),
                            SCMP_SYS(clock_gettime),
                            SCMP_SYS(clock_nanosleep),
                            SCMP_SYS(nanosleep),
                            SCMP_SYS(gettimeofday),
                            SCMP_SYS(getrandom),
                            SCMP_SYS(getrusage),
                            SCMP_SYS(getpriority),
                            SCMP_SYS(restart_syscall),
                            SCMP_SYS(exit),
                            SCMP_SYS(exit_group)};

// Nothing innocent asks for these: a decoder that does has been taken over.
constexpr int kFatal[] = {SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(ptrace),
                          SCMP_SYS(socket), SCMP_SYS(connect),  SCMP_SYS(fork),
                          SCMP_SYS(vfork),  SCMP_SYS(kill),     SCMP_SYS(process_vm_writev),
                          SCMP_SYS(bpf),    SCMP_SYS(mount),    SCMP_SYS(setns)};

constexpr std::uint64_t kThreadFlags = 0x00010000;  // CLONE_THREAD

scmp_arg_cmp equals(unsigned argument, std::int64_t value) {
  return {argument, SCMP_CMP_EQ, static_cast<scmp_datum_t>(value), 0};
}

bool add_rules(scmp_filter_ctx filter) {
  int bad = 0;
  for (const int call : kAllowed) bad |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0);
  for (const int call : kFatal) bad |= seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, call, 0);
  // A stat of an open descriptor has an empty path, which a filter can't see; of a path it can't leak more
  // than existence.
  bad |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(newfstatat), 0);
  // abort() signals its own process; a rung's thread yields by its own priority. Nobody else's.
  const scmp_arg_cmp own_process = equals(0, getpid());
  bad |= seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, &own_process);
  const scmp_arg_cmp own_thread[] = {equals(0, PRIO_PROCESS), equals(1, 0)};
  bad |= seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(setpriority), 2, own_thread);
  const scmp_arg_cmp thread{0, SCMP_CMP_MASKED_EQ, kThreadFlags, kThreadFlags};
  bad |= seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, &thread);
  // Its flags lie in memory, beyond a filter's sight; glibc falls back to clone.
  bad |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
  return bad == 0;
}

}  // namespace

Result<void> enter_sandbox(const SandboxLimits& limits) {
  bool good = set_limit(RLIMIT_CORE, 0) && set_limit(RLIMIT_FSIZE, kMostFileBytes);
  good = good && set_limit(RLIMIT_CPU, limits.cpu_seconds);
  // With no descriptor allowed, the open ones stay and none is added.
  if constexpr (kConfines)
    good = good && set_limit(RLIMIT_DATA, limits.memory_mib * 1024 * 1024) && set_limit(RLIMIT_NOFILE, 0);
  if (!good) return fail(broken("limits"));
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fail(broken("privileges"));
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return fail(broken("dumpable"));
  if constexpr (kConfines) {
    const std::unique_ptr<void, decltype(&seccomp_release)> filter(seccomp_init(SCMP_ACT_ERRNO(EPERM)),
                                                                   &seccomp_release);
    if (!filter || !add_rules(filter.get()) || seccomp_load(filter.get()) != 0)
      return fail(broken("seccomp"));
  }
  return {};
}

}  // namespace cliffhanger::media
