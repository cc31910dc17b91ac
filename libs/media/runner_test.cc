#include "libs/media/runner.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

namespace cliffhanger::media {
namespace {
using namespace std::chrono_literals;

constexpr const char* kDone = "echo '{\"event\":\"done\",\"cpuMs\":1,\"peakMemoryKib\":2}'";

// A job is a shell script here: what matters is how the runner treats a child, not what the child does.
class RunnerTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "runner-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    source_ = open("/dev/null", O_RDONLY | O_CLOEXEC);
  }
  void TearDown() override {
    close(source_);
    std::filesystem::remove_all(folder_);
  }

  Result<DoneEvent> run(const std::string& script, RunOptions options = {.deadline = 20s, .cancel = {}},
                        std::chrono::milliseconds stall = 20s, const EventSink& sink = {}) {
    return Runner({program(script), stall, 512}).run("encode", source_, -1, "{\"job\":1}", options, sink);
  }
  // The path of a media program whose jobs are this script.
  std::string program(const std::string& script) {
    const std::string link = path("program");
    std::ofstream(link + ".sh") << "PATH=/usr/bin:/bin\n" << script << "\n";
    std::error_code there;
    std::filesystem::create_symlink(std::string(std::getenv("CLIFFHANGER_BUILD_DIR")) + "/tests/media_script_program", link,
                                    there);
    return link;
  }
  std::string read(const char* file) {
    std::ifstream in(folder_ / file);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::string path(const char* file) { return (folder_ / file).string(); }
  // Whether a process that wrote its id into `file` is gone.
  bool gone(const char* file) {
    const int pid = std::stoi(read(file));
    for (int i = 0; i < 400; ++i) {
      if (kill(pid, 0) != 0) return true;
      // Orphans of the group are reaped by init, which may take a moment; a zombie counts as gone.
      std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
      std::string text;
      std::getline(stat, text, '\0');  // an iterator over the buffer would throw when the process has just gone
      if (text.find(") Z ") != std::string::npos) return true;
      std::this_thread::sleep_for(10ms);
    }
    return false;
  }

  // Of this process, reaped or not.
  static std::vector<int> children() {
    std::vector<int> found;
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
      std::ifstream list(task.path() / "children");
      for (int child; list >> child;) found.push_back(child);
    }
    return found;
  }

  std::filesystem::path folder_;
  int source_ = -1;
};

TEST_F(RunnerTest, TellsTheChildHowFarToYield) {
  const std::string script = "read job; echo \"$@\" > " + path("arguments") + "\n" + kDone;
  ASSERT_TRUE(run(script, {.deadline = 20s, .cancel = {}, .nice = 7}));
  EXPECT_NE(read("arguments").find(" --nice=7\n"), std::string::npos) << read("arguments");
}

TEST_F(RunnerTest, DeliversEventsInOrder) {
  std::vector<std::int64_t> seen;
  const auto result = run(std::string("read job; echo '{\"event\":\"progress\",\"frames\":1}'\n"
                                      "echo '{\"event\":\"progress\",\"frames\":2}'\n") +
                              kDone,
                          {.deadline = 20s, .cancel = {}}, 20s, [&](const Event& event) -> Result<void> {
                            if (const auto* p = std::get_if<ProgressEvent>(&event)) seen.push_back(p->frames);
                            return {};
                          });
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->cpu_ms, 1);
  EXPECT_EQ(seen, (std::vector<std::int64_t>{1, 2}));
}

TEST_F(RunnerTest, GivesTheJobAndFiveDescriptorsAndNoEnvironment) {
  setenv("SECRET_OF_THE_SERVICE", "1", 1);
  const auto result = run("read job; echo \"$job $1\" > " + path("job") + "; ls /proc/self/fd > " +
                          path("fds") + "; env > " + path("env") + "\n" + kDone);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(read("job"), "{\"job\":1} encode\n");
  EXPECT_EQ(read("env").find("SECRET"), std::string::npos);
  // 5 is the folder that ls itself reads.
  EXPECT_EQ(read("fds"), "0\n1\n2\n3\n4\n5\n");
}

TEST_F(RunnerTest, HandsOnTheChildsReason) {
  const auto result =
      run("echo '{\"event\":\"error\",\"reason\":\"MEDIA_EMPTY\",\"message\":\"Empty.\"}'; exit 1");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().reason, "MEDIA_EMPTY");
  EXPECT_TRUE(is_refusal(result.error()));
}

TEST_F(RunnerTest, KillsTheWholeGroupAtTheDeadline) {
  const auto result =
      run("sleep 1000 & echo $! > " + path("pid") + "; wait", {.deadline = 500ms, .cancel = {}});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().reason, "MEDIA_TIMEOUT");
  EXPECT_TRUE(gone("pid"));
}

TEST_F(RunnerTest, KillsWhatStalls) {
  const auto result = run("echo $$ > " + path("pid") + "; echo noise >&2; sleep 1000",
                          {.deadline = 20s, .cancel = {}}, 400ms);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().reason, "MEDIA_STALLED");
  EXPECT_TRUE(gone("pid"));
}

TEST_F(RunnerTest, ProgressKeepsItAlive) {
  const auto result =
      run(std::string(
              "for i in 1 2 3 4 5 6; do sleep 0.2; echo '{\"event\":\"progress\",\"frames\":1}'; done\n") +
              kDone,
          {.deadline = 20s, .cancel = {}}, 900ms);
  EXPECT_TRUE(result) << result.error().message;
}

TEST_F(RunnerTest, StopsWhenCancelled) {
  std::stop_source stop;
  std::jthread later([&] {
    while (!read("pid").ends_with('\n')) std::this_thread::sleep_for(5ms);
    stop.request_stop();
  });
  const auto result =
      run("echo $$ > " + path("pid") + "; sleep 1000", {.deadline = 20s, .cancel = stop.get_token()});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().reason, "MEDIA_CANCELLED");
  EXPECT_TRUE(gone("pid"));
}

TEST_F(RunnerTest, StopsWhenTheSinkSaysSo) {
  const auto result =
      run("echo $$ > " + path("pid") + "; echo '{\"event\":\"progress\",\"frames\":1}'; sleep 1000",
          {.deadline = 20s, .cancel = {}}, 20s,
          [](const Event&) -> Result<void> { return fail(aborted("LEASE_LOST", "")); });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().reason, "LEASE_LOST");
  EXPECT_TRUE(gone("pid"));
}

TEST_F(RunnerTest, ASlowSinkIsNoStall) {
  // The child says the rest while the sink is at work, which takes longer than the child may be silent.
  const auto result =
      run(std::string("read job; echo '{\"event\":\"progress\",\"frames\":1}'; sleep 0.3; ") + kDone,
          {.deadline = 60s, .cancel = {}}, 2s, [](const Event& event) -> Result<void> {
            if (std::holds_alternative<ProgressEvent>(event)) std::this_thread::sleep_for(2500ms);
            return {};
          });
  EXPECT_TRUE(result) << result.error().reason;
}

TEST_F(RunnerTest, SaysWhenTheChildCrashed) {
  const auto result = run("echo about to die >&2; kill -SEGV $$");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().reason, "MEDIA_CRASHED");
  EXPECT_EQ(result.error().metadata.at("signal"), std::to_string(SIGSEGV));
  ASSERT_FALSE(result.error().breadcrumbs.empty());
  EXPECT_NE(result.error().breadcrumbs[0].find("about to die"), std::string::npos);
}

TEST_F(RunnerTest, BoundsWhatItReads) {
  EXPECT_EQ(run("head -c 1000000 /dev/zero | tr '\\0' x; sleep 1000").error().reason, "MEDIA_PROTOCOL");
  EXPECT_EQ(run("head -c 9000000 /dev/zero >&2; echo oops").error().reason, "MEDIA_PROTOCOL");
  EXPECT_TRUE(run(std::string("head -c 9000000 /dev/zero >&2\n") + kDone));
}

TEST_F(RunnerTest, EndingWithoutAResultIsAnError) {
  EXPECT_EQ(run("exit 0").error().reason, "MEDIA_PROTOCOL");
  EXPECT_EQ(run(std::string(kDone) + "; exit 3").error().reason, "MEDIA_PROTOCOL");
}

TEST_F(RunnerTest, SaysWhenThereIsNoProgram) {
  const auto result = Runner({"/no/such/program", 1s, 512}).run("probe", source_, -1, "{}", {}, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().reason, "MEDIA_SPAWN");
}

TEST_F(RunnerTest, ManyThreadsShareOne) {
  const Runner runner({program(std::string("read job\n") + kDone), 20s, 512});
  std::atomic<int> good = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 6; ++i)
    threads.emplace_back([&] {
      for (int j = 0; j < 10; ++j)
        if (runner.run("probe", source_, -1, "{}", {.deadline = 20s, .cancel = {}}, {})) ++good;
    });
  threads.clear();
  EXPECT_EQ(good, 60);
}

// The script's parent in /proc is us, as with any child of ours; the zygote is our other child.
TEST_F(RunnerTest, AZygoteThatDiedIsReplacedAndItsJobsGoOn) {
  const std::string where = program("read job; echo $$ > " + path("pid") +
                                    "; while [ ! -e " + path("go") + " ]; do sleep 0.01; done\n" + kDone);
  const Runner runner({where, 20s, 512});
  Result<DoneEvent> first = fail(internal("NOT_RUN", ""));
  std::jthread running(
      [&] { first = runner.run("probe", source_, -1, "{}", {.deadline = 20s, .cancel = {}}, {}); });
  for (int i = 0; i < 4000 && read("pid").empty(); ++i) std::this_thread::sleep_for(5ms);
  ASSERT_FALSE(read("pid").empty());
  const std::vector<int> before = children();
  ASSERT_EQ(before.size(), 2u);
  const int job = std::stoi(read("pid"));
  for (const int child : before)
    if (child != job) kill(child, SIGKILL);
  std::ofstream(path("go")) << "go";
  running.join();
  EXPECT_TRUE(first) << first.error().message;
  EXPECT_TRUE(runner.run("probe", source_, -1, "{}", {.deadline = 20s, .cancel = {}}, {}));
  EXPECT_EQ(children().size(), 1u);
}

// Stopped as by a debugger, or stuck in the kernel.
TEST_F(RunnerTest, AZygoteThatDoesNotAnswerHoldsNobodyBeyondDeadlineOrCancel) {
  const Runner runner({program(std::string("read job\n") + kDone), 20s, 512});
  const auto run = [&](std::chrono::milliseconds deadline, std::stop_token cancel) {
    return runner.run("probe", source_, -1, "{}", {.deadline = deadline, .cancel = std::move(cancel)}, {});
  };
  ASSERT_TRUE(run(20s, {}));
  ASSERT_EQ(children().size(), 1u);
  kill(children()[0], SIGSTOP);
  const auto late = run(200ms, {});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().reason, "MEDIA_TIMEOUT");
  EXPECT_TRUE(children().empty());  // it was given up, and reaped
  ASSERT_TRUE(run(20s, {}));
  kill(children()[0], SIGSTOP);
  // One waits for the zygote, the other for the first one.
  std::stop_source first, second;
  Result<DoneEvent> asking = fail(internal("NOT_RUN", "")), queueing = asking;
  {
    std::jthread a([&] { asking = run(60s, first.get_token()); });
    std::this_thread::sleep_for(100ms);
    std::jthread b([&] { queueing = run(60s, second.get_token()); });
    std::this_thread::sleep_for(100ms);
    second.request_stop();
    b.join();
    first.request_stop();
  }
  EXPECT_EQ(queueing.error().reason, "MEDIA_CANCELLED");
  EXPECT_EQ(asking.error().reason, "MEDIA_CANCELLED");
  EXPECT_TRUE(run(20s, {}));
}

TEST_F(RunnerTest, TheZygoteEndsWithTheRunner) {
  ASSERT_TRUE(run(std::string("read job\n") + kDone));
  EXPECT_TRUE(children().empty());
}

TEST_F(RunnerTest, SaysWhenTheProgramIsNoZygote) {
  const auto result = Runner({"/bin/false", 1s, 512}).run("probe", source_, -1, "{}", {}, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().reason, "MEDIA_SPAWN");
  EXPECT_TRUE(children().empty());
}

}  // namespace
}  // namespace cliffhanger::media
