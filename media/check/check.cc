// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/check/check.h"

#include <cstdio>
#include <string>
#include <string_view>

#include "libs/conformance/check.h"
#include "media/check/folder.h"
#include "media/check/server.h"

namespace cliffhanger::media {
namespace {

enum Exit { kMet = 0, kNotMet = 1, kUnreadable = 2, kUsage = 64 };

constexpr char kHelp[] =
    "usage: cliffhanger-media check FOLDER|PLAYLIST|http://URL [--json]\n"
    "Holds an HLS presentation against every rule of docs/CONFORMANCE.md. Exit code 0: every MUST is met;\n"
    "1: one is not; 2: it could not be read. https is not spoken.\n";

Result<conformance::Report> check(const std::string& what) {
  if (what.find("://") != std::string::npos) {
    CH_ASSIGN(const auto source, open_server(what));
    return conformance::check(*source, what);
  }
  CH_ASSIGN(const FolderPresentation folder, open_folder(what));
  return conformance::check(*folder.source, folder.playlist);
}

}  // namespace

int check_command(std::span<char* const> arguments) {
  std::string what;
  bool json = false, good = true;
  for (const std::string_view argument : arguments) {
    if (argument == "--json")
      json = true;
    else if (argument.starts_with('-') || !what.empty())
      good = false;
    else
      what = argument;
  }
  if (!good || what.empty()) {
    std::fputs(kHelp, stderr);
    return kUsage;
  }
  const auto report = check(what);
  if (!report) {
    std::fprintf(stderr, "cliffhanger-media check: %s\n", report.error().message.c_str());
    return kUnreadable;
  }
  const std::string text = json ? conformance::to_json(*report) + "\n" : conformance::to_text(*report);
  const bool written =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (!written) return kUnreadable;
  return report->unmet(conformance::Level::kMust) == 0 ? kMet : kNotMet;
}

}  // namespace cliffhanger::media
