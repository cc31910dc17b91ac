#pragma once
// As much of H.264 (ITU-T H.264) as encryption needs: where a slice's header ends.
#include <cstddef>
#include <cstdint>
#include <span>

#include "libs/core/result.h"

namespace cliffhanger::cenc {

using ByteView = std::span<const std::uint8_t>;

// What of a stream's parameter sets (7.3.2.1, 7.3.2.2) decides how slice headers are read.
struct AvcParameters {
  bool separate_colour_planes = false;
  bool monochrome = false;
  int frame_num_bits = 4;
  int order_type = 0;
  int order_bits = 4;
  bool order_always_zero = false;
  bool frames_only = true;
  bool cabac = false;
  bool order_in_field = false;
  int references[2] = {1, 1};
  bool weighted_p = false;
  int weighted_b = 0;
  bool deblocking_control = false;
  bool redundant_pictures = false;
};

// From an avcC box's contents (ISO/IEC 14496-15, 5.3.3.1) with one parameter set of each kind. Fails with
// CENC_UNSUPPORTED for what our encoder never writes: several sets, scaling lists, slice groups.
Result<AvcParameters> parse_avc_configuration(ByteView avcc);

// Bytes of a slice (a NAL unit of type 1 or 5, without its length) up to the first whole byte after its
// header, counting emulation prevention bytes. Fails with CENC_DAMAGED.
Result<std::size_t> slice_header_bytes(ByteView nal, const AvcParameters& parameters);

}  // namespace cliffhanger::cenc
