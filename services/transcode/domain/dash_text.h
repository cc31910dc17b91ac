#pragma once
// How DASH manifests (ISO/IEC 23009-1) say things.
#include <cstdint>
#include <string>
#include <string_view>

#include "libs/media/grid.h"
#include "services/transcode/domain/protection.h"

namespace cliffhanger::transcode {

// The beginning of a manifest of profile isoff-live, up to the attributes that differ.
inline constexpr std::string_view kMpdHead =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" "
    "xmlns:cenc=\"urn:mpeg:cenc:2013\" "
    "profiles=\"urn:mpeg:dash:profile:isoff-live:2011\" type=\"static\"";

inline constexpr std::string_view kStereoSound =
    "      <AudioChannelConfiguration schemeIdUri=\"urn:mpeg:dash:23003:3:audio_channel_configuration:2011\" "
    "value=\"2\"/>\n";

// With a space before it; the value is escaped.
std::string attribute(std::string_view name, std::string_view value);
std::string attribute(std::string_view name, std::int64_t value);

std::string duration(double seconds);               // "PT4.000000S"
std::string ratio(std::int64_t a, std::int64_t b);  // "9:16"
std::string rate(const media::FrameRate& rate);     // "30000/1001"

// 5.8.4.1: the scheme and the key's name; "" for what is clear. How a player gets the key is its own affair.
std::string content_protection(const Protection& protection);

}  // namespace cliffhanger::transcode
