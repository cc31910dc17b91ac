#include <cstdio>
#include <filesystem>

#include "app/client/board.h"
#include "app/client/follow.h"
#include "app/client/journal.h"
#include "app/client/title.h"
#include "app/commands.h"
#include "libs/core/id.h"

namespace cliffhanger::app {
namespace {

namespace json = boost::json;

constexpr char kHelp[] =
    R"(cliffhanger import URL --series S [--title T] [--sha256 HEX] [--publish] [--no-wait]

Has the server fetch an episode of a series of yours from a URL (http or https, of a host that everybody can reach), and waits until it is
encoded. S is the series' id or its title; a title you have no series of makes a new one (--language TAG, --synopsis TEXT). The command may be
cut off: the server goes on, and the same command follows it again. A file that can't be used says why, and the exit code is 1; the same command
tries it again for the same episode.

  --title T      the episode's title (else its file's name without a number in front and the ending)
  --sha256 HEX   the file's digest; another file is refused
  --publish      publish the episode once it is ready
  --no-wait      don't wait for the file and its encoding

CLIFFHANGER_URL names the server (http://127.0.0.1:8080). CLIFFHANGER_TOKEN, an access token or an API key (chk_...), or
CLIFFHANGER_EMAIL with CLIFFHANGER_PASSWORD or CLIFFHANGER_PASSWORD_FILE, say who you are.
)";

struct Options {
  std::string url, title, sha256;
  SeriesChoice series;
  bool publish = false, wait = true, help = false;
};

Result<Options> parse(const Arguments& arguments) {
  Options out;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto& word = arguments[i];
    const auto value = [&]() -> std::string { return i + 1 < arguments.size() ? arguments[++i] : ""; };
    if (word == "--help" || word == "-h")
      out.help = true;
    else if (word == "--series")
      out.series.series = value();
    else if (word == "--language")
      out.series.language = value();
    else if (word == "--synopsis")
      out.series.synopsis = value();
    else if (word == "--title")
      out.title = value();
    else if (word == "--sha256")
      out.sha256 = value();
    else if (word == "--publish")
      out.publish = true;
    else if (word == "--no-wait")
      out.wait = false;
    else if (word.starts_with("--"))
      return fail(invalid("BAD_OPTION", "There is no option " + word + "."));
    else if (out.url.empty())
      out.url = word;
    else
      return fail(invalid("BAD_OPTION", "One URL at a time."));
  }
  if (!out.help && (out.url.empty() || out.series.series.empty()))
    return fail(invalid("BAD_OPTION", "Name a URL, and its series with --series."));
  return out;
}

// The last step of the URL's path; "Episode" if there is none.
std::string title_for(const Options& options) {
  if (!options.title.empty()) return options.title;
  const std::string path = options.url.substr(0, options.url.find_first_of("?#"));
  const auto host = path.find("://");
  const auto slash = path.find('/', host == path.npos ? 0 : host + 3);
  const std::string name =
      slash == path.npos ? "" : std::filesystem::path(path.substr(slash)).stem().string();
  return name.empty() ? "Episode" : title_of(name);
}

// What an earlier run began is in the journal, by the digest of the URL, which may hold a signature.
Result<Journal::Entry> begun(Api& api, const Options& options, const std::string& series, Journal& journal,
                             const std::string& key) {
  Journal::Entry entry = journal.find(key);
  SystemRandom random;
  if (entry.episode.empty()) {
    const json::object wanted{{"title", title_for(options)}};
    CH_ASSIGN(const auto made,
              api.call("POST", "/v1/series/" + series + "/episodes", wanted, Uuid::from_name(key).text()));
    entry.episode = text(object(made, "episode"), "episodeId");
    journal.put(key, entry);
  }
  if (!entry.upload.empty()) return entry;
  const json::object wanted{{"url", options.url}, {"sha256", options.sha256}};
  CH_ASSIGN(const auto made, api.call("POST", "/v1/episodes/" + entry.episode + "/uploads:import", wanted,
                                      Uuid::v7(SystemClock().now(), random).text()));
  entry.upload = text(object(made, "upload"), "uploadId");
  journal.put(key, entry);
  return entry;
}

Result<void> import_one(Api& api, const Options& options, Board& board) {
  CH_ASSIGN(const auto series, find_series(api, options.series));
  Journal journal;
  const std::string key = series + "|" + Uuid::from_name(options.url).text();
  CH_ASSIGN(auto entry, begun(api, options, series, journal, key));
  const auto show = [&board](const std::string& stage, int percent) { board.show(0, stage, percent); };
  if (!options.wait) {
    show("asked for " + entry.episode, -1);
    return {};
  }
  Follow follow(api, entry.episode, show);
  auto ready = follow.until_verified(entry.upload);
  if (ready) ready = follow.until_ready();
  if (!ready) {
    if (passing(ready.error())) return ready;
    entry.upload.clear();  // the next run tries again
    journal.put(key, entry);
    return ready;
  }
  if (options.publish)
    CH_TRY(api.call("POST", "/v1/episodes/" + entry.episode + ":publish", {}, "publish-" + entry.episode));
  show((options.publish ? "published " : "ready ") + entry.episode, 100);
  return {};
}

}  // namespace

int import_url(const Arguments& arguments) {
  const auto options = parse(arguments);
  if (!options || options->help) {
    if (!options) std::fprintf(stderr, "%s\n\n", options.error().message.c_str());
    std::fputs(kHelp, options ? stdout : stderr);
    return options ? 0 : 2;
  }
  return run_as_caller([&](Api& api) {
    Board board({title_for(*options)}, stdout);
    return import_one(api, *options, board).map([] { return 0; });
  });
}

}  // namespace cliffhanger::app
