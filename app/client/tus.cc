#include "app/client/tus.h"

#include <fcntl.h>

#include <thread>

#include "libs/core/encoding.h"

namespace cliffhanger::app {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kPiece = 16 << 20;  // bytes of one PATCH: a lost connection costs little, the server commits what arrived
constexpr auto kPatience = 120s;

http::ClientRequest request(const std::string& method, const std::string& target) {
  http::ClientRequest out;
  out.method = method;
  out.target = target;
  out.headers.add("Tus-Resumable", "1.0.0");
  return out;
}

Result<std::string> create(Api& api, const TusFile& file) {
  auto ask = request("POST", "/uploads");
  ask.headers.add("Upload-Length", std::to_string(file.bytes));
  ask.headers.add("Upload-Metadata", "filename " + base64_encode(file.name) + ",episode_id " + base64_encode(file.episode));
  CH_ASSIGN(const auto answer, api.send(ask));
  if (answer.status != 201) return fail(Api::problem(answer));
  std::string location(answer.headers.get("Location"));
  const auto path = location.find("/uploads/");
  if (path == std::string::npos) return fail(internal("BAD_ANSWER", "The server gave no place for the upload."));
  return location.substr(path);
}

Result<std::int64_t> offset_of(Api& api, const std::string& path) {
  CH_ASSIGN(const auto answer, api.send(request("HEAD", path)));
  if (answer.status != 200 && answer.status != 204) return fail(Api::problem(answer));
  return std::atoll(std::string(answer.headers.get("Upload-Offset")).c_str());
}

// Sends one piece; the server's offset afterwards.
Result<std::int64_t> patch(Api& api, const std::string& path, const TusFile& file,
                           const std::shared_ptr<const http::File>& source, std::int64_t offset,
                           const std::function<void(std::int64_t)>& progress) {
  auto ask = request("PATCH", path);
  ask.headers.add("Content-Type", "application/offset+octet-stream");
  ask.headers.add("Upload-Offset", std::to_string(offset));
  ask.body = http::FileRange{source, static_cast<std::uint64_t>(offset),
                             static_cast<std::uint64_t>(std::min(kPiece, file.bytes - offset))};
  ask.on_progress = [&](std::uint64_t sent) { progress(offset + static_cast<std::int64_t>(sent)); };
  CH_ASSIGN(const auto answer, api.send(ask));
  if (answer.status != 204) {
    Error why = Api::problem(answer);
    if (answer.status == 409) why.code = Code::kUnavailable;
    return fail(std::move(why));
  }
  return std::atoll(std::string(answer.headers.get("Upload-Offset")).c_str());
}

}  // namespace

Result<std::string> send_file(Api& api, const TusFile& file, const std::function<void(const std::string&)>& created,
                              const std::function<void(std::int64_t)>& progress) {
  const int fd = ::open(file.path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return fail(not_found("FILE_UNREADABLE", "The file can't be read."));
  const auto source = std::make_shared<const http::File>(fd);
  std::string path = file.begun;
  std::int64_t offset = -1;  // unknown
  auto give_up = std::chrono::steady_clock::now() + kPatience;
  while (true) {
    Result<std::int64_t> now = 0;
    if (path.empty()) {
      auto made = create(api, file);
      if (made) {
        path = *made;
        created(path);
      } else {
        now = fail(made.error());
      }
    } else {
      now = offset < 0 ? offset_of(api, path) : patch(api, path, file, source, offset, progress);
      // An upload begun by an earlier run may be gone.
      if (!now && path == file.begun && offset < 0 && !passing(now.error())) {
        path.clear();
        continue;
      }
    }
    if (now) {
      if (*now > offset) give_up = std::chrono::steady_clock::now() + kPatience;
      offset = *now;
      progress(offset);
      if (offset >= file.bytes && file.bytes > 0) return path.substr(path.rfind('/') + 1);
      continue;
    }
    if (!passing(now.error()) || std::chrono::steady_clock::now() > give_up) return fail(now.error());
    offset = path.empty() ? 0 : -1;
    std::this_thread::sleep_for(500ms);
  }
}

}  // namespace cliffhanger::app
