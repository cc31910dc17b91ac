// A connection over TLS: its handshake, and reading and writing through the session in place of the socket.
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>

#include "libs/http/connection.h"

namespace cliffhanger::http {

Task<bool> Connection::wait(TlsSession::Step step) {
  if (step == TlsSession::Step::kOver || step == TlsSession::Step::kDone) co_return false;
  co_return co_await wait(step == TlsSession::Step::kRead ? Socket::wait_read : Socket::wait_write);
}

// Until the first byte comes it is a connection like others that say nothing; it is in the number of handshakes from there on.
Task<bool> Connection::handshake() {
  arm(Waiting::kHandshake, shared_.limits.handshake_timeout);
  const bool spoken = co_await wait(Socket::wait_read);
  char first = 0;
  const auto got = spoken ? ::recv(socket_.native_handle(), &first, 1, MSG_PEEK | MSG_DONTWAIT) : 0;
  if (got == 1 && first >= 'A' && first <= 'Z') {  // a method, no record of a handshake
    shared_.probe.handshake_failed("plain_http");
    co_await answer_plain();
    co_return false;
  }
  bool done = false;
  if (got == 1) {
    if (live_.shaking.size() >= shared_.handshakes_of_thread) {
      auto* oldest = live_.shaking.front();
      oldest->crowded_ = true;
      live_.shaking.pop_front();
      oldest->cut();
    }
    live_.shaking.push_back(this);
    done = co_await shake();
    live_.shaking.remove(this);
  }
  const bool late = !done && deadline_ <= Clock::now();
  disarm();
  if (!done) shared_.probe.handshake_failed(crowded_ ? "crowded" : late ? "timeout" : tls_->fault());
  co_return done;
}

Task<bool> Connection::shake() {
  for (;;) {
    const auto step = tls_->handshake();
    if (step == TlsSession::Step::kDone) co_return !cut_;
    if (!co_await wait(step)) co_return false;
  }
}

// Who speaks plain HTTP here gets a plain answer that says what is wrong.
Task<void> Connection::answer_plain() {
  tls_.reset();
  if (co_await send(problem(400, "TLS_REQUIRED", "This port speaks HTTPS only."), false, false)) co_await linger();
}

// What it waits for goes through the reactor, also where the socket can be read at once: the thread's other connections get their turn.
Task<std::size_t> Connection::receive_tls(char* out, std::size_t room) {
  for (int empty = 0; empty <= kMaxEmptyRecords;) {
    const auto moved = tls_->read(out, room);
    if (moved.step == TlsSession::Step::kDone) co_return cut_ ? 0 : moved.bytes;
    if (!tls_->pending()) ++empty;  // not in the midst of a record, which may come byte by byte
    if (!co_await wait(moved.step)) co_return 0;
  }
  co_return 0;
}

Task<bool> Connection::send_bytes_tls(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto moved = tls_->write(bytes.data(), bytes.size());
    if (moved.step != TlsSession::Step::kDone) {
      if (!co_await wait(moved.step)) co_return false;
      continue;
    }
    progress(moved.bytes);
    sent_ += moved.bytes;
    bytes.remove_prefix(moved.bytes);
  }
  co_return true;
}

// Read, not taken from a mapping: a file that is cut under its mapping would end the process, since here it is not the kernel that
// reads. One record at a time, so that a slow reader holds no more than that.
Task<bool> Connection::send_file_tls(const FileRange& range) {
  const auto record = std::make_unique_for_overwrite<std::array<char, kTlsStep>>();
  auto offset = range.offset;
  std::int64_t in_turn = 0;
  for (const auto end = range.offset + range.length; offset < end;) {
    const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(kTlsStep, end - offset));
    const auto got = ::pread(range.file->fd(), record->data(), want, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) co_return false;  // shorter than promised
    if (!co_await send_bytes_tls({record->data(), static_cast<std::size_t>(got)})) co_return false;
    offset += static_cast<std::uint64_t>(got);
    in_turn += got;
    if (in_turn < kBytesBeforeYield) continue;
    in_turn = 0;
    co_await boost::asio::post(socket_.get_executor(), boost::asio::use_awaitable_t<Executor>());
    if (cut_) co_return false;
  }
  co_return true;
}

}  // namespace cliffhanger::http
