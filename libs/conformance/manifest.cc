#include "libs/conformance/manifest.h"

#include <algorithm>
#include <cmath>

#include "libs/conformance/text.h"
#include "libs/conformance/xml.h"

namespace cliffhanger::conformance {
namespace {

std::int64_t number(const Element& in, std::string_view name, std::int64_t otherwise) {
  return decimal_integer(in.attribute(name)).value_or(otherwise);
}

// "PT1H2M3.5S"; nothing for years and days, which no episode has.
std::optional<double> duration(std::string_view text) {
  if (!text.starts_with("PT")) return std::nullopt;
  text.remove_prefix(2);
  double out = 0;
  while (!text.empty()) {
    const std::size_t end = text.find_first_of("HMS");
    const auto value = end == std::string_view::npos ? std::nullopt : decimal_number(text.substr(0, end));
    if (!value) return std::nullopt;
    out += *value * (text[end] == 'H' ? 3600 : text[end] == 'M' ? 60 : 1);
    text.remove_prefix(end + 1);
  }
  return out;
}

// "first-last", both included.
std::optional<ByteRange> range(std::string_view text) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto first = decimal_integer(text.substr(0, dash)), last = decimal_integer(text.substr(dash + 1));
  if (!first || !last || *last < *first) return std::nullopt;
  return ByteRange{*last - *first + 1, *first};
}

// A SegmentTemplate's text with its identifiers filled in; "" if it has one that we don't know.
std::string filled(std::string_view text, const Represented& of, std::int64_t index, std::int64_t time) {
  std::string out;
  while (!text.empty()) {
    const std::size_t start = text.find('$'),
                      end = start == std::string_view::npos ? start : text.find('$', start + 1);
    out += text.substr(0, std::min(start, text.size()));
    if (start == std::string_view::npos) break;
    if (end == std::string_view::npos) return "";
    std::string_view name = text.substr(start + 1, end - start - 1);
    std::size_t width = 0;
    if (const std::size_t format = name.find("%0"); format != std::string_view::npos && name.ends_with('d')) {
      width = static_cast<std::size_t>(
          decimal_integer(name.substr(format + 2, name.size() - format - 3)).value_or(0));
      name = name.substr(0, format);
    }
    if (width > 20) return "";
    std::string value = name.empty()                 ? "$"
                        : name == "RepresentationID" ? of.id
                        : name == "Bandwidth"        ? std::to_string(of.bandwidth)
                        : name == "Number"           ? std::to_string(index)
                        : name == "Time"             ? std::to_string(time)
                                                     : "";
    if (value.empty()) return "";
    out += std::string(value.size() < width ? width - value.size() : 0, '0') + value;
    text.remove_prefix(end + 1);
  }
  return out;
}

class Reader {
 public:
  explicit Reader(Manifest& out) : out_(out) {}

  Result<void> read(const Element& root) {
    if (root.name != "MPD") return fail(invalid("NOT_A_MANIFEST", "The root is no MPD."));
    if (root.attribute("type") == "dynamic") out_.faults.emplace_back("MPD is dynamic");
    const auto all = duration(root.attribute("mediaPresentationDuration"));
    if (!all) out_.faults.emplace_back("MPD has no @mediaPresentationDuration");
    out_.seconds = all.value_or(0);
    std::vector<const Element*> periods;
    for (const Element& one : root.children) {
      if (one.name == "Period") periods.push_back(&one);
    }
    if (periods.empty()) out_.faults.emplace_back("there is no Period");
    double start = 0;
    for (std::size_t i = 0; i < periods.size(); ++i) {
      const Element& one = *periods[i];
      start = duration(one.attribute("start")).value_or(start);
      const double next =
          i + 1 < periods.size() ? duration(periods[i + 1]->attribute("start")).value_or(0) : out_.seconds;
      const double seconds = duration(one.attribute("duration")).value_or(next - start);
      out_.periods.push_back(seconds);
      for (const Element& set : one.children) {
        if (set.name == "AdaptationSet")
          adaptation_set(set, base_of(root, base_of(one, "")), static_cast<int>(i));
      }
      start += seconds;
    }
    return {};
  }

 private:
  static std::string base_of(const Element& in, const std::string& above) {
    const Element* base = in.child("BaseURL");
    return base == nullptr ? above : above.empty() ? base->text : resolve(above, base->text);
  }

  void adaptation_set(const Element& set, const std::string& base, int period) {
    const std::string own = base_of(set, base);
    bool any = false;
    for (const Element& one : set.children) {
      if (one.name != "Representation") continue;
      any = true;
      representation(set, one, own, period);
    }
    if (!any) out_.faults.emplace_back("an AdaptationSet without a Representation");
  }

  static std::string_view inherited(const Element& set, const Element& own, std::string_view name) {
    return own.attribute(name).empty() ? set.attribute(name) : own.attribute(name);
  }

  void representation(const Element& set, const Element& own, const std::string& base, int period) {
    if (out_.represented.size() >= kMaxPlaylists) return;
    Represented made;
    made.period = period;
    made.id = own.attribute("id");
    const std::string mime(inherited(set, own, "mimeType"));
    const std::string_view said = set.attribute("contentType");
    made.content = said.empty() ? mime.substr(0, mime.find('/')) : std::string(said);
    made.codecs = inherited(set, own, "codecs");
    made.bandwidth = number(own, "bandwidth", 0);
    made.width = static_cast<int>(std::min<std::int64_t>(number(own, "width", 0), 1 << 20));
    made.height = static_cast<int>(std::min<std::int64_t>(number(own, "height", 0), 1 << 20));
    if (made.id.empty() || made.bandwidth == 0 || mime.empty())
      out_.faults.push_back("a Representation without @id, @bandwidth or @mimeType: " + shown(made.id));
    const std::string place = base_of(own, base);
    if (const Element* list = found(set, own, "SegmentList")) {
      segment_list(*list, place, made);
    } else if (const Element* pattern = found(set, own, "SegmentTemplate")) {
      segment_template(*pattern, place, made);
    } else if (!place.empty()) {
      made.segments.push_back({place, std::nullopt, 0, 0});
    } else {
      out_.faults.push_back("a Representation without segments: " + shown(made.id));
    }
    out_.represented.push_back(std::move(made));
  }

  static const Element* found(const Element& set, const Element& own, std::string_view name) {
    return own.child(name) != nullptr ? own.child(name) : set.child(name);
  }

  void times(const Element& in, Represented& out, std::vector<Listed>& listed) {
    out.timescale = std::max<std::int64_t>(1, number(in, "timescale", 1));
    out.offset = number(in, "presentationTimeOffset", 0);
    const Element* timeline = in.child("SegmentTimeline");
    if (timeline == nullptr) return;
    std::int64_t time = 0;
    for (const Element& one : timeline->children) {
      if (one.name != "S") continue;
      const std::int64_t each = number(one, "d", 0), repeats = number(one, "r", 0);
      time = number(one, "t", time);
      if (each <= 0) out_.faults.push_back("an S without @d: " + shown(out.id));
      for (std::int64_t i = 0; i <= repeats; ++i) {
        if (listed.size() >= kMaxSegments) {
          out_.faults.push_back("too many segments: " + shown(out.id));
          return;
        }
        listed.push_back({"", std::nullopt, time, each});
        time += each;
      }
    }
  }

  void segment_list(const Element& in, const std::string& place, Represented& out) {
    std::vector<Listed> timed;
    times(in, out, timed);
    if (const Element* init = in.child("Initialization"))
      out.init = resolve(place, init->attribute("sourceURL"));
    for (const Element& one : in.children) {
      if (one.name != "SegmentURL" || out.segments.size() >= kMaxSegments) continue;
      Listed listed;
      if (out.segments.size() < timed.size()) listed = timed[out.segments.size()];
      listed.uri = resolve(place, one.attribute("media"));
      listed.range = range(one.attribute("mediaRange"));
      if (!one.attribute("mediaRange").empty() && !listed.range)
        out_.faults.push_back("a @mediaRange that is none: " + shown(out.id));
      out.segments.push_back(std::move(listed));
    }
    const std::int64_t each = number(in, "duration", 0);
    if (timed.empty() && each > 0) {
      for (std::size_t i = 0; i < out.segments.size(); ++i) {
        out.segments[i].time = static_cast<std::int64_t>(i) * each;
        out.segments[i].duration = each;
      }
    } else if (out.segments.size() != timed.size()) {
      out_.faults.push_back("SegmentTimeline and SegmentList don't go together: " + shown(out.id));
    }
  }

  void segment_template(const Element& in, const std::string& place, Represented& out) {
    times(in, out, out.segments);
    const std::int64_t first = number(in, "startNumber", 1), each = number(in, "duration", 0);
    if (out.segments.empty() && each > 0) {
      const double period = out_.periods.empty() ? 0 : out_.periods.back();
      const double count =
          std::ceil(period * static_cast<double>(out.timescale) / static_cast<double>(each) - 1e-6);
      for (std::int64_t i = 0;
           i < static_cast<std::int64_t>(count) && i < static_cast<std::int64_t>(kMaxSegments); ++i)
        out.segments.push_back({"", std::nullopt, i * each, each});
    }
    const std::string_view init = in.attribute("initialization"), media = in.attribute("media");
    if (!init.empty()) out.init = resolve(place, filled(init, out, 0, 0));
    for (std::size_t i = 0; i < out.segments.size(); ++i) {
      const std::string name = filled(media, out, first + static_cast<std::int64_t>(i), out.segments[i].time);
      if (name.empty()) out_.faults.push_back("a @media that can't be filled in: " + shown(out.id));
      out.segments[i].uri = resolve(place, name);
      if (name.empty()) return;
    }
  }

  Manifest& out_;
};

}  // namespace

Result<Manifest> parse_manifest(std::string_view text) {
  CH_ASSIGN(const Element root, parse_xml(text));
  Manifest out;
  CH_TRY(Reader(out).read(root));
  return out;
}

}  // namespace cliffhanger::conformance
