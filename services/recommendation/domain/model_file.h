#pragma once
// A model as bytes.
//
// All numbers are little-endian; factors are IEEE 754 single precision:
//   "CHTASTE\n"          8 bytes
//   format               u32, 1
//   dimensions d         u32, at most kMostDimensions
//   series n             u64, at most kMostModelSeries
//   viewers              u64
//   trained              i64, microseconds since 1970
//   unobserved, lambda, frequency   f64 each
//   n ids of series      16 bytes each, ascending
//   popularity           n × f32
//   factors              n × d × f32, by series
//   gram                 d × f32
//   viewer gram          d × d × f32
//   similar, then next   each (n + 1) × u32 positions, m × u32 numbers of series, m × f32 scores; m is the
//   last position SHA-256              32 bytes, of all before
#include <string>
#include <string_view>

#include "libs/core/result.h"
#include "services/recommendation/domain/model_data.h"

namespace cliffhanger::recommendation {

inline constexpr std::uint32_t kModelFormat = 1;
inline constexpr std::uint32_t kMostDimensions = 1024;
inline constexpr std::uint64_t kMostModelSeries = 1 << 20;

// The series of `model` ascend, and its parts fit one another.
std::string to_file(const ModelData& model);

// Believes nothing of the bytes. Fails with NOT_A_MODEL, MODEL_FORMAT_UNKNOWN (written by a version of ours
// that is newer or too old), or MODEL_DAMAGED (cut, changed, or numbers that no training leaves).
Result<ModelData> from_file(std::string_view bytes);

}  // namespace cliffhanger::recommendation
