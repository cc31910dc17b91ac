#pragma once
// Digests of bytes that come piece by piece: SHA-1 and SHA-256 (FIPS 180-4), and MD5 (RFC 1321), which S3 wants; by OpenSSL.
#include <memory>
#include <string>
#include <string_view>

namespace cliffhanger {

// A copy goes on from where the original is. One thread at a time; many may copy from one.
class Digest {
 public:
  enum class Kind { kMd5, kSha1, kSha256 };
  explicit Digest(Kind kind);
  ~Digest();
  Digest(const Digest& other);
  Digest& operator=(const Digest& other);
  Digest(Digest&&) noexcept;
  Digest& operator=(Digest&&) noexcept;

  void add(std::string_view bytes);
  // The 16, 20 or 32 bytes of all that was added. Ends it: nothing but an assignment may follow.
  std::string raw();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cliffhanger
