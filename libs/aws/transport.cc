#include "libs/aws/transport.h"

#include <curl/curl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>

namespace cliffhanger::aws {
namespace {

constexpr std::size_t kMostHeaders = 64 << 10;
constexpr long kStallBytesPerSecond = 1024;

// One request on its way: what libcurl's callbacks work on.
struct Exchange {
  const HttpRequest& request;
  CURL* curl;
  HttpReply reply;
  std::size_t header_bytes = 0;
  std::int64_t sent = 0;
  char thrown[128] = {};  // what an exception said
};

// libcurl is C: nothing may be thrown through it. 0 ends the request.
template <class Work>
std::size_t guarded(void* user, const Work& work) {
  auto& it = *static_cast<Exchange*>(user);
  try {
    return work(it);
  } catch (const std::exception& why) {
    it.reply.thrown = it.reply.hopeless = true;
    std::snprintf(it.thrown, sizeof it.thrown, "%s", why.what());
    return 0;
  }
}

std::size_t take_header(Exchange& it, const char* bytes, std::size_t size) {
  it.header_bytes += size;
  if (it.header_bytes > kMostHeaders) return 0;
  const std::string_view line(bytes, size);
  if (line.starts_with("HTTP/")) it.reply.headers.clear();  // what came before was a 100
  // Some stores promise a byte of an empty object, and one would wait for it.
  if (line == "\r\n" && it.request.sink && it.reply.header("content-range").ends_with("/0")) return 0;
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return size;
  std::string name(line.substr(0, colon));
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  const auto first = line.find_first_not_of(" \t", colon + 1), last = line.find_last_not_of(" \t\r\n");
  it.reply.headers[name] =
      first == std::string_view::npos || last < first ? "" : line.substr(first, last - first + 1);
  return size;
}

std::size_t on_header(char* bytes, std::size_t, std::size_t size, void* user) {
  return guarded(user, [&](Exchange& it) { return take_header(it, bytes, size); });
}

std::size_t take_body(Exchange& it, const char* bytes, std::size_t size) {
  long status = 0;
  ::curl_easy_getinfo(it.curl, CURLINFO_RESPONSE_CODE, &status);
  it.reply.status = static_cast<int>(status);
  if (it.request.sink && (status == 200 || status == 206))
    return it.request.sink(it.reply, {bytes, size}) ? size : 0;
  if (it.reply.body.size() + size > Transport::kMostBody) {
    it.reply.hopeless = true;
    return 0;
  }
  it.reply.body.append(bytes, size);
  return size;
}

std::size_t on_body(char* bytes, std::size_t, std::size_t size, void* user) {
  return guarded(user, [&](Exchange& it) { return take_body(it, bytes, size); });
}

std::size_t on_read(char* buffer, std::size_t, std::size_t room, void* user) {
  auto& it = *static_cast<Exchange*>(user);
  const Payload& from = *it.request.payload;
  const auto wanted = static_cast<std::size_t>(
      std::min<std::int64_t>(static_cast<std::int64_t>(room), from.size() - it.sent));
  if (wanted == 0) return 0;
  if (from.fd < 0) {
    std::memcpy(buffer, from.text.data() + it.sent, wanted);
    it.sent += static_cast<std::int64_t>(wanted);
    return wanted;
  }
  ssize_t got;
  do got = ::pread(from.fd, buffer, wanted, from.offset + it.sent);
  while (got < 0 && errno == EINTR);
  if (got <= 0) return CURL_READFUNC_ABORT;
  it.sent += got;
  return static_cast<std::size_t>(got);
}

// When a kept connection turns out to be closed, libcurl sends the same again on another.
int on_seek(void* user, curl_off_t offset, int origin) {
  if (origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
  static_cast<Exchange*>(user)->sent = offset;
  return CURL_SEEKFUNC_OK;
}

// No child process inherits it.
curl_socket_t open_socket(void*, curlsocktype, curl_sockaddr* address) {
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

bool is_hopeless(CURLcode code) {
  return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
         code == CURLE_SSL_ISSUER_ERROR || code == CURLE_SSL_CERTPROBLEM ||
         code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_URL_MALFORMAT;
}

void set_limits(CURL* curl, const TransportOptions& o) {
  ::curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  ::curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(o.connect.count()));
  ::curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(o.request.count()));
  ::curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, kStallBytesPerSecond);
  ::curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, std::max(1L, static_cast<long>(o.stall.count() / 1000)));
  ::curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, 256L << 10);
  ::curl_easy_setopt(curl, CURLOPT_UPLOAD_BUFFERSIZE, 256L << 10);
  ::curl_easy_setopt(curl, CURLOPT_MAXCONNECTS, 1L);
  ::curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
  ::curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, &open_socket);
  ::curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  // Signed for this host and no other: neither a redirect nor a proxy of the environment takes it elsewhere.
  ::curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  ::curl_easy_setopt(curl, CURLOPT_PROXY, "");
  ::curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, o.tls ? "https" : "http");
  ::curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
  ::curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!o.ca_file.empty()) {
    ::curl_easy_setopt(curl, CURLOPT_CAINFO, o.ca_file.c_str());
    ::curl_easy_setopt(curl, CURLOPT_CAPATH, nullptr);  // else the machine's are trusted beside it
  }
}

void set_request(CURL* curl, Exchange& it) {
  const HttpRequest& request = it.request;
  if (request.patience.count() > 0) {
    ::curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(request.patience.count()));
    ::curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 0L);
    ::curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, 0L);
  }
  ::curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  ::curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
  ::curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &on_header);
  ::curl_easy_setopt(curl, CURLOPT_HEADERDATA, &it);
  ::curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &on_body);
  ::curl_easy_setopt(curl, CURLOPT_WRITEDATA, &it);
  if (request.method == "HEAD") ::curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  if (request.payload != nullptr) {
    ::curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    ::curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.payload->size()));
    ::curl_easy_setopt(curl, CURLOPT_READFUNCTION, &on_read);
    ::curl_easy_setopt(curl, CURLOPT_READDATA, &it);
    ::curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, &on_seek);
    ::curl_easy_setopt(curl, CURLOPT_SEEKDATA, &it);
  }
  if (request.method != "HEAD") ::curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

}  // namespace

std::string HttpReply::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

struct Transport::Handle {
  const std::unique_ptr<CURL, void (*)(CURL*)> curl{::curl_easy_init(), &::curl_easy_cleanup};
};

Transport::Transport(TransportOptions options) : options_(std::move(options)) {
  static std::once_flag once;
  std::call_once(once, [] { ::curl_global_init(CURL_GLOBAL_ALL); });
}

Transport::~Transport() = default;

std::unique_ptr<Transport::Handle> Transport::take() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto handle = std::move(idle_.back());
      idle_.pop_back();
      return handle;
    }
  }
  return std::make_unique<Handle>();
}

void Transport::give(std::unique_ptr<Handle> handle) {
  long made = 0;
  ::curl_easy_getinfo(handle->curl.get(), CURLINFO_NUM_CONNECTS, &made);
  ::curl_easy_reset(handle->curl.get());  // the connection stays
  const std::lock_guard lock(mutex_);
  connections_ += made;
  if (idle_.size() < kIdle) idle_.push_back(std::move(handle));
}

std::int64_t Transport::connections() const {
  const std::lock_guard lock(mutex_);
  return connections_;
}

HttpReply Transport::send(const HttpRequest& request) {
  auto handle = take();
  CURL* curl = handle->curl.get();
  Exchange it{request, curl, {}};
  if (curl == nullptr) {
    it.reply.fault = "no memory";
    return it.reply;
  }
  set_limits(curl, options_);
  set_request(curl, it);
  std::unique_ptr<curl_slist, void (*)(curl_slist*)> lines(nullptr, &::curl_slist_free_all);
  const auto add = [&](const std::string& line) {
    lines.reset(::curl_slist_append(lines.release(), line.c_str()));
  };
  for (const auto& [name, value] : request.headers) add(name + ": " + value);
  add("Expect:");
  ::curl_easy_setopt(curl, CURLOPT_HTTPHEADER, lines.get());
  char why[CURL_ERROR_SIZE] = {};
  ::curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
  const CURLcode code = ::curl_easy_perform(curl);
  long status = 0;
  ::curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  it.reply.status = static_cast<int>(status);
  if (code != CURLE_OK) {
    it.reply.fault = it.reply.thrown ? it.thrown : why[0] != '\0' ? why : ::curl_easy_strerror(code);
    if (it.reply.fault.empty()) it.reply.fault = "exception";
    it.reply.hopeless |= is_hopeless(code);
    it.reply.timed_out = code == CURLE_OPERATION_TIMEDOUT;
    long sent = 0;
    ::curl_easy_getinfo(curl, CURLINFO_REQUEST_SIZE, &sent);
    it.reply.unsent = sent == 0;
  }
  give(std::move(handle));
  return it.reply;
}

}  // namespace cliffhanger::aws
