#pragma once
// A small blocking HTTP/1.1 client (http:// only) for the command line, health checks and tests.
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>

#include "libs/core/result.h"
#include "libs/http/message.h"

namespace cliffhanger::http {

struct Url {
  std::string host;
  std::uint16_t port = 80;
  std::string target;  // path and query, "/" at least
  // Takes http://host[:port][/path]; fails with BAD_URL.
  static Result<Url> parse(std::string_view text);
};

struct ClientRequest {
  std::string method = "GET";
  std::string target = "/";
  Headers headers;  // Host, Content-Length and Connection are added
  // A file's range is read in pieces as it is sent.
  std::variant<std::string, FileRange> body;
  std::function<void(std::uint64_t sent)> on_progress;  // of the body, may be empty
};

struct ClientResponse {
  int status = 0;
  Headers headers;
  std::string body;
};

// One connection at a time, kept alive between requests and opened anew when the server has closed it. For
// one thread.
class Client {
 public:
  struct Options {
    std::chrono::milliseconds connect_timeout{5'000};
    std::chrono::milliseconds idle_timeout{30'000};  // without any byte moving either way
    std::size_t max_body = 64 * 1024 * 1024;         // of a response
  };
  Client(std::string host, std::uint16_t port) : Client(std::move(host), port, Options{}) {}
  Client(std::string host, std::uint16_t port, Options options);
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;

  // Fails with HTTP_CONNECT_FAILED, HTTP_TIMEOUT, HTTP_CLOSED (the server left before a whole response) or
  // HTTP_BAD_RESPONSE. Any status is a success here. A response that comes while the body is still being sent
  // ends the sending. GET and HEAD are tried once more when a kept connection turns out to be closed.
  Result<ClientResponse> send(const ClientRequest& request);

  Result<ClientResponse> get(std::string target, Headers headers = {});
  Result<ClientResponse> head(std::string target, Headers headers = {});
  Result<ClientResponse> post(std::string target, std::string body, Headers headers = {});
  Result<ClientResponse> patch(std::string target, std::string body, Headers headers = {});
  Result<ClientResponse> del(std::string target, Headers headers = {});

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cliffhanger::http
