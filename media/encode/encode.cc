// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/encode/encode.h"

#include <sys/resource.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <new>
#include <optional>
#include <thread>
#include <tuple>

#include "media/decode/cfr.h"
#include "media/encode/rung_worker.h"

namespace cliffhanger::media {
namespace {

// Pictures waiting before each rung: enough to even out key pictures, little memory.
constexpr std::size_t kWaiting = 4;
// Decoded ones, which may be of 8K: one, so that decoding goes on while the last is scaled and mapped.
constexpr std::size_t kDecodedWaiting = 1;
// The largest rung is nearly half of all work and feeds the others: given only its fair share of two cores it
// would hold them up while a core idles. The others yield to it.
constexpr int kYield = 4;                  // steps of nice(2)
constexpr std::int64_t kReportEvery = 30;  // frames

// For the calling thread alone, as Linux has it; relative, since the whole process may have been niced.
void yield_to_largest() {
  setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + kYield);
}

// What makes decoded pictures those of the largest rung, the rungs' threads, the queues before them, and the first
// thing that went wrong.
class Cascade {
 public:
  Cascade(const EncodeJob& job, const Grid& grid, Painters& painters, Outputs& outputs, Reporter& reporter,
          Orientation orientation)
      : decoded_(kDecodedWaiting) {
    std::vector<Rung> rungs = job.rungs;
    std::sort(rungs.begin(), rungs.end(), [](const Rung& a, const Rung& b) {
      return std::tuple(b.width * b.height, b.width, a.name) <
             std::tuple(a.width * a.height, a.width, b.name);
    });
    for (std::size_t i = 0; i < rungs.size(); ++i) queues_.emplace_back(kWaiting);
    const auto painter_of = [&](const Rung& rung) {
      const auto it = painters.find(rung.name);
      return it == painters.end() ? nullptr : &it->second;
    };
    for (std::size_t i = 0; i < rungs.size(); ++i)
      workers_.emplace_back(
          rungs[i], job.first_segment, job.segment_count,
          RungWorker::Deps{grid, outputs, reporter, cpu_, queues_[i],
                           i + 1 < rungs.size() ? &queues_[i + 1] : nullptr, painter_of(rungs[i])});
    normaliser_.emplace(orientation, Size{rungs.front().width, rungs.front().height});
  }
  ~Cascade() {
    if (!threads_.empty()) stop();
  }

  void start() {
    threads_.emplace_back([this] { work([this] { return normalise(); }); });
    for (RungWorker& worker : workers_)
      threads_.emplace_back([this, &worker] {
        if (&worker != &workers_.front()) yield_to_largest();
        work([&worker] { return worker.run(); });
      });
  }
  // A decoded picture; false once something went wrong.
  bool push(const Frame& picture) { return decoded_.push(picture); }
  void fail_with(Error error) {
    {
      const std::lock_guard lock(mutex_);
      if (!error_) error_ = std::move(error);
    }
    abort();
  }
  Result<void> finish() {
    decoded_.close();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
    if (error_) return fail(*error_);
    return {};
  }

 private:
  // A picture that is held for several output frames is normalised once.
  Result<void> normalise() {
    Frame last_in, last_out;
    while (const auto in = decoded_.pop()) {
      if (*in != last_in) {
        CH_ASSIGN(last_out, normaliser_->normalise(*in));
        last_in = *in;
      }
      if (!queues_.front().push(last_out)) return {};
    }
    queues_.front().close();
    return {};
  }
  void work(const std::function<Result<void>()>& node) {
    try {
      if (auto result = node(); !result) fail_with(std::move(result).error());
    } catch (const std::bad_alloc&) {
      fail_with(av_failed("encode", AVERROR(ENOMEM)));
    }
  }
  void abort() {
    decoded_.abort();
    for (PictureQueue& queue : queues_) queue.abort();
  }
  void stop() {
    abort();
    for (std::thread& thread : threads_) thread.join();
  }

  CpuMeter cpu_;
  PictureQueue decoded_;
  std::optional<Normaliser> normaliser_;
  std::deque<PictureQueue> queues_;
  std::deque<RungWorker> workers_;
  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::optional<Error> error_;
};

Result<void> feed(Cascade& cascade, ConstantRate& pictures, std::int64_t frames, Reporter& reporter) {
  for (std::int64_t done = 0; done < frames; ++done) {
    CH_ASSIGN(const Frame in, pictures.next());
    if (!cascade.push(in)) return {};
    if ((done + 1) % kReportEvery == 0) reporter.report(ProgressEvent{done + 1});
  }
  return {};
}

}  // namespace

Result<void> encode(int fd, const EncodeJob& job, Painters& painters, Outputs& outputs, Reporter& reporter) {
  CH_ASSIGN(const Grid grid, Grid::make(job.rate, job.frames));
  CH_ASSIGN(Source source, Source::open(fd, Wanted::kPicture, job.whole_bytes));
  source.only(source.video());
  CH_ASSIGN(const std::int64_t zero, source.first_pts());
  const std::int64_t first = grid.segment(job.first_segment).start;
  const std::int64_t end = grid.segment(job.first_segment + job.segment_count - 1).end();
  CH_ASSIGN(Decoder decoder, Decoder::open(source, job.decode_threads));
  CH_ASSIGN(ConstantRate pictures, ConstantRate::start(source, std::move(decoder), zero, job.rate, first,
                                                       [&] { reporter.report(ProgressEvent{0}); }));

  Cascade cascade(job, grid, painters, outputs, reporter, source.orientation());
  cascade.start();
  auto fed = feed(cascade, pictures, end - first, reporter);
  if (!fed) cascade.fail_with(std::move(fed).error());
  return cascade.finish();
}

}  // namespace cliffhanger::media
