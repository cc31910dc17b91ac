#include <algorithm>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "app/client/board.h"
#include "app/client/follow.h"
#include "app/client/journal.h"
#include "app/client/title.h"
#include "app/client/tus.h"
#include "app/commands.h"
#include "libs/core/id.h"

namespace cliffhanger::app {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using namespace std::chrono_literals;

constexpr char kHelp[] =
    R"(cliffhanger upload FILE|FOLDER --series S [--parallel N] [--publish] [--no-wait]

Sends an episode, or all the video files of a folder in the order of their names, as episodes of a series of yours, and
waits until they are encoded. S is the series' id or its title; a title you have no series of makes a new one
(--language TAG, --synopsis TEXT). Run it again after it was cut off, and it goes on where it was. A file that can't be
used doesn't stop the others: it says why, and the exit code is 1; put a good one in its place and run it again, and it
becomes the same episode. An episode's title is its file's name without a number
in front and the ending.

  --parallel N   files at once (3)
  --publish      publish each episode once it is ready
  --no-wait      don't wait for the encoding

CLIFFHANGER_URL names the server (http://127.0.0.1:8080). CLIFFHANGER_TOKEN, an access token or an API key (chk_...), or
CLIFFHANGER_EMAIL with CLIFFHANGER_PASSWORD or CLIFFHANGER_PASSWORD_FILE, say who you are.
)";

struct Options {
  std::string path;
  SeriesChoice series;
  int parallel = 3;
  bool publish = false, wait = true, help = false;
};

Result<Options> parse(const Arguments& arguments) {
  Options out;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto& word = arguments[i];
    const auto value = [&]() -> std::string { return i + 1 < arguments.size() ? arguments[++i] : ""; };
    if (word == "--help" || word == "-h") out.help = true;
    else if (word == "--series") out.series.series = value();
    else if (word == "--language") out.series.language = value();
    else if (word == "--synopsis") out.series.synopsis = value();
    else if (word == "--parallel") out.parallel = std::clamp(std::atoi(value().c_str()), 1, 16);
    else if (word == "--publish") out.publish = true;
    else if (word == "--no-wait") out.wait = false;
    else if (word.starts_with("--")) return fail(invalid("BAD_OPTION", "There is no option " + word + "."));
    else if (out.path.empty()) out.path = word;
    else return fail(invalid("BAD_OPTION", "One file or folder at a time."));
  }
  if (!out.help && (out.path.empty() || out.series.series.empty())) {
    return fail(invalid("BAD_OPTION", "Name a file or folder, and its series with --series."));
  }
  return out;
}

bool video_name(const fs::path& path) {
  static const std::vector<std::string> endings = {".mp4", ".mov", ".m4v", ".mkv", ".webm", ".ts", ".avi", ".3gp"};
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return std::tolower(c); });
  return std::find(endings.begin(), endings.end(), ending) != endings.end();
}

// "2" before "10": runs of digits compare as numbers.
bool natural_less(const std::string& a, const std::string& b) { return strverscmp(a.c_str(), b.c_str()) < 0; }

Result<std::vector<std::string>> files_of(const std::string& path) {
  std::error_code fault;
  std::vector<std::string> out;
  if (fs::is_directory(path, fault)) {
    for (const auto& entry : fs::directory_iterator(path, fault)) {
      if (entry.is_regular_file(fault) && video_name(entry.path())) out.push_back(entry.path().string());
    }
    std::sort(out.begin(), out.end(), natural_less);
    if (out.empty()) return fail(not_found("NO_VIDEO_FILES", "There is no video file in " + path + "."));
  } else if (fs::is_regular_file(path, fault)) {
    out.push_back(path);
  } else {
    return fail(not_found("NO_SUCH_FILE", "There is no file " + path + "."));
  }
  return out;
}

// One file's way from the disk to a published episode.
class Job {
 public:
  Job(const Options& options, std::shared_ptr<Identity> identity, Journal& journal, Board& board, std::size_t line,
      std::string file, std::string series)
      : options_(options), api_(std::move(identity)), journal_(journal), board_(board), line_(line), file_(std::move(file)),
        series_(std::move(series)), key_(Journal::key(series_, file_)), entry_(journal.find(key_)) {}

  // The episode's place is taken here, one file after another, so that the order of names is the order of episodes.
  Result<void> take_place() {
    const std::string print = Journal::print(file_);
    if (!entry_.episode.empty()) {
      CH_ASSIGN(const bool stays, keeps_place(entry_.print == print));
      if (stays) {
        if (entry_.print != print) entry_ = {entry_.episode, "", print, false};
        return {};
      }
    }
    // A run that died before it heard of its episode gets the same one again.
    SystemRandom random;
    const auto request = entry_.episode.empty() ? Uuid::from_name(key_ + "|" + print) : Uuid::v7(SystemClock().now(), random);
    const json::object wanted{{"title", title_of(fs::path(file_).stem().string())}};
    CH_ASSIGN(const auto made, api_.call("POST", "/v1/series/" + series_ + "/episodes", wanted, request.text()));
    entry_ = {text(object(made, "episode"), "episodeId"), "", print, false};
    journal_.put(key_, entry_);
    return {};
  }

  Result<void> run() {
    if (!entry_.done) CH_TRY(send());
    if (!options_.wait) {
      board_.show(line_, "sent", -1);
      return {};
    }
    Follow follow(api_, entry_.episode, [this](const std::string& stage, int percent) { board_.show(line_, stage, percent); });
    auto ready = follow.until_verified(entry_.upload.substr(entry_.upload.rfind('/') + 1));
    if (ready) ready = follow.until_ready();
    if (!ready) {
      if (passing(ready.error())) return ready;
      entry_.upload.clear();  // the next run tries again
      entry_.done = false;
      journal_.put(key_, entry_);
      return ready;
    }
    if (options_.publish) {
      CH_TRY(api_.call("POST", "/v1/episodes/" + entry_.episode + ":publish", {}, "publish-" + entry_.episode));
    }
    board_.show(line_, options_.publish ? "published " + entry_.episode : "ready " + entry_.episode, 100);
    return {};
  }

 private:
  // Whether the file belongs to the episode that the journal knows: it is the one that was sent, or that one never became a film.
  Result<bool> keeps_place(bool same) {
    const auto known = api_.call("GET", "/v1/episodes/" + entry_.episode);
    if (!known && known.error().reason == "EPISODE_NOT_FOUND") return false;
    if (!known) return fail(known.error());
    const std::string media = text(object(*known, "episode"), "mediaState");
    return same || media == "MEDIA_STATE_NONE" || media == "MEDIA_STATE_FAILED";
  }

  Result<void> send() {
    std::error_code fault;
    const auto bytes = static_cast<std::int64_t>(fs::file_size(file_, fault));
    const TusFile what{file_, fs::path(file_).filename().string(), entry_.episode, entry_.upload, bytes};
    const auto created = [&](const std::string& path) {
      entry_.upload = path;
      journal_.put(key_, entry_);
    };
    const auto progress = [&](std::int64_t sent) {
      board_.show(line_, "uploading", bytes > 0 ? static_cast<int>(sent * 100 / bytes) : 0);
    };
    CH_TRY(send_file(api_, what, created, progress));
    entry_.done = true;
    journal_.put(key_, entry_);
    return {};
  }

  const Options& options_;
  Api api_;
  Journal& journal_;
  Board& board_;
  std::size_t line_;
  std::string file_, series_, key_;
  Journal::Entry entry_;
};

int upload_all(const Options& options, const Access& access) {
  const auto identity = std::make_shared<Identity>(access);
  Api api(identity);
  const auto files = files_of(options.path);
  const auto series = files ? find_series(api, options.series) : Result<std::string>(fail(files.error()));
  if (!series) {
    std::fprintf(stderr, "%s: %s\n", series.error().reason.c_str(), series.error().message.c_str());
    return 1;
  }
  std::vector<std::string> names;
  for (const auto& file : *files) names.push_back(fs::path(file).filename().string());
  Board board(names, stdout);
  Journal journal;
  std::vector<std::unique_ptr<Job>> jobs;
  std::vector<Result<void>> results(files->size());
  for (std::size_t i = 0; i < files->size(); ++i) {
    jobs.push_back(std::make_unique<Job>(options, identity, journal, board, i, (*files)[i], *series));
    results[i] = jobs[i]->take_place();
  }
  std::atomic<std::size_t> next{0};
  std::vector<std::thread> workers;
  for (int w = 0; w < options.parallel; ++w) {
    workers.emplace_back([&] {
      for (std::size_t i = next++; i < jobs.size(); i = next++) {
        if (results[i]) results[i] = jobs[i]->run();
        if (!results[i]) board.show(i, "failed: " + results[i].error().reason, -1);
      }
    });
  }
  for (auto& worker : workers) worker.join();
  int failed = 0;
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (results[i]) continue;
    ++failed;
    std::fprintf(stderr, "%s: %s: %s\n", names[i].c_str(), results[i].error().reason.c_str(), results[i].error().message.c_str());
  }
  std::printf("series %s: %zu of %zu files %s\n", series->c_str(), results.size() - failed, results.size(),
              options.wait ? "ready" : "sent");
  return failed == 0 ? 0 : 1;
}

}  // namespace

int upload(const Arguments& arguments) {
  const auto options = parse(arguments);
  if (!options || options->help) {
    if (!options) std::fprintf(stderr, "%s\n\n", options.error().message.c_str());
    std::fputs(kHelp, options ? stdout : stderr);
    return options ? 0 : 2;
  }
  const auto access = Access::from_environment();
  if (!access) {
    std::fprintf(stderr, "%s: %s\n", access.error().reason.c_str(), access.error().message.c_str());
    return 2;
  }
  return upload_all(*options, *access);
}

}  // namespace cliffhanger::app
