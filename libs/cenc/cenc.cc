#include "libs/cenc/cenc.h"

#include <algorithm>
#include <cstring>

#include "libs/cenc/aes.h"
#include "libs/cenc/boxes.h"

namespace cliffhanger::cenc {
namespace {

constexpr std::size_t kEntryHead = 8 + 8;  // of stsd's body: version, flags, count; then the entry's header
constexpr std::size_t kVisualEntry = 78;   // fields of a VisualSampleEntry before its boxes
constexpr std::uint32_t kOffset = 0x1, kFirstFlags = 0x4;  // trun's flags
constexpr std::uint32_t kDuration = 0x100, kSize = 0x200, kFlags = 0x400, kComposition = 0x800;
constexpr std::size_t kMaxClear = 0xffff;  // of one entry of senc
constexpr std::size_t kNalLength = 4;
constexpr std::uint32_t kSubsamples = 0x2;  // senc's flag

tl::unexpected<Error> damaged(const char* what) {
  return fail(internal("CENC_DAMAGED", std::string("A segment can't be encrypted: ") + what + "."));
}

std::string_view text(const Block& block) {
  return {reinterpret_cast<const char*>(block.data()), block.size()};
}
ByteView view(std::string_view bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

// moov/trak/mdia/minf/stbl/stsd's way down, from the outside in.
constexpr const char* kWay[] = {"moov", "trak", "mdia", "minf", "stbl", "stsd"};

Result<Box> sample_entry(std::string_view init) {
  std::string_view inside = init;
  for (const char* type : kWay) {
    CH_ASSIGN(const Box box, find_box(inside, type));
    inside = box.body;
  }
  if (inside.size() < kEntryHead) return damaged("no sample entry");
  CH_ASSIGN(const auto entries, boxes_in(inside.substr(8)));
  if (entries.size() != 1) return damaged("not one sample entry");
  return entries.front();
}

// sinf: what it was, the scheme, and the key's name (23001-7, 8.2; 14496-12, 8.12).
std::string protection(std::string_view was, const Key& key, bool video) {
  std::string scheme("cbcs");
  put_u32(scheme, 0x10000);
  std::string tenc;
  put_u16(tenc, video ? 0x19 : 0);  // one block in ten, or whole samples
  put_u16(tenc, 0x0100);            // protected; no IV a sample
  tenc.append(text(key.id));
  tenc += static_cast<char>(key.iv.size());
  tenc.append(text(key.iv));
  return make_box("sinf", make_box("frma", was) + make_full_box("schm", 0, 0, scheme) +
                              make_box("schi", make_full_box("tenc", 1, 0, tenc)));
}

// The bytes with the box `entry` (somewhere in them) replaced, and all around it grown to fit.
Result<std::string> replace_entry(std::string_view init, std::string_view entry, const std::string& with) {
  std::string out(init);
  const auto at = static_cast<std::size_t>(entry.data() - init.data());
  const auto more = static_cast<std::uint32_t>(with.size() - entry.size());
  std::string_view inside = init;
  for (const char* type : kWay) {
    CH_ASSIGN(const Box box, find_box(inside, type));
    std::string size;
    put_u32(size, static_cast<std::uint32_t>(box.whole.size()) + more);
    out.replace(static_cast<std::size_t>(box.whole.data() - init.data()), 4, size);
    inside = box.body;
  }
  return out.replace(at, entry.size(), with);
}

// What of a sample is clear and what is encrypted, in turn.
struct Part {
  std::size_t clear = 0, secret = 0;
};

using Codec = std::variant<std::monostate, AvcParameters, HevcParameters>;

// How much of a NAL unit stays clear: its slice header, or all of what is no slice.
Result<std::size_t> clear_of(ByteView nal, const Codec& codec) {
  if (const auto* hevc = std::get_if<HevcParameters>(&codec))
    return is_hevc_slice(nal.front() >> 1 & 63) ? hevc_slice_header_bytes(nal, *hevc) : nal.size();
  const int type = nal.front() & 31;
  if (type >= 2 && type <= 4) return damaged("partitioned slices");
  return type == 1 || type == 5 ? slice_header_bytes(nal, std::get<AvcParameters>(codec)) : nal.size();
}

Result<std::vector<Part>> parts_of(std::string_view sample, const Codec& codec) {
  std::vector<Part> parts;
  std::size_t clear = 0;
  while (!sample.empty()) {
    const std::size_t size = sample.size() < kNalLength + 1 ? 0 : u32_at(sample, 0);
    if (size == 0 || size > sample.size() - kNalLength) return damaged("a NAL unit's length");
    const std::string_view nal = sample.substr(kNalLength, size);
    CH_ASSIGN(const std::size_t head, clear_of(view(nal), codec));
    clear += kNalLength + head;
    if (head < size) {
      for (; clear > kMaxClear; clear -= kMaxClear) parts.push_back({kMaxClear, 0});
      parts.push_back({clear, size - head});
      clear = 0;
    }
    sample.remove_prefix(kNalLength + size);
  }
  for (; clear > 0; clear -= std::min(clear, kMaxClear)) parts.push_back({std::min(clear, kMaxClear), 0});
  return parts;
}

struct Run {
  std::vector<std::size_t> sizes;
  std::size_t offset_at = 0;  // of the data offset, in trun's body
};

// A trun with an offset and every sample's size.
Result<Run> read_run(std::string_view body) {
  if (body.size() < 12) return damaged("trun");
  const std::uint32_t flags = u32_at(body, 0) & 0xffffff, count = u32_at(body, 4);
  if ((flags & (kOffset | kSize)) != (kOffset | kSize) || (flags & kFirstFlags) != 0) return damaged("trun");
  const std::size_t before = (flags & kDuration) != 0 ? 4 : 0;
  const std::size_t step =
      before + 4 + ((flags & kFlags) != 0 ? 4 : 0) + ((flags & kComposition) != 0 ? 4 : 0);
  if (count == 0 || body.size() - 12 != step * count) return damaged("trun");
  Run run{{}, 8};
  for (std::size_t at = 12 + before; at < body.size(); at += step) run.sizes.push_back(u32_at(body, at));
  return run;
}

// senc, saiz and saio (23001-7, 7.2; 14496-12, 8.7.8 and 8.7.9) of one fragment; `senc_at` is where they
// begin in the moof.
Result<std::string> subsample_boxes(const std::vector<std::vector<Part>>& samples, std::size_t senc_at) {
  std::string senc, saiz;
  put_u32(senc, static_cast<std::uint32_t>(samples.size()));
  saiz += '\0';  // each sample's own size follows
  put_u32(saiz, static_cast<std::uint32_t>(samples.size()));
  for (const auto& parts : samples) {
    const std::size_t size = 2 + 6 * parts.size();
    if (size > 0xff) return damaged("too many slices in a picture");
    saiz += static_cast<char>(size);
    put_u16(senc, static_cast<std::uint32_t>(parts.size()));
    for (const Part& part : parts) {
      put_u16(senc, static_cast<std::uint32_t>(part.clear));
      put_u32(senc, static_cast<std::uint32_t>(part.secret));
    }
  }
  std::string saio;
  put_u32(saio, 1);
  put_u32(saio, static_cast<std::uint32_t>(senc_at + 8 + 4 + 4));  // behind senc's header and count
  return make_full_box("senc", 0, kSubsamples, senc) + make_full_box("saiz", 0, 0, saiz) +
         make_full_box("saio", 0, 0, saio);
}

// One fragment: a moof and its mdat.
class Fragment {
 public:
  Fragment(std::string_view moof, std::string_view data, const Codec& codec, Cbc& cipher)
      : moof_(moof), data_(data), codec_(codec), cipher_(cipher) {}

  // Appends it encrypted to `out`; returns the bytes up to the end of its first sample.
  Result<std::size_t> append(std::string& out) {
    CH_ASSIGN(const auto outer, boxes_in(moof_));
    if (outer.size() != 2 || outer[0].type != "mfhd" || outer[1].type != "traf") return damaged("moof");
    CH_ASSIGN(const auto inner, boxes_in(outer[1].body));
    if (inner.size() != 3 || inner[2].type != "trun") return damaged("traf");
    CH_ASSIGN(Run run, read_run(inner[2].body));
    CH_TRY(encrypt(run));

    std::string trun(inner[2].body);
    const std::size_t before_trun =
        8 + outer[0].whole.size() + 8 + inner[0].whole.size() + inner[1].whole.size();
    std::string boxes;
    if (video()) {
      CH_ASSIGN(boxes, subsample_boxes(samples_, before_trun + inner[2].whole.size()));
    }
    const std::size_t moof = before_trun + inner[2].whole.size() + boxes.size();
    std::string offset;
    put_u32(offset, static_cast<std::uint32_t>(moof + 8));
    trun.replace(run.offset_at, 4, offset);
    std::string traf =
        std::string(inner[0].whole).append(inner[1].whole).append(make_box("trun", trun)).append(boxes);
    out += make_box("moof", std::string(outer[0].whole).append(make_box("traf", traf)));
    out += make_box("mdat", data_);
    return moof + 8 + run.sizes.front();
  }

 private:
  bool video() const { return !std::holds_alternative<std::monostate>(codec_); }

  Result<void> encrypt(const Run& run) {
    std::size_t at = 0;
    for (const std::size_t size : run.sizes) {
      if (size > data_.size() - at) return damaged("a sample beyond its mdat");
      CH_TRY(encrypt_sample(at, size));
      at += size;
    }
    if (at != data_.size()) return damaged("an mdat with more than its samples");
    return {};
  }
  Result<void> encrypt_sample(std::size_t at, std::size_t size) {
    auto* bytes = reinterpret_cast<std::uint8_t*>(data_.data());
    if (!video()) {
      cipher_.whole({bytes + at, size});
      return {};
    }
    CH_ASSIGN(auto parts, parts_of(std::string_view(data_).substr(at, size), codec_));
    for (const Part& part : parts) {
      at += part.clear;
      if (part.secret > 0) cipher_.pattern({bytes + at, part.secret});
      at += part.secret;
    }
    samples_.push_back(std::move(parts));
    return {};
  }

  const std::string_view moof_;
  std::string data_;
  const Codec& codec_;
  Cbc& cipher_;
  std::vector<std::vector<Part>> samples_;
};

}  // namespace

Result<Track> Track::open(std::string_view init) {
  Track track;
  track.init_ = init;
  CH_ASSIGN(const Box entry, sample_entry(track.init_));
  if (entry.type == "mp4a") return track;
  const bool hevc = entry.type == "hvc1";
  if (!hevc && entry.type != "avc1")
    return fail(internal("CENC_UNSUPPORTED", "Only H.264, HEVC and AAC can be encrypted."));
  if (entry.body.size() < kVisualEntry) return damaged("sample entry");
  CH_ASSIGN(const Box configuration, find_box(entry.body.substr(kVisualEntry), hevc ? "hvcC" : "avcC"));
  if (hevc) {
    CH_ASSIGN(track.codec_, parse_hevc_configuration(view(configuration.body)));
  } else {
    CH_ASSIGN(track.codec_, parse_avc_configuration(view(configuration.body)));
  }
  return track;
}

Result<std::string> Track::init(const Key& key) const {
  CH_ASSIGN(const Box entry, sample_entry(init_));
  const std::string body = std::string(entry.body).append(protection(entry.type, key, video()));
  return replace_entry(init_, entry.whole, make_box(video() ? "encv" : "enca", body));
}

Result<Encrypted> Track::segment(std::string_view clear, const Key& key) const {
  CH_ASSIGN(const auto boxes, boxes_in(clear));
  Cbc cipher(key);
  Encrypted out;
  out.bytes.reserve(clear.size() + clear.size() / 64);
  for (std::size_t i = 0; i < boxes.size(); i += 2) {
    if (boxes[i].type != "moof" || i + 1 == boxes.size() || boxes[i + 1].type != "mdat")
      return damaged("not a row of moof and mdat");
    const std::size_t at = out.bytes.size();
    Fragment fragment(boxes[i].body, boxes[i + 1].body, codec_, cipher);
    CH_ASSIGN(const std::size_t first, fragment.append(out.bytes));
    out.fragments.push_back({static_cast<std::int64_t>(at), static_cast<std::int64_t>(first),
                             static_cast<std::int64_t>(out.bytes.size() - at)});
  }
  if (out.fragments.empty()) return damaged("empty");
  return out;
}

}  // namespace cliffhanger::cenc
