#pragma once
// The public API as a creator's program sees it.
#include <boost/json/object.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "libs/http/client.h"

namespace cliffhanger::app {

// Where and as whom: CLIFFHANGER_URL (default http://127.0.0.1:8080), and CLIFFHANGER_TOKEN (or an API key in it), or CLIFFHANGER_EMAIL and
// CLIFFHANGER_PASSWORD (or CLIFFHANGER_PASSWORD_FILE) to sign in with.
struct Access {
  std::string url, token, email, password;
  static Result<Access> from_environment();
};

// Who the creator is, for several Apis: one sign-in serves them all, and so does the next one. Safe from many threads.
class Identity {
 public:
  explicit Identity(Access access) : access_(std::move(access)) {}
  const std::string& url() const { return access_.url; }
  // The token to use; signs in over `client` where there is none, or where it is still `refused`, the one that the server refused last.
  Result<std::string> token(http::Client& client, const std::string& refused = "");

 private:
  Result<void> sign_in(http::Client& client);
  std::mutex mutex_;
  Access access_;
};

// Whether waiting may help: the door is away, the server is busy, a connection was lost.
bool passing(const Error& why);

// One connection; for one thread. Signs in again when its token has run out.
class Api {
 public:
  explicit Api(std::shared_ptr<Identity> identity);

  // A call that takes and gives JSON. A problem document becomes an Error with its code as reason. Waits and tries again, up to a minute, while
  // the door is away (503, 429, no connection) and the call is a GET or carries `key` as its Idempotency-Key.
  Result<boost::json::object> call(const std::string& method, const std::string& path,
                                   const boost::json::object& body = {}, const std::string& key = "");

  // A raw request with the token added; for uploads.
  Result<http::ClientResponse> send(http::ClientRequest request);
  // What a problem document says; kUnavailable where waiting may help.
  static Error problem(const http::ClientResponse& response);

 private:
  std::shared_ptr<Identity> identity_;
  http::Url where_;
  std::unique_ptr<http::Client> client_;
};

// The string at `name`, or "".
std::string text(const boost::json::object& from, std::string_view name);
const boost::json::object& object(const boost::json::object& from, std::string_view name);
bool flag(const boost::json::object& from, std::string_view name);  // false unless it is there and true
std::int64_t number(const boost::json::object& from, std::string_view name);  // also from a string, as int64 comes

// Prints `help` where the first argument asks for it, or where what was said was not `understood`: then the exit code of the command.
std::optional<int> explained(const std::vector<std::string>& arguments, const char* help, bool understood);

// Runs `work` as who the environment names, and says on stderr what fails. The exit code of a command: what `work` gives, 1 if it fails, 2 where the environment names nobody.
int run_as_caller(const std::function<Result<int>(Api&)>& work);

}  // namespace cliffhanger::app
