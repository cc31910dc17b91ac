#include "libs/blob/blob.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

namespace cliffhanger::blob {

Result<void> check_key(std::string_view key) {
  const auto bad = [&] { return fail(invalid("BAD_OBJECT_KEY", "Not an object key.")); };
  if (key.empty() || key.size() > 512) return bad();
  std::string_view rest = key;
  while (true) {
    const auto slash = rest.find('/');
    const auto part = rest.substr(0, slash);
    const bool good = !part.empty() && part != "." && part != ".." &&
                      std::all_of(part.begin(), part.end(), [](unsigned char c) {
                        return std::isalnum(c) || c == '.' || c == '_' || c == '-' || c == '=';
                      });
    if (!good) return bad();
    if (slash == std::string_view::npos) return {};
    rest.remove_prefix(slash + 1);
  }
}

Opened::~Opened() {
  if (fd_ >= 0) ::close(fd_);
}

Opened& Opened::operator=(Opened&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(size_, other.size_);
  return *this;
}

int Opened::release() { return std::exchange(fd_, -1); }

Result<std::string> Opened::read(std::int64_t offset, std::int64_t length) const {
  std::string out(static_cast<std::size_t>(std::clamp<std::int64_t>(size_ - offset, 0, length)), '\0');
  CH_TRY(read(offset, std::span(out)));
  return out;
}

Result<std::string_view> Opened::read(std::int64_t offset, std::span<char> buffer) const {
  const auto wanted = static_cast<std::size_t>(
      std::clamp<std::int64_t>(size_ - offset, 0, static_cast<std::int64_t>(buffer.size())));
  std::size_t have = 0;
  while (have < wanted) {
    const ssize_t got = ::pread(fd_, buffer.data() + have, wanted - have, offset + static_cast<off_t>(have));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return fail(internal("OBJECT_STORE_FAILED", "An object can't be read."));
    have += static_cast<std::size_t>(got);
  }
  return std::string_view(buffer.data(), wanted);
}

Result<bool> Store::remove_older(std::string_view key, Time before) {
  const auto begun = std::chrono::steady_clock::now();
  const auto found = head(key);
  if (!found && found.error().reason == "OBJECT_NOT_FOUND") return true;
  if (!found) return fail(found.error());
  if (found->modified >= before) return false;
  if (std::chrono::steady_clock::now() - begun > kRemovePatience)
    return fail(unavailable("OBJECT_STORE_FAILED", "The object store is too slow to remove anything safely."));
  CH_TRY(remove_once(key));
  return true;
}

Result<void> Store::put(std::string_view key, std::string_view bytes) {
  CH_ASSIGN(auto writer, create(key));
  CH_TRY(writer->write(bytes));
  return writer->publish();
}

Result<std::string> Store::get(std::string_view key, std::int64_t most) {
  CH_ASSIGN(const Opened object, open(key));
  if (object.size() > most) return fail(precondition("OBJECT_TOO_LARGE", "The object is larger than expected."));
  return object.read(0, object.size());
}

Result<std::string> Store::get_range(std::string_view key, std::int64_t offset, std::int64_t length) {
  CH_ASSIGN(const Opened object, open(key));
  return object.read(offset, length);
}

Result<void> Store::ready() {
  const auto found = head("health/none");
  if (!found && found.error().reason != "OBJECT_NOT_FOUND") return fail(found.error());
  return {};
}

Result<void> Store::remove_all(std::string_view prefix) {
  while (true) {
    CH_ASSIGN(const auto found, list(prefix, "", 1000));
    for (const auto& object : found) CH_TRY(remove(object.key));
    if (found.size() < 1000) return {};
  }
}

}  // namespace cliffhanger::blob
