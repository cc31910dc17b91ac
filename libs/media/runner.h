#pragma once
// Runs the program cliffhanger-media as a child: the only way in which services touch media.
#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "libs/core/result.h"
#include "libs/media/event.h"
#include "libs/media/job.h"

namespace cliffhanger::media {

class Zygote;

struct RunnerConfig {
  std::string program;                      // path of cliffhanger-media
  std::chrono::milliseconds stall{60'000};  // a child that says nothing for so long is killed
  std::int64_t memory_mib = 2048;           // RLIMIT_DATA of the child
};

struct RunOptions {
  std::chrono::milliseconds deadline{600'000};  // for the whole run; also bounds the child's CPU time
  std::stop_token cancel;                       // stops the run within 100 ms
  int nice = 0;                                 // 0 to 19: how far the child yields to others, as nice(2) has it
};

// Called in the thread that called the runner, for every event but errors, in order. An error it returns ends
// the run (the child is killed) and is the run's result: that is how a worker stops when it lost its lease.
using EventSink = std::function<Result<void>(const Event&)>;

// One object serves many runs from many threads at once; a run blocks its thread. Descriptors are borrowed:
// `source` is a readable, seekable file (read with pread, so that runs may share it), `folder` a directory in
// which files are made or replaced.
//
// The program is loaded at the first run and kept; each run is a copy of it (zygote.h). The child leads its own process group, has descriptors 0 to 4 only, no environment of ours, and ends with the
// parent: its stdin is a pipe that the parent holds. It is always reaped before a call returns.
//
// Every call fails with the child's own reason (is_refusal tells whether the source is to blame), or with
// MEDIA_TIMEOUT, MEDIA_STALLED, MEDIA_CRASHED (died by a signal), MEDIA_CANCELLED, MEDIA_PROTOCOL (it spoke
// nonsense) or MEDIA_SPAWN.
class Runner {
 public:
  explicit Runner(RunnerConfig config);
  ~Runner();  // no run may be under way

  Result<ProbeEvent> probe(int source, const ProbeJob& job, const RunOptions& options) const;
  // Of the sound alone, whatever `job` says.
  Result<SoundEvent> probe_sound(int source, ProbeJob job, const RunOptions& options) const;
  Result<DoneEvent> encode(int source, int folder, const EncodeJob& job, const RunOptions& options,
                           const EventSink& sink) const;
  Result<DoneEvent> audio(int source, int folder, const AudioJob& job, const RunOptions& options,
                          const EventSink& sink) const;
  Result<LoudnessEvent> loudness(int source, const LoudnessJob& job, const RunOptions& options) const;
  // The sink gets a WordEvent for each word that was understood. Fails with MEDIA_SPEECH_MODEL where the model is not installed.
  Result<DoneEvent> speech(int source, const SpeechJob& job, const RunOptions& options, const EventSink& sink) const;
  Result<PictureEvent> picture(int source, int folder, const PictureJob& job,
                               const RunOptions& options) const;

  // The sink gets a PictureEvent for each sheet.
  Result<DoneEvent> storyboard(int source, int folder, const StoryboardJob& job, const RunOptions& options,
                               const EventSink& sink) const;

  // One event a rung.
  Result<std::vector<AnalysisEvent>> analyse(int source, const AnalyseJob& job, const RunOptions& options) const;

  // Any command: what the others are made of. `folder` may be −1.
  Result<DoneEvent> run(const std::string& command, int source, int folder, const std::string& job_line,
                        const RunOptions& options, const EventSink& sink) const;

 private:
  template <class Found>
  Result<Found> ask(int source, const ProbeJob& job, const RunOptions& options) const;
  RunnerConfig config_;
  std::unique_ptr<Zygote> zygote_;
};

}  // namespace cliffhanger::media
