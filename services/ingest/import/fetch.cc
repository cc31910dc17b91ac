#include "services/ingest/import/fetch.h"

#include <curl/curl.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "services/ingest/import/answer.h"

namespace cliffhanger::ingest {
namespace {

using Steady = std::chrono::steady_clock;

constexpr long kBuffer = 256 << 10;  // what libcurl holds at most

struct Easy {
  CURL* it = curl_easy_init();
  ~Easy() { curl_easy_cleanup(it); }
};
struct Multi {
  CURLM* it = curl_multi_init();
  ~Multi() { curl_multi_cleanup(it); }
};
struct Fields {
  curl_slist* it = nullptr;
  ~Fields() { curl_slist_free_all(it); }
  void add(const std::string& line) { it = curl_slist_append(it, line.c_str()); }
};

void start_libcurl() {
  static const auto kStarted = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)kStarted;
}

Error stopped() {
  return aborted("IMPORT_STOPPED", "The import was stopped.");
}

// One request and its answer.
class Hop {
 public:
  Hop(const Wanted& wanted, const CheckedUrl& url, const FetchRules& rules, FetchSink& sink,
      const std::stop_token& stop)
      : wanted_(wanted), rules_(rules), sink_(sink), stop_(stop) {
    ask(url);
    allow();
    listen();
  }

  Result<void> run();
  const Answer& answer() const { return answer_; }

 private:
  template <class Value>
  void set(CURLoption option, Value value) {
    curl_easy_setopt(easy_.it, option, value);
  }
  void ask(const CheckedUrl& url);
  void allow();
  void listen();
  Result<void> drive(Multi& multi);
  std::optional<Error> late();
  Error failure(CURLcode code) const;
  bool take_line(std::string_view line);
  bool take_body(std::string_view bytes);
  curl_socket_t open_socket(const curl_sockaddr& to);
  bool keep(Result<void> done);
  template <class Value, class Use>
  Value guarded(Value otherwise, Use use) noexcept;

  const Wanted& wanted_;
  const FetchRules& rules_;
  FetchSink& sink_;
  const std::stop_token& stop_;
  Fields fields_;
  Easy easy_;
  Answer answer_;
  std::optional<Error> error_;  // why we ended it ourselves
  bool address_refused_ = false;
  bool over_ = false;  // there is nothing behind the bytes before
  std::int64_t bytes_ = 0, mark_ = 0, window_mark_ = 0;
  Steady::time_point marked_ = Steady::now(), window_ = marked_;  // since when the limits count
};

void Hop::ask(const CheckedUrl& url) {
  set(CURLOPT_URL, url.text.c_str());
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_USERAGENT, "Cliffhanger-Import/1");
  fields_.add("Accept-Encoding: identity");
  if (wanted_.from > 0) {
    fields_.add("Range: bytes=" + std::to_string(wanted_.from) + "-");
    fields_.add("If-Range: " + wanted_.validator);
  }
  set(CURLOPT_HTTPHEADER, fields_.it);
}

void Hop::allow() {
  set(CURLOPT_PROTOCOLS_STR, rules_.reach.https_only ? "https" : "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);  // fetch() follows, by the rules of check_url()
  set(CURLOPT_PROXY, "");
  set(CURLOPT_NOPROXY, "*");
  set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(CURLOPT_HTTP_CONTENT_DECODING, 0L);
  if (!rules_.ca_file.empty()) {
    set(CURLOPT_CAINFO, rules_.ca_file.c_str());
    set(CURLOPT_CAPATH, static_cast<char*>(nullptr));  // the machine's directory would count beside it
  }
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_DNS_CACHE_TIMEOUT, 0L);
  set(CURLOPT_FRESH_CONNECT, 1L);
  set(CURLOPT_FORBID_REUSE, 1L);
  set(CURLOPT_BUFFERSIZE, kBuffer);
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(rules_.limits.connect.count()));
}

void Hop::listen() {
  set(CURLOPT_OPENSOCKETDATA, this);
  set(
      CURLOPT_OPENSOCKETFUNCTION, +[](void* self, curlsocktype, curl_sockaddr* to) {
        auto* hop = static_cast<Hop*>(self);
        return hop->guarded<curl_socket_t>(CURL_SOCKET_BAD, [&] { return hop->open_socket(*to); });
      });
  set(CURLOPT_HEADERDATA, this);
  set(
      CURLOPT_HEADERFUNCTION, +[](char* data, std::size_t, std::size_t size, void* self) {
        auto* hop = static_cast<Hop*>(self);
        return hop->guarded(false, [&] { return hop->take_line({data, size}); }) ? size : 0;
      });
  set(CURLOPT_WRITEDATA, this);
  set(
      CURLOPT_WRITEFUNCTION, +[](char* data, std::size_t, std::size_t size, void* self) {
        auto* hop = static_cast<Hop*>(self);
        return hop->guarded(false, [&] { return hop->take_body({data, size}); }) ? size : 0;
      });
}

// The address that is going to be connected to, whatever name or spelling led there: there is no other
// look-up after this.
curl_socket_t Hop::open_socket(const curl_sockaddr& to) {
  const auto address = address_of(to.addr);
  if (!address || !may_reach(*address, rules_.reach.networks)) {
    address_refused_ = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(to.family, to.socktype | SOCK_CLOEXEC, to.protocol);
}

bool Hop::keep(Result<void> done) {
  if (!done) error_ = std::move(done).error();
  return !error_;
}

// libcurl is C: nothing is thrown through it.
template <class Value, class Use>
Value Hop::guarded(Value otherwise, Use use) noexcept {
  try {
    return use();
  } catch (const std::exception& thrown) {
    error_ = internal("IMPORT_FAILED", "The import failed for a reason of ours.").with("what", thrown.what());
    return otherwise;
  }
}

// Of an answer that is no file, a redirect included, nothing beyond the head is read.
bool Hop::take_line(std::string_view line) {
  const bool before = answer_.complete();
  if (!keep(answer_.add(line))) return false;
  if (before || !answer_.complete()) return true;
  if (!answer_.location().empty()) return false;
  auto head = answer_.judge(wanted_.from);
  if (!keep(head ? sink_.head(*head) : Result<void>(fail(std::move(head).error())))) return false;
  window_ = marked_ = Steady::now();
  over_ = head->partial && head->total == wanted_.from;
  return !over_;
}

// The time that the sink takes is not the server's.
bool Hop::take_body(std::string_view bytes) {
  if (stop_.stop_requested()) return keep(fail(stopped()));
  const auto begun = Steady::now();
  bytes_ += static_cast<std::int64_t>(bytes.size());
  const bool good = keep(sink_.body(bytes));
  const auto now = Steady::now();
  window_ += now - begun;
  if (bytes_ - mark_ < kLeastProgress) {
    marked_ += now - begun;
  } else {
    marked_ = now;
    mark_ = bytes_;
  }
  return good;
}

std::optional<Error> Hop::late() {
  if (stop_.stop_requested()) return stopped();
  const auto now = Steady::now();
  if (now >= wanted_.until) return aborted("IMPORT_TIMED_OUT", "The file took too long to arrive.");
  if (now - marked_ >= rules_.limits.stall)
    return unavailable("IMPORT_STALLED", "The server sends nothing, or next to nothing.");
  if (now - window_ < rules_.limits.window) return std::nullopt;
  if (bytes_ - window_mark_ < rules_.limits.window_bytes)
    return unavailable("IMPORT_STALLED", "The server sends too slowly.");
  window_ = now;
  window_mark_ = bytes_;
  return std::nullopt;
}

Result<void> Hop::drive(Multi& multi) {
  for (int running = 1; running > 0;) {
    curl_multi_perform(multi.it, &running);
    if (running == 0) break;
    if (auto why = late()) return fail(*why);
    curl_multi_poll(multi.it, nullptr, 0,
                    static_cast<int>(std::clamp<std::int64_t>(rules_.limits.stall.count() / 4, 10, 1000)),
                    nullptr);
  }
  int left = 0;
  const CURLMsg* end = curl_multi_info_read(multi.it, &left);
  if (error_) return fail(*error_);
  if (over_ || !answer_.location().empty()) return {};
  const CURLcode code = end == nullptr ? CURLE_RECV_ERROR : end->data.result;
  if (code == CURLE_OK && answer_.complete()) return {};
  return fail(failure(code));
}

Result<void> Hop::run() {
  Multi multi;
  curl_multi_add_handle(multi.it, easy_.it);
  Result<void> done;
  {
    const std::stop_callback waking(stop_, [&multi] { curl_multi_wakeup(multi.it); });
    done = drive(multi);
  }
  curl_multi_remove_handle(multi.it, easy_.it);
  return done;
}

Error Hop::failure(CURLcode code) const {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return unavailable("IMPORT_HOST_UNKNOWN", "The host of the URL is not known.");
    case CURLE_COULDNT_CONNECT:
      if (address_refused_) return address_refused();
      return unavailable("IMPORT_UNREACHABLE", "The server can't be reached.");
    case CURLE_OPERATION_TIMEDOUT:
      return unavailable("IMPORT_UNREACHABLE", "The server can't be reached.");
    case CURLE_PEER_FAILED_VERIFICATION:
      return precondition("IMPORT_TLS_REFUSED", "The server's certificate is not valid for it.");
    case CURLE_URL_MALFORMAT:
      return invalid("IMPORT_URL_REFUSED", "It is no URL.");
    default:
      return unavailable("IMPORT_BROKEN_OFF", "The connection to the server broke off.");
  }
}

}  // namespace

Result<void> fetch(const Wanted& wanted, const FetchRules& rules, FetchSink& sink,
                   const std::stop_token& stop) {
  start_libcurl();
  CH_ASSIGN(CheckedUrl url, check_url(wanted.url, rules.reach));
  for (int redirects = 0;; ++redirects) {
    Hop hop(wanted, url, rules, sink, stop);
    CH_TRY(hop.run());
    const std::string location = hop.answer().location();
    if (location.empty()) return {};
    if (redirects == kMostRedirects)
      return fail(precondition("IMPORT_REDIRECT_REFUSED", "The server sends on more than five times."));
    auto next = check_url(location, rules.reach, url.text);
    if (!next && next.error().reason == "IMPORT_ADDRESS_REFUSED") return fail(next.error());
    if (!next || (url.https && !next->https))
      return fail(precondition("IMPORT_REDIRECT_REFUSED",
                               "The server sends on to where nothing may be imported from."));
    url = std::move(*next);
  }
}

}  // namespace cliffhanger::ingest
