#pragma once
// Raw events in the object store, for whoever has a warehouse: windows of time, each of immutable parts, and a manifest of those that are whole.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libs/core/call.h"
#include "libs/core/clock.h"
#include "libs/core/id.h"

namespace cliffhanger::insight {

// What was received from `start` on and before `end`. `horizon`: what every transaction older than it had committed when the window was closed; `before`: the
// same of the window before this one. Both as PostgreSQL writes them.
struct ExportWindow {
  Time start{}, end{};
  std::string horizon, before;
};

// An object of a window.
struct ExportPart {
  Uuid id;
  Tenant tenant;
  Time window{};
  int number = 0;     // in its window and tenant, from 1
  Uuid attempt;       // at its window, or at taking something out of it
  int rewritten = 0;  // how often something was taken out of it
  std::int64_t lines = 0, bytes = 0;
};

// A window that is whole, of one tenant.
struct ExportedWindow {
  Time start{}, end{};
  std::vector<ExportPart> parts;
  // From 1; larger whenever something was taken out: to be read again.
  int revision() const;
};

// Where they are: exports/<tenant>/events/dt=2026-11-29/hour=22/<part>.jsonl.gz, by the time the window starts at, and
// exports/<tenant>/events/dt=2026-11-29/_manifest.json.
std::string part_key(const ExportPart& part);
std::string manifest_key(const Tenant& tenant, const std::string& day);
// 2026-11-29, in UTC.
std::string day_of(Time time);

// The manifest of a tenant's day, as JSON; docs/EXPORTS.md says what is in it.
std::string manifest(const Tenant& tenant, const std::string& day, const std::vector<ExportedWindow>& windows);

// When the window that `time` is in begins; windows are `length` long and begin at whole multiples of it since 1970.
Time window_start(Time time, Duration length);

}  // namespace cliffhanger::insight
