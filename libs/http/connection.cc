#include "libs/http/connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>

namespace cliffhanger::http {

namespace asio = boost::asio;

Connection::Connection(Socket socket, Shared& shared, Live& live, std::string network)
    : socket_(std::move(socket)),
      shared_(shared),
      live_(live),
      timer_(socket_.get_executor()),
      network_(std::move(network)) {
  boost::system::error_code ignored;
  socket_.native_non_blocking(true, ignored);
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  const auto peer = socket_.remote_endpoint(ignored);
  auto address = peer.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  peer_ = address.to_string();
  live_.all.insert(this);
  if (shared_.tls) tls_.emplace(shared_.tls->context(), socket_.native_handle());
  shared_.probe.opened();
}

Connection::~Connection() {
  live_.all.erase(this);
  shared_.probe.closed();
  shared_.occupancy->leave(network_);
  shared_.open.fetch_sub(1);
}

void Connection::cut() {
  cut_ = true;
  const struct linger now{1, 0};  // what the peer doesn't take any more shall not stay in the kernel
  ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  ::shutdown(socket_.native_handle(), SHUT_RDWR);
}

// The tail of an answer may still be in the kernel: a reset would destroy it.
void Connection::end() {
  if (tls_) tls_->close();
  cut_ = true;
  ::shutdown(socket_.native_handle(), SHUT_RDWR);
}

void Connection::close_if_idle() {
  if (waiting_ == Waiting::kIdle) end();
  if (waiting_ == Waiting::kHandshake) cut();
}

void Connection::arm(Waiting what, std::chrono::milliseconds timeout) {
  waiting_ = what;
  deadline_ = Clock::now() + timeout;
  if (deadline_ < scheduled_) schedule();
}

void Connection::schedule() {
  scheduled_ = deadline_;
  timer_.expires_at(scheduled_);  // cancels the wait before
  timer_.async_wait([self = shared_from_this()](const boost::system::error_code& ec) {
    if (ec) return;
    self->scheduled_ = Clock::time_point::max();
    if (self->deadline_ == Clock::time_point::max()) return;
    if (Clock::now() < self->deadline_) return self->schedule();
    self->time_out();
  });
}

void Connection::time_out() {
  static constexpr std::string_view kNames[] = {"", "header", "idle", "progress", "handshake"};
  if (waiting_ != Waiting::kLinger) shared_.probe.timed_out(kNames[static_cast<int>(waiting_)]);
  if (waiting_ == Waiting::kIdle || waiting_ == Waiting::kLinger) return end();
  if (!receiving_) return cut();
  late_ = true;
  disarm();
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

void Connection::progress(std::size_t bytes) {
  progress_ += bytes;
  if (progress_ >= shared_.limits.progress_bytes) arm_progress();
}

Task<bool> Connection::wait(Socket::wait_type type) {
  if (cut_) co_return false;
  boost::system::error_code ec;
  co_await socket_.async_wait(type, asio::redirect_error(asio::use_awaitable_t<Executor>(), ec));
  co_return !ec && !cut_ && !(receiving_ && late_);
}

Task<std::size_t> Connection::receive(char* out, std::size_t room) {
  return tls_ ? receive_tls(out, room) : receive_raw(out, room);
}

Task<std::size_t> Connection::receive_raw(char* out, std::size_t room) {
  for (;;) {
    const auto got = ::recv(socket_.native_handle(), out, room, 0);
    if (got >= 0) co_return cut_ ? 0 : static_cast<std::size_t>(got);
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) co_return 0;
    if (!co_await wait(Socket::wait_read)) co_return 0;
  }
}

Task<bool> Connection::fill() {
  if (!buffer_) buffer_ = std::make_unique_for_overwrite<char[]>(kMaxHeadBytes);
  if (begin_ > 0) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  const auto got = co_await receive(buffer_.get() + end_, kMaxHeadBytes - end_);
  end_ += got;
  co_return got > 0;
}

void Connection::consume(std::size_t n) {
  begin_ += n;
  if (begin_ == end_) begin_ = end_ = 0;
}

Task<Connection::Head> Connection::read_head(Request& request, HeadFault& fault) {
  if (begin_ == end_) {
    buffer_.reset();
    if (shared_.draining) co_return Head::kGone;
    arm(Waiting::kIdle, first_ ? shared_.limits.header_timeout : shared_.limits.idle_timeout);
    const bool waits = !tls_ || !tls_->pending();
    if (waits && !co_await wait(Socket::wait_read)) co_return Head::kGone;
  }
  arm(Waiting::kHeader, shared_.limits.header_timeout);
  first_ = false;
  for (std::size_t searched = 0;;) {
    const std::string_view bytes(buffer_.get() + begin_, end_ - begin_);
    const auto end = bytes.empty() ? bytes.npos : bytes.find("\r\n\r\n", searched);
    if (end != bytes.npos) {
      auto found = parser_.head(bytes.substr(0, end + 4), request, framing_);
      consume(end + 4);
      disarm();
      if (!found) co_return Head::kRead;
      fault = std::move(*found);
      co_return Head::kFault;
    }
    if (bytes.size() == kMaxHeadBytes) {
      const bool in_target = bytes.find('\n') == bytes.npos;
      fault = in_target ? HeadFault{414, "TARGET_TOO_LONG", "The request's target is too long."}
                        : HeadFault{431, "HEAD_TOO_LARGE", "The request's head is too large."};
      co_return Head::kFault;
    }
    searched = bytes.size() < 3 ? 0 : bytes.size() - 3;
    receiving_ = true;
    const bool more = co_await fill();
    receiving_ = false;
    if (more) continue;
    // Over TLS there may have been records and yet no byte: then nobody asked for an answer.
    if (!std::exchange(late_, false) || begin_ == end_) co_return Head::kGone;
    fault = {408, "REQUEST_TIMEOUT", "The request's head did not arrive in time."};
    co_return Head::kFault;
  }
}

void Connection::begin_body(const Request& request) {
  body_left_ = framing_.length.value_or(0);
  body_read_ = 0;
  body_done_ = framing_.length && *framing_.length == 0;
  body_limit_ = shared_.limits.body;
  continue_due_ = framing_.expects_continue && !body_done_ && begin_ == end_;
  body_error_.reset();
  patience_ = shared_.limits.progress_timeout;
  progress_ = 0;
  sent_ = 0;
}

Error Connection::body_error(std::string_view reason, std::string message) {
  const auto code = reason == kBodyTooLarge    ? Code::kResourceExhausted
                    : reason == kBodyMalformed ? Code::kInvalidArgument
                                               : Code::kCancelled;
  body_error_ = Error{code, std::string(reason), std::move(message), {}, {}, {}};
  return *body_error_;
}

Error Connection::ended_early() {
  if (std::exchange(late_, false)) return body_error(kBodyTooSlow, "The request's body came too slowly.");
  return body_error(kBodyEndedEarly, "The connection ended in the middle of the body.");
}

Task<Result<std::size_t>> Connection::read(std::span<char> out) {
  if (body_error_) co_return fail(*body_error_);
  if (body_done_ || out.empty()) co_return 0;
  if (framing_.length && *framing_.length > body_limit_)
    co_return fail(
        body_error(kBodyTooLarge, "The request's body is over " + std::to_string(body_limit_) + " bytes."));
  arm(Waiting::kProgress, patience_);
  if (std::exchange(continue_due_, false) && !co_await send_bytes("HTTP/1.1 100 Continue\r\n\r\n", "", false))
    co_return fail(body_error(kBodyEndedEarly, "The connection ended before the body began."));
  receiving_ = true;
  auto got = framing_.length ? co_await read_plain(out) : co_await read_chunked(out);
  receiving_ = false;
  // What a handler does between two reads is not the peer's slowness, so only time spent waiting counts
  // against it.
  if (got) patience_ = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now());
  disarm();
  if (got) body_read_ += *got, progress_ += *got;
  if (progress_ >= shared_.limits.progress_bytes) progress_ = 0, patience_ = shared_.limits.progress_timeout;
  if (got && body_read_ > body_limit_)
    co_return fail(
        body_error(kBodyTooLarge, "The request's body is over " + std::to_string(body_limit_) + " bytes."));
  co_return got;
}

Task<Result<std::size_t>> Connection::read_plain(std::span<char> out) {
  const auto room = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), body_left_));
  std::size_t got = 0;
  if (begin_ < end_) {
    got = std::min(room, end_ - begin_);
    std::memcpy(out.data(), buffer_.get() + begin_, got);
    consume(got);
  } else {
    got = co_await receive(out.data(), room);
  }
  if (got == 0)
    co_return fail(ended_early());
  body_left_ -= got;
  body_done_ = body_left_ == 0;
  co_return got;
}

Task<Result<std::size_t>> Connection::read_chunked(std::span<char> out) {
  for (;;) {
    const std::string_view bytes(buffer_.get() + begin_, end_ - begin_);
    const auto step = bytes.empty() ? RequestParser::Step{} : parser_.chunked(bytes, out);
    consume(step.consumed);
    if (step.bad || (step.consumed == 0 && bytes.size() == kMaxHeadBytes))
      co_return fail(body_error(kBodyMalformed, "The body's chunked coding is malformed."));
    body_done_ = step.done;
    if (step.produced > 0 || step.done) co_return step.produced;
    if (step.consumed > 0 && begin_ < end_) continue;
    if (!co_await fill())
      co_return fail(ended_early());
  }
}

// Drops what a handler left of a body, so that the next request can follow; false if there is too much of it.
Task<bool> Connection::discard() {
  if (body_error_ || continue_due_) co_return false;
  if (framing_.length && body_left_ > kMaxDiscard) co_return false;
  body_limit_ = body_read_ + kMaxDiscard;
  if (framing_.length) body_limit_ = std::max(body_limit_, *framing_.length);
  char drop[4096];
  while (!body_done_)
    if (!co_await read(drop)) co_return false;
  co_return true;
}

// Closing with unread bytes in the kernel makes it send a reset, which may destroy the answer on its way to
// the peer.
Task<void> Connection::linger() {
  if (tls_) tls_->close();
  ::shutdown(socket_.native_handle(), SHUT_WR);
  arm(Waiting::kLinger, shared_.limits.linger_timeout);
  char drop[16 * 1024];
  for (std::size_t total = 0; total < kMaxLinger;) {
    const auto got = co_await receive_raw(drop, sizeof drop);
    if (got == 0) break;
    total += got;
  }
}

Task<Response> Connection::handle(Request& request) {
  std::string thrown;
  try {
    co_return co_await shared_.handler(request);
  } catch (const std::exception& e) {
    thrown = e.what();
  } catch (...) {
    thrown = "not a std::exception";
  }
  shared_.probe.handler_threw(thrown);
  auto response = problem(500, "INTERNAL", "Something went wrong on our side.");
  response.close = true;
  co_return response;
}

// One request and its response; whether another may follow on this connection.
Task<bool> Connection::exchange(Request& request) {
  const auto start = Clock::now();
  begin_body(request);
  request.peer = peer_;
  request.body = this;
  if (request.minor_version >= 1) request.interim = this;
  const bool head_only = request.method == "HEAD";
  const auto response = co_await handle(request);
  const bool may_read_on =
      body_done_ || (!body_error_ && !continue_due_ && (!framing_.length || body_left_ <= kMaxDiscard));
  const bool chunked = request.minor_version >= 1;
  bool keep = framing_.keep_alive && !response.close && !shared_.draining && may_read_on &&
              (chunked || !std::holds_alternative<std::shared_ptr<Stream>>(response.body));
  const bool complete = co_await send(response, head_only, keep, chunked);
  shared_.probe.served({request.method, request.route, response.status, body_read_, sent_,
                        std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start),
                        complete});
  if (!complete) co_return false;
  if (keep && !body_done_) keep = co_await discard();
  if (!keep && (!body_done_ || begin_ < end_ || response.close)) co_await linger();
  co_return keep;
}

Task<void> Connection::serve() {
  for (bool keep = true; keep;) {
    Request request;
    HeadFault fault;
    const auto head = co_await read_head(request, fault);
    if (head == Head::kGone) break;
    if (head == Head::kRead) {
      keep = co_await exchange(request);
      continue;
    }
    shared_.probe.bad_request(fault.status);
    if (co_await send(problem(fault.status, fault.code, fault.detail), request.method == "HEAD", false))
      co_await linger();
    keep = false;
  }
}

Task<void> Connection::run(std::shared_ptr<Connection> self) {
  if (!self->tls_ || co_await self->handshake()) co_await self->serve();
  if (self->tls_ && !self->cut_) self->tls_->close();
  self->disarm();
  self->timer_.cancel();
  boost::system::error_code ignored;
  self->socket_.close(ignored);
}

}  // namespace cliffhanger::http
