// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/check/folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "libs/conformance/limits.h"
#include "libs/conformance/playlist.h"
#include "libs/conformance/text.h"

namespace cliffhanger::media {
namespace {

namespace fs = std::filesystem;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

Error unreadable(const std::string& uri, const std::string& why) {
  return invalid("CHECK_UNREADABLE", conformance::shown(uri) + " " + why + ".");
}

class Folder : public conformance::Source {
 public:
  explicit Folder(fs::path root) : root_(std::move(root)) {}

  Result<conformance::Document> get(const std::string& uri, std::int64_t most) override {
    CH_ASSIGN(auto document, read(uri, 0, most));
    if (document.size > most) return fail(unreadable(uri, "is too large"));
    return document;
  }

  Result<conformance::Document> read(const std::string& uri, std::int64_t offset,
                                     std::int64_t length) override {
    CH_ASSIGN(const fs::path path, inside(uri));
    // Opening a named pipe would wait for its writer.
    const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));
    struct stat info{};
    if (file.get() < 0 || fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode))
      return fail(unreadable(uri, "is no file that can be read"));
    conformance::Document out;
    out.size = info.st_size;
    const std::int64_t wanted = std::clamp<std::int64_t>(out.size - offset, 0, length);
    out.bytes.resize(static_cast<std::size_t>(wanted));
    std::int64_t done = 0;
    while (done < wanted) {
      const ssize_t got =
          pread(file.get(), out.bytes.data() + done, static_cast<std::size_t>(wanted - done), offset + done);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return fail(unreadable(uri, "can't be read"));
      done += got;
    }
    return out;
  }

 private:
  // The file of that name, links followed, if it is below the folder.
  Result<fs::path> inside(const std::string& uri) const {
    if (conformance::has_scheme(uri)) return fail(unreadable(uri, "is a URL, and a folder is checked"));
    const std::string name = uri.substr(0, uri.find_first_of("?#"));
    if (name.find('\0') != std::string::npos) return fail(unreadable(uri, "is no file name"));
    std::error_code bad;
    const fs::path path = fs::canonical(root_ / fs::path(name).relative_path(), bad);
    if (bad) return fail(unreadable(uri, "does not exist"));
    const auto [end, rest] = std::mismatch(root_.begin(), root_.end(), path.begin(), path.end());
    if (end != root_.end() || name.starts_with('/')) return fail(unreadable(uri, "is outside the folder"));
    return path;
  }

  fs::path root_;
};

Result<std::vector<std::string>> playlists_in(const fs::path& folder) {
  constexpr std::size_t kMostFiles = 100'000;
  std::vector<std::string> out;
  std::error_code bad;
  std::size_t seen = 0;
  for (fs::directory_iterator it(folder, bad), end; !bad && it != end; it.increment(bad)) {
    if (++seen > kMostFiles)
      return fail(invalid("CHECK_AMBIGUOUS", "The folder has too many files; name the playlist."));
    if (it->path().extension() == ".m3u8") out.push_back(it->path().filename().string());
  }
  if (bad) return fail(not_found("CHECK_NOT_FOUND", "The folder can't be read."));
  std::sort(out.begin(), out.end());
  return out;
}

// The multivariant playlist of the folder.
Result<std::string> find_playlist(conformance::Source& source, const fs::path& folder) {
  CH_ASSIGN(const auto names, playlists_in(folder));
  std::vector<std::string> found, finished;
  for (const std::string& name : names) {
    const auto document = source.get(name, conformance::kMaxPlaylistBytes);
    const auto playlist = document ? conformance::parse_playlist(document->bytes)
                                   : Result<conformance::Playlist>(fail(document.error()));
    if (playlist && playlist->multivariant) {
      found.push_back(name);
      if (!playlist->start) finished.push_back(name);
    }
  }
  // Beside a finished revision is the provisional one, which says where to start.
  if (found.size() > 1 && finished.size() == 1) return finished.front();
  if (found.empty() && names.size() == 1) return names.front();
  if (found.size() == 1) return found.front();
  if (found.empty())
    return fail(not_found("CHECK_NOT_FOUND", "The folder holds no multivariant playlist (*.m3u8)."));
  return fail(invalid("CHECK_AMBIGUOUS", "The folder holds several multivariant playlists; name one."));
}

}  // namespace

Result<FolderPresentation> open_folder(const std::string& path) {
  std::error_code bad;
  const fs::path real = fs::canonical(path, bad);
  if (bad) return fail(not_found("CHECK_NOT_FOUND", "There is no " + conformance::shown(path) + "."));
  const bool folder = fs::is_directory(real, bad);
  FolderPresentation out;
  out.source = std::make_unique<Folder>(folder ? real : real.parent_path());
  if (folder) {
    CH_ASSIGN(out.playlist, find_playlist(*out.source, real));
  } else {
    out.playlist = real.filename().string();
  }
  return out;
}

}  // namespace cliffhanger::media
