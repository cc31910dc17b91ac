#pragma once
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

#include "libs/http/task.h"

namespace cliffhanger::http {

// Waits without blocking the connection's thread.
inline Task<void> pause(std::chrono::milliseconds time) {
  namespace asio = boost::asio;
  using Clock = std::chrono::steady_clock;
  asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Executor> timer(
      co_await asio::this_coro::executor, time);
  boost::system::error_code ignored;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable_t<Executor>(), ignored));
}

}  // namespace cliffhanger::http
