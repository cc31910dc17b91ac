#include "libs/rank/bytes.h"

#include <cmath>

namespace cliffhanger::rank {
namespace {

constexpr std::size_t kTag = 4, kHead = kTag + 4, kSum = 8;

std::uint64_t number(std::string_view bytes, std::size_t count) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < count; ++i)
    out |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  return out;
}

}  // namespace

Error bad_model(std::string message) {
  return invalid("BAD_MODEL", std::move(message));
}

std::uint64_t fnv1a(std::string_view bytes, std::uint64_t from) {
  for (const char byte : bytes) from = (from ^ static_cast<unsigned char>(byte)) * 0x100000001b3u;
  return from;
}

Writer::Writer(std::string_view tag, std::uint32_t version) : out_(tag.substr(0, kTag)) {
  u32(version);
}

void Writer::u32(std::uint32_t value) {
  for (int i = 0; i < 4; ++i) out_.push_back(static_cast<char>(value >> (8 * i)));
}

void Writer::u64(std::uint64_t value) {
  u32(static_cast<std::uint32_t>(value));
  u32(static_cast<std::uint32_t>(value >> 32));
}

std::string Writer::finish() && {
  u64(fnv1a(out_));
  return std::move(out_);
}

Result<Reader> Reader::open(std::string_view bytes, std::string_view tag, std::uint32_t version) {
  if (bytes.size() < kHead + kSum) return fail(bad_model("The model is cut short."));
  if (bytes.substr(0, kTag) != tag) return fail(bad_model("This is no such model."));
  if (number(bytes.substr(kTag), 4) != version) return fail(bad_model("The model is of another version."));
  const auto body = bytes.substr(0, bytes.size() - kSum);
  if (number(bytes.substr(body.size()), kSum) != fnv1a(body)) return fail(bad_model("The model is damaged."));
  return Reader(body.substr(kHead));
}

std::uint32_t Reader::u32() {
  if (bytes_.size() < 4) {
    ok_ = false;
    bytes_ = {};
    return 0;
  }
  const auto out = static_cast<std::uint32_t>(number(bytes_, 4));
  bytes_.remove_prefix(4);
  return out;
}

std::uint64_t Reader::u64() {
  const std::uint64_t low = u32();
  return low | static_cast<std::uint64_t>(u32()) << 32;
}

std::string_view Reader::raw(std::size_t count) {
  if (bytes_.size() < count) {
    ok_ = false;
    bytes_ = {};
    return {};
  }
  const auto out = bytes_.substr(0, count);
  bytes_.remove_prefix(count);
  return out;
}

float Reader::f32() {
  const float out = std::bit_cast<float>(u32());
  if (std::isfinite(out)) return out;
  ok_ = false;
  return 0;
}

double Reader::f64() {
  const double out = std::bit_cast<double>(u64());
  if (std::isfinite(out)) return out;
  ok_ = false;
  return 0;
}

}  // namespace cliffhanger::rank
