// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/sandbox/sandbox.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <thread>

namespace cliffhanger::media {
namespace {

// Runs `body` in a sandboxed child whose output folder is a temporary one; its wait status. The body's result
// is the exit code.
int in_sandbox(const std::function<int(int folder)>& body) {
  char name[] = "/tmp/sandbox-XXXXXX";
  EXPECT_NE(mkdtemp(name), nullptr);
  const int folder = open(name, O_RDONLY | O_DIRECTORY);
  const pid_t child = fork();
  if (child == 0) {
    if (!enter_sandbox({.memory_mib = 256, .cpu_seconds = 30}, folder)) _exit(99);
    _exit(body(folder));
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
  EXPECT_EQ(exit_code(in_sandbox([](int folder) {
              const int file = openat(folder, "made", O_WRONLY | O_CREAT, 0600);
              if (file < 0 || write(file, "x", 1) != 1 || close(file) != 0) return 1;
              int seen = 0;
              std::thread([&] { seen = 7; }).join();
              return seen == 7 ? 0 : 2;
            })),
            0);
}

TEST_F(Sandbox, OpensNothingElse) {
  EXPECT_EQ(exit_code(in_sandbox([](int) {
              if (open("/etc/passwd", O_RDONLY) >= 0) return 1;
              if (errno != EPERM) return 2;
              return openat(AT_FDCWD, "/tmp/x", O_WRONLY | O_CREAT, 0600) >= 0 ? 3 : 0;
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
