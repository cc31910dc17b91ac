#pragma once
// For tests: a web server that does what it is told, byte by byte, the wrong things included.
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace cliffhanger::ingest {

// Listens on a port of 127.0.0.1; a thread for each connection, of which each takes one request and is closed
// after it.
class Origin {
 public:
  struct Request {
    std::string method, target;
    std::map<std::string, std::string> fields;  // by name in lower case
    std::string field(const std::string& name) const {
      const auto found = fields.find(name);
      return found == fields.end() ? "" : found->second;
    }
  };
  // The other end of a connection.
  class Peer {
   public:
    Peer(int fd, const std::atomic<bool>& ending) : fd_(fd), ending_(ending) {}
    // False once it has gone.
    bool send(std::string_view bytes) {
      while (!bytes.empty() && !ending_) {
        const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
      }
      return !ending_;
    }
    // Says nothing more until it has gone.
    void wait_until_gone() {
      char byte;
      while (!ending_) {
        pollfd look{fd_, POLLIN, 0};
        if (::poll(&look, 1, 10) > 0 && ::recv(fd_, &byte, 1, 0) <= 0) return;
      }
    }
    bool ending() const { return ending_; }

   private:
    int fd_;
    const std::atomic<bool>& ending_;
  };
  using Script = std::function<void(const Request&, Peer&)>;

  explicit Origin(Script script)
      : script_(std::move(script)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&at), size) != 0 || ::listen(listener_, 64) != 0)
      std::abort();
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size);
    port_ = ntohs(at.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  ~Origin() {
    ending_ = true;
    acceptor_.join();
    for (auto& thread : threads_) thread.join();
    ::close(listener_);
  }
  Origin(const Origin&) = delete;

  std::uint16_t port() const { return port_; }
  std::string url(const std::string& path = "/film.mp4", const std::string& host = "127.0.0.1") const {
    return "http://" + host + ":" + std::to_string(port_) + path;
  }
  // So far.
  std::vector<Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void accept_all() {
    while (!ending_) {
      pollfd look{listener_, POLLIN, 0};
      if (::poll(&look, 1, 10) <= 0) continue;
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd >= 0) threads_.emplace_back([this, fd] { serve(fd); });
    }
  }
  void serve(int fd) {
    std::string head;
    char piece[4096];
    while (head.find("\r\n\r\n") == head.npos && !ending_) {
      const auto got = ::recv(fd, piece, sizeof piece, 0);
      if (got <= 0) break;
      head.append(piece, static_cast<std::size_t>(got));
    }
    if (head.find("\r\n\r\n") != head.npos) {
      const Request request = parse(head);
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
      }
      Peer peer(fd, ending_);
      script_(request, peer);
    }
    ::close(fd);
  }
  static Request parse(const std::string& head) {
    Request out;
    out.method = head.substr(0, head.find(' '));
    const auto begin = out.method.size() + 1;
    out.target = head.substr(begin, head.find(' ', begin) - begin);
    for (auto at = head.find("\r\n"); at + 2 < head.size();) {
      const auto end = head.find("\r\n", at + 2), colon = head.find(": ", at);
      if (end == head.npos || colon == head.npos || colon > end) break;
      std::string name = head.substr(at + 2, colon - at - 2);
      for (char& c : name) c = static_cast<char>(std::tolower(c));
      out.fields[name] = head.substr(colon + 2, end - colon - 2);
      at = end;
    }
    return out;
  }

  const Script script_;
  const int listener_;
  std::uint16_t port_ = 0;
  std::atomic<bool> ending_{false};
  mutable std::mutex mutex_;
  std::vector<Request> requests_;
  std::list<std::thread> threads_;  // only the acceptor touches it until the end
  std::thread acceptor_;
};

// The head of an answer; `fields` with their line ends.
inline std::string answer_head(const std::string& status, const std::string& fields = "") {
  return "HTTP/1.1 " + status + "\r\nDate: Sun, 22 Nov 2026 10:00:00 GMT\r\n" + fields + "\r\n";
}

inline std::string whole_answer(const std::string& bytes, const std::string& fields = "",
                                const std::string& status = "200 OK") {
  return answer_head(status, fields + "Content-Length: " + std::to_string(bytes.size()) + "\r\n") + bytes;
}

inline std::string chunk(std::string_view bytes) {
  char size[32];
  std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
  return size + std::string(bytes) + "\r\n";
}

// A file as a good server gives it: ranges that fit `tag` (If-Range), else the whole; `most` bytes of the
// body, after which it breaks off.
inline void send_file(const Origin::Request& request, Origin::Peer& peer, const std::string& bytes,
                      const std::string& tag, std::size_t most = std::string::npos) {
  const std::string range = request.field("range"), known = request.field("if-range");
  const std::size_t from = range.starts_with("bytes=") && known == tag ? std::stoul(range.substr(6)) : 0;
  const std::string length = std::to_string(bytes.size());
  const std::string fields =
      "ETag: " + tag + "\r\nContent-Length: " + std::to_string(bytes.size() - from) + "\r\n";
  peer.send(from == 0 ? answer_head("200 OK", fields)
                      : answer_head("206 Partial Content",
                                    fields + "Content-Range: bytes " + std::to_string(from) + "-" +
                                        std::to_string(bytes.size() - 1) + "/" + length + "\r\n"));
  peer.send(std::string_view(bytes).substr(from, most));
}

}  // namespace cliffhanger::ingest
