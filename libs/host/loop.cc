#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "libs/host/host.h"

namespace cliffhanger::host {

struct Loop::State {
  std::string name;
  obs::Logger log;
  std::chrono::milliseconds idle;
  std::function<Result<bool>()> step;
  std::mutex mutex;
  std::condition_variable woken;
  bool news = false, stopping = false;
  std::thread thread;

  // Short of memory or threads, one step fails; the others, and the process, go on.
  Result<bool> attempt() {
    try {
      return step();
    } catch (const std::exception& e) {
      return fail(internal("INTERNAL", e.what()));
    }
  }
  void run() {
    bool failing = false;
    while (true) {
      const auto done = attempt();
      if (!done && !failing) log.error("loop " + name + " failed", done.error());
      failing = !done;
      std::unique_lock lock(mutex);
      if (!(done && *done)) woken.wait_for(lock, idle, [&] { return stopping || (news && !failing); });
      if (stopping) return;
      news = false;
    }
  }
};

Loop::Loop(std::string name, obs::Logger log, std::chrono::milliseconds idle, std::function<Result<bool>()> step)
    : state_(new State{std::move(name), std::move(log), idle, std::move(step), {}, {}, false, false, {}}) {}

Loop::~Loop() { stop(); }

void Loop::start() {
  state_->thread = std::thread([this] { state_->run(); });
}

void Loop::wake() {
  const std::lock_guard lock(state_->mutex);
  state_->news = true;
  state_->woken.notify_one();
}

void Loop::stop() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
    state_->woken.notify_one();
  }
  if (state_->thread.joinable()) state_->thread.join();
}

}  // namespace cliffhanger::host
