#pragma once
// Inside of Client: one request before it is signed, and what came of it.
#include "libs/blob/s3/client.h"

namespace cliffhanger::blob::s3 {

// The hash of no bytes.
inline constexpr char kEmptySha256[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

struct Client::Ask {
  const char* operation;  // for metrics, such as "get"
  const char* method;
  std::string key;  // "" is the bucket itself
  Pairs query, headers;
  const Body* body = nullptr;
  std::function<bool(const HttpReply&, std::string_view)> sink;
  std::chrono::milliseconds patience{0};  // see HttpRequest
  bool once = false;                      // is not tried again
  std::chrono::seconds life{0};           // if not 0, it is signed so that S3 refuses it when that is over
};

struct Client::Outcome {
  HttpReply reply;
  std::string code;            // S3's, such as NoSuchKey
  std::optional<Error> error;  // none: it went well
  bool retry = false;          // whether it is worth another try
};

}  // namespace cliffhanger::blob::s3
