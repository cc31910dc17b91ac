// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/encode/cpu_meter.h"

#include <unistd.h>

#include <algorithm>

namespace cliffhanger::media {
namespace {

constexpr std::int64_t kMilli = 1'000'000;

std::int64_t now_ns(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// That of pthread_getcpuclockid(3), by the number that the kernel gives: glibc's own is not always right in a copied process.
clockid_t own_clock() {
  constexpr clockid_t kThreadAndScheduled = 6;
  return static_cast<clockid_t>(~static_cast<unsigned>(::gettid()) << 3) | kThreadAndScheduled;
}

}  // namespace

CpuMeter::CpuMeter() : main_(own_clock()) {}

std::int64_t CpuMeter::hidden_ns() const {
  std::int64_t known = now_ns(main_) + ended_ns_;
  for (const Lane* lane : lanes_) known += now_ns(lane->clock_);
  return std::max<std::int64_t>(0, now_ns(CLOCK_PROCESS_CPUTIME_ID) - known);
}

CpuMeter::Lane::Lane(CpuMeter& meter, double weight) : meter_(meter), weight_(weight), clock_(own_clock()) {
  const std::lock_guard lock(meter_.mutex_);
  meter_.lanes_.push_back(this);
  meter_.weights_ += weight_;
  own_ns_ = now_ns(clock_);
  hidden_ns_ = meter_.hidden_ns();
}

CpuMeter::Lane::~Lane() {
  const std::lock_guard lock(meter_.mutex_);
  std::erase(meter_.lanes_, this);
  meter_.ended_ns_ += now_ns(clock_);
}

std::int64_t CpuMeter::Lane::take_ms() {
  const std::int64_t own = now_ns(clock_);
  rest_ns_ += own - own_ns_;
  own_ns_ = own;
  if (weight_ > 0) {
    const std::lock_guard lock(meter_.mutex_);
    const std::int64_t hidden = std::max(hidden_ns_, meter_.hidden_ns());
    rest_ns_ +=
        static_cast<std::int64_t>(static_cast<double>(hidden - hidden_ns_) * weight_ / meter_.weights_);
    hidden_ns_ = hidden;
  }
  const std::int64_t out = rest_ns_ / kMilli;
  rest_ns_ -= out * kMilli;
  return out;
}

}  // namespace cliffhanger::media
