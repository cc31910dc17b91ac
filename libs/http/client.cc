#include "libs/http/client.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "libs/http/limits.h"

namespace cliffhanger::http {

namespace beast = boost::beast;
using ResponseParser = beast::http::response_parser<beast::http::string_body>;

Result<Url> Url::parse(std::string_view text) {
  const auto bad = [&] {
    return fail(invalid("BAD_URL", "Not a URL of the form http://host[:port]/path: " + std::string(text)));
  };
  const auto original = text;
  if (!text.starts_with("http://")) return bad();
  text.remove_prefix(7);
  Url url;
  const auto slash = std::min(text.find_first_of("/?"), text.size());
  auto authority = text.substr(0, slash);
  url.target = text.substr(slash);
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  if (const auto colon = authority.rfind(':');
      colon != authority.npos && authority.find(']', colon) == authority.npos) {
    const auto port = authority.substr(colon + 1);
    const auto [end, ec] = std::from_chars(port.data(), port.data() + port.size(), url.port);
    if (ec != std::errc() || end != port.data() + port.size() || url.port == 0) return bad();
    authority = authority.substr(0, colon);
  }
  if (authority.starts_with('[') && authority.ends_with(']'))
    authority = authority.substr(1, authority.size() - 2);
  if (authority.empty() || original.find_first_of(" \t\r\n@") != original.npos) return bad();
  url.host = authority;
  return url;
}

namespace {

std::string head_of(const ClientRequest& request, const std::string& host, std::uint16_t port,
                    std::uint64_t length) {
  std::string out = request.method + ' ' + request.target + " HTTP/1.1\r\n";
  if (!request.headers.find("Host")) {
    const bool v6 = host.find(':') != host.npos;
    out +=
        "Host: " + (v6 ? '[' + host + ']' : host) + (port == 80 ? "" : ':' + std::to_string(port)) + "\r\n";
  }
  for (const auto& [name, value] : request.headers) out += name + ": " + value + "\r\n";
  if (length > 0 || (request.method != "GET" && request.method != "HEAD"))
    out += "Content-Length: " + std::to_string(length) + "\r\n";
  return out + "\r\n";
}

// Hands out the body in pieces.
class BodySource {
 public:
  explicit BodySource(const ClientRequest& request) : request_(request) {
    if (const auto* range = std::get_if<FileRange>(&request.body)) {
      length_ = range->length;
    } else {
      length_ = std::get<std::string>(request.body).size();
    }
  }
  std::uint64_t length() const { return length_; }
  // What comes next; empty at the end.
  Result<std::string_view> next() {
    const auto* range = std::get_if<FileRange>(&request_.body);
    if (!range)
      return std::string_view(std::get<std::string>(request_.body)).substr(static_cast<std::size_t>(sent_));
    if (begin_ == end_ && sent_ < length_) {
      piece_.resize(256 * 1024);
      const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(piece_.size(), length_ - sent_));
      const auto got =
          ::pread(range->file->fd(), piece_.data(), want, static_cast<off_t>(range->offset + sent_));
      if (got <= 0)
        return fail(unavailable("FILE_READ_FAILED",
                                "The file became shorter or unreadable while it was being sent."));
      begin_ = 0, end_ = static_cast<std::size_t>(got);
    }
    return std::string_view(piece_).substr(begin_, end_ - begin_);
  }
  void sent(std::size_t n) {
    sent_ += n, begin_ += std::min(n, end_ - begin_);
    if (request_.on_progress) request_.on_progress(sent_);
  }
  bool done() const { return sent_ == length_; }

 private:
  const ClientRequest& request_;
  std::uint64_t length_ = 0, sent_ = 0;
  std::string piece_;
  std::size_t begin_ = 0, end_ = 0;
};

Error closed() {
  return unavailable("HTTP_CLOSED", "The server closed the connection before it had answered.");
}

}  // namespace

struct Client::Impl {
  std::string host;
  std::uint16_t port;
  Options options;
  int fd = -1;
  bool reused = false;
  bool got_bytes = false;  // of the response under way

  void drop() {
    if (fd >= 0) ::close(fd);
    fd = -1;
  }
  ~Impl() { drop(); }

  Result<void> connect();
  Result<short> wait(short events, std::chrono::milliseconds timeout);
  Result<void> send_all(std::string_view head, BodySource& body);
  Result<ClientResponse> receive(bool head_only);
  Result<ClientResponse> once(const ClientRequest& request);
};

Result<short> Client::Impl::wait(short events, std::chrono::milliseconds timeout) {
  pollfd entry{fd, events, 0};
  for (;;) {
    const int ready = ::poll(&entry, 1, static_cast<int>(timeout.count()));
    if (ready > 0) return entry.revents;
    if (ready == 0)
      return fail(
          Error{Code::kDeadlineExceeded, "HTTP_TIMEOUT", "The server was silent for too long.", {}, {}, {}});
    if (errno != EINTR) return fail(closed());
  }
}

Result<void> Client::Impl::connect() {
  addrinfo hints{}, *list = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  const auto service = std::to_string(port);
  std::string why = "no address";
  if (const int rc = ::getaddrinfo(host.c_str(), service.c_str(), &hints, &list); rc != 0)
    why = ::gai_strerror(rc);
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
  for (auto* at = list; at; at = at->ai_next) {
    fd = ::socket(at->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) continue;
    int error = ::connect(fd, at->ai_addr, at->ai_addrlen) == 0 ? 0 : errno;
    if (error == EINPROGRESS) {
      socklen_t size = sizeof error;
      error = ETIMEDOUT;
      if (wait(POLLOUT, options.connect_timeout)) ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    }
    if (error == 0) {
      const int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      return {};
    }
    why = std::strerror(error);
    drop();
  }
  return fail(
      unavailable("HTTP_CONNECT_FAILED", "Cannot connect to " + host + ":" + service + ": " + why + "."));
}

// Ends early, successfully, when the server answers (or leaves) before all is sent.
Result<void> Client::Impl::send_all(std::string_view head, BodySource& body) {
  for (;;) {
    std::string_view piece = head;
    if (piece.empty() && body.done()) return {};
    if (piece.empty()) {
      CH_ASSIGN(piece, body.next());
    }
    const auto wrote = ::send(fd, piece.data(), piece.size(), MSG_NOSIGNAL);
    if (wrote > 0) {
      const auto n = static_cast<std::size_t>(wrote);
      if (!head.empty())
        head.remove_prefix(n);
      else
        body.sent(n);
      continue;
    }
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0 && errno != EAGAIN) return {};  // the answer may be there to read all the same
    CH_ASSIGN(const short ready, wait(POLLIN | POLLOUT, options.idle_timeout));
    if (ready & POLLIN) return {};
  }
}

Result<ClientResponse> Client::Impl::receive(bool head_only) {
  auto parser = std::make_unique<ResponseParser>();
  const auto prepare = [&] {
    parser->header_limit(kMaxHeadBytes);
    parser->body_limit(options.max_body);
    parser->eager(true);
    parser->skip(head_only);
  };
  prepare();
  std::string input;
  got_bytes = false;
  char piece[64 * 1024];
  while (!parser->is_done()) {
    CH_TRY(wait(POLLIN, options.idle_timeout).map([](short) {}));
    const auto got = ::recv(fd, piece, sizeof piece, 0);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) return fail(closed());
    beast::error_code ec;
    if (got == 0) {
      if (!parser->got_some()) return fail(closed());
      parser->put_eof(ec);
      if (ec) return fail(closed());
      break;
    }
    got_bytes = true;
    input.append(piece, static_cast<std::size_t>(got));
    while (!input.empty() && !parser->is_done()) {
      const auto used = parser->put(boost::asio::buffer(input.data(), input.size()), ec);
      input.erase(0, used);
      if (ec == beast::http::error::need_more) break;
      if (ec)
        return fail(
            unavailable("HTTP_BAD_RESPONSE", "The server's response is malformed: " + ec.message() + "."));
      if (parser->is_done() && parser->get().result_int() / 100 == 1) {  // an answer before the answer
        parser = std::make_unique<ResponseParser>();
        prepare();
      }
    }
  }
  ClientResponse out;
  auto& message = parser->get();
  out.status = static_cast<int>(message.result_int());
  for (const auto& field : message)
    out.headers.add(std::string(field.name_string()), std::string(field.value()));
  out.body = std::move(message.body());
  if (!parser->keep_alive() || !input.empty()) drop();
  return out;
}

Result<ClientResponse> Client::Impl::once(const ClientRequest& request) {
  got_bytes = false;
  reused = fd >= 0;
  if (!reused) CH_TRY(connect());
  BodySource body(request);
  const auto head = head_of(request, host, port, body.length());
  auto answer = send_all(head, body).and_then([&] { return receive(request.method == "HEAD"); });
  if (!answer || !body.done()) drop();
  return answer;
}

Client::Client(std::string host, std::uint16_t port, Options options)
    : impl_(new Impl{std::move(host), port, options}) {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

Result<ClientResponse> Client::send(const ClientRequest& request) {
  auto answer = impl_->once(request);
  const bool safe = request.method == "GET" || request.method == "HEAD";
  if (!answer && answer.error().reason == "HTTP_CLOSED" && impl_->reused && safe && !impl_->got_bytes)
    answer = impl_->once(request);
  return answer;
}

Result<ClientResponse> Client::get(std::string target, Headers headers) {
  return send({"GET", std::move(target), std::move(headers), {}, {}});
}
Result<ClientResponse> Client::head(std::string target, Headers headers) {
  return send({"HEAD", std::move(target), std::move(headers), {}, {}});
}
Result<ClientResponse> Client::post(std::string target, std::string body, Headers headers) {
  return send({"POST", std::move(target), std::move(headers), std::move(body), {}});
}
Result<ClientResponse> Client::patch(std::string target, std::string body, Headers headers) {
  return send({"PATCH", std::move(target), std::move(headers), std::move(body), {}});
}
Result<ClientResponse> Client::del(std::string target, Headers headers) {
  return send({"DELETE", std::move(target), std::move(headers), {}, {}});
}

}  // namespace cliffhanger::http
