#include "libs/conformance/measure.h"

#include <algorithm>

namespace cliffhanger::conformance {
namespace {

constexpr double kRounding = 1e-6;         // seconds: sums of durations are not exact
constexpr std::size_t kMostInRun = 1'000;  // segments; more of them in so short a time are none

// Of the track `id`, over all fragments of a segment.
struct Sum {
  std::optional<std::int64_t> start;
  std::int64_t shown = 0;  // composition time of the first that is shown
  std::int64_t duration = 0, samples = 0;
};

Sum sum_of(const LoadedSegment& segment, std::uint32_t id) {
  Sum out;
  for (const Fragment& one : segment.fragments) {
    if (one.track != id) continue;
    if (!out.start) {
      out.start = one.decode_time;
      out.shown = one.earliest;
    }
    out.duration += one.duration;
    out.samples += one.samples;
  }
  return out;
}

}  // namespace

std::optional<std::vector<Stay>> stays(const Media& media) {
  std::vector<Stay> out;
  std::int64_t before = 0;  // ticks of priming still to skip
  int period = -1;
  for (std::size_t i = 0; i < media.segments.size(); ++i) {
    const Track* track = media.track(media.playlist.segments[i].map);
    if (track == nullptr) return std::nullopt;
    const Sum sum = sum_of(media.segments[i], track->id);
    if (!sum.start || sum.duration <= 0) return std::nullopt;
    const std::int64_t skipped = track->edit_start.value_or(0);
    if (media.segments[i].period != period) {
      period = media.segments[i].period;
      before = std::max<std::int64_t>(0, skipped - sum.shown);
    }
    const std::int64_t cut = std::min(before, sum.duration);
    before -= cut;
    const auto scale = static_cast<double>(track->timescale);
    out.push_back({i, static_cast<double>(sum.shown + cut - skipped) / scale,
                   static_cast<double>(sum.duration - cut) / scale});
  }
  return out;
}

double media_seconds(const Media& media) {
  const auto all = stays(media);
  if (!all) return media.playlist.seconds();
  double sum = 0;
  for (const Stay& one : *all) sum += one.seconds;
  return sum;
}

double frame_seconds(const Media& media) {
  for (std::size_t i = 0; i < media.segments.size(); ++i) {
    const Track* track = media.track(media.playlist.segments[i].map);
    if (track == nullptr) continue;
    const Sum sum = sum_of(media.segments[i], track->id);
    if (sum.samples > 0)
      return static_cast<double>(sum.duration) / static_cast<double>(sum.samples) / track->timescale;
  }
  return 0;
}

std::vector<double> period_seconds(const Media& media) {
  std::vector<double> out;
  const auto all = stays(media);
  for (std::size_t i = 0; i < media.segments.size(); ++i) {
    if (i == 0 || media.segments[i].period != media.segments[i - 1].period) out.push_back(0);
    out.back() += all ? (*all)[i].seconds : media.playlist.segments[i].seconds;
  }
  return out;
}

double frame_rate(const Media& media, std::size_t segment) {
  const Track* track = media.track(media.playlist.segments[segment].map);
  if (track == nullptr || !track->is_video()) return 0;
  const Sum sum = sum_of(media.segments[segment], track->id);
  return sum.duration > 0
             ? static_cast<double>(sum.samples) * track->timescale / static_cast<double>(sum.duration)
             : 0;
}

double frame_rate(const Media& media) {
  if (!media.has_video()) return 0;
  double most = 0, seconds = 0;
  std::int64_t samples = 0;
  for (std::size_t i = 0; i < media.segments.size(); ++i) {
    // A timeline goes on until something else begins.
    const bool begins = i > 0 && (media.segments[i].period != media.segments[i - 1].period ||
                                  media.playlist.segments[i].map != media.playlist.segments[i - 1].map);
    if (begins) seconds = 0, samples = 0;
    const Track* track = media.track(media.playlist.segments[i].map);
    if (track == nullptr) continue;
    const Sum sum = sum_of(media.segments[i], track->id);
    seconds += static_cast<double>(sum.duration) / track->timescale;
    samples += sum.samples;
    const bool ends = i + 1 == media.segments.size() ||
                      media.segments[i + 1].period != media.segments[i].period ||
                      media.playlist.segments[i + 1].map != media.playlist.segments[i].map;
    if (ends && seconds > 0) most = std::max(most, static_cast<double>(samples) / seconds);
  }
  return most;
}

std::vector<Gop> gops(const Media& media) {
  std::vector<Gop> out;
  for (std::size_t i = 0; i < media.segments.size(); ++i) {
    const LoadedSegment& segment = media.segments[i];
    const Track* track = media.track(media.playlist.segments[i].map);
    if (track == nullptr || segment.fragments.empty()) continue;
    if (!out.empty() && out.back().period != segment.period) out.back().last = true;
    const Sum sum = sum_of(segment, track->id);
    for (const Fragment& one : segment.fragments) {
      if (one.track != track->id) continue;
      std::int64_t counted = 0;
      for (const SyncSample& sync : one.syncs) {
        if (!out.empty()) out.back().frames += sync.index - counted;
        counted = sync.index;
        const double after = static_cast<double>(sync.shown - sum.start.value_or(0)) / track->timescale;
        out.push_back({i, segment.period, segment.start + after, 0, false});
      }
      if (!out.empty()) out.back().frames += one.samples - counted;
    }
  }
  if (!out.empty()) out.back().last = true;
  return out;
}

std::optional<Rate> measure(const Media& media) {
  const auto target = static_cast<double>(media.playlist.target_duration.value_or(0));
  const bool pictures = media.kind == Media::Kind::kIframes;
  const double least = 0.5 * target - kRounding, most = 1.5 * target + kRounding;
  double bits = 0, seconds = 0;
  Rate out;
  for (std::size_t first = 0; first < media.segments.size(); ++first) {
    if (media.segments[first].unread) return std::nullopt;
    bits += static_cast<double>(media.segments[first].bytes) * 8;
    seconds += media.playlist.segments[first].seconds;
    double run_bits = 0, run_seconds = 0;
    const std::size_t stop = std::min(media.segments.size(), first + kMostInRun);
    for (std::size_t i = first; i < stop && run_seconds <= most; ++i) {
      run_bits += static_cast<double>(media.segments[i].bytes) * 8;
      run_seconds += media.playlist.segments[i].seconds;
      const bool counts = pictures || (run_seconds >= least && run_seconds <= most);
      if (counts && run_seconds > 0) out.peak = std::max(out.peak, run_bits / run_seconds);
      if (pictures || run_seconds <= 0) break;
    }
  }
  if (seconds <= 0 || bits <= 0) return std::nullopt;
  out.average = bits / seconds;
  out.peak = std::max(out.peak, out.average);
  return out;
}

std::optional<Rate> measure(const Variant& variant) {
  if (!variant.media->fault.empty()) return std::nullopt;
  auto out = measure(*variant.media);
  if (!out) return std::nullopt;
  Rate sound;
  for (const Media* media : variant.audio) {
    if (media == variant.media) continue;
    const auto one = media->fault.empty() ? measure(*media) : std::nullopt;
    if (!one) return std::nullopt;
    sound.peak = std::max(sound.peak, one->peak);
    sound.average = std::max(sound.average, one->average);
  }
  out->peak += sound.peak;
  out->average += sound.average;
  return out;
}

}  // namespace cliffhanger::conformance
