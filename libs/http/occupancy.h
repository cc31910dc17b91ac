#pragma once
// How many connections are open, in all and of each network.
#include <atomic>
#include <boost/asio/ip/address.hpp>
#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>

namespace cliffhanger::http {

// How many connections each network has open: an IPv4 address, or 64 bits of an IPv6 one. Safe from many threads.
class Networks {
 public:
  static std::string of(const boost::asio::ip::address& address);
  // Whether there is room for one more of `most`; then it is counted until leave().
  bool enter(const std::string& network, std::size_t most);
  void leave(const std::string& network);

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, std::size_t> open_;
};

// What counts against Limits::connections and Limits::connections_of_one: of one server, or of several that share it. Safe from many
// threads.
class Occupancy {
 public:
  // 0 if there is room for one more of `network`, which is counted then until leave(); else the status to refuse it with. `most` in all,
  // `most_of_one` of the network (0: as many as there are).
  int enter(const std::string& network, std::size_t most, std::size_t most_of_one);
  void leave(const std::string& network);

 private:
  std::atomic<std::size_t> open_{0};
  Networks networks_;
};

}  // namespace cliffhanger::http
