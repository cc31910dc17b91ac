// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/check/server.h"

#include <zlib.h>

#include <array>

#include "libs/conformance/text.h"
#include "libs/http/client.h"

namespace cliffhanger::media {
namespace {

constexpr int kMostRedirects = 3;
constexpr std::size_t kMostBody = 64 << 20;  // bytes; of a server that knows no ranges

Error unreadable(const std::string& uri, const std::string& why) {
  return invalid("CHECK_UNREADABLE", conformance::shown(uri) + " " + why + ".");
}

Result<std::string> inflate_gzip(const std::string& coded, std::int64_t most) {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK)
    return fail(exhausted("CHECK_MEMORY", "There is no memory left."));
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(coded.data()));
  stream.avail_in = static_cast<uInt>(coded.size());
  std::string out;
  std::array<char, 16 << 10> block;
  int state = Z_OK;
  while (state == Z_OK && static_cast<std::int64_t>(out.size()) <= most) {
    stream.next_out = reinterpret_cast<Bytef*>(block.data());
    stream.avail_out = block.size();
    state = inflate(&stream, Z_NO_FLUSH);
    out.append(block.data(), block.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (static_cast<std::int64_t>(out.size()) > most)
    return fail(invalid("CHECK_UNREADABLE", "It is too large."));
  if (state != Z_STREAM_END) return fail(invalid("CHECK_UNREADABLE", "Its gzip coding is broken."));
  return out;
}

class Server : public conformance::Source {
 public:
  explicit Server(http::Url url) : url_(std::move(url)), client_(url_.host, url_.port, options()) {}

  Result<conformance::Document> get(const std::string& uri, std::int64_t most) override {
    CH_ASSIGN(auto answer, ask(uri, {{"Accept-Encoding", "gzip"}}));
    auto& [document, response] = answer;
    if (document.delivery->encoding == "gzip") {
      CH_ASSIGN(document.bytes, inflate_gzip(response.body, most));
    } else {
      document.bytes = std::move(response.body);
    }
    document.size = static_cast<std::int64_t>(document.bytes.size());
    if (document.size > most) return fail(unreadable(uri, "is too large"));
    return std::move(document);
  }

  Result<conformance::Document> read(const std::string& uri, std::int64_t offset,
                                     std::int64_t length) override {
    if (length <= 0) return conformance::Document{};
    const std::string range = "bytes=" + std::to_string(offset) + "-" + std::to_string(offset + length - 1);
    CH_ASSIGN(auto answer, ask(uri, {{"Range", range}}));
    auto& [document, response] = answer;
    document.delivery->range_asked = true;
    document.delivery->ranged = response.status == 206;
    if (response.status == 206) {
      const std::string_view said = response.headers.get("Content-Range");
      const auto size = conformance::decimal_integer(said.substr(std::min(said.rfind('/') + 1, said.size())));
      if (!size) return fail(unreadable(uri, "came with a Content-Range that makes no sense"));
      document.size = *size;
      document.bytes = std::move(response.body);
    } else {
      document.size = static_cast<std::int64_t>(response.body.size());
      document.bytes = offset >= document.size ? "" : response.body.substr(static_cast<std::size_t>(offset));
    }
    if (static_cast<std::int64_t>(document.bytes.size()) > length)
      document.bytes.resize(static_cast<std::size_t>(length));
    return std::move(document);
  }

 private:
  struct Answer {
    conformance::Document document;
    http::ClientResponse response;
  };

  static http::Client::Options options() {
    http::Client::Options out;
    out.max_body = kMostBody;
    return out;
  }

  Result<std::string> target_of(const std::string& uri) const {
    if (!uri.starts_with("http://")) return fail(unreadable(uri, "is no http:// URL; nothing else is read"));
    CH_ASSIGN(const http::Url url, http::Url::parse(uri.substr(0, uri.find('#'))));
    if (url.host != url_.host || url.port != url_.port)
      return fail(unreadable(uri, "is on another server, which is not asked"));
    return url.target;
  }

  Result<Answer> ask(std::string uri, const std::vector<std::pair<std::string, std::string>>& headers) {
    Answer out;
    out.document.delivery.emplace();
    for (int hop = 0;; ++hop) {
      http::ClientRequest request;
      CH_ASSIGN(request.target, target_of(uri));
      for (const auto& [name, value] : headers) request.headers.add(name, value);
      CH_ASSIGN(out.response, client_.send(request));
      const auto header = [&](const char* name) { return std::string(out.response.headers.get(name)); };
      const int status = out.response.status;
      if (status >= 300 && status < 400 && hop < kMostRedirects) {
        out.document.delivery->redirected = true;
        uri = conformance::resolve(uri, header("Location"));
        continue;
      }
      if (status != 200 && status != 206)
        return fail(unreadable(uri, "was answered with status " + std::to_string(status)));
      conformance::Delivery& delivery = *out.document.delivery;
      delivery.type = header("Content-Type");
      delivery.encoding = header("Content-Encoding");
      delivery.cache_control = header("Cache-Control");
      delivery.etag = header("ETag");
      return out;
    }
  }

  http::Url url_;
  http::Client client_;
};

}  // namespace

Result<std::unique_ptr<conformance::Source>> open_server(const std::string& url) {
  if (url.starts_with("https://"))
    return fail(invalid("CHECK_NO_TLS",
                        "https:// is not spoken here; check behind the TLS of the server, or a folder."));
  CH_ASSIGN(http::Url parsed, http::Url::parse(url));
  return std::make_unique<Server>(std::move(parsed));
}

}  // namespace cliffhanger::media
