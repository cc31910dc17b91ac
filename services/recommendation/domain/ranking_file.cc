#include "services/recommendation/domain/ranking_file.h"

#include "libs/rank/bytes.h"

namespace cliffhanger::recommendation {
namespace {

constexpr std::string_view kTag = "CHRK";
constexpr std::uint32_t kVersion = 1;
constexpr std::uint64_t kMostDurations = 1 << 20;
constexpr std::size_t kIdBytes = 16;

void put(rank::Writer& to, const Uuid& id) {
  to.raw({reinterpret_cast<const char*>(id.bytes().data()), id.bytes().size()});
}

Uuid uuid_of(std::string_view raw) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  for (const char byte : raw) {
    if (text.size() == 8 || text.size() == 13 || text.size() == 18 || text.size() == 23) text += '-';
    text += kHex[static_cast<std::uint8_t>(byte) >> 4];
    text += kHex[byte & 15];
  }
  return Uuid::parse(text).value_or(Uuid());
}

}  // namespace

std::string to_file(const RankingFile& file) {
  rank::Writer out(kTag, kVersion);
  out.u64(static_cast<std::uint64_t>(to_micros(file.trained)));
  put(out, file.upto.uuid());
  out.f64(file.typical);
  out.f64(file.usual_duration);
  out.u64(file.durations.size());
  for (const auto& [series, seconds] : file.durations) {
    put(out, series.uuid());
    out.f32(seconds);
  }
  out.u64(file.learner.size());
  out.raw(file.learner);
  return std::move(out).finish();
}

Result<RankingFile> ranking_from_file(std::string_view bytes) {
  CH_ASSIGN(auto in, rank::Reader::open(bytes, kTag, kVersion));
  RankingFile out;
  out.trained = from_micros(static_cast<std::int64_t>(in.u64()));
  out.upto = DecisionId(uuid_of(in.raw(kIdBytes)));
  out.typical = in.f64();
  out.usual_duration = in.f64();
  const auto count = in.u64();
  if (!in.ok() || !(out.typical > 0) || !(out.usual_duration > 0) || count > kMostDurations)
    return fail(rank::bad_model("The ranking has an impossible size."));
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    const SeriesId series(uuid_of(in.raw(kIdBytes)));
    const float seconds = in.f32();
    if (!(seconds > 0)) return fail(rank::bad_model("The ranking has an impossible duration."));
    out.durations[series] = seconds;
  }
  const auto size = in.u64();
  if (!in.ok() || size != in.left()) return fail(rank::bad_model("The ranking has an impossible size."));
  out.learner = in.raw(size);
  return out;
}

}  // namespace cliffhanger::recommendation
