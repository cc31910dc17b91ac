// SPDX-License-Identifier: GPL-3.0-or-later
// cliffhanger-media: every touch of libav, one job a process. See README.md.
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "libs/media/zygote.h"
#include "media/analyse/analyse.h"
#include "media/audio/audio.h"
#include "media/check/check.h"
#include "media/encode/encode.h"
#include "media/picture/picture.h"
#include "media/picture/storyboard.h"
#include "media/probe/probe.h"
#include "media/protocol/reporter.h"
#include "media/sandbox/sandbox.h"
#include "media/sandbox/scarcity.h"
#include "media/speech/speech.h"

extern "C" {
#include <libavutil/log.h>
}

namespace {
using namespace cliffhanger;
using namespace cliffhanger::media;

constexpr int kMapFrom = 256 * 1024;  // bytes
constexpr int kIn = 0, kOut = 1, kSource = 3, kFolder = 4;
constexpr std::string_view kCommands[] = {"probe",    "analyse", "encode",     "audio",
                                          "loudness", "picture", "storyboard", "speech"};
constexpr char kUsage[] =
    "usage: cliffhanger-media probe|analyse|encode|audio|loudness|picture|storyboard|speech [--memory-mib=N] [--cpu-seconds=N]\n"
    "  [--nice=N]\n"
    "The source is descriptor 3, the output folder descriptor 4, the job the first line of stdin, which must "
    "stay open;\n"
    "events are JSON lines on stdout. Services run it through libs/media, by `serve` (libs/media/zygote.h).\n"
    "For people: cliffhanger-media check FOLDER|PLAYLIST|http://URL [--json]\n";

// What is left to do once the process is confined.
using Work = std::function<Result<void>()>;

// Reads the job and opens all that it will write. Nothing of the source is read yet, for from then on the
// process counts as a stranger's.
Result<Work> prepare(std::string_view command, Reporter& reporter) {
  CH_ASSIGN(const std::string job, read_job(kIn));
  const auto with_files = [](const auto& parsed, auto perform) -> Result<Work> {
    CH_ASSIGN(Outputs opened, Outputs::open(kFolder, files_of(parsed)));
    return [=, outputs = std::make_shared<Outputs>(std::move(opened))] { return perform(parsed, *outputs); };
  };
  if (command == "probe") {
    CH_ASSIGN(const ProbeJob parsed, parse_probe_job(job));
    if (parsed.sound_alone)
      return [parsed, &reporter] {
        return probe_sound(kSource, parsed).map([&](const SoundEvent& found) { reporter.report(found); });
      };
    return [parsed, &reporter] {
      return probe(kSource, parsed).map([&](const ProbeEvent& found) { reporter.report(found); });
    };
  }
  if (command == "encode") {
    CH_ASSIGN(const EncodeJob parsed, parse_encode_job(job));
    CH_ASSIGN(Painters made, make_painters(parsed));
    return with_files(parsed, [&reporter, painters = std::make_shared<Painters>(std::move(made))](
                                  const EncodeJob& todo, Outputs& outputs) {
      return encode(kSource, todo, *painters, outputs, reporter);
    });
  }
  if (command == "audio") {
    CH_ASSIGN(const AudioJob parsed, parse_audio_job(job));
    return with_files(parsed, [&reporter](const AudioJob& todo, Outputs& outputs) {
      return audio(kSource, todo, outputs, reporter);
    });
  }
  if (command == "loudness") {
    CH_ASSIGN(const LoudnessJob parsed, parse_loudness_job(job));
    return [parsed, &reporter] { return loudness(kSource, parsed, reporter); };
  }
  if (command == "speech") {
    CH_ASSIGN(const SpeechJob parsed, parse_speech_job(job));
    CH_ASSIGN(Recogniser loaded, Recogniser::load(kSpeechModel));
    return [parsed, &reporter, it = std::make_shared<Recogniser>(std::move(loaded))] {
      return speech(kSource, parsed, *it, reporter);
    };
  }
  if (command == "analyse") {
    CH_ASSIGN(const AnalyseJob parsed, parse_analyse_job(job));
    return [parsed, &reporter] { return analyse(kSource, parsed, reporter); };
  }
  if (command == "storyboard") {
    CH_ASSIGN(const StoryboardJob parsed, parse_storyboard_job(job));
    return with_files(parsed, [&reporter](const StoryboardJob& todo, Outputs& outputs) {
      return storyboard(kSource, todo, outputs, reporter);
    });
  }
  CH_ASSIGN(const PictureJob parsed, parse_picture_job(job));
  return with_files(parsed, [&reporter](const PictureJob& todo, Outputs& outputs) {
    return picture(kSource, todo, outputs, reporter);
  });
}

Result<void> run_sandboxed(std::string_view command, const SandboxLimits& limits, Reporter& reporter) {
  try {
    CH_ASSIGN(const Work work, prepare(command, reporter));
    close(kFolder);
    end_when_scarce(kOut, limits.memory_mib * 1024 * 1024);
    CH_TRY(enter_sandbox(limits));
    end_with_parent(kIn);
    auto done = work();
    if (!done && asked_too_much() && !is_refusal(done.error())) return fail(out_of_memory());
    return done;
  } catch (const std::bad_alloc&) {
    return fail(out_of_memory());
  }
}

DoneEvent usage_so_far() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto ms = [](const timeval& t) { return t.tv_sec * 1000 + t.tv_usec / 1000; };
  return {ms(used.ru_utime) + ms(used.ru_stime), used.ru_maxrss};
}

bool option(std::string_view argument, std::string_view name, std::int64_t& value) {
  if (!argument.starts_with(name)) return false;
  argument.remove_prefix(name.size());
  const auto [end, bad] = std::from_chars(argument.data(), argument.data() + argument.size(), value);
  return bad == std::errc() && end == argument.data() + argument.size() && value >= 0 && value <= 1'000'000;
}

// One job, from its command line without the program's name on.
int run_job(const std::vector<std::string>& arguments) {
  const std::string_view command = arguments.empty() ? "" : std::string_view(arguments[0]);
  SandboxLimits limits;
  std::int64_t nice_by = 0;
  bool good = std::ranges::find(kCommands, command) != std::end(kCommands);
  for (std::size_t i = 1; i < arguments.size(); ++i)
    good = good && (option(arguments[i], "--memory-mib=", limits.memory_mib) ||
                    option(arguments[i], "--cpu-seconds=", limits.cpu_seconds) ||
                    option(arguments[i], "--nice=", nice_by));
  if (!good) {
    std::fputs(kUsage, stderr);
    return 64;
  }
  // Pictures pass from thread to thread, so more arenas only hold on to memory; and what an encoder gives
  // back after a segment goes back to the kernel.
  mallopt(M_ARENA_MAX, 2);
  mallopt(M_MMAP_THRESHOLD, kMapFrom);
  if (nice_by > 0) nice(static_cast<int>(nice_by));  // all threads that follow have it too
  av_log_set_level(AV_LOG_ERROR);
  Reporter reporter(kOut);
  if (auto result = run_sandboxed(command, limits, reporter); !result) {
    reporter.report(ErrorEvent{result.error().reason, result.error().message});
    std::_Exit(1);
  }
  reporter.report(usage_so_far());
  std::_Exit(0);  // the watcher's thread is still reading; everything is written
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + std::max(argc, 1));
  if (arguments == std::vector<std::string>{kZygoteCommand}) {
    const auto job = await_job(kZygoteSocket);
    return job ? run_job(*job) : 0;
  }
  // No libav in it, and nothing of the job protocol: it is for people.
  if (!arguments.empty() && arguments[0] == "check")
    return check_command({argv + 2, static_cast<std::size_t>(argc - 2)});
  return run_job(arguments);
}
