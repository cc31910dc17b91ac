#include "services/edge/packs/start.h"

#include <algorithm>

#include "libs/conformance/playlist.h"
#include "libs/http/headers.h"

namespace cliffhanger::edge {
namespace {

tl::unexpected<Error> bad_playlist(std::string why) {
  return fail(
      Error{Code::kDataLoss, "BAD_PLAYLIST", "A playlist can't be read: " + std::move(why), {}, {}, {}});
}

// The member that a relative reference in the playlist `of` names.
Result<std::string> member_of(std::string_view of, std::string_view uri) {
  if (uri.empty() || uri.front() == '/' || uri.find("..") != uri.npos || uri.find_first_of(":?#") != uri.npos)
    return bad_playlist("it names what is outside the revision.");
  const auto slash = of.rfind('/');
  return std::string(slash == of.npos ? std::string_view() : of.substr(0, slash + 1)).append(uri);
}

bool is_avc(const conformance::Stream& stream) {
  return stream.codecs.find("avc1.") != std::string::npos;
}

std::string_view primary(std::string_view language) {
  return language.substr(0, language.find('-'));
}

}  // namespace

Result<Main> read_main(std::string_view text) {
  CH_ASSIGN(const auto read, conformance::parse_playlist(text));
  if (!read.multivariant || read.streams.empty()) return bad_playlist("it lists no variants.");
  const bool any_avc = std::ranges::any_of(read.streams, is_avc);
  Main out;
  for (const auto& stream : read.streams) {
    if (any_avc && !is_avc(stream)) continue;
    CH_ASSIGN(auto playlist, member_of("", stream.uri));
    out.variants.push_back(
        {std::move(playlist), stream.audio, stream.width, stream.height, stream.bandwidth});
  }
  for (const auto& rendition : read.renditions) {
    if (rendition.type != "AUDIO" || rendition.uri.empty()) continue;
    CH_ASSIGN(auto playlist, member_of("", rendition.uri));
    out.sounds.push_back({rendition.group, rendition.language, std::move(playlist), rendition.is_default});
  }
  return out;
}

const Main::Sound* sound_for(const Main& main, const Main::Variant& variant, std::string_view language) {
  const Main::Sound* best = nullptr;
  int best_rank = -1;
  for (const auto& sound : main.sounds) {
    if (sound.group != variant.audio) continue;
    const bool wanted = !language.empty() && !sound.language.empty();
    const int rank = wanted && http::equal_no_case(sound.language, language)                     ? 3
                     : wanted && http::equal_no_case(primary(sound.language), primary(language)) ? 2
                     : sound.is_default                                                          ? 1
                                                                                                 : 0;
    if (rank > best_rank) best = &sound, best_rank = rank;
  }
  return best;
}

Result<std::vector<Step>> read_steps(std::string_view name, std::string_view text, double from_seconds,
                                     std::size_t most) {
  CH_ASSIGN(const auto read, conformance::parse_playlist(text));
  if (read.multivariant || read.segments.empty()) return bad_playlist("it lists no segments.");
  std::size_t at = 0;
  for (double end = 0; at + 1 < read.segments.size(); ++at) {
    end += read.segments[at].seconds;
    if (from_seconds < end) break;
  }
  std::vector<Step> out;
  for (; at < read.segments.size() && out.size() < most; ++at) {
    const auto& segment = read.segments[at];
    const auto* map = segment.map < 0 ? nullptr : &read.maps[static_cast<std::size_t>(segment.map)];
    if (segment.range || !map || map->range)
      return bad_playlist("its segments are not files of their own with an init segment.");
    Step step;
    CH_ASSIGN(step.init, member_of(name, map->uri));
    CH_ASSIGN(step.segment, member_of(name, segment.uri));
    out.push_back(std::move(step));
  }
  return out;
}

}  // namespace cliffhanger::edge
