#pragma once
// One connection of a server. Private to libs/http.
#include <atomic>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <list>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "libs/http/occupancy.h"
#include "libs/http/parser.h"
#include "libs/http/server.h"
#include "libs/http/tls_session.h"

namespace cliffhanger::http {

using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;
using Timer =
    boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                      boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

class Connection;

// What the connections of one server share.
struct Shared {
  Limits limits;
  Handler handler;
  Probe& probe;
  std::shared_ptr<Tls> tls;  // null: plain HTTP
  std::shared_ptr<Occupancy> occupancy;  // counts them too, perhaps with those of other servers
  std::size_t handshakes_of_thread = 0;
  std::atomic<std::size_t> open{0};
  std::atomic<bool> draining{false};
};

// The live connections of one thread; touched by that thread only.
struct Live {
  std::set<Connection*> all;
  std::list<Connection*> shaking;  // in the midst of a handshake, the oldest first
};

// Owned by its coroutine; every method runs on its thread. The deadline is one timer that runs late where it
// may and shuts the socket down, upon which whatever waits on it wakes with an end of file or an error.
// (Asio's own expiry is absolute, and `||` of two operations races.)
class Connection final : public Body, public Interim, public std::enable_shared_from_this<Connection> {
 public:
  // `network`: as which `shared` has counted it.
  Connection(Socket socket, Shared& shared, Live& live, std::string network);
  ~Connection() override;

  static Task<void> run(std::shared_ptr<Connection> self);
  void close_if_idle();  // for draining
  void cut();            // ends all I/O at once, by a reset

  Task<Result<std::size_t>> read(std::span<char> out) override;
  std::optional<std::uint64_t> length() const override { return framing_.length; }
  void limit(std::uint64_t bytes) override { body_limit_ = bytes; }
  void inform(int status, const Headers& headers) override;

 private:
  using Clock = std::chrono::steady_clock;
  enum class Waiting { kNothing, kHeader, kIdle, kProgress, kHandshake, kLinger };

  void end();  // ends all I/O, but what was sent still reaches the peer
  void time_out();
  Task<void> serve();
  Task<bool> handshake();
  Task<bool> shake();
  Task<void> answer_plain();
  // What became of waiting for a head: one is in `request`, the peer is gone, or the fault to answer.
  enum class Head { kRead, kGone, kFault };
  Task<Head> read_head(Request& request, HeadFault& fault);
  Task<bool> exchange(Request& request);
  Task<Response> handle(Request& request);
  // `chunked`: whether the peer understands it; else a stream ends with its connection.
  Task<bool> send(const Response& response, bool head_only, bool keep, bool chunked = false);
  Task<bool> send_bytes(std::string_view first, std::string_view second, bool more);
  Task<bool> send_bytes_tls(std::string_view bytes);
  Task<bool> send_file(const FileRange& range);
  Task<bool> send_file_tls(const FileRange& range);
  Task<bool> send_pieces(const Pieces& pieces);
  bool is_taken();
  Task<bool> send_stream(Stream& stream, bool chunked);
  bool peer_is_gone();
  Task<Result<std::size_t>> read_plain(std::span<char> out);
  Task<Result<std::size_t>> read_chunked(std::span<char> out);
  Task<bool> discard();
  Task<void> linger();

  Task<std::size_t> receive(char* out, std::size_t room);  // 0: gone
  Task<std::size_t> receive_tls(char* out, std::size_t room);
  Task<std::size_t> receive_raw(char* out, std::size_t room);
  Task<bool> wait(TlsSession::Step step);
  Task<bool> fill();                                       // more into the buffer; false: gone
  Task<bool> wait(Socket::wait_type type);
  void consume(std::size_t n);
  void begin_body(const Request& request);
  Error body_error(std::string_view reason, std::string message);
  Error ended_early();

  void arm(Waiting what, std::chrono::milliseconds timeout);
  void arm_progress() { progress_ = 0, arm(Waiting::kProgress, shared_.limits.progress_timeout); }
  void disarm() { deadline_ = Clock::time_point::max(), waiting_ = Waiting::kNothing; }
  void progress(std::size_t bytes);
  void schedule();

  Socket socket_;
  Shared& shared_;
  Live& live_;
  Timer timer_;
  Clock::time_point deadline_ = Clock::time_point::max();
  Clock::time_point scheduled_ = Clock::time_point::max();
  Waiting waiting_ = Waiting::kNothing;
  std::size_t progress_ = 0;               // bytes since the deadline was last moved
  std::chrono::milliseconds patience_{0};  // left for the next progress_bytes of the body
  std::string peer_;
  std::optional<TlsSession> tls_;

  std::unique_ptr<char[]> buffer_;  // kMaxHeadBytes, only while it holds something or a request is under way
  std::size_t begin_ = 0, end_ = 0;

  RequestParser parser_;
  Framing framing_;
  std::uint64_t body_left_ = 0;  // of a body with a length
  std::uint64_t body_read_ = 0;
  std::uint64_t body_limit_ = 0;
  std::uint64_t sent_ = 0;
  bool body_done_ = true;
  bool continue_due_ = false;  // the peer waits for 100 Continue
  bool first_ = true;
  bool cut_ = false;
  bool crowded_ = false;  // cut in favour of newer handshakes
  bool receiving_ = false;  // the peer owes bytes: when its time is over it is told so, instead of being cut
  bool late_ = false;       // its time is over
  std::string network_;     // as which it is counted
  std::optional<Error> body_error_;
};

}  // namespace cliffhanger::http
