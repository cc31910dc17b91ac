// How a connection writes: a head made by hand, then memory or sendfile(2).
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstdio>
#include <ctime>

#include "libs/http/connection.h"

namespace cliffhanger::http {
namespace {

constexpr std::size_t kUsualHead = 1536;

// A field that could break out of its line is a fault of ours; it is left out rather than sent.
bool sendable(const Headers::Field& field) {
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t'; };
  return std::none_of(field.first.begin(), field.first.end(), control) &&
         std::none_of(field.second.begin(), field.second.end(), control);
}

bool has_no_body(int status) {
  return status < 200 || status == 204 || status == 304;
}

const std::shared_ptr<Stream>* stream_of(const Response& response) {
  return std::get_if<std::shared_ptr<Stream>>(&response.body);
}

// The status line and these fields.
std::string begin_head(int status, const Headers& headers) {
  std::string out;
  out.reserve(kUsualHead);
  out += "HTTP/1.1 ";
  out += std::to_string(status);
  out += ' ';
  out += status_text(status);
  out += "\r\n";
  for (const auto& field : headers) {
    if (!sendable(field)) continue;
    out += field.first;
    out += ": ";
    out += field.second;
    out += "\r\n";
  }
  return out;
}

// The line of this second.
const std::string& date_line() {
  thread_local std::time_t second = -1;
  thread_local std::string line;
  if (const auto now = std::time(nullptr); now != second) {
    second = now;
    line = "Date: " + http_date(now) + "\r\n";
  }
  return line;
}

std::string head_of(const Response& response, bool keep, bool chunked) {
  std::string out = begin_head(response.status, response.headers);
  if (stream_of(response)) {
    if (chunked) out += "Transfer-Encoding: chunked\r\n";
  } else if (!has_no_body(response.status)) {
    out += "Content-Length: " + std::to_string(response.length()) + "\r\n";
  }
  out += date_line();
  if (!keep) out += "Connection: close\r\n";
  out += "\r\n";
  return out;
}

}  // namespace

Task<bool> Connection::send(const Response& response, bool head_only, bool keep, bool chunked) {
  const auto head = head_of(response, keep, chunked);
  const bool body = !head_only && !has_no_body(response.status) && response.length() > 0;
  arm_progress();
  bool sent = false;
  if (const auto* range = std::get_if<FileRange>(&response.body)) {
    sent = co_await send_bytes(head, "", body);
    if (sent && body) sent = co_await send_file(*range);
  } else if (const auto* pieces = std::get_if<Pieces>(&response.body)) {
    sent = co_await send_bytes(head, "", body);
    if (sent && body) sent = co_await send_pieces(*pieces);
  } else if (const auto* stream = stream_of(response)) {
    sent = co_await send_bytes(head, "", false);
    if (sent && !head_only) sent = co_await send_stream(**stream, chunked);
  } else {
    const auto* text = std::get_if<std::string>(&response.body);
    const auto* shared = std::get_if<SharedText>(&response.body);
    const std::string_view bytes = !body ? std::string_view{} : text ? *text : **shared;
    sent = co_await send_bytes(head, bytes, false);
  }
  disarm();
  co_return sent;
}

// Writes both pieces; `more` says that a file follows at once, so that its first bytes share a packet with
// the head.
Task<bool> Connection::send_bytes(std::string_view first, std::string_view second, bool more) {
  if (tls_) {
    // One record for both, where they fit.
    const auto begin = std::string(first).append(second.substr(0, kTlsStep));
    const auto before = sent_;
    const bool sent = co_await send_bytes_tls(begin) && co_await send_bytes_tls(second.substr(std::min(second.size(), kTlsStep)));
    sent_ = before + (sent ? second.size() : 0);
    co_return sent;
  }
  while (!first.empty() || !second.empty()) {
    iovec pieces[2] = {{const_cast<char*>(first.data()), first.size()},
                       {const_cast<char*>(second.data()), second.size()}};
    msghdr message{};
    message.msg_iov = pieces;
    message.msg_iovlen = 2;
    const auto wrote = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | (more ? MSG_MORE : 0));
    if (wrote < 0) {
      if (errno == EINTR) continue;
      if ((errno != EAGAIN && errno != EWOULDBLOCK) || !co_await wait(Socket::wait_write)) co_return false;
      continue;
    }
    const auto n = static_cast<std::size_t>(wrote);
    progress(n);
    const auto head = std::min(n, first.size());
    first.remove_prefix(head);
    second.remove_prefix(n - head);
    sent_ += n - head;
  }
  co_return true;
}

// An empty send buffer has room for all of it.
void Connection::inform(int status, const Headers& headers) {
  int unacknowledged = 1;
  if (cut_ || ::ioctl(socket_.native_handle(), SIOCOUTQ, &unacknowledged) != 0 || unacknowledged > 0) return;
  const auto head = begin_head(status, headers) + "\r\n";
  if (tls_) {
    const auto moved = tls_->write(head.data(), head.size());
    if (moved.step != TlsSession::Step::kDone || moved.bytes < head.size()) cut();
    return;
  }
  const auto wrote = ::send(socket_.native_handle(), head.data(), head.size(), MSG_NOSIGNAL);
  if (wrote > 0 && static_cast<std::size_t>(wrote) < head.size()) cut();  // what comes next would be read as its rest
}

bool Connection::peer_is_gone() {
  if (cut_) return true;
  if (tls_) return tls_->is_over();
  char byte;
  const auto got = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

Task<bool> Connection::send_stream(Stream& stream, bool chunked) {
  for (;;) {
    disarm();  // what the stream waits for is not the peer's slowness
    std::optional<std::string> piece;
    std::string thrown;
    try {
      if (!shared_.draining) piece = co_await stream.next();
    } catch (const std::exception& e) {
      thrown = e.what();
    }
    if (!thrown.empty()) shared_.probe.handler_threw(thrown);
    if (!thrown.empty() || peer_is_gone()) co_return false;
    if (!piece) break;
    if (piece->empty()) continue;
    arm_progress();
    char size[20] = "";
    if (chunked) std::snprintf(size, sizeof size, "%zx\r\n", piece->size());
    if (chunked) piece->append("\r\n");
    if (!co_await send_bytes(size, *piece, false)) co_return false;
  }
  arm_progress();
  co_return !chunked || co_await send_bytes("0\r\n\r\n", "", false);
}

Task<bool> Connection::send_pieces(const Pieces& pieces) {
  for (std::size_t i = 0; i < pieces.list.size(); ++i) {
    const auto* text = std::get_if<SharedText>(&pieces.list[i]);
    const bool sent = text ? co_await send_bytes(**text, "", i + 1 < pieces.list.size())
                           : co_await send_file(std::get<FileRange>(pieces.list[i]));
    if (!sent) co_return false;
  }
  co_return true;
}

// Whether the peer has taken all that was written: nothing waits for room at its end.
bool Connection::is_taken() {
  int unsent = 1;
  return ::ioctl(socket_.native_handle(), SIOCOUTQNSD, &unsent) == 0 && unsent == 0;
}

// Bytes of a mapping are copied into the socket, which is faster, for as long as the peer takes them at once. After that
// they go by sendfile(2) and stay in the page cache, so that a slow reader holds no memory.
Task<bool> Connection::send_file(const FileRange& range) {
  if (tls_) co_return co_await send_file_tls(range);
  const auto mapped = range.file->mapped();
  auto offset = static_cast<off_t>(range.offset);
  const auto end = static_cast<off_t>(range.offset + range.length);
  bool copy = mapped.size() >= range.offset + range.length;
  for (std::int64_t in_turn = 0; offset < end;) {
    const auto step = std::min(copy ? kCopyStep : kSendFileStep, static_cast<std::size_t>(end - offset));
    const auto wrote = copy ? ::send(socket_.native_handle(), mapped.data() + offset, step, MSG_NOSIGNAL)
                            : ::sendfile(socket_.native_handle(), range.file->fd(), &offset, step);
    if (wrote == 0) co_return false;  // the file is shorter than promised: all that is left is to break off
    if (wrote < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN || !co_await wait(Socket::wait_write)) co_return false;
      in_turn = 0;
      continue;
    }
    if (copy) offset += wrote;
    copy = copy && (offset == end || is_taken());
    progress(static_cast<std::size_t>(wrote));
    sent_ += static_cast<std::uint64_t>(wrote);
    in_turn += wrote;
    if (in_turn < kBytesBeforeYield) continue;
    in_turn = 0;
    co_await boost::asio::post(socket_.get_executor(), boost::asio::use_awaitable_t<Executor>());
    if (cut_) co_return false;
  }
  co_return true;
}

}  // namespace cliffhanger::http
