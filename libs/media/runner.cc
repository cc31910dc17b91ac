#include "libs/media/runner.h"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <optional>

#include "libs/media/limits.h"
#include "libs/media/zygote.h"

namespace cliffhanger::media {
namespace {
using Steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

Error late(const char* reason, const char* message) {
  return Error{Code::kDeadlineExceeded, reason, message, {}, {}, {}};
}

// Whether a run that began at `start` may go on.
Result<void> within(const RunOptions& options, Steady::time_point start) {
  if (options.cancel.stop_requested())
    return fail(Error{Code::kCancelled, "MEDIA_CANCELLED", "The media run was cancelled.", {}, {}, {}});
  if (Steady::now() - start >= options.deadline)
    return fail(late("MEDIA_TIMEOUT", "The media program took too long."));
  return {};
}

// One run: reads what the child says until it ends or has to be ended.
class Session {
 public:
  Session(Process& child, const RunOptions& options, milliseconds stall, const EventSink& sink,
          Steady::time_point start)
      : child_(child), options_(options), stall_(stall), sink_(sink), start_(start), heard_(Steady::now()) {}

  Result<DoneEvent> run(std::string_view job_line);

 private:
  Result<void> send(std::string_view job_line);
  Result<void> listen();
  Result<void> check_clock() const;
  Result<bool> read_events();  // false at the end of stdout
  Result<void> take_lines();
  Result<void> take(std::string_view line);
  bool read_errors();  // false at the end of stderr
  Error explain(int status) const;

  Process& child_;
  const RunOptions& options_;
  const milliseconds stall_;
  const EventSink& sink_;
  const Steady::time_point start_;
  Steady::time_point heard_;
  std::string pending_;  // of stdout, without a newline yet
  std::string errors_;
  std::optional<DoneEvent> done_;
  std::optional<ErrorEvent> failed_;
};

Result<DoneEvent> Session::run(std::string_view job_line) {
  Result<void> result = send(job_line);
  if (result) result = listen();
  // A child that has closed its pipes ends by itself; one that was stopped is killed by finish().
  while (result && !child_.ended()) {
    result = check_clock();
    if (result) usleep(1000);
  }
  const int status = child_.finish();
  if (!result) return fail(std::move(result).error());
  if (failed_) return fail(to_error(*failed_).at("media"));
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && done_) return *done_;
  return fail(explain(status));
}

Result<void> Session::send(std::string_view job_line) {
  std::string line(job_line);
  line += '\n';
  // Fits the pipe's buffer (64 KiB) as limits::kMaxJobBytes does, so a short write means a child that is
  // gone. SIGPIPE is blocked for this thread alone: the program around us may not ignore it.
  sigset_t pipe_signal, old;
  sigemptyset(&pipe_signal);
  sigaddset(&pipe_signal, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe_signal, &old);
  const ssize_t written = write(child_.in(), line.data(), line.size());
  if (written < 0 && errno == EPIPE) {
    const timespec now{0, 0};
    sigtimedwait(&pipe_signal, nullptr, &now);
  }
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
  return {};  // if it failed, the child's end says more
}

Result<void> Session::check_clock() const {
  CH_TRY(within(options_, start_));
  if (Steady::now() - heard_ >= stall_)
    return fail(late("MEDIA_STALLED", "The media program stopped making progress."));
  return {};
}

Result<void> Session::listen() {
  bool out_open = true, err_open = true;
  while (out_open || err_open) {
    CH_TRY(check_clock());
    std::array<pollfd, 2> wait{pollfd{out_open ? child_.out() : -1, POLLIN, 0},
                               pollfd{err_open ? child_.err() : -1, POLLIN, 0}};
    const auto left = std::chrono::duration_cast<milliseconds>(options_.deadline - (Steady::now() - start_));
    const int patience = static_cast<int>(std::clamp<std::int64_t>(left.count() + 1, 1, 50));
    if (poll(wait.data(), wait.size(), patience) < 0 && errno != EINTR)
      return fail(internal("MEDIA_SPAWN", "Waiting for the media program failed."));
    if (wait[0].revents) {
      CH_ASSIGN(out_open, read_events());
    }
    if (wait[1].revents) err_open = read_errors();
  }
  return {};
}

Result<bool> Session::read_events() {
  std::array<char, 16384> buffer;
  const ssize_t got = read(child_.out(), buffer.data(), buffer.size());
  if (got < 0) return errno == EAGAIN || errno == EINTR;
  if (got == 0) return false;
  pending_.append(buffer.data(), static_cast<std::size_t>(got));
  CH_TRY(take_lines());
  return true;
}

Result<void> Session::take_lines() {
  std::size_t start = 0;
  for (std::size_t end; (end = pending_.find('\n', start)) != std::string::npos; start = end + 1)
    CH_TRY(take(std::string_view(pending_).substr(start, end - start)));
  pending_.erase(0, start);
  if (pending_.size() > limits::kMaxEventBytes)
    return fail(internal("MEDIA_PROTOCOL", "The media program sent a line without an end."));
  return {};
}

Result<void> Session::take(std::string_view line) {
  CH_ASSIGN(Event event, parse_event(line));
  heard_ = Steady::now();
  if (auto* error = std::get_if<ErrorEvent>(&event)) {
    failed_ = std::move(*error);
    return {};
  }
  if (const auto* done = std::get_if<DoneEvent>(&event)) done_ = *done;
  if (!sink_) return {};
  Result<void> taken = sink_(event);
  heard_ = Steady::now();  // the sink's own time is no silence of the child's
  return taken;
}

bool Session::read_errors() {
  std::array<char, 4096> buffer;
  const ssize_t got = read(child_.err(), buffer.data(), buffer.size());
  if (got < 0) return errno == EAGAIN || errno == EINTR;
  const std::size_t room = limits::kMaxStderrBytes - std::min(errors_.size(), limits::kMaxStderrBytes);
  errors_.append(buffer.data(), std::min(room, static_cast<std::size_t>(got)));
  return got > 0;
}

Error Session::explain(int status) const {
  Error error = internal("MEDIA_PROTOCOL", "The media program ended without a result.");
  if (WIFSIGNALED(status)) {
    error = internal("MEDIA_CRASHED", "The media program crashed on this file.");
    error = std::move(error).with("signal", std::to_string(WTERMSIG(status)));
    // The CPU limit is derived from the deadline, so passing it is the same failure.
    if (WTERMSIG(status) == SIGXCPU) error = late("MEDIA_TIMEOUT", "The media program took too long.");
  } else {
    error = std::move(error).with("exit", std::to_string(WEXITSTATUS(status)));
  }
  return errors_.empty() ? error : std::move(error).at("stderr: " + errors_);
}

}  // namespace

Runner::Runner(RunnerConfig config)
    : config_(std::move(config)), zygote_(std::make_unique<Zygote>(config_.program)) {}

Runner::~Runner() = default;

Result<DoneEvent> Runner::run(const std::string& command, int source, int folder, const std::string& job_line,
                              const RunOptions& options, const EventSink& sink) const {
  if (job_line.size() >= limits::kMaxJobBytes)
    return fail(internal("MEDIA_JOB_INVALID", "The media job is too long."));
  const auto start = Steady::now();
  // Wall-clock deadline times the cores it may use: a last resort should the parent hang.
  const std::int64_t cpu = std::chrono::duration_cast<std::chrono::seconds>(options.deadline).count() * 8 + 8;
  CH_ASSIGN(Process child, zygote_->spawn({{command, "--memory-mib=" + std::to_string(config_.memory_mib),
                                            "--cpu-seconds=" + std::to_string(cpu),
                                            "--nice=" + std::to_string(options.nice)},
                                           source,
                                           folder},
                                          [&] { return within(options, start); }));
  return Session(child, options, config_.stall, sink, start).run(job_line);
}

// Runs a probe whose answer is one event of type `Found`.
template <class Found>
Result<Found> Runner::ask(int source, const ProbeJob& job, const RunOptions& options) const {
  std::optional<Found> found;
  const EventSink sink = [&](const Event& event) -> Result<void> {
    if (const auto* probe = std::get_if<Found>(&event)) found = *probe;
    return {};
  };
  CH_TRY(run("probe", source, -1, to_json(job), options, sink).map([](const DoneEvent&) {}));
  if (!found) return fail(internal("MEDIA_PROTOCOL", "The media program ended without a result."));
  return *found;
}

Result<ProbeEvent> Runner::probe(int source, const ProbeJob& job, const RunOptions& options) const {
  return ask<ProbeEvent>(source, job, options);
}

Result<SoundEvent> Runner::probe_sound(int source, ProbeJob job, const RunOptions& options) const {
  job.sound_alone = true;
  return ask<SoundEvent>(source, job, options);
}

Result<DoneEvent> Runner::encode(int source, int folder, const EncodeJob& job, const RunOptions& options,
                                 const EventSink& sink) const {
  return run("encode", source, folder, to_json(job), options, sink);
}

Result<DoneEvent> Runner::audio(int source, int folder, const AudioJob& job, const RunOptions& options,
                                const EventSink& sink) const {
  return run("audio", source, folder, to_json(job), options, sink);
}

Result<DoneEvent> Runner::speech(int source, const SpeechJob& job, const RunOptions& options,
                                 const EventSink& sink) const {
  return run("speech", source, -1, to_json(job), options, sink);
}

namespace {
// Runs a command whose result is one event.
template <class Wanted>
Result<Wanted> one_event(const Runner& runner, const char* command, int source, int folder,
                         const std::string& job, const RunOptions& options) {
  std::optional<Wanted> made;
  const EventSink sink = [&](const Event& event) -> Result<void> {
    if (const auto* wanted = std::get_if<Wanted>(&event)) made = *wanted;
    return {};
  };
  CH_TRY(runner.run(command, source, folder, job, options, sink).map([](const DoneEvent&) {}));
  if (!made) return fail(internal("MEDIA_PROTOCOL", "The media program ended without a result."));
  return *made;
}
}  // namespace

Result<PictureEvent> Runner::picture(int source, int folder, const PictureJob& job,
                                     const RunOptions& options) const {
  return one_event<PictureEvent>(*this, "picture", source, folder, to_json(job), options);
}

Result<LoudnessEvent> Runner::loudness(int source, const LoudnessJob& job, const RunOptions& options) const {
  return one_event<LoudnessEvent>(*this, "loudness", source, -1, to_json(job), options);
}

Result<DoneEvent> Runner::storyboard(int source, int folder, const StoryboardJob& job,
                                     const RunOptions& options, const EventSink& sink) const {
  return run("storyboard", source, folder, to_json(job), options, sink);
}

Result<std::vector<AnalysisEvent>> Runner::analyse(int source, const AnalyseJob& job,
                                                   const RunOptions& options) const {
  std::vector<AnalysisEvent> found;
  const EventSink sink = [&](const Event& event) -> Result<void> {
    if (const auto* rung = std::get_if<AnalysisEvent>(&event)) found.push_back(*rung);
    if (found.size() > limits::kMaxRungs)
      return fail(internal("MEDIA_PROTOCOL", "The media program spoke of more rungs than there are."));
    return {};
  };
  CH_TRY(run("analyse", source, -1, to_json(job), options, sink).map([](const DoneEvent&) {}));
  return found;
}

}  // namespace cliffhanger::media
