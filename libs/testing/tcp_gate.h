#pragma once
// A gate between a program and a server it depends on: lets bytes through, stops them, cuts connections. Fault tests put it in between,
// and end by opening it again and proving recovery.
#include <atomic>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <thread>

namespace cliffhanger::harness {

// Listens on a port of 127.0.0.1 and hands connections on to a Unix socket. Starts open; ends every connection with the object.
class TcpGate {
 public:
  explicit TcpGate(std::string unix_socket);
  ~TcpGate();
  TcpGate(const TcpGate&) = delete;
  TcpGate& operator=(const TcpGate&) = delete;

  std::uint16_t port() const { return port_; }
  void cut();         // ends the connections there are; new ones are taken and ended at once until open()
  void hold();        // bytes stop moving, connections stay
  void open();        // everything goes through
  int taken() const { return taken_; }  // connections so far

 private:
  enum class State { kOpen, kHeld, kCut };
  void accept_all();
  void carry(int client);

  const std::string unix_socket_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<State> state_{State::kOpen};
  std::atomic<bool> ending_{false};
  std::atomic<int> taken_{0};
  std::list<std::thread> carriers_;  // only the acceptor touches it until the end
  std::thread acceptor_;
};

}  // namespace cliffhanger::harness
