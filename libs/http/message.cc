#include "libs/http/message.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "libs/http/target.h"

namespace cliffhanger::http {

std::string_view param(const Params& params, std::string_view name) {
  for (const auto& [key, value] : params)
    if (key == name) return value;
  return {};
}

Task<Result<std::string>> Body::read_all(std::size_t most, std::chrono::steady_clock::time_point until) {
  std::string all;
  std::array<char, 8192> piece;
  for (;;) {
    auto got = co_await read(piece);
    if (!got) co_return fail(std::move(got).error());
    if (*got == 0) co_return all;
    if (std::chrono::steady_clock::now() > until)
      co_return fail(Error{Code::kCancelled, std::string(kBodyTooSlow), "The request's body came too slowly.", {}, {}, {}});
    if (all.size() + *got > most)
      co_return fail(exhausted(std::string(kBodyTooLarge),
                               "The request's body is over " + std::to_string(most) + " bytes."));
    all.append(piece.data(), *got);
  }
}

File::File(int fd, std::size_t mapped) : fd_(fd) {
  if (mapped == 0) return;
  void* at = ::mmap(nullptr, mapped, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
  if (at != MAP_FAILED) mapped_ = {static_cast<const char*>(at), mapped};
}

File::~File() {
  if (!mapped_.empty()) ::munmap(const_cast<char*>(mapped_.data()), mapped_.size());
  if (fd_ >= 0) ::close(fd_);
}

std::uint64_t Pieces::length() const {
  std::uint64_t total = 0;
  for (const auto& piece : list) {
    const auto* text = std::get_if<SharedText>(&piece);
    total += text ? (*text)->size() : std::get<FileRange>(piece).length;
  }
  return total;
}

std::uint64_t Response::length() const {
  if (const auto* text = std::get_if<std::string>(&body)) return text->size();
  if (const auto* shared = std::get_if<SharedText>(&body)) return *shared ? (*shared)->size() : 0;
  if (const auto* pieces = std::get_if<Pieces>(&body)) return pieces->length();
  if (std::holds_alternative<std::shared_ptr<Stream>>(body)) return 0;
  return std::get<FileRange>(body).length;
}

Response text_response(int status, std::string_view type, std::string body) {
  Response out;
  out.status = status;
  out.headers.add("Content-Type", std::string(type));
  out.body = std::move(body);
  return out;
}

Response problem(int status, std::string_view code, std::string_view detail) {
  std::string body = R"({"type":"about:blank","title":)" + json_string(status_text(status));
  body += R"(,"status":)" + std::to_string(status) + R"(,"code":)" + json_string(code);
  body += R"(,"detail":)" + json_string(detail) + "}\n";
  auto out = text_response(status, "application/problem+json", std::move(body));
  out.headers.add("Cache-Control", "no-store");
  out.headers.add("X-Content-Type-Options", "nosniff");
  return out;
}

std::string http_date(std::time_t when) {
  std::tm parts{};
  ::gmtime_r(&when, &parts);
  char text[40];
  std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return text;
}

std::string_view status_text(int status) {
  struct Name {
    int status;
    std::string_view text;
  };
  static constexpr Name kNames[] = {
      {100, "Continue"},
      {104, "Upload Resumption Supported"},
      {200, "OK"},
      {201, "Created"},
      {202, "Accepted"},
      {204, "No Content"},
      {206, "Partial Content"},
      {301, "Moved Permanently"},
      {302, "Found"},
      {304, "Not Modified"},
      {307, "Temporary Redirect"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {406, "Not Acceptable"},
      {408, "Request Timeout"},
      {409, "Conflict"},
      {410, "Gone"},
      {411, "Length Required"},
      {412, "Precondition Failed"},
      {413, "Content Too Large"},
      {414, "URI Too Long"},
      {415, "Unsupported Media Type"},
      {416, "Range Not Satisfiable"},
      {417, "Expectation Failed"},
      {422, "Unprocessable Content"},
      {423, "Locked"},
      {429, "Too Many Requests"},
      {431, "Request Header Fields Too Large"},
      {499, "Client Closed Request"},
      {500, "Internal Server Error"},
      {501, "Not Implemented"},
      {502, "Bad Gateway"},
      {503, "Service Unavailable"},
      {504, "Gateway Timeout"},
      {505, "HTTP Version Not Supported"},
      {507, "Insufficient Storage"},
  };
  for (const auto& name : kNames)
    if (name.status == status) return name.text;
  return "Unknown";
}

std::string json_string(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  while (!text.empty()) {
    const auto c = static_cast<unsigned char>(text[0]);
    const auto length = std::max<std::size_t>(utf8_length(text), 1);
    if (c == '"' || c == '\\') {
      out += {'\\', text[0]};
    } else if (c < 0x20) {
      out += std::string("\\u00") + kHex[c >> 4] + kHex[c & 15];
    } else if (utf8_length(text) == 0) {
      out += "\xEF\xBF\xBD";
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  return out + '"';
}

}  // namespace cliffhanger::http
