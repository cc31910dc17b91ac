#pragma once
// As much of HEVC (ITU-T H.265) as encryption needs: where a slice segment's header ends.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "libs/cenc/avc.h"
#include "libs/core/result.h"

namespace cliffhanger::cenc {

// What of a stream's parameter sets (7.3.2.2, 7.3.2.3) decides how slice segment headers are read.
struct HevcParameters {
  // Sequence.
  bool separate_colour_planes = false, monochrome = false;
  int address_bits = 0;  // of a slice segment's place: Ceil(Log2(PicSizeInCtbsY))
  int order_bits = 4;
  struct References {  // a short-term reference picture set (7.3.7), as far as others are told from it
    int pictures = 0;
    int used = 0;  // by the picture itself
  };
  std::vector<References> reference_sets;
  bool long_term = false;
  std::vector<bool> long_term_used;
  bool temporal_motion = false, adaptive_offset = false;
  // Picture.
  bool dependent_slices = false, output_flag = false;
  int extra_bits = 0;
  bool cabac_init = false;
  int references[2] = {1, 1};
  bool chroma_offsets = false, weighted_p = false, weighted_b = false;
  bool wavefronts = false;
  bool loop_filter_across = false, deblocking_override = false, deblocking_disabled = false;
  bool list_modification = false, header_extension = false;
};

// From an hvcC box's contents (ISO/IEC 14496-15, 8.3.3.1) with one sequence and one picture parameter set.
// Fails with CENC_UNSUPPORTED for what our encoder never writes: several sets, layers, tiles, scaling lists,
// extensions.
Result<HevcParameters> parse_hevc_configuration(ByteView hvcc);

// Whether a NAL unit of this type holds a slice segment (table 7-1).
constexpr bool is_hevc_slice(int nal_type) {
  return nal_type < 32;
}

// Bytes of a slice segment's NAL unit (without its length) up to the first whole byte after its header,
// counting emulation prevention bytes. Fails with CENC_DAMAGED.
Result<std::size_t> hevc_slice_header_bytes(ByteView nal, const HevcParameters& parameters);

}  // namespace cliffhanger::cenc
