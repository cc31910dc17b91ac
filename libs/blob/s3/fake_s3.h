#pragma once
// A small S3 in memory that does wrong what a test asks for. It keeps to S3's rules where the store relies on
// them: signatures and digests of what arrives are checked, entity tags are MD5, If-Match, ranges, parts.
#include <atomic>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace cliffhanger::blob::s3 {

struct Asked {
  std::string method, path, query;             // as sent
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  bool has(std::string_view word) const { return query.find(word) != std::string::npos; }
};

struct Said {
  int status = 200;
  std::map<std::string, std::string> headers;
  std::string body;
  // The connection is cut after so many bytes of the body.
  std::optional<std::size_t> cut_after;
  bool hang = false;  // nothing is said until the server ends
};

// "<Error>…" with this status.
Said refusal(int status, const std::string& code, const std::string& message = "no");

class FakeS3 {
 public:
  // Asked of each request; what it answers is said instead of what is right. `right` says that, with its
  // effects.
  using Fault = std::function<std::optional<Said>(const Asked&, const std::function<Said()>& right)>;
  static constexpr char kKeyId[] = "KEYID", kSecret[] = "very-secret";
  FakeS3();
  ~FakeS3();
  FakeS3(const FakeS3&) = delete;

  std::string endpoint() const { return "http://127.0.0.1:" + std::to_string(port_); }
  void fault(Fault fault);
  void heal() { fault(nullptr); }
  // The first `times` requests with this method get this answer.
  void fail_times(const std::string& method, int times, Said said);
  // Requests with the method are cut before their body is read.
  void cut_uploads(int times) { uploads_to_cut_ = times; }

  std::vector<Asked> asked() const;
  int count(std::string_view method) const;
  int connections() const { return connections_; }
  std::map<std::string, std::string> objects() const;  // by path
  void set(const std::string& path, const std::string& bytes);
  std::size_t open_uploads() const;
  // The clock that objects and uploads get their times from, RFC 3339 in UTC.
  void now(const std::string& time);
  std::map<std::string, std::string> headers_of(const std::string& path) const;  // that it was made with

 private:
  struct Object {
    std::string bytes, etag;
    std::map<std::string, std::string> meta;
    std::string modified;
  };
  struct Upload {
    std::map<int, Object> parts;
    std::map<std::string, std::string> meta;
    std::string key, begun;
  };
  void accept_all();
  void serve(int client);
  bool read_request(int client, std::string& buffer, Asked& out);
  Said answer(const Asked& asked);
  Said right(const Asked& asked);
  Said get(const Asked& asked);
  Said list(const Asked& asked);
  Said list_uploads(const Asked& asked);
  Said put(const Asked& asked);
  Said post(const Asked& asked);
  Said erase(const Asked& asked);

  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> ending_{false};
  std::atomic<int> connections_{0}, uploads_to_cut_{0};
  mutable std::mutex mutex_;
  Fault fault_;
  std::vector<Asked> asked_;
  std::map<std::string, Object> objects_;
  std::map<std::string, Upload> uploads_;
  int last_upload_ = 0;
  std::string now_ = "2030-01-01T00:00:00.000Z";
  std::list<std::thread> threads_;
  std::list<int> clients_;
  std::thread acceptor_;
};

}  // namespace cliffhanger::blob::s3
