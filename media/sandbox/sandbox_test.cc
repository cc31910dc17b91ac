// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/sandbox/sandbox.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/openat2.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <thread>

namespace cliffhanger::media {
namespace {

constexpr int kFolder = 4;  // where the program is given its folder

// Runs `body` in a sandboxed child that holds a temporary folder as descriptor 4 and a file in it, `file`,
// open for writing; its wait status. The body's result is the exit code.
int in_sandbox(const std::function<int(int file)>& body) {
  char name[] = "/tmp/sandbox-XXXXXX";
  EXPECT_NE(mkdtemp(name), nullptr);
  const int folder = open(name, O_RDONLY | O_DIRECTORY);
  const pid_t child = fork();
  if (child == 0) {
    const int file = openat(folder, "made", O_WRONLY | O_CREAT, 0600);
    const int kept = fcntl(file, F_DUPFD, kFolder + 1);
    if (kept < 0 || dup2(folder, kFolder) != kFolder) _exit(98);
    if (!enter_sandbox({.memory_mib = 256, .cpu_seconds = 30})) _exit(99);
    _exit(body(kept));
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  unlinkat(folder, "made", 0);
  close(folder);
  rmdir(name);
  return status;
}
int exit_code(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

class Sandbox : public testing::Test {
 protected:
  void SetUp() override {
    if (!kConfines) GTEST_SKIP() << "built with a sanitizer, which the sandbox would stop";
  }
};

TEST_F(Sandbox, LetsTheWorkBeDone) {
  EXPECT_EQ(exit_code(in_sandbox([](int file) {
              if (write(file, "x", 1) != 1 || close(file) != 0) return 1;
              int seen = 0;
              std::thread([&] { seen = 7; }).join();
              return seen == 7 ? 0 : 2;
            })),
            0);
}

// A descriptor of a folder must not help: the kernel ignores it for absolute paths, and ".." leads out.
TEST_F(Sandbox, OpensNothing) {
  EXPECT_EQ(exit_code(in_sandbox([](int) {
              const auto refused = [](int folder, const char* path, int flags) {
                errno = 0;
                return openat(folder, path, flags, 0600) < 0 && errno == EPERM;
              };
              if (!refused(AT_FDCWD, "/etc/passwd", O_RDONLY)) return 1;
              if (!refused(kFolder, "/etc/passwd", O_RDONLY)) return 2;
              if (!refused(kFolder, "../x", O_WRONLY | O_CREAT)) return 3;
              if (!refused(kFolder, "new", O_WRONLY | O_CREAT)) return 4;
              if (!refused(kFolder, "made", O_RDONLY)) return 5;
              if (!refused(kFolder, ".", O_RDONLY | O_DIRECTORY)) return 6;
              if (syscall(SYS_open, "/etc/passwd", O_RDONLY) >= 0 || errno != EPERM) return 7;
              open_how how{};
              if (syscall(SYS_openat2, kFolder, "made", &how, sizeof how) >= 0 || errno != EPERM) return 8;
              return dup(kFolder) < 0 ? 0 : 9;
            })),
            0);
}

TEST_F(Sandbox, LeavesOtherProcessesAlone) {
  const pid_t parent = getpid();
  EXPECT_EQ(exit_code(in_sandbox([parent](int) {
              if (syscall(SYS_tgkill, parent, parent, 0) == 0 || errno != EPERM) return 1;
              if (syscall(SYS_tgkill, getpid(), gettid(), 0) != 0) return 2;
              if (setpriority(PRIO_PROCESS, static_cast<id_t>(parent), 5) == 0 || errno != EPERM) return 3;
              if (setpriority(PRIO_PGRP, 0, 5) == 0 || errno != EPERM) return 4;
              if (setpriority(PRIO_USER, 0, 5) == 0 || errno != EPERM) return 5;
              return setpriority(PRIO_PROCESS, 0, 5) == 0 ? 0 : 6;
            })),
            0);
}

TEST_F(Sandbox, BoundsFiles) {
  EXPECT_EQ(exit_code(in_sandbox([](int file) {
              signal(SIGXFSZ, SIG_IGN);
              if (lseek(file, kMostFileBytes, SEEK_SET) != kMostFileBytes) return 1;
              return write(file, "x", 1) < 0 && errno == EFBIG ? 0 : 2;
            })),
            0);
}

TEST_F(Sandbox, KillsWhoWantsOut) {
  const auto killed = [](const std::function<int(int)>& body) {
    const int status = in_sandbox(body);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
  };
  EXPECT_TRUE(killed([](int) { return socket(AF_INET, SOCK_STREAM, 0) >= 0; }));
  EXPECT_TRUE(killed([](int) { return execl("/bin/true", "true", nullptr); }));
  EXPECT_TRUE(killed([](int) { return kill(getppid(), 0); }));
}

TEST_F(Sandbox, MakesNoProcesses) {
  EXPECT_EQ(exit_code(in_sandbox([](int) { return fork() == -1 ? 0 : 1; })), 0);
}

TEST_F(Sandbox, BoundsMemory) {
  EXPECT_EQ(exit_code(in_sandbox([](int) {
              void* got =
                  mmap(nullptr, 512UL << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
              return got == MAP_FAILED && errno == ENOMEM ? 0 : 1;
            })),
            0);
}

}  // namespace
}  // namespace cliffhanger::media
