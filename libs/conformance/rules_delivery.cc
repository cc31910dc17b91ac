// Encryption, subtitles, interstitials, and what a server must do (rules 11 and 12 of the reference).
#include <algorithm>
#include <cmath>
#include <set>

#include "libs/conformance/measure.h"
#include "libs/conformance/rule.h"
#include "libs/conformance/text.h"

namespace cliffhanger::conformance {
namespace {

constexpr std::int64_t kYear = 31'536'000;  // seconds
constexpr double kEpisodeTolerance = 0.5;   // seconds
constexpr int kCrypt = 1, kSkip = 9;        // blocks of the cbcs pattern

// ---- Encryption

template <class Visit>
void each_key(const Presentation& p, Visit visit) {
  for (const Media& media : p.media) {
    for (const Key& key : media.playlist.keys) visit(media, key);
  }
}

void key_and_boxes(const Presentation& p, Verdict& verdict) {
  for (const Media& media : p.media) {
    for (std::size_t i = 0; i < media.segments.size(); ++i) {
      const Segment& said = media.playlist.segments[i];
      const Track* track = media.track(said.map);
      if (track == nullptr || media.segments[i].opaque) continue;
      const bool keyed = said.key >= 0, coded = track->protection.has_value();
      if (!keyed && !coded) continue;
      verdict.expect(keyed == coded, [&] {
        return Finding{media.segment_name(i),
                       keyed ? "EXT-X-KEY for the sample entry " + shown(track->entry)
                             : "the sample entry " + shown(track->entry) + " without EXT-X-KEY",
                       "both or none"};
      });
      if (!coded || media.segments[i].fragments.empty()) continue;
      const Protection& how = *track->protection;
      const Fragment& first = media.segments[i].fragments.front();
      // With a constant IV and no clear bytes in a sample nothing needs to be said of each.
      const bool told = (first.senc && first.saiz && first.saio) || (how.constant_iv && track->is_audio());
      verdict.expect(how.has_tenc && told, [&] {
        return Finding{media.segment_name(i), how.has_tenc ? "no senc, saiz and saio" : "no tenc",
                       "tenc, and senc, saiz and saio for its samples"};
      });
    }
  }
}

void cbcs(const Presentation& p, Verdict& verdict) {
  for (const Media& media : p.media) {
    for (const LoadedMap& map : media.maps) {
      if (!map.init) continue;
      for (const Track& track : map.init->tracks) {
        if (!track.protection) continue;
        const Protection& how = *track.protection;
        // Sound may be encrypted as a whole.
        const bool pattern =
            (how.crypt == kCrypt && how.skip == kSkip) || (!track.is_video() && how.skip == 0);
        verdict.expect(how.scheme == "cbcs" && pattern, [&] {
          return Finding{media.name,
                         shown(how.scheme) + " " + std::to_string(how.crypt) + ":" + std::to_string(how.skip),
                         "cbcs 1:9"};
        });
      }
    }
  }
  each_key(p, [&](const Media& media, const Key& key) {
    verdict.expect(key.method == "SAMPLE-AES" || key.method == "AES-128", [&] {
      return Finding{media.name + " EXT-X-KEY", shown(key.method),
                     "SAMPLE-AES (cbcs), or AES-128 for HLS alone"};
    });
  });
}

void explicit_iv(const Presentation& p, Verdict& verdict) {
  each_key(p, [&](const Media& media, const Key& key) {
    if (key.method != "AES-128") return;  // in SAMPLE-AES the boxes may have it
    verdict.expect(!key.iv.empty(), [&] {
      return Finding{media.name + " EXT-X-KEY", "no IV", "an explicit one, since segments are reused"};
    });
  });
}

void one_key(const Presentation& p, Verdict& verdict) {
  std::set<std::pair<std::string, std::string>> keys;  // by format and URI
  std::set<std::string> formats;
  each_key(p, [&](const Media& media, const Key& key) {
    keys.emplace(key.keyformat, resolve(media.uri, key.uri));
    formats.insert(key.keyformat);
  });
  if (keys.empty()) return;
  verdict.expect(keys.size() == formats.size(), [&] {
    return Finding{p.main_name.empty() ? p.uri : p.main_name, std::to_string(keys.size()) + " keys",
                   "one for the whole revision"};
  });
}

// ---- Subtitles

void covers_episode(const Presentation& p, Verdict& verdict) {
  const auto videos = p.of_kind(Media::Kind::kVideo);
  if (videos.empty()) return;
  const double whole = videos.front()->playlist.seconds();
  const double most = std::max(kEpisodeTolerance, frame_seconds(*videos.front()));
  for (const Media* media : p.of_kind(Media::Kind::kSubtitles)) {
    const double seconds = media->playlist.seconds();
    verdict.expect(std::abs(seconds - whole) <= most, [&] {
      return Finding{media->name, fixed(seconds, 3) + " s", fixed(whole, 3) + " s: the whole episode"};
    });
  }
}

void language(const Presentation& p, Verdict& verdict) {
  if (!p.main) return;
  for (const Rendition& one : p.main->renditions) {
    if (one.type != "SUBTITLES") continue;
    verdict.expect(!one.language.empty(), [&] {
      return Finding{p.main_name + " line " + std::to_string(one.line), "no LANGUAGE", "a language tag"};
    });
  }
}

template <class Visit>
void each_text(const Presentation& p, Visit visit) {
  for (const Media* media : p.of_kind(Media::Kind::kSubtitles)) {
    for (std::size_t i = 0; i < media->segments.size(); ++i) {
      if (media->playlist.segments[i].map < 0 && !media->segments[i].unread && !media->segments[i].opaque)
        visit(*media, i, media->segments[i].text);
    }
  }
}

void webvtt(const Presentation& p, Verdict& verdict) {
  each_text(p, [&](const Media& media, std::size_t i, std::string_view text) {
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    const bool well = text.starts_with("WEBVTT") && (text.size() == 6 || text[6] == ' ' || text[6] == '\t' ||
                                                     text[6] == '\n' || text[6] == '\r');
    verdict.expect(well, [&] {
      return Finding{media.segment_name(i), "\"" + shown(text.substr(0, 16)) + "\"", "WEBVTT at its start"};
    });
  });
}

// "hh:mm:ss.ttt" or "mm:ss.ttt" in seconds.
std::optional<double> clock_seconds(std::string_view text) {
  double out = 0;
  while (true) {
    const std::size_t end = std::min(text.find(':'), text.size());
    const auto value = decimal_number(text.substr(0, end));
    if (!value) return std::nullopt;
    out = out * 60 + *value;
    if (end == text.size()) return out;
    text.remove_prefix(end + 1);
  }
}

// Seconds from the cue's clock to the media's, by an X-TIMESTAMP-MAP without its name.
std::optional<double> mapped(std::string_view map) {
  std::optional<double> media, local;
  while (!map.empty()) {
    const std::size_t end = std::min(map.find(','), map.size());
    const std::string_view one = map.substr(0, end);
    if (one.starts_with("MPEGTS:")) {
      const auto ticks = decimal_integer(one.substr(7));
      if (ticks) media = static_cast<double>(*ticks) / 90'000;
    }
    if (one.starts_with("LOCAL:")) local = clock_seconds(one.substr(6));
    map.remove_prefix(std::min(end + 1, map.size()));
  }
  if (!media || !local) return std::nullopt;
  return *media - *local;
}

// How far the media's clock is ahead of the playlist's in each timeline: 0 in one that begins at 0.
std::vector<double> clocks(const Presentation& p) {
  std::vector<double> out;
  const auto videos = p.of_kind(Media::Kind::kVideo);
  const auto all = videos.empty() ? std::nullopt : stays(*videos.front());
  if (!all) return out;
  const auto& segments = videos.front()->segments;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (i == 0 || segments[i].period != segments[i - 1].period) out.push_back((*all)[i].start - segments[i].start);
  }
  return out;
}

void timestamp_map(const Presentation& p, Verdict& verdict) {
  constexpr double kNear = 0.05;  // seconds
  const std::vector<double> expected = clocks(p);
  each_text(p, [&](const Media& media, std::size_t i, const std::string& text) {
    const std::size_t end = std::min(text.find("\n\n"), text.find("\r\n\r\n"));
    const std::string head = text.substr(0, end);
    constexpr std::string_view kName = "X-TIMESTAMP-MAP=";
    const std::size_t at = head.find(kName);
    const std::string map =
        at == std::string::npos ? "" : head.substr(at, head.find_first_of("\r\n", at) - at);
    const auto offset = map.empty() ? std::nullopt : mapped(std::string_view(map).substr(kName.size()));
    const auto period = static_cast<std::size_t>(media.segments[i].period);
    const double wanted = period < expected.size() ? expected[period] : 0;
    verdict.expect(offset && std::abs(*offset - wanted) <= kNear, [&] {
      return Finding{media.segment_name(i), map.empty() ? "no X-TIMESTAMP-MAP" : shown(map),
                     "X-TIMESTAMP-MAP with an offset of " + fixed(wanted, 3) + " s, as the media has"};
    });
  });
}

// ---- Interstitials

template <class Visit>
void each_interstitial(const Presentation& p, Visit visit) {
  for (const Media& media : p.media) {
    for (const DateRange& one : media.playlist.date_ranges) {
      if (one.klass == "com.apple.hls.interstitial") visit(media, one);
    }
  }
}

void asset(const Presentation& p, Verdict& verdict) {
  each_interstitial(p, [&](const Media& media, const DateRange& one) {
    verdict.expect(one.asset_uri.empty() != one.asset_list.empty() && !one.start_date.empty(), [&] {
      return Finding{media.name + " line " + std::to_string(one.line),
                     one.start_date.empty()  ? "no START-DATE"
                     : one.asset_uri.empty() ? "neither X-ASSET-URI nor X-ASSET-LIST"
                                             : "X-ASSET-URI and X-ASSET-LIST",
                     "START-DATE and one of X-ASSET-URI and X-ASSET-LIST"};
    });
  });
}

void interstitial_clock(const Presentation& p, Verdict& verdict) {
  each_interstitial(p, [&](const Media& media, const DateRange& one) {
    verdict.expect(media.playlist.program_date_time, [&] {
      return Finding{media.name + " line " + std::to_string(one.line), "no EXT-X-PROGRAM-DATE-TIME",
                     "the tag, without which an interstitial has no place"};
    });
  });
}

// ---- Delivery

using What = Delivered::What;

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

void gzip(const Presentation& p, Verdict& verdict) {
  for (const Delivered& one : p.delivered) {
    if (one.what != What::kPlaylist) continue;
    const std::string& encoding = one.delivery.encoding;
    verdict.expect(encoding == "gzip", [&] {
      return Finding{one.name, encoding.empty() ? "no Content-Encoding" : shown(encoding), "gzip"};
    });
  }
}

void no_redirects(const Presentation& p, Verdict& verdict) {
  for (const Delivered& one : p.delivered) {
    if (one.what == What::kPlaylist) continue;
    verdict.expect(!one.delivery.redirected,
                   [&] { return Finding{one.name, "a redirect", "the media itself"}; });
  }
}

void mime(const Presentation& p, Verdict& verdict) {
  for (const Delivered& one : p.delivered) {
    const std::string said = lower(one.delivery.type.substr(0, one.delivery.type.find(';')));
    const bool well =
        one.what == What::kPlaylist ? said == "application/vnd.apple.mpegurl" || said == "audio/mpegurl"
        : one.what == What::kText   ? said == "text/vtt"
                                    : said == "video/mp4" || said == "audio/mp4" ||
                                        said == "video/iso.segment" || said == "audio/iso.segment";
    verdict.expect(well, [&] {
      const char* expected = one.what == What::kPlaylist ? "application/vnd.apple.mpegurl"
                             : one.what == What::kText   ? "text/vtt"
                                                         : "video/mp4";
      return Finding{one.name + " Content-Type", said.empty() ? "none" : shown(said), expected};
    });
  }
}

void year_long(const Presentation& p, Verdict& verdict) {
  for (const Delivered& one : p.delivered) {
    if (one.what != What::kMedia) continue;
    const std::string said = lower(one.delivery.cache_control);
    const std::size_t at = said.find("max-age=");
    const std::string_view digits = at == std::string::npos ? "" : std::string_view(said).substr(at + 8);
    const auto age = decimal_integer(digits.substr(0, digits.find_first_not_of("0123456789")));
    verdict.expect(age && *age >= kYear && said.find("immutable") != std::string::npos, [&] {
      return Finding{one.name + " Cache-Control", said.empty() ? "none" : shown(said),
                     "max-age=31536000, immutable"};
    });
  }
}

void strong_etag(const Presentation& p, Verdict& verdict) {
  for (const Delivered& one : p.delivered) {
    if (one.what != What::kMedia) continue;
    const std::string& tag = one.delivery.etag;
    verdict.expect(tag.size() > 2 && tag.front() == '"' && tag.back() == '"', [&] {
      return Finding{one.name + " ETag", tag.empty() ? "none" : shown(tag), "a strong one"};
    });
  }
}

void ranges(const Presentation& p, Verdict& verdict) {
  for (const Delivered& one : p.delivered) {
    if (one.what != What::kMedia || !one.delivery.range_asked) continue;
    verdict.expect(one.delivery.ranged,
                   [&] { return Finding{one.name, "200 where a range was asked for", "206 and the range"}; });
  }
}

void no_query(const Presentation& p, Verdict& verdict) {
  const auto judge = [&](const std::string& where, const std::string& uri) {
    if (uri.empty()) return;
    verdict.expect(has_scheme(uri) || uri.find('?') == std::string::npos, [&] {
      return Finding{where, shown(uri), "a token in the path: relative URIs don't inherit a query"};
    });
  };
  if (p.main) {
    for (const Stream& one : p.main->streams)
      judge(p.main_name + " line " + std::to_string(one.line), one.uri);
    for (const Rendition& one : p.main->renditions)
      judge(p.main_name + " line " + std::to_string(one.line), one.uri);
  }
  for (const Media& media : p.media) {
    for (const Segment& one : media.playlist.segments)
      judge(media.name + " line " + std::to_string(one.line), one.uri);
  }
}

constexpr const char* kEncryption = "Encryption";
constexpr Rule kProtectionRules[] = {
    {"key-and-boxes", Level::kMust, kEncryption, "What is encrypted has a key, and boxes that say how",
     key_and_boxes},
    {"cbcs", Level::kShould, kEncryption, "SAMPLE-AES is cbcs 1:9; AES-128 for HLS alone", cbcs},
    {"explicit-iv", Level::kShould, kEncryption, "AES-128 has explicit IVs", explicit_iv},
    {"one-key", Level::kShould, kEncryption, "One key for a revision", one_key},
};

constexpr const char* kText = "Subtitles and interstitials";
constexpr Rule kTextRules[] = {
    {"5.5", Level::kMust, kText, "Subtitle playlists cover the whole episode", covers_episode},
    {"4.7", Level::kMust, kText, "Subtitles have a LANGUAGE", language},
    {"webvtt", Level::kMust, kText, "Subtitle segments are WebVTT", webvtt},
    {"timestamp-map", Level::kShould, kText, "X-TIMESTAMP-MAP maps to the media's clock", timestamp_map},
    {"asset", Level::kMust, kText, "An interstitial has one asset or one list of assets", asset},
    {"interstitial-clock", Level::kMust, kText, "Interstitials have EXT-X-PROGRAM-DATE-TIME",
     interstitial_clock},
};

constexpr const char* kServer = "Delivery";
constexpr Rule kDeliveryRules[] = {
    {"10.1", Level::kMust, kServer, "Playlists are delivered with gzip", gzip},
    {"8.18", Level::kMust, kServer, "No redirects for media", no_redirects},
    {"mime", Level::kMust, kServer, "MIME types are right", mime},
    {"range", Level::kMust, kServer, "Media can be had in ranges", ranges},
    {"one-year", Level::kShould, kServer, "Media is immutable and may be kept for a year", year_long},
    {"strong-etag", Level::kShould, kServer, "Media has a strong ETag", strong_etag},
    {"no-query", Level::kShould, kServer, "Relative URIs have no query string", no_query},
};

}  // namespace

std::span<const Rule> protection_rules() {
  return kProtectionRules;
}

std::span<const Rule> text_rules() {
  return kTextRules;
}

std::span<const Rule> delivery_rules() {
  return kDeliveryRules;
}

}  // namespace cliffhanger::conformance
