#include "libs/http/server.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "libs/http/connection.h"

namespace cliffhanger::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;
using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

namespace {

// Tells a peer over the limit so, as far as that goes without waiting for it. What it has sent already is dropped: closing
// over unread bytes would be a reset, which takes the answer with it.
void refuse(Socket socket, int status) {
  const auto answer = "HTTP/1.1 " + std::to_string(status) + ' ' + std::string(status_text(status)) +
                      "\r\nContent-Length: 0\r\nRetry-After: 1\r\nConnection: close\r\n\r\n";
  [[maybe_unused]] const auto wrote =
      ::send(socket.native_handle(), answer.data(), answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  ::shutdown(socket.native_handle(), SHUT_WR);
  char drop[kMaxHeadBytes];
  [[maybe_unused]] const auto dropped = ::recv(socket.native_handle(), drop, sizeof drop, MSG_DONTWAIT);
  boost::system::error_code ignored;
  socket.close(ignored);
}

// 0 if there is room for one more connection, and then it is counted as one of `network`; else the status to refuse it with.
int admit(const Socket& socket, Shared& shared, std::string& network) {
  boost::system::error_code ignored;  // a peer that has gone already counts as 0.0.0.0 for a moment
  network = Networks::of(socket.remote_endpoint(ignored).address());
  const int status = shared.occupancy->enter(network, shared.limits.connections, shared.limits.connections_of_one);
  if (status == 0) shared.open.fetch_add(1);
  else shared.probe.refused(status);
  return status;
}

struct Loop {
  asio::io_context io{1};
  asio::executor_work_guard<Executor> work{io.get_executor()};
  Acceptor acceptor{io};
  Live live;
  std::thread thread;

  Task<void> accept(Shared& shared);
};

Task<void> Loop::accept(Shared& shared) {
  const auto use = asio::use_awaitable_t<Executor>();
  for (;;) {
    boost::system::error_code ec;
    auto socket = co_await acceptor.async_accept(asio::redirect_error(use, ec));
    if (!acceptor.is_open()) co_return;
    if (ec) {  // out of descriptors, most likely: give the others a moment to end
      Timer pause(io, std::chrono::milliseconds(50));
      co_await pause.async_wait(asio::redirect_error(use, ec));
      continue;
    }
    std::string network;
    if (const int status = admit(socket, shared, network)) {
      if (!shared.tls) refuse(std::move(socket), status);
      continue;
    }
    auto connection = std::make_shared<Connection>(std::move(socket), shared, live, std::move(network));
    asio::co_spawn(io, Connection::run(std::move(connection)), asio::detached);
  }
}

boost::system::error_code listen(Acceptor& acceptor, const tcp::endpoint& endpoint, bool share) {
  boost::system::error_code ec;
  const auto step = [&](auto&& action) {
    if (!ec) action();
  };
  step([&] { acceptor.open(endpoint.protocol(), ec); });
  step([&] { acceptor.set_option(tcp::acceptor::reuse_address(true), ec); });
  if (endpoint.protocol() == tcp::v6()) step([&] { acceptor.set_option(asio::ip::v6_only(false), ec); });
  if (share) step([&] { acceptor.set_option(ReusePort(true), ec); });
  step([&] { acceptor.bind(endpoint, ec); });
  step([&] { acceptor.listen(asio::socket_base::max_listen_connections, ec); });
  return ec;
}

}  // namespace

struct Server::Impl {
  Options options;
  Shared shared;
  std::vector<std::unique_ptr<Loop>> loops;
  bool drained = false;

  Impl(Options given, Handler handler, Probe& probe)
      : options(std::move(given)), shared{options.limits, std::move(handler), probe, options.tls,
               options.occupancy ? options.occupancy : std::make_shared<Occupancy>()} {}

  Result<std::uint16_t> open(std::uint16_t port);
  void each_loop(const std::function<void(Loop&)>& action) {
    for (auto& loop : loops) asio::post(loop->io, [&loop = *loop, action] { action(loop); });
  }
  // Whether all connections have ended by `deadline`.
  bool wait_for_end(std::chrono::steady_clock::time_point deadline) const {
    while (shared.open.load() > 0) {
      if (std::chrono::steady_clock::now() >= deadline) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
  }
};

Result<std::uint16_t> Server::Impl::open(std::uint16_t port) {
  boost::system::error_code ec;
  const auto address = asio::ip::make_address(options.address, ec);
  if (ec) return fail(invalid("LISTEN_FAILED", "Not an address to listen on: " + options.address));
  tcp::endpoint endpoint(address, port);
  if (port != 0) {
    // SO_REUSEPORT would let a second program of ours take half of the first one's connections: find that out
    // first.
    asio::io_context io;
    Acceptor probe{io};
    ec = listen(probe, endpoint, false);
  }
  for (auto& loop : loops) {
    if (ec) break;
    ec = listen(loop->acceptor, endpoint, true);
    if (!ec) endpoint.port(loop->acceptor.local_endpoint(ec).port());
  }
  const auto where = options.address + ":" + std::to_string(port);
  if (ec == boost::system::errc::address_in_use)
    return fail(unavailable("ADDRESS_IN_USE", "Another program already listens on " + where + "."));
  if (ec) return fail(unavailable("LISTEN_FAILED", "Cannot listen on " + where + ": " + ec.message() + "."));
  return endpoint.port();
}

Server::Server(Options options, Handler handler, Probe& probe)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(handler), probe)) {}

Server::~Server() {
  drain(std::chrono::steady_clock::now());
}

std::size_t Server::connections() const {
  return impl_->shared.open.load();
}

Result<std::uint16_t> Server::start(std::uint16_t port) {
  auto& impl = *impl_;
  int threads =
      impl.options.threads > 0 ? impl.options.threads : static_cast<int>(std::thread::hardware_concurrency());
  threads = std::max(threads, 1);
  impl.shared.handshakes_of_thread =
      std::max<std::size_t>(1, impl.options.limits.handshakes / static_cast<std::size_t>(threads));
  for (int i = 0; i < threads; ++i) impl.loops.push_back(std::make_unique<Loop>());
  auto opened = impl.open(port);
  if (!opened) {
    impl.loops.clear();
    return opened;
  }
  for (auto& loop : impl.loops) {
    asio::co_spawn(loop->io, loop->accept(impl.shared), asio::detached);
    loop->thread = std::thread([&io = loop->io] { io.run(); });
  }
  return opened;
}

void Server::drain(std::chrono::steady_clock::time_point deadline) {
  auto& impl = *impl_;
  if (std::exchange(impl.drained, true)) return;
  impl.shared.draining = true;
  impl.each_loop([](Loop& loop) {
    boost::system::error_code ignored;
    loop.acceptor.close(ignored);
    for (auto* connection : loop.live.all) connection->close_if_idle();
  });
  if (!impl.wait_for_end(deadline)) {
    impl.each_loop([](Loop& loop) {
      for (auto* connection : loop.live.all) connection->cut();
    });
    impl.wait_for_end(std::chrono::steady_clock::time_point::max());
  }
  for (auto& loop : impl.loops) {
    loop->work.reset();
    loop->io.stop();
    loop->thread.join();
  }
}

}  // namespace cliffhanger::http
