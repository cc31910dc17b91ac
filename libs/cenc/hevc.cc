#include "libs/cenc/hevc.h"

#include <algorithm>
#include <bit>

#include "libs/cenc/bits.h"

namespace cliffhanger::cenc {
namespace {

constexpr std::uint32_t kMostPictures = 16;  // of a reference picture set, and of a list
constexpr std::uint32_t kMostSets = 64, kMostLongTerm = 32;
constexpr int kSpsType = 33, kPpsType = 34;
constexpr int kMainProfile = 1, kMain10Profile = 2;  // later ones have extensions that change slice headers

tl::unexpected<Error> unsupported(const char* what) {
  return fail(
      internal("CENC_UNSUPPORTED", std::string("The video's parameters can't be read: ") + what + "."));
}

// Bits that number one of `count` things.
int bits_for(std::uint32_t count) {
  return count > 1 ? std::bit_width(count - 1) : 0;
}

// A short-term reference picture set (7.3.7). False for one that is told from another set, as x265 never
// does.
bool read_references(Bits& in, bool first, HevcParameters::References& out) {
  if (!first && in.bit() != 0) return false;
  const std::uint32_t before = in.unsigned_golomb(), after = in.unsigned_golomb();
  if (before > kMostPictures || after > kMostPictures) return false;
  out.pictures = static_cast<int>(before + after);
  for (int i = 0; i < out.pictures; ++i) {
    in.unsigned_golomb();
    out.used += static_cast<int>(in.bit());
  }
  return !in.failed();
}

Result<void> read_reference_sets(Bits& in, HevcParameters& out) {
  const std::uint32_t sets = in.unsigned_golomb();
  if (sets > kMostSets) return unsupported("reference sets");
  for (std::uint32_t i = 0; i < sets; ++i) {
    HevcParameters::References set;
    if (!read_references(in, i == 0, set)) return unsupported("reference sets");
    out.reference_sets.push_back(set);
  }
  out.long_term = in.bit() != 0;
  if (!out.long_term) return {};
  const std::uint32_t pictures = in.unsigned_golomb();
  if (pictures > kMostLongTerm) return unsupported("long-term references");
  for (std::uint32_t i = 0; i < pictures; ++i) {
    in.skip(out.order_bits);
    out.long_term_used.push_back(in.bit() != 0);
  }
  return {};
}

// Blocks of the largest size in a picture, of this many bits a side.
std::uint32_t blocks(std::uint32_t width, std::uint32_t height, std::uint32_t log2_size) {
  const auto in_side = [log2_size](std::uint32_t side) {
    return (side + (1u << log2_size) - 1) >> log2_size;
  };
  return in_side(width) * in_side(height);
}

Result<void> read_sequence(ByteView nal, HevcParameters& out) {
  Bits in(nal);
  in.skip(16), in.skip(4);
  if (in.number(3) != 0) return unsupported("temporal layers");
  in.skip(1), in.skip(3);
  const int profile = static_cast<int>(in.number(5));
  if (profile != kMainProfile && profile != kMain10Profile) return unsupported("profile");
  in.skip(32), in.skip(24), in.skip(24), in.skip(8);
  in.unsigned_golomb();
  const std::uint32_t chroma = in.unsigned_golomb();
  out.monochrome = chroma == 0;
  if (chroma == 3) out.separate_colour_planes = in.bit() != 0;
  const std::uint32_t width = in.unsigned_golomb(), height = in.unsigned_golomb();
  if (in.bit() != 0) in.unsigned_golomb(), in.unsigned_golomb(), in.unsigned_golomb(), in.unsigned_golomb();
  in.unsigned_golomb(), in.unsigned_golomb();
  out.order_bits = static_cast<int>(in.unsigned_golomb()) + 4;
  in.skip(1), in.unsigned_golomb(), in.unsigned_golomb(), in.unsigned_golomb();
  const std::uint32_t least = in.unsigned_golomb() + 3, largest = least + in.unsigned_golomb();
  constexpr std::uint32_t kMostSide = 1u << 14, kMostLog2 = 6;
  if (in.failed() || out.order_bits > 16 || width > kMostSide || height > kMostSide || largest > kMostLog2)
    return unsupported("sequence");
  out.address_bits = bits_for(blocks(width, height, largest));
  for (int i = 0; i < 4; ++i) in.unsigned_golomb();
  if (in.bit() != 0 && in.bit() != 0) return unsupported("scaling lists");
  in.skip(1);
  out.adaptive_offset = in.bit() != 0;
  if (in.bit() != 0) in.skip(8), in.unsigned_golomb(), in.unsigned_golomb(), in.skip(1);
  CH_TRY(read_reference_sets(in, out));
  out.temporal_motion = in.bit() != 0;
  if (in.failed()) return unsupported("sequence");
  return {};
}

Result<void> read_picture(ByteView nal, HevcParameters& out) {
  Bits in(nal);
  in.skip(16), in.unsigned_golomb(), in.unsigned_golomb();
  out.dependent_slices = in.bit() != 0;
  out.output_flag = in.bit() != 0;
  out.extra_bits = static_cast<int>(in.number(3));
  in.skip(1);
  out.cabac_init = in.bit() != 0;
  for (int& references : out.references) references = static_cast<int>(in.unsigned_golomb()) + 1;
  in.signed_golomb(), in.skip(2);
  if (in.bit() != 0) in.unsigned_golomb();
  in.signed_golomb(), in.signed_golomb();
  out.chroma_offsets = in.bit() != 0;
  out.weighted_p = in.bit() != 0;
  out.weighted_b = in.bit() != 0;
  in.skip(1);
  if (in.bit() != 0) return unsupported("tiles");
  out.wavefronts = in.bit() != 0;
  out.loop_filter_across = in.bit() != 0;
  if (in.bit() != 0) {
    out.deblocking_override = in.bit() != 0;
    out.deblocking_disabled = in.bit() != 0;
    if (!out.deblocking_disabled) in.signed_golomb(), in.signed_golomb();
  }
  if (in.bit() != 0) return unsupported("scaling lists");
  out.list_modification = in.bit() != 0;
  in.unsigned_golomb();
  out.header_extension = in.bit() != 0;
  if (in.bit() != 0) return unsupported("extensions");
  if (in.failed() || out.references[0] > static_cast<int>(kMostPictures) ||
      out.references[1] > static_cast<int>(kMostPictures))
    return unsupported("picture");
  return {};
}

// One slice segment header (7.3.6.1), read for its length alone.
class SegmentHeader {
 public:
  SegmentHeader(ByteView nal, const HevcParameters& parameters)
      : in_(nal), p_(parameters), nal_type_(nal[0] >> 1 & 63) {}

  Result<std::size_t> length() {
    in_.skip(16);
    const bool first = in_.bit() != 0;
    if (nal_type_ >= 16 && nal_type_ <= 23) in_.skip(1);
    in_.unsigned_golomb();
    bool dependent = false;
    if (!first) {
      dependent = p_.dependent_slices && in_.bit() != 0;
      in_.skip(p_.address_bits);
    }
    if (!dependent) independent();
    if (p_.wavefronts) entry_points();
    if (p_.header_extension) {
      for (std::uint32_t left = std::min(in_.unsigned_golomb(), 256u); left > 0; --left) in_.skip(8);
    }
    // byte_alignment(): a one, then zeros. What was read wrongly hardly ends so.
    bool aligned = in_.bit() == 1;
    while (!in_.aligned()) aligned = in_.bit() == 0 && aligned;
    if (in_.failed() || !aligned || damaged_)
      return fail(internal("CENC_DAMAGED", "A slice's header can't be read."));
    return in_.bytes_begun();
  }

 private:
  bool predicted() const { return type_ < 2; }
  bool both_ways() const { return type_ == 0; }
  bool chroma() const { return !p_.monochrome && !p_.separate_colour_planes; }

  void independent() {
    in_.skip(p_.extra_bits);
    type_ = in_.unsigned_golomb();
    if (type_ > 2) damaged_ = true;
    if (p_.output_flag) in_.skip(1);
    if (p_.separate_colour_planes) in_.skip(2);
    bool motion = false;
    if (nal_type_ != 19 && nal_type_ != 20) motion = order();
    bool offset = false;
    if (p_.adaptive_offset) {
      offset = in_.bit() != 0;
      if (chroma()) offset = in_.bit() != 0 || offset;
    }
    if (predicted()) prediction(motion);
    in_.signed_golomb();
    if (p_.chroma_offsets) in_.signed_golomb(), in_.signed_golomb();
    bool unfiltered = p_.deblocking_disabled;
    if (p_.deblocking_override && in_.bit() != 0) {
      unfiltered = in_.bit() != 0;
      if (!unfiltered) in_.signed_golomb(), in_.signed_golomb();
    }
    if (p_.loop_filter_across && (offset || !unfiltered)) in_.skip(1);
  }

  // Gives whether motion is predicted from another picture's.
  bool order() {
    in_.skip(p_.order_bits);
    HevcParameters::References set;
    if (in_.bit() == 0) {
      if (!read_references(in_, p_.reference_sets.empty(), set)) damaged_ = true;
    } else {
      const std::uint32_t index = in_.number(bits_for(static_cast<std::uint32_t>(p_.reference_sets.size())));
      if (index < p_.reference_sets.size())
        set = p_.reference_sets[index];
      else
        damaged_ = true;
    }
    used_ = set.used;
    if (p_.long_term) long_term();
    return p_.temporal_motion && in_.bit() != 0;
  }
  void long_term() {
    const auto known = static_cast<std::uint32_t>(p_.long_term_used.size());
    const std::uint32_t listed = known > 0 ? in_.unsigned_golomb() : 0;
    const std::uint32_t own = in_.unsigned_golomb();
    if (listed > kMostLongTerm || own > kMostLongTerm) damaged_ = true;
    for (std::uint32_t i = 0; i < listed + own && !damaged_ && !in_.failed(); ++i) {
      if (i < listed) {
        const std::uint32_t index = in_.number(bits_for(known));
        if (index < known && p_.long_term_used[index]) ++used_;
      } else {
        in_.skip(p_.order_bits);
        used_ += static_cast<int>(in_.bit());
      }
      if (in_.bit() != 0) in_.unsigned_golomb();
    }
  }
  void prediction(bool motion) {
    const int lists = both_ways() ? 2 : 1;
    counts_[0] = p_.references[0], counts_[1] = p_.references[1];
    if (in_.bit() != 0) {
      for (int i = 0; i < lists; ++i)
        counts_[i] = static_cast<int>(std::min(in_.unsigned_golomb() + 1, kMostPictures));
    }
    if (p_.list_modification && used_ > 1) {
      for (int i = 0; i < lists; ++i)
        if (in_.bit() != 0) in_.skip_many(counts_[i], bits_for(static_cast<std::uint32_t>(used_)));
    }
    if (both_ways()) in_.skip(1);
    if (p_.cabac_init) in_.skip(1);
    if (motion) {
      const int from = both_ways() && in_.bit() == 0 ? 1 : 0;
      if (counts_[from] > 1) in_.unsigned_golomb();
    }
    if (both_ways() ? p_.weighted_b : p_.weighted_p) weights();
    in_.unsigned_golomb();
  }
  void weights() {
    in_.unsigned_golomb();
    if (chroma()) in_.signed_golomb();
    for (int list = 0; list < (both_ways() ? 2 : 1); ++list) {
      const std::uint32_t luma = in_.number(counts_[list]);
      const std::uint32_t colour = chroma() ? in_.number(counts_[list]) : 0;
      for (int i = counts_[list] - 1; i >= 0; --i) {
        if ((luma >> i & 1) != 0) in_.signed_golomb(), in_.signed_golomb();
        if ((colour >> i & 1) == 0) continue;
        for (int n = 0; n < 4; ++n) in_.signed_golomb();
      }
    }
  }
  void entry_points() {
    const std::uint32_t count = in_.unsigned_golomb();
    if (count == 0) return;
    const std::uint32_t bits = in_.unsigned_golomb() + 1;
    if (count > 440 || bits > 32) damaged_ = true;
    if (!damaged_) in_.skip_many(static_cast<int>(count), static_cast<int>(bits));
  }

  Bits in_;
  const HevcParameters& p_;
  const int nal_type_;
  std::uint32_t type_ = 2;
  int used_ = 0;  // pictures that this one may be predicted from
  int counts_[2] = {1, 1};
  bool damaged_ = false;
};

}  // namespace

Result<HevcParameters> parse_hevc_configuration(ByteView hvcc) {
  constexpr std::size_t kFixed = 23;
  if (hvcc.size() < kFixed || (hvcc[21] & 3) != 3) return unsupported("hvcC");
  const auto u16 = [&hvcc](std::size_t at) {
    return at + 2 <= hvcc.size() ? std::size_t{hvcc[at]} << 8 | hvcc[at + 1] : hvcc.size();
  };
  HevcParameters out;
  int sequences = 0, pictures = 0;
  std::size_t at = kFixed;
  for (int arrays = hvcc[22]; arrays > 0; --arrays) {
    if (at + 3 > hvcc.size()) return unsupported("hvcC");
    const int type = hvcc[at] & 63;
    std::size_t count = u16(at + 1);
    for (at += 3; count > 0; --count) {
      const std::size_t size = u16(at);
      if (size < 3 || at + 2 + size > hvcc.size()) return unsupported("hvcC");
      const ByteView nal = hvcc.subspan(at + 2, size);
      at += 2 + size;
      if (type == kSpsType && ++sequences == 1) CH_TRY(read_sequence(nal, out));
      if (type == kPpsType && ++pictures == 1) CH_TRY(read_picture(nal, out));
    }
  }
  if (sequences != 1 || pictures != 1) return unsupported("several parameter sets, or none");
  return out;
}

Result<std::size_t> hevc_slice_header_bytes(ByteView nal, const HevcParameters& parameters) {
  if (nal.size() < 3) return fail(internal("CENC_DAMAGED", "A slice is empty."));
  return SegmentHeader(nal, parameters).length();
}

}  // namespace cliffhanger::cenc
