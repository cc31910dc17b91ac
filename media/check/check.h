// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// The command `check`: holds a presentation against the rules and prints a report.
#include <span>

namespace cliffhanger::media {

// What comes after "check" on the command line: a folder, a playlist or an http:// URL, and --json. Reports
// on stdout. Gives the exit code: 0 if every MUST is met, 1 if not, 2 if it could not be read, 64 for
// arguments that make no sense.
int check_command(std::span<char* const> arguments);

}  // namespace cliffhanger::media
