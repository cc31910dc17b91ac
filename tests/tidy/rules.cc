#include "tests/tidy/rules.h"

#include <algorithm>
#include <regex>
#include <sstream>

#include "tests/tidy/source.h"

namespace cliffhanger::tidy {
namespace {

bool starts_with_any(std::string_view text, std::initializer_list<std::string_view> beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(), [&](auto b) { return text.starts_with(b); });
}

bool is_cpp(std::string_view path) {
  return path.ends_with(".cc") || path.ends_with(".h");
}
bool is_test(std::string_view path) {
  return path.ends_with("_test.cc") || path.find("/test_") != path.npos ||
         starts_with_any(path, {"tests/", "libs/testing/"});
}

std::string place(const std::string& path, int line) {
  return path + ":" + std::to_string(line) + ": ";
}

// services/catalog/store/x.cc → service catalog, room store; module.cc and the like are in room "".
struct Room {
  std::string service;
  std::string room;
  std::string file;
};

Room room_of(const std::string& path) {
  static const std::regex kService("^services/([^/]+)/(?:([^/]+)/)?(?:.*/)?([^/]+)$");
  std::smatch match;
  if (!std::regex_match(path, match, kService)) return {};
  return {match[1], match[2], match[3]};
}

bool is_wiring(const Room& room) {
  return room.room.empty() && (room.file.starts_with("module") || room.file.starts_with("config"));
}

bool is_libav(std::string_view header) {
  return starts_with_any(header, {"libavcodec/", "libavformat/", "libavfilter/", "libavutil/", "libswscale/",
                                  "libswresample/", "libavdevice/"});
}

bool is_io(std::string_view header) {
  return is_libav(header) || header.ends_with(".pb.h") ||
         starts_with_any(header, {"grpc", "google/", "pqxx", "libpq", "hiredis", "boost/asio", "boost/beast",
                                  "sys/socket", "prometheus/", "spdlog/"});
}

// What a file in a service may not include, or "".
std::string wrong_in_service(const Room& room, const std::string& path, const Include& include) {
  const std::string& wanted = include.path;
  const Room other = room_of(wanted);
  if (!other.service.empty() && other.service != room.service)
    return "another service; call its rpcs instead";
  if (wanted.starts_with("libs/config/") && !is_wiring(room))
    return "configuration; only module.cc and config.h see it";
  const bool test = is_test(path);
  if (room.room == "domain") {
    if (is_io(wanted)) return "I/O; the domain has none";
    const bool own = other.room == "domain" || (!other.service.empty() && other.file == "limits.h");
    // What a media job is, as plain values; running one is I/O.
    const bool job = wanted.starts_with("libs/media/") && wanted != "libs/media/runner.h";
    // Texts in, texts out.
    const bool text = wanted.starts_with("libs/captions/");
    // Rules and arithmetic alone.
    const bool pure = starts_with_any(
        wanted, {"libs/digest/", "libs/experiment/", "libs/learn/", "libs/rank/", "libs/stats/"});
    const bool ours = wanted.starts_with("libs/core/") || own || job || text || pure ||
                      (test && wanted.starts_with("libs/testing/"));
    if (include.quoted && !ours) return "something beside libs/core and the domain itself";
  }
  if (room.room == "store" && other.room == "rpc" && !test) return "rpc/; store and rpc meet in module.cc";
  if (room.room == "rpc" && other.room == "store" && !test) return "store/; store and rpc meet in module.cc";
  if (!room.room.empty() && is_wiring(other)) return "the wiring; it is the other way round";
  return "";
}

std::string wrong_elsewhere(const std::string& path, const Include& include) {
  const std::string& wanted = include.path;
  const bool service = wanted.starts_with("services/"), app = path.starts_with("app/");
  if (path.starts_with("libs/") && (service || wanted.starts_with("media/") || wanted.starts_with("app/"))) {
    return "something above the libraries";
  }
  if (path.starts_with("media/") && service) return "a service; cliffhanger-media runs on its own";
  if (path.starts_with("libs/core/") && !is_test(path) && include.quoted &&
      !wanted.starts_with("libs/core/")) {
    return "something beside the standard library and libs/core";
  }
  const bool sees_settings =
      app || is_test(path) || starts_with_any(path, {"libs/config/", "libs/host/", "bench/"});
  if (wanted.starts_with("libs/config/") && !sees_settings)
    return "configuration; only module.cc, config.h and app/ see it";
  return "";
}

std::string wrong_include(const std::string& path, const Include& include) {
  const std::string& wanted = include.path;
  const bool in_media = path.starts_with("media/");
  if (is_libav(wanted) && !in_media) return "libav; only media/ touches it";
  if (wanted.starts_with("media/") && !in_media)
    return "the media program, which is under another licence; see libs/media";
  if (include.quoted && !wanted.ends_with(".pb.h") &&
      !starts_with_any(wanted, {"libs/", "services/", "media/", "app/", "tests/", "bench/"})) {
    return "a path that doesn't start at the top of the tree";
  }
  const Room room = room_of(path);
  return room.service.empty() ? wrong_elsewhere(path, include) : wrong_in_service(room, path, include);
}

template <class Report>
void each_line(std::string_view text, Report report) {
  std::istringstream lines{std::string(text)};
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) report(number, line);
}

bool has_length_limit(std::string_view path) {
  // A licence is as long as it is; data and lock files are not read by people; notes of releases only grow.
  static const std::regex kCounted(
      R"((\.(cc|h|proto|sh|ts|tsx|js|mjs|css|html|cmake|awk|sql|py)|^run|^test|CMakeLists\.txt)$)");
  return std::regex_search(path.begin(), path.end(), kCounted);
}

}  // namespace

Faults includes(const std::string& path, std::string_view text) {
  Faults faults;
  if (!is_cpp(path)) return faults;
  for (const Include& include : includes_of(text)) {
    const std::string wrong = wrong_include(path, include);
    if (!wrong.empty())
      faults.push_back(place(path, include.line) + "includes " + include.path + ": " + wrong);
  }
  return faults;
}

Faults header_guard(const std::string& path, std::string_view text) {
  if (!path.ends_with(".h") || text.find("#pragma once\n") != std::string_view::npos) return {};
  return {place(path, 1) + "a header without #pragma once"};
}

Faults lengths(const std::string& path, std::string_view text) {
  Faults faults;
  const auto lines = std::count(text.begin(), text.end(), '\n');
  if (has_length_limit(path) && lines > kMaxFileLines) {
    faults.push_back(place(path, 1) + std::to_string(lines) + " lines; " + std::to_string(kMaxFileLines) +
                     " at most");
  }
  if (!is_cpp(path)) return faults;
  const int limit = is_test(path) ? kMaxTestFunctionLines : kMaxFunctionLines;
  for (const Function& f : functions_of(text)) {
    const int length = f.last_line - f.first_line + 1;
    if (length <= limit) continue;
    faults.push_back(place(path, f.first_line) + std::to_string(length) + " lines, " + std::to_string(limit) +
                     " at most: " + f.signature.substr(0, 80));
  }
  return faults;
}

Faults leftovers(const std::string& path, std::string_view text) {
  // Written in pieces so that this file has none of them.
  static const std::regex kMarks(
      "\\b(TO"
      "DO|FIX"
      "ME|X"
      "XX|HA"
      "CK|W"
      "IP)\\b");
  static const std::regex kMachine(
      "(^|[^A-Za-z0-9_.$}])/(wo"
      "rk|ro"
      "ot|ho"
      "me)/[a-z.]");
  static const std::regex kRegistry(R"re("resolved": "(?!https://registry\.npmjs\.org/))re");
  Faults faults;
  const bool lock = path.ends_with("package-lock.json");
  if (path.starts_with("LICENSE")) return faults;
  each_line(text, [&](int number, const std::string& line) {
    if (lock) {
      if (std::regex_search(line, kRegistry))
        faults.push_back(place(path, number) + "a registry other than npm's");
      return;
    }
    std::smatch match;
    if (std::regex_search(line, match, kMarks))
      faults.push_back(place(path, number) + "left over: " + match[1].str());
    if (std::regex_search(line, match, kMachine))
      faults.push_back(place(path, number) + "a path of one machine");
  });
  return faults;
}

}  // namespace cliffhanger::tidy
