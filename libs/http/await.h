#pragma once
// How a handler waits for what other threads do, without blocking its own.
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <functional>
#include <memory>

#include "libs/core/result.h"
#include "libs/http/task.h"

namespace cliffhanger::http {

// Calls `start(done)` and waits until somebody, on any thread, calls `done(value)`, exactly once; resumes on
// the connection's own thread. What `start` refers to must live until then. A `done` that is never called
// leaves the connection hanging.
template <class T, class Start>
Task<T> await_callback(Start start) {
  const Executor executor = co_await boost::asio::this_coro::executor;
  co_return co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<Executor>, void(T)>(
      [executor](auto handler, Start begin) {
        // The other thread may keep its copy of `done` for a while; once called, that holds nothing of the
        // io_context any more.
        struct State {
          decltype(handler) resume;
          boost::asio::executor_work_guard<Executor> work;
        };
        auto state =
            std::make_shared<State>(State{std::move(handler), boost::asio::make_work_guard(executor)});
        std::function<void(T)> done = [state, executor](T value) {
          boost::asio::post(executor,
                            [resume = std::move(state->resume), work = std::move(state->work),
                             value = std::move(value)]() mutable { std::move(resume)(std::move(value)); });
        };
        begin(std::move(done));
      },
      boost::asio::use_awaitable_t<Executor>(), std::move(start));
}

// Runs `job`, which returns a Result, on a pool (anything with `bool try_post(std::function<void()>)`) and
// waits for it. Fails with BUSY if the pool's queue is full; an exception out of the job becomes an INTERNAL
// error. The job may refer to what lives in the calling coroutine.
template <class Pool, class Job>
auto run_blocking(Pool& pool, Job job) -> Task<decltype(job())> {
  using R = decltype(job());
  co_return co_await await_callback<R>([&pool, &job](std::function<void(R)> done) {
    const bool taken = pool.try_post([&job, done] {
      try {
        done(job());
      } catch (const std::exception& e) {
        done(fail(internal("INTERNAL", e.what())));
      }
    });
    if (!taken)
      done(fail(exhausted("BUSY", "Too much is waiting here; try again in a moment.")
                    .with("retry_after_ms", "1000")));
  });
}

}  // namespace cliffhanger::http
