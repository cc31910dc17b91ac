#include "libs/cenc/avc.h"

#include <algorithm>
#include <array>

#include "libs/cenc/bits.h"

namespace cliffhanger::cenc {
namespace {

constexpr int kNalIdr = 5;
constexpr std::uint32_t kMost = 32;  // of anything that a header repeats

tl::unexpected<Error> unsupported(const char* what) {
  return fail(
      internal("CENC_UNSUPPORTED", std::string("The video's parameters can't be read: ") + what + "."));
}

bool has_chroma_format(std::uint32_t profile) {
  constexpr std::array<std::uint32_t, 13> profiles = {100, 110, 122, 244, 44,  83, 86,
                                                      118, 128, 138, 139, 134, 135};
  return std::ranges::find(profiles, profile) != profiles.end();
}

Result<void> read_sequence(ByteView nal, AvcParameters& out) {
  Bits in(nal);
  in.skip(8);
  const std::uint32_t profile = in.number(8);
  in.skip(16);
  in.unsigned_golomb();
  if (has_chroma_format(profile)) {
    const std::uint32_t chroma = in.unsigned_golomb();
    out.monochrome = chroma == 0;
    if (chroma == 3) out.separate_colour_planes = in.bit() != 0;
    in.unsigned_golomb(), in.unsigned_golomb(), in.skip(1);
    if (in.bit() != 0) return unsupported("scaling lists");
  }
  out.frame_num_bits = static_cast<int>(in.unsigned_golomb()) + 4;
  out.order_type = static_cast<int>(in.unsigned_golomb());
  if (out.order_type == 0) {
    out.order_bits = static_cast<int>(in.unsigned_golomb()) + 4;
  } else if (out.order_type == 1) {
    out.order_always_zero = in.bit() != 0;
    in.signed_golomb(), in.signed_golomb();
    for (std::uint32_t left = std::min(in.unsigned_golomb(), 255u); left > 0; --left) in.signed_golomb();
  }
  in.unsigned_golomb(), in.skip(1), in.unsigned_golomb(), in.unsigned_golomb();
  out.frames_only = in.bit() != 0;
  if (in.failed() || out.frame_num_bits > 16 || out.order_bits > 16) return unsupported("sequence");
  return {};
}

Result<void> read_picture(ByteView nal, AvcParameters& out) {
  Bits in(nal);
  in.skip(8), in.unsigned_golomb(), in.unsigned_golomb();
  out.cabac = in.bit() != 0;
  out.order_in_field = in.bit() != 0;
  if (in.unsigned_golomb() != 0) return unsupported("slice groups");
  for (int& references : out.references) references = static_cast<int>(in.unsigned_golomb()) + 1;
  out.weighted_p = in.bit() != 0;
  out.weighted_b = static_cast<int>(in.number(2));
  in.signed_golomb(), in.signed_golomb(), in.signed_golomb();
  out.deblocking_control = in.bit() != 0;
  in.skip(1);
  out.redundant_pictures = in.bit() != 0;
  if (in.failed()) return unsupported("picture");
  return {};
}

// One slice header (7.3.3), read for its length alone.
class SliceHeader {
 public:
  SliceHeader(ByteView nal, const AvcParameters& parameters)
      : in_(nal), p_(parameters), idr_((nal[0] & 31) == kNalIdr), reference_((nal[0] & 0x60) != 0) {}

  Result<std::size_t> length() {
    in_.skip(8), in_.unsigned_golomb();
    type_ = in_.unsigned_golomb() % 5;
    in_.unsigned_golomb();
    if (p_.separate_colour_planes) in_.skip(2);
    in_.skip(p_.frame_num_bits);
    const bool field = !p_.frames_only && in_.bit() != 0;
    if (field) in_.skip(1);
    if (idr_) in_.unsigned_golomb();
    order(field);
    if (p_.redundant_pictures) in_.unsigned_golomb();
    references();
    if ((p_.weighted_p && predicted()) || (p_.weighted_b == 1 && both_ways())) weights();
    if (reference_) marking();
    if (p_.cabac && (predicted() || both_ways())) in_.unsigned_golomb();
    in_.signed_golomb();
    if (p_.deblocking_control && in_.unsigned_golomb() != 1) in_.signed_golomb(), in_.signed_golomb();
    if (in_.failed() || type_ > 2) return fail(internal("CENC_DAMAGED", "A slice's header can't be read."));
    return in_.bytes_begun();
  }

 private:
  bool predicted() const { return type_ == 0; }
  bool both_ways() const { return type_ == 1; }

  void order(bool field) {
    const bool second = p_.order_in_field && !field;
    if (p_.order_type == 0) {
      in_.skip(p_.order_bits);
      if (second) in_.signed_golomb();
    } else if (p_.order_type == 1 && !p_.order_always_zero) {
      in_.signed_golomb();
      if (second) in_.signed_golomb();
    }
  }
  void references() {
    if (both_ways()) in_.skip(1);
    if (!predicted() && !both_ways()) return;
    const int lists = both_ways() ? 2 : 1;
    counts_[0] = p_.references[0], counts_[1] = p_.references[1];
    if (in_.bit() != 0) {
      for (int i = 0; i < lists; ++i)
        counts_[i] = static_cast<int>(std::min(in_.unsigned_golomb() + 1, kMost));
    }
    for (int i = 0; i < lists; ++i) {
      if (in_.bit() == 0) continue;
      for (std::uint32_t n = 0; n <= kMost && !in_.failed() && in_.unsigned_golomb() != 3; ++n)
        in_.unsigned_golomb();
    }
  }
  void weights() {
    const bool chroma = !p_.monochrome && !p_.separate_colour_planes;
    in_.unsigned_golomb();
    if (chroma) in_.unsigned_golomb();
    for (int list = 0; list < (both_ways() ? 2 : 1); ++list) {
      for (int i = 0; i < counts_[list]; ++i) {
        if (in_.bit() != 0) in_.signed_golomb(), in_.signed_golomb();
        if (!chroma || in_.bit() == 0) continue;
        for (int n = 0; n < 4; ++n) in_.signed_golomb();
      }
    }
  }
  void marking() {
    if (idr_) return in_.skip(2);
    if (in_.bit() == 0) return;
    for (std::uint32_t n = 0; n <= 2 * kMost && !in_.failed(); ++n) {
      const std::uint32_t operation = in_.unsigned_golomb();
      if (operation == 0) return;
      if (operation != 5) in_.unsigned_golomb();
      if (operation == 3) in_.unsigned_golomb();
    }
  }

  Bits in_;
  const AvcParameters& p_;
  const bool idr_, reference_;
  std::uint32_t type_ = 0;
  int counts_[2] = {1, 1};
};

}  // namespace

Result<AvcParameters> parse_avc_configuration(ByteView avcc) {
  AvcParameters out;
  const auto length_at = [&avcc](std::size_t at) {
    return at + 2 <= avcc.size() ? std::size_t{avcc[at]} << 8 | avcc[at + 1] : avcc.size();
  };
  if (avcc.size() < 8 || (avcc[4] & 3) != 3 || (avcc[5] & 31) != 1) return unsupported("avcC");
  const std::size_t sps = length_at(6);
  if (sps < 4 || 8 + sps + 3 > avcc.size() || avcc[8 + sps] != 1) return unsupported("avcC");
  const std::size_t pps = length_at(9 + sps);
  if (pps < 2 || 11 + sps + pps > avcc.size()) return unsupported("avcC");
  CH_TRY(read_sequence(avcc.subspan(8, sps), out));
  CH_TRY(read_picture(avcc.subspan(11 + sps, pps), out));
  return out;
}

Result<std::size_t> slice_header_bytes(ByteView nal, const AvcParameters& parameters) {
  if (nal.size() < 2) return fail(internal("CENC_DAMAGED", "A slice is empty."));
  return SliceHeader(nal, parameters).length();
}

}  // namespace cliffhanger::cenc
