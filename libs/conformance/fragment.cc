#include "libs/conformance/fragment.h"

#include <algorithm>
#include <limits>

#include "libs/conformance/limits.h"
#include "libs/conformance/text.h"

namespace cliffhanger::conformance {
namespace {

constexpr std::int64_t kWindow = 16 << 10;
constexpr std::int64_t kMostTime = std::numeric_limits<std::int64_t>::max() / 4;
constexpr std::uint32_t kNotSync = 0x10000;
constexpr std::size_t kMostSyncsLookedAt = 64;  // of a segment

// Reads ahead a little, so that a fragment costs one or two reads.
class Window {
 public:
  Window(const ReadAt& read, std::int64_t end) : read_(read), end_(end) {}
  // Exactly `length` bytes, valid until the next call.
  Result<ByteSpan> at(std::int64_t offset, std::int64_t length) {
    if (offset < 0 || length < 0 || offset > end_ - length)
      return fail(bad_boxes("A box or a sample is cut off."));
    if (offset < start_ || offset + length > start_ + static_cast<std::int64_t>(bytes_.size())) {
      CH_ASSIGN(bytes_, read_(offset, std::min(std::max(length, kWindow), end_ - offset)));
      start_ = offset;
      if (static_cast<std::int64_t>(bytes_.size()) < length) return fail(bad_boxes("The file is cut off."));
    }
    return as_bytes(bytes_).subspan(static_cast<std::size_t>(offset - start_),
                                    static_cast<std::size_t>(length));
  }
  std::int64_t end() const { return end_; }

 private:
  const ReadAt& read_;
  std::int64_t end_, start_ = 0;
  std::string bytes_;
};

struct Defaults {
  std::uint32_t duration = 0, size = 0, flags = 0;
};

// One moof.
class MoofReader {
 public:
  MoofReader(const Init& init, std::int64_t offset, Budget& budget)
      : init_(init), moof_(offset), budget_(budget), data_(offset) {}
  Result<std::vector<Fragment>> read(ByteSpan body);
  // Where the samples lie, over all tracks.
  std::int64_t first_byte() const { return first_byte_; }
  std::int64_t last_byte() const { return last_byte_; }

 private:
  Result<Fragment> read_track(const Box& traf, bool first);
  Result<void> read_header(ByteSpan body, bool first, Fragment& out, Defaults& defaults);
  Result<void> read_run(ByteSpan body, const Defaults& defaults, Fragment& out);
  void add_sample(Fragment& out, std::uint32_t duration, std::uint32_t size, std::uint32_t flags,
                  std::int64_t shift);

  const Init& init_;
  std::int64_t moof_;
  Budget& budget_;
  bool video_ = false;
  std::int64_t base_ = 0, data_;  // where the next run's bytes are
  std::int64_t first_byte_ = kMostTime, last_byte_ = 0;
};

Result<std::vector<Fragment>> MoofReader::read(ByteSpan body) {
  CH_ASSIGN(const auto boxes, boxes_in(body));
  std::vector<Fragment> out;
  for (const Box& box : boxes) {
    if (box.type != "traf") continue;
    if (out.size() == kMaxTracks) return fail(bad_boxes("A moof has too many tracks."));
    CH_ASSIGN(Fragment one, read_track(box, out.empty()));
    out.push_back(std::move(one));
  }
  if (out.empty()) return fail(bad_boxes("A moof has no traf."));
  return out;
}

Result<void> MoofReader::read_header(ByteSpan body, bool first, Fragment& out, Defaults& defaults) {
  Cursor in(body);
  const std::uint32_t flags = in.u32() & 0xffffff;
  out.track = in.u32();
  const Track* track = init_.find(out.track);
  if (in.failed() || track == nullptr)
    return fail(bad_boxes("A fragment is of a track that the initialisation segment does not have."));
  video_ = track->is_video();
  defaults = {track->default_duration, track->default_size, track->default_flags};
  base_ = (flags & 0x20000) || first ? moof_ : data_;
  if (flags & 0x1) base_ = static_cast<std::int64_t>(std::min<std::uint64_t>(in.u64(), kMostTime));
  if (flags & 0x2) in.skip(4);
  if (flags & 0x8) defaults.duration = in.u32();
  if (flags & 0x10) defaults.size = in.u32();
  if (flags & 0x20) defaults.flags = in.u32();
  if (in.failed()) return fail(bad_boxes("A tfhd is cut off."));
  data_ = base_;
  return {};
}

Result<Fragment> MoofReader::read_track(const Box& traf, bool first) {
  CH_ASSIGN(const auto boxes, boxes_in(traf.body));
  const Box* header = find_box(boxes, "tfhd");
  if (header == nullptr) return fail(bad_boxes("A traf has no tfhd."));
  Fragment out;
  out.offset = moof_;
  Defaults defaults;
  CH_TRY(read_header(header->body, first, out, defaults));
  if (const Box* time = find_box(boxes, "tfdt")) {
    Cursor in(time->body);
    const bool wide = in.u8() == 1;
    in.skip(3);
    const std::uint64_t value = wide ? in.u64() : in.u32();
    if (in.failed() || value > static_cast<std::uint64_t>(kMostTime))
      return fail(bad_boxes("A tfdt is cut off or impossible."));
    out.decode_time = static_cast<std::int64_t>(value);
  }
  out.earliest = kMostTime;
  for (const Box& box : boxes) {
    if (box.type == "trun") CH_TRY(read_run(box.body, defaults, out));
    out.senc |= box.type == "senc";
    out.saiz |= box.type == "saiz";
    out.saio |= box.type == "saio";
  }
  if (out.samples == 0) out.earliest = out.decode_time.value_or(0);
  return out;
}

Result<void> MoofReader::read_run(ByteSpan body, const Defaults& defaults, Fragment& out) {
  Cursor in(body);
  const bool is_signed = in.u8() > 0;
  const auto flags = static_cast<std::uint32_t>(in.take(3));
  const std::uint32_t count = in.u32();
  if (flags & 0x1) data_ = base_ + static_cast<std::int32_t>(in.u32());
  const std::uint32_t first_flags = flags & 0x4 ? in.u32() : defaults.flags;
  if (in.failed() || data_ < 0) return fail(bad_boxes("A trun is cut off or points before the file."));
  if (out.samples + count > kMaxSamples || count > budget_.samples)
    return fail(bad_boxes("There are too many samples."));
  budget_.samples -= count;
  const std::int64_t begin = data_;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t duration = flags & 0x100 ? in.u32() : defaults.duration;
    const std::uint32_t size = flags & 0x200 ? in.u32() : defaults.size;
    const std::uint32_t own = flags & 0x400 ? in.u32() : i == 0 ? first_flags : defaults.flags;
    const std::uint32_t shift = flags & 0x800 ? in.u32() : 0;
    if (in.failed()) return fail(bad_boxes("A trun is cut off."));
    add_sample(out, duration, size, own, is_signed ? static_cast<std::int32_t>(shift) : std::int64_t{shift});
  }
  if (count > 0) {
    first_byte_ = std::min(first_byte_, begin);
    last_byte_ = std::max(last_byte_, data_);
  }
  return {};
}

void MoofReader::add_sample(Fragment& out, std::uint32_t duration, std::uint32_t size, std::uint32_t flags,
                            std::int64_t shift) {
  const std::int64_t time = out.decode_time.value_or(0) + out.duration, shown = time + shift;
  if (!(flags & kNotSync)) {
    if (video_) out.syncs.push_back({out.samples, time, shown, data_, size, std::nullopt, false});
    if (out.samples == 0) out.starts_with_sync = true;
  } else if (!out.syncs.empty() && shown < out.syncs.back().shown) {
    out.leading = true;
  }
  if (out.samples == 0) out.sample_duration = duration;
  if (out.sample_duration != std::int64_t{duration}) out.sample_duration.reset();
  out.earliest = std::min(out.earliest, shown);
  out.duration += duration;
  data_ += size;
  ++out.samples;
}

// The types of the NAL units at the start of a key frame, until the first slice.
Result<void> look_at(Window& window, const Track& track, SyncSample& sample) {
  if (track.nal_length == 0 || sample.bytes <= track.nal_length) return {};
  std::int64_t at = sample.offset;
  const std::int64_t end = sample.offset + sample.bytes;
  for (std::size_t i = 0; i < kMaxNals && at + track.nal_length + 1 <= end; ++i) {
    CH_ASSIGN(const ByteSpan head, window.at(at, track.nal_length + 1));
    Cursor in(head);
    const auto size = static_cast<std::int64_t>(in.take(static_cast<std::size_t>(track.nal_length)));
    const int first = in.u8(), type = track.hevc ? first >> 1 & 63 : first & 31;
    if (size == 0 || size > end - at - track.nal_length)
      return fail(bad_boxes("A key frame's NAL unit reaches beyond its sample."));
    const bool slice = track.hevc ? type < 32 : type >= 1 && type <= 5;
    if (slice) {
      sample.idr = track.hevc ? type == 19 || type == 20 : type == 5;
      return {};
    }
    sample.parameter_sets |= track.hevc ? type >= 32 && type <= 34 : type == 7 || type == 8;
    at += track.nal_length + size;
  }
  return {};
}

class Scanner {
 public:
  Scanner(const ReadAt& read, Scan scan, const Init& init, Budget& budget)
      : window_(read, scan.end), scan_(scan), init_(init), budget_(budget) {}
  Result<std::vector<Fragment>> run();

 private:
  struct Head {
    std::string type;
    std::int64_t header = 0, size = 0;
  };
  Result<Head> head(std::int64_t at);
  Result<void> read_moof(std::int64_t at, const Head& box);
  Result<void> close(std::int64_t begin, std::int64_t end);  // of the mdat

  Window window_;
  Scan scan_;
  const Init& init_;
  Budget& budget_;
  std::vector<Fragment> out_;
  std::size_t open_ = 0;  // fragments from here on wait for their mdat
  std::int64_t first_byte_ = 0, last_byte_ = 0;
  std::size_t looked_ = 0;
};

Result<Scanner::Head> Scanner::head(std::int64_t at) {
  const std::int64_t left = scan_.end - at;
  CH_ASSIGN(const ByteSpan bytes, window_.at(at, std::min<std::int64_t>(left, 16)));
  Cursor in(bytes);
  std::uint64_t size = in.u32();
  Head out{in.text(4), 8, 0};
  if (size == 1) {
    size = in.u64();
    out.header = 16;
  }
  if (size == 0 && !in.failed()) size = static_cast<std::uint64_t>(left);
  if (in.failed() || size < static_cast<std::uint64_t>(out.header) || size > static_cast<std::uint64_t>(left))
    return fail(bad_boxes("The box \"" + shown(out.type) + "\" at byte " + std::to_string(at) +
                          " is cut off or has an impossible size."));
  out.size = static_cast<std::int64_t>(size);
  return out;
}

Result<void> Scanner::read_moof(std::int64_t at, const Head& box) {
  if (open_ < out_.size()) return fail(bad_boxes("A moof is not followed by its mdat."));
  if (box.size > kMaxMoofBytes) return fail(bad_boxes("A moof is too large."));
  CH_ASSIGN(const ByteSpan body, window_.at(at + box.header, box.size - box.header));
  MoofReader reader(init_, at, budget_);
  CH_ASSIGN(auto found, reader.read(body));
  first_byte_ = reader.first_byte();
  last_byte_ = reader.last_byte();
  std::move(found.begin(), found.end(), std::back_inserter(out_));
  return {};
}

Result<void> Scanner::close(std::int64_t begin, std::int64_t end) {
  if (open_ == out_.size()) return {};  // an mdat without a moof: nothing is in it
  if (last_byte_ > 0 && (first_byte_ < begin || last_byte_ > end))
    return fail(bad_boxes("Samples lie outside the mdat that follows their moof."));
  for (; open_ < out_.size(); ++open_) {
    Fragment& fragment = out_[open_];
    fragment.end = end;
    const Track& track = *init_.find(fragment.track);
    for (SyncSample& sample : fragment.syncs) {
      if (looked_++ < kMostSyncsLookedAt) CH_TRY(look_at(window_, track, sample));
    }
  }
  return {};
}

Result<std::vector<Fragment>> Scanner::run() {
  std::int64_t at = scan_.begin;
  std::size_t boxes = 0;
  while (at < scan_.end) {
    if (++boxes > kMaxBoxes) return fail(bad_boxes("There are too many boxes."));
    CH_ASSIGN(const Head box, head(at));
    if (box.type == "moof") CH_TRY(read_moof(at, box));
    if (box.type == "mdat") CH_TRY(close(at + box.header, at + box.size));
    at += box.size;
    if (scan_.most > 0 && open_ == out_.size() && out_.size() >= scan_.most) break;
  }
  if (open_ < out_.size()) return fail(bad_boxes("A moof is not followed by its mdat."));
  if (out_.empty()) return fail(bad_boxes("There is no moof."));
  return std::move(out_);
}

}  // namespace

Result<std::vector<Fragment>> scan_fragments(const ReadAt& read, Scan scan, const Init& init,
                                             Budget& budget) {
  return Scanner(read, scan, init, budget).run();
}

}  // namespace cliffhanger::conformance
