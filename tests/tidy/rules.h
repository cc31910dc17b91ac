#pragma once
// The rules of this project, each a function from one file to its faults. A fault reads "path:line: what is
// wrong".
#include <string>
#include <string_view>
#include <vector>

namespace cliffhanger::tidy {

using Faults = std::vector<std::string>;

inline constexpr int kMaxFileLines = 500;
inline constexpr int kMaxFunctionLines = 60;
inline constexpr int kMaxTestFunctionLines = 120;

// Who may include what: module → {rpc, store} → domain → libs/core, libav only in media/, configuration only
// where things are wired, no service of another, libs and media of none.
Faults includes(const std::string& path, std::string_view text);

// Headers begin with #pragma once.
Faults header_guard(const std::string& path, std::string_view text);

// Files and functions that a person can hold in mind.
Faults lengths(const std::string& path, std::string_view text);

// No marks of unfinished work, no paths of the machine it was written on, no package registry but npm's
// public one.
Faults leftovers(const std::string& path, std::string_view text);

}  // namespace cliffhanger::tidy
