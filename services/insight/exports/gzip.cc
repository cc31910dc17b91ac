#include "services/insight/exports/gzip.h"

#include <zlib.h>

#include <array>
#include <cstdlib>
#include <span>

namespace cliffhanger::insight {
namespace {

constexpr int kGzipFraming = 15 + 16;
constexpr std::size_t kBuffer = 64 << 10;

Error unreadable() {
  return internal("EXPORT_UNREADABLE", "An exported object can't be read.");
}

}  // namespace

struct GzipWriter::State {
  z_stream stream{};
  std::array<char, kBuffer> out;
};

GzipWriter::GzipWriter(blob::Writer& to) : to_(to), state_(std::make_unique<State>()) {
  if (::deflateInit2(&state_->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipFraming, 8, Z_DEFAULT_STRATEGY) !=
      Z_OK)
    std::abort();
}

GzipWriter::~GzipWriter() {
  ::deflateEnd(&state_->stream);
}

Result<void> GzipWriter::pump(int flush) {
  auto& stream = state_->stream;
  int done = Z_OK;
  do {
    stream.next_out = reinterpret_cast<Bytef*>(state_->out.data());
    stream.avail_out = static_cast<uInt>(state_->out.size());
    done = ::deflate(&stream, flush);
    const auto made = state_->out.size() - stream.avail_out;
    if (made > 0) CH_TRY(to_.write({state_->out.data(), made}));
    bytes_ += static_cast<std::int64_t>(made);
  } while (stream.avail_out == 0 && done != Z_STREAM_END);
  return {};
}

Result<void> GzipWriter::write(std::string_view bytes) {
  state_->stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  state_->stream.avail_in = static_cast<uInt>(bytes.size());
  return pump(Z_NO_FLUSH);
}

Result<void> GzipWriter::finish() {
  state_->stream.avail_in = 0;
  return pump(Z_FINISH);
}

namespace {

// Cuts what comes into lines.
class Lines {
 public:
  explicit Lines(const std::function<Result<void>(std::string_view)>& each) : each_(each) {}
  Result<void> take(std::string_view text) {
    while (!text.empty()) {
      const auto end = text.find('\n');
      if (end == text.npos) {
        rest_.append(text);
        return rest_.size() > kBuffer ? fail(unreadable()) : Result<void>();
      }
      if (rest_.empty()) {
        CH_TRY(each_(text.substr(0, end)));
      } else {
        CH_TRY(each_(rest_.append(text.substr(0, end))));
        rest_.clear();
      }
      text.remove_prefix(end + 1);
    }
    return {};
  }
  bool whole() const { return rest_.empty(); }

 private:
  const std::function<Result<void>(std::string_view)>& each_;
  std::string rest_;
};

struct Inflating {
  z_stream stream{};
  Inflating() {
    if (::inflateInit2(&stream, kGzipFraming) != Z_OK) std::abort();
  }
  ~Inflating() { ::inflateEnd(&stream); }
  Inflating(const Inflating&) = delete;
  Inflating& operator=(const Inflating&) = delete;
};

}  // namespace

Result<void> each_gzip_line(const blob::Opened& object,
                            const std::function<Result<void>(std::string_view)>& each) {
  Inflating it;
  Lines lines(each);
  std::string in(kBuffer, '\0'), out(kBuffer, '\0');
  int done = Z_OK;
  for (std::int64_t at = 0; at < object.size() && done != Z_STREAM_END;) {
    CH_ASSIGN(const auto got, object.read(at, std::span(in)));
    at += static_cast<std::int64_t>(got.size());
    it.stream.next_in = reinterpret_cast<Bytef*>(in.data());
    it.stream.avail_in = static_cast<uInt>(got.size());
    do {
      it.stream.next_out = reinterpret_cast<Bytef*>(out.data());
      it.stream.avail_out = static_cast<uInt>(out.size());
      done = ::inflate(&it.stream, Z_NO_FLUSH);
      if (done != Z_OK && done != Z_STREAM_END && done != Z_BUF_ERROR) return fail(unreadable());
      CH_TRY(lines.take({out.data(), out.size() - it.stream.avail_out}));
    } while (it.stream.avail_out == 0 && done != Z_STREAM_END);
  }
  return done == Z_STREAM_END && lines.whole() ? Result<void>() : fail(unreadable());
}

}  // namespace cliffhanger::insight
