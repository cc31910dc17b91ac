// Reading: in ranges of one version of the object, so that a cut costs what had not arrived, and no request
// runs for long.
#include <charconv>

#include "libs/blob/s3/ask.h"
#include "libs/digest/sha256.h"

namespace cliffhanger::blob::s3 {
namespace {

constexpr int kChanges = 3;  // how often an object may be replaced while it is read

// "bytes 0-15/100" (RFC 9110 §14.4).
struct Extent {
  std::int64_t first = -1, last = -1, total = -1;
};

std::optional<Extent> parse_extent(std::string_view text) {
  Extent out;
  const auto take = [&](std::string_view before, std::int64_t& number) {
    if (!text.starts_with(before)) return false;
    text.remove_prefix(before.size());
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
    return read.ec == std::errc();
  };
  const bool good = take("bytes ", out.first) && take("-", out.last) && take("/", out.total) && text.empty();
  if (!good || out.first < 0 || out.last < out.first || out.total <= out.last) return std::nullopt;
  return out;
}

Error strange(const char* what) {
  return unavailable("OBJECT_STORE_FAILED", what);
}

}  // namespace

// Where a reading is.
class Client::Reader {
 public:
  explicit Reader(Sink& sink) : sink_(sink) {}

  Pairs headers(std::int64_t most) const {
    Pairs out = {{"Range", "bytes=" + std::to_string(have_) + '-' + std::to_string(have_ + most - 1)}};
    if (!etag_.empty()) out.emplace_back("If-Match", etag_);
    return out;
  }
  void attempt() { heard_ = false; }

  // Bytes of an answer; false if it is not the one that was asked for, or can't be kept.
  bool take(const HttpReply& head, std::string_view bytes) {
    if (!heard_) {
      heard_ = true;
      if (auto begun = begin(head); !begun) return refuse(begun.error());
    }
    if (have_ + static_cast<std::int64_t>(bytes.size()) > end_)
      return refuse(strange("The object store sends more than it said."));
    if (auto kept = sink_.write(bytes); !kept) return refuse(kept.error());
    digest_.add(bytes);
    have_ += static_cast<std::int64_t>(bytes.size());
    return true;
  }
  // A good answer that sent no bytes: an empty object, if it says so.
  static bool is_empty(const HttpReply& head) {
    const std::string sha256 = head.header("x-amz-meta-sha256");
    return head.status == 200 && head.header("content-length") == "0" &&
           (sha256.empty() || sha256 == kEmptySha256);
  }
  Result<void> nothing() {
    total_ = 0;
    return sink_.begin(0);
  }

  bool whole() const { return total_ >= 0 && have_ == total_; }
  bool started() const { return total_ >= 0; }
  std::int64_t have() const { return have_; }
  const std::optional<Error>& broken() const { return broken_; }
  bool matches() { return sha256_.empty() || digest_.hex() == sha256_; }

 private:
  Result<void> begin(const HttpReply& head) {
    Extent extent;
    if (head.status == 206) {
      const auto found = parse_extent(head.header("content-range"));
      if (!found || found->first != have_)
        return fail(strange("The object store sends another range than was asked for."));
      extent = *found;
    } else {
      const std::string text = head.header("content-length");
      std::from_chars(text.data(), text.data() + text.size(), extent.total);
      if (have_ != 0 || extent.total <= 0)
        return fail(strange("The object store does not understand ranges."));
      extent.last = extent.total - 1;
    }
    end_ = extent.last + 1;
    if (started()) {
      if (extent.total != total_ || head.header("etag") != etag_)
        return fail(strange("The object changed while it was read."));
      return {};
    }
    total_ = extent.total;
    etag_ = head.header("etag");
    sha256_ = head.header("x-amz-meta-sha256");
    return sink_.begin(total_);
  }
  bool refuse(Error why) {
    broken_ = std::move(why);
    return false;
  }

  Sink& sink_;
  std::int64_t have_ = 0, end_ = 0, total_ = -1;
  bool heard_ = false;
  std::string etag_, sha256_;
  Sha256 digest_;
  std::optional<Error> broken_;
};

Result<bool> Client::is_empty(const std::string& key) {
  CH_ASSIGN(const auto object, head(key));
  return object.bytes == 0;
}

Result<void> Client::fetch(const std::string& key, Sink& sink) {
  std::optional<Reader> reader(std::in_place, sink);
  Ask ask{"get", "GET", key, {}, {}, nullptr, {}};
  ask.sink = [&](const HttpReply& head, std::string_view bytes) { return reader->take(head, bytes); };
  for (int attempt = 0, changes = 0; !reader->whole();) {
    const auto before = reader->have();
    ask.headers = reader->headers(options_.part_bytes);
    reader->attempt();
    const Outcome outcome = once(ask);
    if (reader->broken()) return fail(Error(*reader->broken()).at("get " + key));
    if (!outcome.error && !reader->started() && Reader::is_empty(outcome.reply)) {
      CH_TRY(reader->nothing());
      break;
    }
    const bool moved = reader->have() > before;
    if (moved && (!outcome.error || outcome.retry)) {
      // What arrived counts, whatever became of the rest; a retry still has its price.
      if (outcome.error && !again(ask, outcome, 0)) return fail(give_up(ask, outcome));
      attempt = 0;
      continue;
    }
    const int status = outcome.error ? outcome.reply.status : 0;
    // No range of an empty object can be had; some stores answer with one all the same.
    const bool none = status == 416 || outcome.reply.header("content-range").ends_with("/0");
    if (none && !reader->started()) {
      CH_ASSIGN(const bool empty, is_empty(key));
      if (!empty) return fail(give_up(ask, outcome));
      CH_TRY(reader->nothing());
      break;
    }
    if (status == 412 && ++changes < kChanges) {
      reader.emplace(sink);
      continue;
    }
    if (!outcome.error) return fail(strange("The object store sends nothing.").at("get " + key));
    if (!again(ask, outcome, attempt++)) return fail(give_up(ask, outcome));
  }
  if (!reader->matches())
    return fail(strange("An object is not what was stored: its digest is another.").at("get " + key));
  return {};
}

Result<std::string> Client::range(const std::string& key, std::int64_t offset, std::int64_t length) {
  std::string out;
  if (length <= 0 || offset < 0) return out;
  Ask ask{"get_range",
          "GET",
          key,
          {},
          {{"Range", "bytes=" + std::to_string(offset) + '-' + std::to_string(offset + length - 1)}},
          nullptr,
          {}};
  bool wrong = false;
  std::int64_t expected = -1;
  ask.sink = [&](const HttpReply& head, std::string_view bytes) {
    const auto extent = head.status == 206 ? parse_extent(head.header("content-range")) : std::nullopt;
    wrong = !extent || extent->first != offset || extent->last >= offset + length;
    if (wrong) return false;
    expected = extent->last - extent->first + 1;
    out.append(bytes);
    return true;
  };
  for (int attempt = 0;; ++attempt) {
    out.clear();
    const Outcome outcome = once(ask);
    if (wrong)
      return fail(strange("The object store sends another range than was asked for.").at("get_range " + key));
    if (!outcome.error && static_cast<std::int64_t>(out.size()) == expected) return out;
    const bool none = outcome.reply.status == 416 || outcome.reply.header("content-range").ends_with("/0");
    if (outcome.error && none) return std::string();
    if (!outcome.error) return fail(strange("The object store sends nothing.").at("get_range " + key));
    if (!again(ask, outcome, attempt)) return fail(give_up(ask, outcome));
  }
}

}  // namespace cliffhanger::blob::s3
