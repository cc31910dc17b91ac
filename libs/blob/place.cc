#include "libs/blob/place.h"

#include <algorithm>

#include "libs/blob/blob.h"

namespace cliffhanger::blob {
namespace {

// "<id>" of the house's spelling.
std::optional<Uuid> id_in(std::string_view text) {
  const auto id = Uuid::parse(text);
  if (!id || id->text() != text) return std::nullopt;
  return *id;
}

std::string_view cut(std::string_view& rest) {
  const auto slash = std::min(rest.find('/'), rest.size());
  const auto out = rest.substr(0, slash);
  rest.remove_prefix(std::min(slash + 1, rest.size()));
  return out;
}

std::optional<Kind> kind_of(std::string_view folder) {
  if (folder == "parts") return Kind::kPart;
  if (folder == "sources") return Kind::kSource;
  if (folder == "segments") return Kind::kSegment;
  if (folder == "covers") return Kind::kCover;
  if (folder == "exports") return Kind::kExport;
  if (folder == "models") return Kind::kModel;
  if (folder == "revisions") return Kind::kRevision;
  return std::nullopt;
}

bool is_number(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// "events/dt=2026-11-29/…": what is behind the tenant.
std::optional<Place> export_at(std::string_view rest, const Tenant& tenant) {
  constexpr std::string_view kDay = "dt=", kHour = "hour=", kEnd = ".jsonl.gz";
  if (cut(rest) != "events") return std::nullopt;
  const auto folder = cut(rest);
  const auto day = folder.substr(std::min(folder.size(), kDay.size()));
  const bool is_day = folder.starts_with(kDay) && day.size() == 10 && day[4] == '-' && day[7] == '-' &&
                      is_number(day.substr(0, 4)) && is_number(day.substr(5, 2)) && is_number(day.substr(8));
  if (!is_day) return std::nullopt;
  Place out{Kind::kExport, tenant, {}, {}, std::string(day)};
  if (rest == "_manifest.json") return out;
  const auto hour = cut(rest);
  if (!hour.starts_with(kHour) || hour.size() != kHour.size() + 2 || !is_number(hour.substr(kHour.size())) ||
      !rest.ends_with(kEnd))
    return std::nullopt;
  const auto id = id_in(rest.substr(0, rest.size() - kEnd.size()));
  if (!id) return std::nullopt;
  out.id = *id;
  return out;
}

}  // namespace

std::optional<Place> place_of(std::string_view key) {
  if (!check_key(key)) return std::nullopt;
  std::string_view rest = key;
  const auto kind = kind_of(cut(rest));
  const auto tenant = Tenant::parse(cut(rest));
  if (!kind || !tenant) return std::nullopt;
  if (*kind == Kind::kExport) return export_at(rest, *tenant);
  Place out{*kind, *tenant, {}, {}, {}};
  if (*kind == Kind::kSegment || *kind == Kind::kCover) {
    if (rest.empty() || rest.find('/') != std::string_view::npos) return std::nullopt;
    return out;
  }
  if (*kind == Kind::kModel && cut(rest) != "recommendation") return std::nullopt;
  const bool whole = *kind == Kind::kSource || *kind == Kind::kModel;  // no folder
  const auto id = id_in(cut(rest));
  if (!id || rest.empty() != whole) return std::nullopt;
  out.id = *id;
  if (!whole) out.folder = key.substr(0, key.size() - rest.size());
  return out;
}

}  // namespace cliffhanger::blob
