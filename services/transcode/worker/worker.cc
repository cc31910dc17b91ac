#include "services/transcode/worker/worker.h"

#include "libs/captions/words.h"
#include "libs/media/limits.h"
#include "libs/obs/names.h"
#include "services/transcode/domain/quality.h"
#include "services/transcode/domain/spacing.h"

namespace cliffhanger::transcode {
namespace {

using namespace std::chrono_literals;

// A run's deadline: for starting and finding its place in the source, and for each second of media, on a slow
// and busy machine.
constexpr auto kBaseDeadline = 180s;
constexpr auto kDeadlinePerSecond = 45s;
constexpr std::chrono::milliseconds kMostDeadline = 4h;

constexpr auto kEnvironmentDelay = 2000ms;
constexpr auto kFilmsTime = 30min;  // for a film to make again what a cut of it lacks

constexpr std::string_view kSourceGone = "SOURCE_GONE";

// An analysis is worth this much; then the tail goes on without it.
constexpr int kAnalyseAttempts = 3;
constexpr std::chrono::milliseconds kAnalyseDeadline = 5min;
// What nobody waits for leaves a head nearly all of the processors, and the rest of a head its first segment
// nine tenths.
constexpr int kYieldToHeads = 15, kYieldToFirstSegment = 10;  // steps of nice(2)
// And that one may take more CPU in all to be there sooner: decoding is most of the work of a head in 4K.
constexpr int kFirstDecodeThreads = 2;

// Trying again would give the same.
bool is_final(const Error& why) {
  return media::is_refusal(why) || why.reason.starts_with("GATE_") || why.reason.starts_with("DUB_") ||
         why.reason == kSourceGone || why.reason.starts_with("BURN_") || why.reason == "MEDIA_NO_GLYPH";
}

std::chrono::milliseconds deadline_of(const Plan& plan, const Run& run) {
  const media::Grid grid = grid_of(plan);
  double seconds = grid.duration();
  if (encodes(run.kind)) {
    seconds = grid.seconds(grid.segment(run.first + run.count - 1).end() - grid.segment(run.first).start);
  }
  return std::min(kMostDeadline, std::chrono::duration_cast<std::chrono::milliseconds>(
                                     kBaseDeadline + kDeadlinePerSecond * seconds));
}

media::RunOptions options_of(const Ledger::Work& work, std::chrono::milliseconds deadline,
                             const std::stop_token& cancel) {
  const Urgency urgency = work.revision.plan ? urgency_of(*work.revision.plan, work.run) : Urgency::kNone;
  const int yields = urgency == Urgency::kFirstSegment ? 0
                     : urgency == Urgency::kHead       ? kYieldToFirstSegment
                                                       : kYieldToHeads;
  return {deadline, cancel, yields};
}

// How many processors a run takes that nothing else may hold up.
unsigned hurry_of(const Ledger::Work& work) {
  const bool first = work.run.kind == Kind::kEncode && is_open(work.revision.state) && work.revision.plan &&
                     urgency_of(*work.revision.plan, work.run) == Urgency::kFirstSegment;
  return first ? kFirstDecodeThreads : 0;
}

media::EncodeJob encode_job(const Plan& plan, const Run& run, std::int64_t whole_bytes) {
  media::EncodeJob job{plan.rate, plan.frames, {}, run.first, run.count, whole_bytes};
  if (urgency_of(plan, run) == Urgency::kFirstSegment) job.decode_threads = kFirstDecodeThreads;
  for (const std::string& name : run.rungs) job.rungs.push_back(rung_at(plan, name, run.first));
  return job;
}

}  // namespace

bool is_environment(const Error& why) {
  return why.reason.starts_with("DATABASE_") || why.reason.starts_with("SCRATCH_") ||
         why.reason == "OBJECT_STORE_FAILED" || why.reason == "CONTENT_KEY_UNAVAILABLE" ||
         why.reason == "OBJECT_STORE_FULL" || why.reason == "MEDIA_SPAWN" || why.reason == "MEDIA_OUTPUT" ||
         why.reason == "MEDIA_SANDBOX";
}

Worker::Worker(WorkerConfig config, Deps deps)
    : config_(std::move(config)),
      deps_(std::move(deps)),
      leased_(deps_.metrics.counter(obs::names::kTasksLeased, "Tasks taken", {{"service", "transcode"}})),
      done_(deps_.metrics.counter(obs::names::kTasksDone, "Tasks done", {{"service", "transcode"}})),
      failed_(deps_.metrics.counter(obs::names::kTasksFailed, "Attempts that failed",
                                    {{"service", "transcode"}})),
      meter_(deps_.metrics) {}

bool Worker::begin(std::stop_source source) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return false;
  current_ = std::move(source);
  return true;
}

void Worker::stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  current_.request_stop();
}

Result<bool> Worker::step() {
  const std::stop_source cancel;
  if (!begin(cancel)) return false;
  const int most = std::min(config_.most_priority, deps_.urgent.most_priority());
  CH_ASSIGN(const auto leased, deps_.ledger.lease(config_.name, most));
  if (!leased) return false;
  const Ledger::Work& work = *leased;
  const UrgentRuns::Running running = deps_.urgent.begin(hurry_of(work));
  leased_.add();
  bool lost = false;
  const auto done = [&] {
    const sql::Heartbeat heartbeat(config_.heartbeat, [&] { return deps_.ledger.extend(work.task); }, cancel);
    auto result = perform(work, cancel.get_token());
    lost = heartbeat.lost();
    return result;
  }();
  if (done) {
    done_.add();
    deps_.log.info(
        "task done",
        {{"revision", work.revision.id.text()}, {"kind", work.task.kind}, {"task", work.task.id.text()}},
        &work.call.trace);
    return true;
  }
  CH_TRY(settle(work, done.error(), lost));
  return true;
}

Result<void> Worker::settle(const Ledger::Work& work, const Error& why, bool lost) {
  if (lost || why.reason == "LEASE_LOST") {
    deps_.log.info("lease lost", {{"revision", work.revision.id.text()}, {"task", work.task.id.text()}},
                   &work.call.trace);
    return {};
  }
  bool stopping = false;
  {
    const std::lock_guard lock(mutex_);
    stopping = stopping_;
  }
  if (stopping) return deps_.ledger.release(work, 0ms);
  deps_.log.warn("task failed",
                 {{"revision", work.revision.id.text()},
                  {"kind", work.task.kind},
                  {"task", work.task.id.text()},
                  {"attempt", work.task.attempts},
                  {"reason", why.reason},
                  {"detail", why.message}},
                 &work.call.trace);
  if (is_environment(why)) return deps_.ledger.release(work, kEnvironmentDelay);
  // The film makes it again, which takes longer than some attempts; what is missing for long is lost.
  if (why.reason == "REUSE_PIECE_MISSING" && deps_.ledger.age(work) < kFilmsTime)
    return deps_.ledger.release(work, kEnvironmentDelay);
  if (why.reason == kSourceGone && work.run.kind != Kind::kDub && work.run.kind != Kind::kBurn) {
    const auto ended = deps_.ledger.abandon(work);
    return !ended && ended.error().reason == "LEASE_LOST" ? Result<void>() : ended;
  }
  failed_.add();
  meter_.failed(why.reason);
  const auto written = deps_.ledger.failed(work, why, is_final(why));
  if (!written && written.error().reason == "LEASE_LOST") return {};
  return written;
}

Result<void> Worker::perform(const Ledger::Work& work, const std::stop_token& cancel) {
  if (work.run.kind == Kind::kPackage) return package(work);
  if (work.run.kind == Kind::kEarly) return encode_early(work, cancel);
  if (work.run.kind == Kind::kWithdraw) return deps_.ledger.withdraw(work);
  if (work.run.kind == Kind::kAnalyse) return analyse(work, cancel);
  if (work.run.kind == Kind::kLoudness) return listen(work, cancel);
  if (work.run.kind == Kind::kCaptions) return deps_.ledger.captions(work);
  if (work.run.kind == Kind::kDub) return dub(work, cancel);
  if (work.run.kind == Kind::kSpeech) return transcribe(work, cancel);
  if (work.run.kind == Kind::kBurn) return burn(work, cancel);
  if (is_open(work.revision.state) && is_needed(*work.revision.plan, work.run, work.present))
    CH_TRY(run_child(work, cancel));
  // A worker that died may have committed without publishing.
  if (work.run.kind != Kind::kPicture && work.run.kind != Kind::kStoryboard)
    CH_TRY(deps_.ledger.publish(work));
  return deps_.ledger.complete(work);
}

// A source stays as long as its episode.
Result<blob::Opened> Worker::open_source(const std::string& object_key) {
  auto opened = deps_.blobs.open(object_key);
  if (opened || opened.error().reason != "OBJECT_NOT_FOUND") return opened;
  return fail(not_found(std::string(kSourceGone), "The source is no longer there."));
}

// A guess: where it can't be made nothing is lost, and the whole says what is wrong with the file, if
// anything is.
Result<void> Worker::encode_early(const Ledger::Work& work, const std::stop_token& cancel) {
  const bool needed = is_needed(*work.revision.plan, work.run, work.present);
  const auto made = needed ? run_child(work, cancel) : Result<void>();
  if (made || cancel.stop_requested()) return made ? deps_.ledger.complete(work) : made;
  const Error& why = made.error();
  if (why.reason == "LEASE_LOST" || is_environment(why)) return made;
  deps_.log.info("no early head", {{"revision", work.revision.id.text()}, {"reason", why.reason}},
                 &work.call.trace);
  return deps_.ledger.complete(work);
}

// Nothing that goes wrong here holds a revision up: then its tail is as its head.
Result<void> Worker::analyse(const Ledger::Work& work, const std::stop_token& cancel) {
  const Plan& plan = *work.revision.plan;
  if (!is_open(work.revision.state) || is_chosen(plan)) return deps_.ledger.complete(work);
  std::vector<int> crfs = with_tail_like_head(plan).tail_crfs;
  std::vector<std::string> dropped;
  media::AnalyseJob job = analyse_job(plan);
  job.scaling = plan.founding.has_value();
  if (!job.rungs.empty() && work.task.attempts <= kAnalyseAttempts) {
    CH_ASSIGN(const blob::Opened source, open_source(work.revision.source.object_key));
    const auto found = deps_.runner.analyse(source.fd(), job, options_of(work, kAnalyseDeadline, cancel));
    if (found) {
      crfs = choose_crfs(plan, *found);
      if (plan.founding) dropped = too_close(plan, *found, crfs);
    } else {
      const Error& why = found.error();
      const bool again = !media::is_refusal(why) && work.task.attempts < kAnalyseAttempts;
      if (again || cancel.stop_requested() || is_environment(why)) return fail(why);
      deps_.log.warn("title not analysed", {{"revision", work.revision.id.text()}, {"reason", why.reason}},
                     &work.call.trace);
    }
  }
  return deps_.ledger.choose(work, crfs, dropped);
}

Result<void> Worker::listen(const Ledger::Work& work, const std::stop_token& cancel) {
  const Plan& plan = *work.revision.plan;
  if (!is_open(work.revision.state) || is_tuned(plan)) return deps_.ledger.complete(work);
  CH_ASSIGN(const blob::Opened source, open_source(work.revision.source.object_key));
  const auto options = options_of(work, deadline_of(plan, work.run), cancel);
  CH_ASSIGN(const auto heard, deps_.runner.loudness(source.fd(), {plan.rate, plan.frames}, options));
  return deps_.ledger.hear(work, heard.input_lufs ? std::optional(heard.gain_db) : std::nullopt);
}

Result<void> Worker::transcribe(const Ledger::Work& work, const std::stop_token& cancel) {
  std::vector<captions::Word> words;
  if (work.revision.state == State::kReady) {
    const Plan& plan = *work.revision.plan;
    CH_ASSIGN(const blob::Opened source, open_source(work.revision.source.object_key));
    const media::EventSink sink = [&](const media::Event& event) -> Result<void> {
      if (words.size() >= static_cast<std::size_t>(media::limits::kMaxWords)) return {};
      if (const auto* word = std::get_if<media::WordEvent>(&event))
        words.push_back({word->text, word->start_ms, word->end_ms});
      return {};
    };
    const auto options = options_of(work, deadline_of(plan, work.run), cancel);
    CH_TRY(deps_.runner.speech(source.fd(), {plan.rate, plan.frames}, options, sink));
  }
  return deps_.ledger.draft(work, captions::cues_of(words));
}

Result<void> Worker::dub(const Ledger::Work& work, const std::stop_token& cancel) {
  CH_ASSIGN(auto todo, deps_.ledger.begin_dub(work));
  if (!todo) return deps_.ledger.complete(work);
  CH_TRY(encode_dub(work, *todo, cancel));
  CH_TRY(deps_.ledger.encrypt_dub(work, *todo));
  return deps_.ledger.finish_dub(work, *todo);
}

// The sound of the dub on the revision's grid, unless it is there already.
Result<void> Worker::encode_dub(const Ledger::Work& work, Ledger::DubWork& dub,
                                const std::stop_token& cancel) {
  const Plan& plan = *work.revision.plan;
  if (!is_needed(plan, work.run, dub.present)) return {};
  Ledger::Work mine = work;
  mine.present = dub.present;
  CH_ASSIGN(const blob::Opened source, open_source(dub.dub.object_key));
  CH_ASSIGN(const ScratchFolder folder, deps_.scratch.folder());
  auto told = std::chrono::steady_clock::now();
  const auto committed = [&](const PieceName&) -> Result<void> {
    const auto now = std::chrono::steady_clock::now();
    if (now - told < config_.publish_every) return {};
    told = now;
    return deps_.ledger.tell_dub(work, dub);
  };
  Collector collector({deps_.ledger, deps_.blobs}, mine, folder.path(), committed);
  const media::EventSink sink = [&](const media::Event& event) -> Result<void> {
    if (const auto* warning = std::get_if<media::WarningEvent>(&event))
      dub.warning += (dub.warning.empty() ? "" : " ") + warning->message;
    return collector.take(event);
  };
  media::AudioJob job{plan.rate, plan.frames, plan.audio_kbps};
  job.sound_alone = true;
  CH_TRY(deps_.runner.audio(source.fd(), folder.fd(), job,
                            options_of(work, deadline_of(plan, work.run), cancel), sink));
  return collector.finish();
}

// One part and no more, so that this worker is soon free for what is urgent.
Result<void> Worker::burn(const Ledger::Work& work, const std::stop_token& cancel) {
  CH_ASSIGN(const auto todo, deps_.ledger.burn_work(work));
  if (todo) {
    Ledger::Work part = work;
    part.run = todo->part.run;
    media::EncodeJob job = encode_job(*work.revision.plan, part.run, 0);
    job.burn = todo->part.burn;
    CH_ASSIGN(const blob::Opened source, open_source(work.revision.source.object_key));
    CH_ASSIGN(const ScratchFolder folder, deps_.scratch.folder());
    Collector collector({deps_.ledger, deps_.blobs}, part, folder.path(),
                        [](const PieceName&) { return Result<void>(); });
    const media::EventSink sink = [&](const media::Event& event) -> Result<void> {
      // They stand between the rung's own segments, and one initialisation segment serves both.
      const auto* init = std::get_if<media::InitEvent>(&event);
      if (init == nullptr) return collector.take(event);
      const auto own = todo->inits.find(init->rung);
      if (own != todo->inits.end() && own->second == init->sha256) return {};
      return fail(
          internal("BURN_OTHER_ENCODER", "The episode was encoded by another version of the encoder."));
    };
    CH_TRY(deps_.runner.encode(source.fd(), folder.fd(), job,
                               options_of(work, deadline_of(*work.revision.plan, part.run), cancel), sink));
    CH_TRY(collector.finish());
  }
  return deps_.ledger.burned(work);
}

Result<void> Worker::package(const Ledger::Work& work) {
  CH_ASSIGN(const std::vector<std::string> concerns, deps_.ledger.package(work));
  for (const std::string& concern : concerns) {
    deps_.log.warn("a rule that should be met is not",
                   {{"revision", work.revision.id.text()}, {"detail", concern}}, &work.call.trace);
  }
  return {};
}

Result<void> Worker::run_child(const Ledger::Work& work, const std::stop_token& cancel) {
  const Plan& plan = *work.revision.plan;
  const Run rest = encodes(work.run.kind) ? remainder(plan, work.run, work.present) : work.run;
  CH_ASSIGN(const blob::Opened source, open_source(work.revision.source.object_key));
  CH_ASSIGN(const ScratchFolder folder, deps_.scratch.folder());
  auto published = std::chrono::steady_clock::now();
  const auto committed = [&](const PieceName& piece) -> Result<void> {
    const auto now = std::chrono::steady_clock::now();
    const bool waited_for = piece.index == 0 && urgency_of(plan, work.run) == Urgency::kFirstSegment;
    if (!waited_for && now - published < config_.publish_every) return {};
    published = now;
    return deps_.ledger.publish(work);
  };
  Collector collector({deps_.ledger, deps_.blobs}, work, folder.path(), committed);
  const media::EventSink sink = [&](const media::Event& event) -> Result<void> {
    CH_TRY(collector.take(event));
    meter_.heard(plan, event);
    return {};
  };
  const auto options = options_of(work, deadline_of(plan, rest), cancel);
  if (rest.kind == Kind::kPicture) {
    CH_ASSIGN(const auto picture, deps_.runner.picture(source.fd(), folder.fd(), plan.cover, options));
    CH_TRY(collector.take_picture(picture));
    return collector.finish();
  }
  if (rest.kind == Kind::kStoryboard) {
    CH_TRY(deps_.runner.storyboard(source.fd(), folder.fd(), plan.storyboard, options, sink));
    return collector.finish();
  }
  if (rest.kind == Kind::kAudio) {
    const media::AudioJob job{plan.rate, plan.frames, plan.audio_kbps, plan.gain_db, false, rest.count};
    CH_TRY(deps_.runner.audio(source.fd(), folder.fd(), job, options, sink));
    return collector.finish();
  }
  CH_TRY(deps_.runner.encode(source.fd(), folder.fd(),
                             encode_job(plan, rest, work.revision.source.whole_bytes), options, sink));
  return collector.finish();
}

}  // namespace cliffhanger::transcode
