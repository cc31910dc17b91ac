#include "libs/testing/tcp_gate.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace cliffhanger::harness {
namespace {

constexpr int kTurnMs = 10;

[[noreturn]] void give_up(const char* why) {
  std::perror(why);
  std::abort();
}

int connect_to(const std::string& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
  ::close(fd);
  return -1;
}

// Moves what has arrived at `from`; false at its end.
bool pump(int from, int to) {
  char bytes[16384];
  const ssize_t got = ::recv(from, bytes, sizeof bytes, 0);
  if (got <= 0) return false;
  for (ssize_t sent = 0; sent < got;) {
    const ssize_t n = ::send(to, bytes + sent, static_cast<std::size_t>(got - sent), MSG_NOSIGNAL);
    if (n <= 0) return false;
    sent += n;
  }
  return true;
}

}  // namespace

TcpGate::TcpGate(std::string unix_socket) : unix_socket_(std::move(unix_socket)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 64) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    give_up("TcpGate");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

TcpGate::~TcpGate() {
  ending_ = true;
  acceptor_.join();
  for (auto& carrier : carriers_) carrier.join();
  ::close(listener_);
}

void TcpGate::cut() { state_ = State::kCut; }
void TcpGate::hold() { state_ = State::kHeld; }
void TcpGate::open() { state_ = State::kOpen; }

void TcpGate::accept_all() {
  while (!ending_) {
    pollfd waiting{listener_, POLLIN, 0};
    if (::poll(&waiting, 1, kTurnMs) <= 0) continue;
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    ++taken_;
    carriers_.emplace_back([this, client] { carry(client); });
  }
}

void TcpGate::carry(int client) {
  const int server = connect_to(unix_socket_);
  while (server >= 0 && !ending_ && state_ != State::kCut) {
    pollfd sides[] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    if (state_ == State::kHeld) {
      ::poll(nullptr, 0, kTurnMs);
      continue;
    }
    if (::poll(sides, 2, kTurnMs) <= 0) continue;
    if (sides[0].revents != 0 && !pump(client, server)) break;
    if (sides[1].revents != 0 && !pump(server, client)) break;
  }
  ::close(client);
  if (server >= 0) ::close(server);
}

}  // namespace cliffhanger::harness
