#include "libs/blob/place.h"

#include <array>

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
  if (folder == "models") return Kind::kModel;
  if (folder == "revisions") return Kind::kRevision;
  return std::nullopt;
}

}  // namespace

std::optional<Place> place_of(std::string_view key) {
  if (!check_key(key)) return std::nullopt;
  std::string_view rest = key;
  const auto kind = kind_of(cut(rest));
  const auto tenant = Tenant::parse(cut(rest));
  if (!kind || !tenant) return std::nullopt;
  Place out{*kind, *tenant, {}, {}};
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
