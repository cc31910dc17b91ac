// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/analyse/analyse.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <new>
#include <optional>
#include <thread>
#include <tuple>

#include "media/analyse/trial.h"
#include "media/decode/cfr.h"
#include "media/decode/picture_format.h"

namespace cliffhanger::media {
namespace {

constexpr std::size_t kCompareEvery = 4;  // pictures: enough of them, and of each kind
constexpr std::size_t kCompareFrom = 2;
// Samples further than this behind the keyframe are left out: to decode that far would cost more than they
// tell.
constexpr std::int64_t kMostDecoded = 600;  // output frames
constexpr unsigned kMostThreads = 4;

// Copies are compared at half the largest rung's size: the finest detail tells little on a phone and costs
// most.
constexpr int kLeastSide = 64;
int compared(int side) {
  return std::max(kLeastSide, side / 4 * 2);
}

// The pictures of one sample, at every rung's size.
struct Sampled {
  std::vector<std::vector<Frame>> pictures;  // by rung
  std::vector<Plane> references;             // by picture; empty where nothing is compared
};

class Analysis {
 public:
  Analysis(const AnalyseJob& job, const Grid& grid, Source& source, std::int64_t zero, Reporter& reporter)
      : job_(job), grid_(grid), source_(source), zero_(zero), reporter_(reporter), rungs_(job.rungs) {
    // As `encode` cascades them.
    std::sort(rungs_.begin(), rungs_.end(), [](const Rung& a, const Rung& b) {
      return std::tuple(b.width * b.height, b.width, a.name) <
             std::tuple(a.width * a.height, a.width, b.name);
    });
    for (const Rung& rung : rungs_) scalers_.emplace_back(Size{rung.width, rung.height});
    verdicts_.resize(rungs_.size() * job_.crfs.size());
    scaled_.resize(rungs_.size());
    normaliser_.emplace(source.orientation(), Size{rungs_.front().width, rungs_.front().height});
  }

  Result<void> run();

 private:
  Result<std::optional<std::int64_t>> place(std::int64_t wanted, std::int64_t from);
  Result<Sampled> take(std::int64_t first, std::int64_t count);
  Result<void> judge_scaling(const Sampled& sampled);
  Result<void> try_all(const Sampled& sampled);
  void report();

  const AnalyseJob& job_;
  const Grid& grid_;
  Source& source_;
  const std::int64_t zero_;
  Reporter& reporter_;
  std::vector<Rung> rungs_;  // largest first
  std::vector<CascadeScaler> scalers_;
  std::optional<Normaliser> normaliser_;
  std::vector<Verdict> verdicts_;     // rung by rung, factor by factor
  std::vector<FinestDetail> scaled_;  // by rung, where it is asked for
};

Result<void> Analysis::run() {
  std::int64_t from = 0;
  for (const std::int64_t wanted : job_.at) {
    CH_ASSIGN(const auto first, place(wanted, from));
    if (!first) continue;
    const std::int64_t count = std::min(job_.sample_frames, job_.frames - *first);
    {
      CH_ASSIGN(const Sampled sampled, take(*first, count));
      if (job_.scaling) CH_TRY(judge_scaling(sampled));
      CH_TRY(try_all(sampled));
    }
    from = *first + count;
    reporter_.report(ProgressEvent{from});
  }
  report();
  return {};
}

// Where the sample near `wanted` should start: just behind the keyframe before it, so that next to nothing is
// decoded in vain. Nothing if it would overlap what was taken already, or cost too much.
Result<std::optional<std::int64_t>> Analysis::place(std::int64_t wanted, std::int64_t from) {
  std::int64_t key = 0;
  const AVRational step{static_cast<int>(job_.rate.den), static_cast<int>(job_.rate.num)};
  const AVRational base = source_.video()->time_base;
  if (source_.can_seek() && wanted > 0) {
    CH_TRY(source_.seek(source_.video(), zero_ + av_rescale_q(wanted, step, base)));
    const Packet packet(av_packet_alloc());
    if (!packet) throw std::bad_alloc();
    CH_ASSIGN(const bool any, source_.read(source_.video(), packet.get()));
    if (any && packet->pts != AV_NOPTS_VALUE) key = av_rescale_q(packet->pts - zero_, base, step);
  }
  // ConstantRate looks for a keyframe a quarter of a second ahead of what it is asked for. The very
  // beginning, with its fades and titles, stands for little.
  const std::int64_t second = job_.rate.num / job_.rate.den;
  const std::int64_t behind = key > 0 ? key + second / 4 + 2 : std::min(wanted, 2 * second);
  if (behind >= from && behind <= wanted) return behind;
  if (wanted < from || wanted - key > kMostDecoded) return std::optional<std::int64_t>();
  return wanted;
}

Result<Sampled> Analysis::take(std::int64_t first, std::int64_t count) {
  CH_ASSIGN(Decoder decoder, Decoder::open(source_));
  CH_ASSIGN(ConstantRate pictures, ConstantRate::start(source_, std::move(decoder), zero_, job_.rate, first,
                                                       [this] { reporter_.report(ProgressEvent{0}); }));
  Sampled out;
  out.pictures.resize(rungs_.size());
  const Size whole{rungs_.front().width, rungs_.front().height};
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    CH_ASSIGN(const Frame in, pictures.next());
    CH_ASSIGN(Frame picture, normaliser_->normalise(in));
    Plane reference;
    if (i % kCompareEvery == kCompareFrom % kCompareEvery ||
        count <= static_cast<std::int64_t>(kCompareEvery)) {
      CH_ASSIGN(reference, luma_at(picture, compared(whole.width), compared(whole.height)));
    }
    out.references.push_back(std::move(reference));
    for (std::size_t rung = 0; rung < rungs_.size(); ++rung) {
      CH_ASSIGN(picture, scalers_[rung].scale(picture));
      out.pictures[rung].push_back(picture);
    }
  }
  return out;
}

// What each rung could show at best, on the largest one's screen.
Result<void> Analysis::judge_scaling(const Sampled& sampled) {
  const int width = rungs_.front().width, height = rungs_.front().height;
  for (std::size_t i = 0; i < sampled.references.size(); ++i) {
    if (sampled.references[i].samples.empty()) continue;
    CH_ASSIGN(const Plane whole, luma_at(sampled.pictures.front()[i], width, height));
    for (std::size_t rung = 0; rung < rungs_.size(); ++rung) {
      CH_ASSIGN(const Plane shown, luma_at(sampled.pictures[rung][i], width, height));
      scaled_[rung].add(whole, shown);
    }
  }
  return {};
}

// Every rung at every factor, on as many threads as there are processors: each has a verdict of its own, so
// that it doesn't matter which comes first.
Result<void> Analysis::try_all(const Sampled& sampled) {
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::optional<Error> error;
  const auto fail_with = [&](Error why) {
    const std::lock_guard lock(mutex);
    if (!error) error = std::move(why);
  };
  const auto work = [&] {
    for (std::size_t i; (i = next++) < verdicts_.size();) {
      Rung rung = rungs_[i / job_.crfs.size()];
      rung.crf = job_.crfs[i % job_.crfs.size()];
      try {
        auto done =
            try_out(rung, grid_, sampled.pictures[i / job_.crfs.size()], sampled.references, verdicts_[i]);
        if (!done) fail_with(std::move(done).error());
      } catch (const std::bad_alloc&) {
        fail_with(av_failed("trial", AVERROR(ENOMEM)));
      }
    }
  };
  {
    std::vector<std::jthread> others;
    const unsigned most = std::clamp(std::thread::hardware_concurrency(), 1U, kMostThreads);
    for (unsigned i = 1; i < most; ++i) others.emplace_back(work);
    work();
  }
  if (error) return fail(*error);
  return {};
}

void Analysis::report() {
  for (std::size_t rung = 0; rung < rungs_.size(); ++rung) {
    AnalysisEvent event{rungs_[rung].name, {}, {}};
    if (job_.scaling) event.scaling = 100 * scaled_[rung].kept();
    for (std::size_t i = 0; i < job_.crfs.size(); ++i) {
      const Verdict& verdict = verdicts_[rung * job_.crfs.size() + i];
      const auto bits = static_cast<std::int64_t>(verdict.bits_per_second / std::max(1, verdict.samples));
      event.points.push_back({job_.crfs[i], bits, 100 * verdict.likeness.kept()});
    }
    reporter_.report(event);
  }
}

}  // namespace

Result<void> analyse(int fd, const AnalyseJob& job, Reporter& reporter) {
  CH_ASSIGN(const Grid grid, Grid::make(job.rate, job.frames));
  CH_ASSIGN(Source source, Source::open(fd));
  source.only(source.video());
  CH_ASSIGN(const std::int64_t zero, source.first_pts());
  return Analysis(job, grid, source, zero, reporter).run();
}

}  // namespace cliffhanger::media
