#include "libs/http/occupancy.h"

#include <algorithm>

namespace cliffhanger::http {

namespace asio = boost::asio;

std::string Networks::of(const asio::ip::address& address) {
  const auto text = [](const auto& bytes, std::size_t most) {
    return std::string(reinterpret_cast<const char*>(bytes.data()), std::min(most, bytes.size()));
  };
  if (address.is_v4()) return text(address.to_v4().to_bytes(), 4);
  const auto v6 = address.to_v6();
  if (v6.is_v4_mapped()) return text(asio::ip::make_address_v4(asio::ip::v4_mapped, v6).to_bytes(), 4);
  return text(v6.to_bytes(), 8);
}

bool Networks::enter(const std::string& network, std::size_t most) {
  const std::lock_guard lock(mutex_);
  auto& open = open_[network];
  if (most > 0 && open >= most) return false;  // then it is not 0 and stays
  ++open;
  return true;
}

void Networks::leave(const std::string& network) {
  const std::lock_guard lock(mutex_);
  const auto it = open_.find(network);
  if (--it->second == 0) open_.erase(it);
}

int Occupancy::enter(const std::string& network, std::size_t most, std::size_t most_of_one) {
  int refused = 503;
  if (open_.fetch_add(1) < most) {
    if (networks_.enter(network, most_of_one)) return 0;
    refused = 429;
  }
  open_.fetch_sub(1);
  return refused;
}

void Occupancy::leave(const std::string& network) {
  networks_.leave(network);
  open_.fetch_sub(1);
}

}  // namespace cliffhanger::http
