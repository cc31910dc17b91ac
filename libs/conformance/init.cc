#include "libs/conformance/init.h"

#include <algorithm>

#include "libs/conformance/limits.h"
#include "libs/conformance/sample_entry.h"

namespace cliffhanger::conformance {
namespace {

// A full box's version; the cursor is after its flags.
int version_of(Cursor& in) {
  const int version = in.u8();
  in.skip(3);
  return version;
}

void read_track_header(ByteSpan body, Track& track) {
  Cursor in(body);
  const bool wide = version_of(in) == 1;
  in.skip(wide ? 16 : 8);
  track.id = in.u32();
  in.skip(4 + (wide ? 8 : 4) + 8 + 2 + 2 + 2 + 2);
  const std::uint32_t a = in.u32(), b = in.u32();
  in.skip(4);
  const std::uint32_t c = in.u32(), d = in.u32();
  track.upright = in.failed() || (a == 0x10000 && b == 0 && c == 0 && d == 0x10000);
}

void read_edits(ByteSpan body, Track& track) {
  Cursor in(body);
  const bool wide = version_of(in) == 1;
  const std::uint32_t count = in.u32();
  for (std::uint32_t i = 0; i < count && i < kMaxBoxes && !in.failed(); ++i) {
    in.skip(wide ? 8 : 4);
    const std::int64_t start =
        wide ? static_cast<std::int64_t>(in.u64()) : static_cast<std::int32_t>(in.u32());
    in.skip(4);
    if (in.failed()) break;
    ++track.edits;
    if (start == -1)
      track.empty_edit = true;
    else if (!track.edit_start)
      track.edit_start = start;
  }
}

Result<void> read_media(const Box& media, Track& track) {
  CH_ASSIGN(const auto boxes, boxes_in(media.body));
  const Box* header = find_box(boxes, "mdhd");
  const Box* handler = find_box(boxes, "hdlr");
  if (header == nullptr || handler == nullptr) return fail(bad_boxes("A track has no mdhd or no hdlr."));
  Cursor times(header->body);
  times.skip(version_of(times) == 1 ? 16 : 8);
  track.timescale = times.u32();
  Cursor kind(handler->body);
  kind.skip(8);
  track.handler = kind.text(4);
  if (times.failed() || kind.failed() || track.timescale == 0)
    return fail(bad_boxes("A track's mdhd or hdlr is cut off, or its timescale is 0."));
  CH_ASSIGN(const Box table, descend(boxes, {"minf", "stbl", "stsd"}));
  Cursor in(table.body);
  in.skip(4);
  if (in.u32() == 0 || in.failed()) return fail(bad_boxes("A track has no sample description (stsd)."));
  CH_ASSIGN(const auto entries, boxes_in(in.rest()));
  if (entries.empty()) return fail(bad_boxes("A track has no sample description (stsd)."));
  return read_sample_entry(entries.front(), track);
}

Result<Track> read_track(const Box& trak) {
  Track track;
  CH_ASSIGN(const auto boxes, boxes_in(trak.body));
  const Box* header = find_box(boxes, "tkhd");
  const Box* media = find_box(boxes, "mdia");
  if (header == nullptr || media == nullptr) return fail(bad_boxes("A track has no tkhd or no mdia."));
  read_track_header(header->body, track);
  CH_ASSIGN(const Box edits, descend(boxes, {"edts", "elst"}));
  if (!edits.type.empty()) read_edits(edits.body, track);
  CH_TRY(read_media(*media, track));
  return track;
}

Result<void> read_defaults(const Box& extends, Init& init) {
  CH_ASSIGN(const auto boxes, boxes_in(extends.body));
  for (const Box& box : boxes) {
    if (box.type != "trex") continue;
    Cursor in(box.body);
    in.skip(4);
    const std::uint32_t id = in.u32();
    in.skip(4);
    const std::uint32_t duration = in.u32(), size = in.u32(), flags = in.u32();
    if (in.failed()) return fail(bad_boxes("A trex is cut off."));
    for (Track& track : init.tracks) {
      if (track.id != id) continue;
      track.default_duration = duration;
      track.default_size = size;
      track.default_flags = flags;
    }
  }
  return {};
}

}  // namespace

const Track* Init::find(std::string_view handler) const {
  const auto it =
      std::find_if(tracks.begin(), tracks.end(), [&](const Track& t) { return t.handler == handler; });
  return it == tracks.end() ? nullptr : &*it;
}

const Track* Init::find(std::uint32_t id) const {
  const auto it = std::find_if(tracks.begin(), tracks.end(), [&](const Track& t) { return t.id == id; });
  return it == tracks.end() ? nullptr : &*it;
}

Result<Init> parse_init(ByteSpan bytes) {
  CH_ASSIGN(const auto boxes, boxes_in(bytes));
  const Box* movie = find_box(boxes, "moov");
  if (find_box(boxes, "ftyp") == nullptr || movie == nullptr)
    return fail(bad_boxes("There is no ftyp or no moov."));
  Init init;
  Cursor type(find_box(boxes, "ftyp")->body);
  init.brands.push_back(type.text(4));
  type.skip(4);
  while (type.left() >= 4 && init.brands.size() < 64) init.brands.push_back(type.text(4));
  CH_ASSIGN(const auto inside, boxes_in(movie->body));
  const Box* extends = find_box(inside, "mvex");
  if (find_box(inside, "mvhd") == nullptr || extends == nullptr)
    return fail(bad_boxes("The moov has no mvhd or no mvex."));
  for (const Box& box : inside) {
    if (box.type != "trak") continue;
    if (init.tracks.size() == kMaxTracks) return fail(bad_boxes("There are too many tracks."));
    CH_ASSIGN(Track track, read_track(box));
    init.tracks.push_back(std::move(track));
  }
  if (init.tracks.empty()) return fail(bad_boxes("There is no track."));
  CH_TRY(read_defaults(*extends, init));
  return init;
}

}  // namespace cliffhanger::conformance
