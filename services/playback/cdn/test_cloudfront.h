#pragma once
// For tests: keys, what CloudFront does with them, and its API for invalidations on a real port.
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <ctime>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "libs/aws/sigv4.h"
#include "libs/aws/xml.h"
#include "libs/core/encoding.h"
#include "libs/digest/sha256.h"
#include "libs/http/server.h"

namespace cliffhanger::playback {

// Takes the key.
inline std::string pem_of(EVP_PKEY* key) {
  BIO* bio = ::BIO_new(::BIO_s_mem());
  EXPECT_EQ(::PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr), 1);
  char* bytes = nullptr;
  const long size = ::BIO_get_mem_data(bio, &bytes);
  std::string out(bytes, static_cast<std::size_t>(size));
  ::BIO_free(bio);
  ::EVP_PKEY_free(key);
  return out;
}
inline std::string test_key(unsigned bits) {
  return pem_of(EVP_RSA_gen(bits));
}

// Out of CloudFront's own letters.
inline std::string unbase64(std::string text) {
  for (char& c : text) c = c == '-' ? '+' : c == '_' ? '=' : c == '~' ? '/' : c;
  return base64_decode(text).value_or("");
}

inline bool is_signed_by(const std::string& pem, std::string_view text, const std::string& signature) {
  BIO* bio = ::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  EVP_PKEY* key = ::PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
  EVP_MD_CTX* context = ::EVP_MD_CTX_new();
  EXPECT_EQ(::EVP_DigestVerifyInit(context, nullptr, ::EVP_sha1(), nullptr, key), 1);
  const auto bytes = [](std::string_view of) { return reinterpret_cast<const unsigned char*>(of.data()); };
  const bool good =
      ::EVP_DigestVerify(context, bytes(signature), signature.size(), bytes(text), text.size()) == 1;
  ::EVP_MD_CTX_free(context);
  ::EVP_PKEY_free(key);
  ::BIO_free(bio);
  return good;
}

// Checks signatures as Amazon does, and keeps what it was asked to forget.
class FakeCloudFront {
 public:
  static constexpr char kKeyId[] = "KEYID", kSecret[] = "very-secret", kDistribution[] = "E1EXAMPLE";
  FakeCloudFront()
      : server_({"127.0.0.1", 1, {}}, [this](http::Request& request) { return answer(request); }, probe_) {
    const auto port = server_.start(0);
    EXPECT_TRUE(port);
    url_ = "http://127.0.0.1:" + std::to_string(*port);
  }
  ~FakeCloudFront() { server_.drain(std::chrono::steady_clock::now()); }
  const std::string& url() const { return url_; }
  // The next `times` requests get this instead.
  void fail_times(int times, int status, std::string code) {
    const std::lock_guard lock(mutex_);
    failures_ = times;
    status_ = status;
    code_ = std::move(code);
  }
  struct Asked {
    std::string reference;
    std::vector<std::string> paths;
  };
  std::vector<Asked> asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  // How many different invalidations were made of what was asked.
  std::size_t made() {
    const std::lock_guard lock(mutex_);
    return references_.size();
  }

 private:
  static http::Response refusal(int status, const std::string& code) {
    return http::text_response(status, "text/xml",
                               "<ErrorResponse><Error><Type>Sender</Type><Code>" + code +
                                   "</Code><Message>no</Message></Error></ErrorResponse>");
  }
  static bool is_signed(const http::Request& request, const std::string& body) {
    aws::Signable signable{request.method, request.path, {}, {}, sha256_hex(body)};
    const std::string given(request.headers.get("Authorization")), date(request.headers.get("x-amz-date"));
    const auto from = given.find("SignedHeaders=") + 14;
    std::string names = given.substr(from, given.find(',', from) - from) + ';';
    for (std::size_t end; (end = names.find(';')) != names.npos; names.erase(0, end + 1))
      signable.headers.emplace_back(names.substr(0, end), request.headers.get(names.substr(0, end)));
    std::tm parts{};
    if (::strptime(date.c_str(), "%Y%m%dT%H%M%SZ", &parts) == nullptr) return false;
    const Time now = from_micros(static_cast<std::int64_t>(::timegm(&parts)) * 1'000'000);
    return given == aws::authorization(signable, {kKeyId, kSecret, ""}, "us-east-1", "cloudfront", now);
  }
  http::Task<http::Response> answer(http::Request& request) {
    const auto body = co_await request.body->read_all(1 << 20);
    const std::lock_guard lock(mutex_);
    if (failures_ > 0) {
      --failures_;
      co_return refusal(status_, code_);
    }
    if (!is_signed(request, *body)) co_return refusal(403, "SignatureDoesNotMatch");
    if (request.method != "POST" ||
        request.path != "/2020-05-31/distribution/" + std::string(kDistribution) + "/invalidation")
      co_return refusal(404, "NoSuchDistribution");
    Asked asked;
    EXPECT_TRUE(aws::read_xml(*body, [&](std::string_view path, const std::string& text) {
      if (path == "InvalidationBatch/CallerReference") asked.reference = text;
      if (path == "InvalidationBatch/Paths/Items/Path") asked.paths.push_back(text);
    }));
    references_.insert(asked.reference);
    asked_.push_back(std::move(asked));
    co_return http::text_response(201, "text/xml", "<Invalidation><Id>I1</Id></Invalidation>");
  }

  std::mutex mutex_;
  int failures_ = 0, status_ = 0;
  std::string code_, url_;
  std::vector<Asked> asked_;
  std::set<std::string> references_;
  http::Probe probe_;
  http::Server server_;
};

}  // namespace cliffhanger::playback
