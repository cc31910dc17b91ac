// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/encode/video_encoder.h"

#include <new>

#include "media/cmaf/hevc.h"

namespace cliffhanger::media {
namespace {

// What a NAL unit is to the CMAF writer.
enum class Nal { kOther, kVps, kSps, kPps, kDelimiter };

Nal nal_of(VideoCodec codec, std::span<const std::uint8_t> bytes) {
  const bool hevc = codec == VideoCodec::kHevc;
  const int type = hevc ? bytes[0] >> 1 & 0x3f : bytes[0] & 0x1f;
  if (hevc && type == 32) return Nal::kVps;
  if (type == (hevc ? 33 : 7)) return Nal::kSps;
  if (type == (hevc ? 34 : 8)) return Nal::kPps;
  if (type == (hevc ? 35 : 9)) return Nal::kDelimiter;
  return Nal::kOther;
}

// How much may come in what time. `start`: how full the buffer is at a segment's start, below the default 0.9, since
// a segment encoded alone otherwise starts with more bits than the buffer has left in a serial run.
std::string quality(const Rung& rung, const char* start) {
  return ":crf=" + std::to_string(rung.crf) + ":vbv-maxrate=" + std::to_string(rung.maxrate_kbps) +
         ":vbv-bufsize=" + std::to_string(rung.bufsize_kbps) + ":vbv-init=" + start;
}

std::string x264_parameters(const Rung& rung, const Grid& grid) {
  const std::string gop = std::to_string(grid.gop_frames());
  // stitchable: headers don't depend on the content. The buffer's start far enough above one half, below which x264 saves up for
  // later segments that it never sees. The rest: docs/decisions/0017-how-pictures-are-scaled-and-encoded.md.
  return "threads=1:stitchable=1:cpu-independent=1:scenecut=0:open-gop=0:force-cfr=1:keyint=" + gop +
         ":min-keyint=" + gop +
         quality(rung, "0.8") + ":aq-strength=0.6:deblock=-1,-1:bframes=5";
}

// pools=none and frame-threads=1: no other thread than its own one for coding, so that nothing depends on
// their order. The same bytes whatever the processor: x265's assembly gives what its C code gives
// (hevc_test.cc holds that).
std::string x265_parameters(const Rung& rung, const Grid& grid) {
  const std::string gop = std::to_string(grid.gop_frames());
  return "log-level=error:pools=none:frame-threads=1:wpp=0:info=0:repeat-headers=0:aud=0:hrd=0:scenecut=0:"
         "open-gop=0:"
         "chromaloc=0:keyint=" +
         gop + ":min-keyint=" + gop + quality(rung, "0.6");
}

// Where the encoders' presets bend: what the next slower one saves costs more than it is worth.
AVDictionary* options_of(const Rung& rung, const Grid& grid) {
  AVDictionary* options = nullptr;
  if (rung.codec == VideoCodec::kHevc) {
    av_dict_set(&options, "preset", "superfast", 0);
    av_dict_set(&options, "profile", "main", 0);
    av_dict_set(&options, "x265-params", x265_parameters(rung, grid).c_str(), 0);
  } else {
    av_dict_set(&options, "preset", "veryfast", 0);
    av_dict_set(&options, "profile", "high", 0);
    av_dict_set(&options, "a53cc", "0", 0);
    av_dict_set(&options, "x264-params", x264_parameters(rung, grid).c_str(), 0);
  }
  return options;
}

void describe(AVCodecContext& c, const Rung& rung, const Grid& grid) {
  c.width = rung.width;
  c.height = rung.height;
  c.pix_fmt = AV_PIX_FMT_YUV420P;
  c.time_base = {static_cast<int>(grid.rate().den), static_cast<int>(grid.rate().num)};
  c.framerate = {static_cast<int>(grid.rate().num), static_cast<int>(grid.rate().den)};
  c.sample_aspect_ratio = {1, 1};
  c.color_range = AVCOL_RANGE_MPEG;
  c.color_primaries = AVCOL_PRI_BT709;
  c.color_trc = AVCOL_TRC_BT709;
  c.colorspace = AVCOL_SPC_BT709;
  c.chroma_sample_location = AVCHROMA_LOC_LEFT;
  c.thread_count = 1;
  c.flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_BITEXACT;
}

Result<VideoTrack> track_of(const AVCodecContext& c, VideoCodec codec, const Grid& grid) {
  VideoTrack track{c.width, c.height, grid.timescale(), grid.frame_ticks(), {}, {}, {}};
  for (const auto nal : split_annex_b({c.extradata, static_cast<std::size_t>(c.extradata_size)})) {
    const Nal kind = nal_of(codec, nal);
    if (kind == Nal::kVps) track.vps.assign(nal.begin(), nal.end());
    if (kind == Nal::kSps) track.sps.assign(nal.begin(), nal.end());
    if (kind == Nal::kPps) track.pps.assign(nal.begin(), nal.end());
  }
  const bool hevc = codec == VideoCodec::kHevc;
  if (track.sps.size() < 4 || track.pps.empty() || hevc != track.hevc() ||
      (hevc && !hevc_sps_is_whole(track.sps)))
    return fail(internal("MEDIA_INTERNAL", "The encoder gave no parameter sets."));
  return track;
}

}  // namespace

Result<VideoEncoder> VideoEncoder::open(const Rung& rung, const Grid& grid) {
  const std::string name = rung.codec == VideoCodec::kHevc ? "libx265" : "libx264";
  const AVCodec* encoder = avcodec_find_encoder_by_name(name.c_str());
  if (!encoder) return fail(internal("MEDIA_INTERNAL", "This build of libavcodec has no " + name + "."));
  CodecContext codec(avcodec_alloc_context3(encoder));
  if (!codec) throw std::bad_alloc();
  describe(*codec, rung, grid);
  AVDictionary* options = options_of(rung, grid);
  const int bad = avcodec_open2(codec.get(), encoder, &options);
  av_dict_free(&options);
  if (bad < 0) return fail(av_failed("encoder", bad));
  CH_ASSIGN(VideoTrack track, track_of(*codec, rung.codec, grid));
  return VideoEncoder(std::move(codec), std::move(track));
}

VideoEncoder::VideoEncoder(CodecContext codec, VideoTrack track)
    : codec_(std::move(codec)), track_(std::move(track)), packet_(av_packet_alloc()), slot_(make_frame()) {
  if (!packet_) throw std::bad_alloc();
}

Result<void> VideoEncoder::encode(const Frame& picture) {
  av_frame_unref(slot_.get());
  if (av_frame_ref(slot_.get(), picture.get()) < 0) throw std::bad_alloc();
  slot_->pts = sent_++;
  slot_->pict_type = AV_PICTURE_TYPE_NONE;
  const int bad = avcodec_send_frame(codec_.get(), slot_.get());
  if (bad < 0) return fail(av_failed("encode", bad));
  return collect();
}

Result<void> VideoEncoder::collect() {
  for (;;) {
    const int got = avcodec_receive_packet(codec_.get(), packet_.get());
    if (got == AVERROR(EAGAIN) || got == AVERROR_EOF) return {};
    if (got < 0) return fail(av_failed("encode", got));
    Sample sample;
    sample.bytes.reserve(static_cast<std::size_t>(packet_->size) + 16);
    for (const auto nal : split_annex_b({packet_->data, static_cast<std::size_t>(packet_->size)})) {
      if (nal_of(track_.hevc() ? VideoCodec::kHevc : VideoCodec::kH264, nal) != Nal::kOther)
        continue;  // the init segment has the sets
      const auto size = static_cast<std::uint32_t>(nal.size());
      for (int shift = 24; shift >= 0; shift -= 8)
        sample.bytes.push_back(static_cast<std::uint8_t>(size >> shift));
      sample.bytes.insert(sample.bytes.end(), nal.begin(), nal.end());
    }
    sample.sync = packet_->flags & AV_PKT_FLAG_KEY;
    sample.disposable = packet_->flags & AV_PKT_FLAG_DISPOSABLE;
    sample.shown_after = packet_->pts - static_cast<std::int64_t>(samples_.size());
    samples_.push_back(std::move(sample));
    av_packet_unref(packet_.get());
  }
}

Result<std::vector<Sample>> VideoEncoder::finish() {
  const int bad = avcodec_send_frame(codec_.get(), nullptr);
  if (bad < 0) return fail(av_failed("encode", bad));
  CH_TRY(collect());
  if (static_cast<std::int64_t>(samples_.size()) != sent_)
    return fail(internal("MEDIA_INTERNAL", "The encoder lost pictures."));
  return std::move(samples_);
}

}  // namespace cliffhanger::media
