#include "services/edge/web/pages.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "libs/digest/sha256.h"
#include "services/edge/limits.h"
#include "services/edge/objects/objects.h"

namespace cliffhanger::edge {
namespace {

namespace fs = std::filesystem;

bool is_text(std::string_view type) {
  return type.starts_with("text/") || type.find("json") != type.npos || type.find("svg") != type.npos ||
         type.find("wasm") != type.npos;
}

bool hidden(const fs::path& relative) {
  for (const auto& step : relative)
    if (step.string().starts_with('.')) return true;
  return false;
}

tl::unexpected<Error> bad_folder(const std::string& folder, std::string_view why) {
  return fail(invalid("BAD_WEB_FOLDER", "The web folder " + folder + ' ' + std::string(why)));
}

}  // namespace

Result<Pages> Pages::load(const std::string& folder, const std::string& media) {
  Pages out;
  out.media_ = media;
  std::size_t total = 0;
  std::error_code ec;
  for (auto it = fs::recursive_directory_iterator(folder, ec); !ec && it != fs::end(it); it.increment(ec)) {
    const auto relative = it->path().lexically_relative(folder);
    if (hidden(relative) || !it->is_regular_file(ec)) continue;
    std::ifstream file(it->path(), std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (!file) return bad_folder(folder, "has a file that can't be read: " + relative.string());
    total += bytes.size();
    if (total > kMaxPageBytes || out.pages_.size() == kMaxPageFiles)
      return bad_folder(folder, "is too large to hold in memory.");
    Page page;
    page.type = type_of_name(relative.string());
    page.tag = sha256_hex(bytes).substr(0, 32);
    page.immutable = relative.string().starts_with("assets/");
    if (is_text(page.type))
      page.text = encode(std::move(bytes));
    else
      page.text.plain = std::make_shared<const std::string>(std::move(bytes));
    out.pages_.emplace('/' + relative.generic_string(), std::move(page));
  }
  if (ec) return bad_folder(folder, "can't be read: " + ec.message());
  if (!out.pages_.contains("/index.html")) return bad_folder(folder, "has no index.html.");
  return out;
}

http::Response Pages::serve(const http::Request& request) const {
  if (request.method != "GET" && request.method != "HEAD") {
    auto out = http::problem(405, "METHOD_NOT_ALLOWED", "Pages take GET and HEAD.");
    out.headers.add("Allow", "GET, HEAD");
    return out;
  }
  auto found = pages_.find(request.path);
  const bool page_like = request.path.find('.', request.path.rfind('/')) == std::string::npos;
  if (found == pages_.end() && page_like) found = pages_.find("/index.html");
  if (found == pages_.end()) return http::problem(404, "NO_SUCH_PATH", "There is nothing at this path.");
  return send(request, found->second);
}

http::Response Pages::send(const http::Request& request, const Page& page) const {
  auto out =
      coded_response(request, page.text, {page.type, page.tag, page.immutable ? kImmutable : "no-cache"});
  add_security_headers(out.headers, media_);
  return out;
}

void add_security_headers(http::Headers& headers, const std::string& media) {
  const std::string also = media.empty() ? "" : " " + media;
  // hls.js and shaka-player feed the video element through blob: URLs and run their demuxers in blob:
  // workers.
  headers.set(
      "Content-Security-Policy",
      "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:" + also +
          "; media-src 'self' blob:" + also + "; worker-src 'self' blob:; connect-src 'self'" + also +
          "; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'");
  headers.set("Referrer-Policy", "strict-origin-when-cross-origin");
  headers.set("X-Frame-Options", "DENY");
  headers.set("Permissions-Policy", "camera=(), microphone=(), geolocation=()");
}

}  // namespace cliffhanger::edge
