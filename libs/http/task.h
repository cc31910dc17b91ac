#pragma once
// The coroutine type of the HTTP door. Each connection lives on one io_context that one thread runs, so what
// a handler keeps needs no lock and no strand.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

namespace cliffhanger::http {

using Executor = boost::asio::io_context::executor_type;

template <class T>
using Task = boost::asio::awaitable<T, Executor>;

}  // namespace cliffhanger::http
