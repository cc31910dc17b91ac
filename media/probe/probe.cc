// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/probe/probe.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <cmath>

#include "libs/media/limits.h"
#include "media/decode/decoder.h"
#include "media/decode/geometry.h"
#include "media/io/source.h"
#include "media/probe/rate.h"

namespace cliffhanger::media {
namespace {

constexpr double kLeastHeadSeconds = 2;

struct Scan {
  std::vector<double> starts;
  double last_duration = 0;
  double audio_end = 0;
  std::int64_t missing = 0;  // packets whose bytes are not all there
};

// Reads the whole file: what can't be read now would fail in the middle of encoding. Of a file that is still arriving,
// what is there.
Result<Scan> scan(Source& source) {
  Packet packet(av_packet_alloc());
  Scan out;
  double last_end = -1e9;
  for (;;) {
    const int got = av_read_frame(source.format(), packet.get());
    if (got == AVERROR_EOF || source.ran_out()) break;
    if (got == AVERROR(ENOMEM)) return fail(av_failed("read", got));
    if (got < 0) {
      ++out.missing;
      break;
    }
    const bool video = source.video() && packet->stream_index == source.video()->index;
    const bool audio = source.audio() && packet->stream_index == source.audio()->index;
    const AVRational base = source.format()->streams[packet->stream_index]->time_base;
    const std::int64_t at = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
    const bool counts = at != AV_NOPTS_VALUE && !(packet->flags & AV_PKT_FLAG_DISCARD);
    if (packet->flags & AV_PKT_FLAG_CORRUPT && source.container() != "mpegts") ++out.missing;
    const double start = static_cast<double>(at) * av_q2d(base);
    const double length = static_cast<double>(packet->duration) * av_q2d(base);
    if (video && counts) {
      out.starts.push_back(start);
      if (start + length > last_end) last_end = start + length, out.last_duration = length;
      if (out.starts.size() > static_cast<std::size_t>(limits::kMaxSourceFrames))
        return fail(refuse("MEDIA_TOO_LONG", "The video has too many pictures."));
    }
    if (audio && counts) out.audio_end = std::max(out.audio_end, start + length);
    av_packet_unref(packet.get());
  }
  return out;
}

// A file that was cut keeps the index that promises what is gone.
bool promises_more(const Source& source, const AVStream* stream) {
  if (source.container() != "mov") return false;
  const int entries = avformat_index_get_entries_count(stream);
  for (int i = std::max(0, entries - 64); i < entries; ++i) {
    const AVIndexEntry* entry = avformat_index_get_entry(const_cast<AVStream*>(stream), i);
    if (entry && entry->pos + entry->size > source.size()) return true;
  }
  return false;
}

// A file that is still arriving: what has come must hold the first picture and enough others.
Result<void> suffices(int fd, const ProbeJob& job, const Scan& scanned) {
  CH_ASSIGN(Source again, Source::open(fd, Wanted::kPicture, job.whole_bytes));
  again.only(again.video());
  CH_TRY(again.first_pts());
  CH_ASSIGN(Decoder decoder, Decoder::open(again));
  CH_ASSIGN(const Frame first, decoder.next());
  const auto [begin, end] = std::minmax_element(scanned.starts.begin(), scanned.starts.end());
  if (first && begin != scanned.starts.end() && *end - *begin >= kLeastHeadSeconds) return {};
  return fail(precondition("MEDIA_HEAD_INCOMPLETE", "The part of the file that has arrived does not suffice."));
}

// Where an index in front has all pictures, their times of decoding tell the rate: what phones call 30 a second varies.
void foresee(const Source& source, Scan& scanned) {
  const AVStream* video = source.video();
  std::vector<double> starts;
  const int entries = avformat_index_get_entries_count(video);
  for (int i = 0; source.container() == "mov" && i < entries; ++i) {
    const AVIndexEntry* entry = avformat_index_get_entry(const_cast<AVStream*>(video), i);
    if (!(entry->flags & AVINDEX_DISCARD_FRAME))
      starts.push_back(static_cast<double>(entry->timestamp) * av_q2d(video->time_base));
  }
  if (starts.size() > scanned.starts.size()) scanned.starts = std::move(starts);
}

// As the container says, or nobody does yet.
void lengthen(const Source& source, Timeline& timeline) {
  const double said = static_cast<double>(std::max<std::int64_t>(0, source.format()->duration)) / AV_TIME_BASE;
  if (said <= timeline.seconds) return;
  timeline.seconds = said;
  timeline.frames = std::max<std::int64_t>(1, std::llround(said * timeline.rate.value()));
}

Result<AVRational> displayed_size(const Source& source) {
  const AVCodecParameters* codec = source.video()->codecpar;
  if (codec->width <= 0 || codec->height <= 0)
    return fail(refuse("MEDIA_UNSUPPORTED", "The video's picture size can't be found."));
  const bool large = codec->width > limits::kMaxSide || codec->height > limits::kMaxSide ||
                     static_cast<std::int64_t>(codec->width) * codec->height > limits::kMaxPixels;
  if (large) return fail(refuse("MEDIA_TOO_LARGE", "The video's picture is larger than 7680 by 4320."));
  const AVRational sar = av_guess_sample_aspect_ratio(source.format(), source.video(), nullptr);
  const Size shown = display_size({codec->width, codec->height}, sar.num, sar.den, source.orientation());
  return AVRational{shown.width, shown.height};
}

Result<void> decodes(Source& source) {
  CH_ASSIGN(Decoder decoder, Decoder::open(source));
  CH_ASSIGN(const Frame first, decoder.first());
  if (!first) return fail(refuse("MEDIA_DAMAGED", "The video's pictures can't be decoded."));
  return {};
}

VideoFacts video_facts(const Source& source, AVRational shown, const Timeline& timeline) {
  const AVCodecParameters* codec = source.video()->codecpar;
  const char* pixel = av_get_pix_fmt_name(static_cast<AVPixelFormat>(codec->format));
  const char* transfer = av_color_transfer_name(codec->color_trc);
  VideoFacts out;
  out.codec = avcodec_get_name(codec->codec_id);
  out.width = shown.num;
  out.height = shown.den;
  out.rotation = source.orientation().degrees();
  out.rate = timeline.rate;
  out.frames = timeline.frames;
  out.pixel_format = pixel ? pixel : "unknown";
  out.transfer = transfer ? transfer : "unknown";
  return out;
}

AudioFacts audio_facts(const AVStream& audio, double seconds) {
  return {avcodec_get_name(audio.codecpar->codec_id), audio.codecpar->ch_layout.nb_channels,
          audio.codecpar->sample_rate, std::llround(std::max(0.0, seconds) * 1000)};
}

}  // namespace

Result<SoundEvent> probe_sound(int fd, const ProbeJob& job) {
  CH_ASSIGN(Source source, Source::open(fd, Wanted::kSound));
  CH_ASSIGN(const double zero, source.zero());
  const bool cut = promises_more(source, source.audio());
  source.only(source.audio());
  CH_ASSIGN(const Scan scanned, scan(source));
  if (cut || scanned.missing > 0)
    return fail(refuse("MEDIA_TRUNCATED", "The file is incomplete: its end is missing."));
  const double seconds = scanned.audio_end - zero;
  if (seconds * 1000 > static_cast<double>(job.max_duration_ms))
    return fail(refuse("MEDIA_TOO_LONG", "The sound is longer than " +
                                             std::to_string(job.max_duration_ms / 1000) + " seconds."));
  CH_TRY(source.seek(source.audio(), AV_NOPTS_VALUE));
  CH_ASSIGN(Decoder decoder, Decoder::open(source, source.audio()));
  CH_ASSIGN(const Frame first, decoder.next());
  if (!first || seconds <= 0) return fail(refuse("MEDIA_DAMAGED", "The sound can't be decoded."));
  return SoundEvent{source.container(), audio_facts(*source.audio(), seconds)};
}

Result<ProbeEvent> probe(int fd, const ProbeJob& job) {
  CH_ASSIGN(Source source, Source::open(fd, Wanted::kPicture, job.whole_bytes));
  CH_ASSIGN(const AVRational shown, displayed_size(source));
  const bool cut = promises_more(source, source.video());
  CH_ASSIGN(Scan scanned, scan(source));
  if (cut || scanned.missing > 0)
    return fail(refuse("MEDIA_TRUNCATED", "The video file is incomplete: its end is missing."));
  if (scanned.starts.empty()) return fail(refuse("MEDIA_NO_FRAMES", "The video holds no pictures."));
  if (job.whole_bytes > 0) {
    CH_TRY(suffices(fd, job, scanned));
    foresee(source, scanned);
  }
  std::sort(scanned.starts.begin(), scanned.starts.end());
  const double zero = scanned.starts.front();
  for (double& start : scanned.starts) start -= zero;
  const AVRational rate =
      source.video()->r_frame_rate.num > 0 ? source.video()->r_frame_rate : source.video()->avg_frame_rate;
  Timeline timeline = plan_timeline({std::move(scanned.starts), scanned.last_duration,
                                     rate.num > 0 ? FrameRate{rate.num, rate.den} : FrameRate{0, 1}});
  if (job.whole_bytes > 0) lengthen(source, timeline);
  if (timeline.seconds * 1000 > static_cast<double>(job.max_duration_ms))
    return fail(refuse("MEDIA_TOO_LONG", "The video is longer than " +
                                             std::to_string(job.max_duration_ms / 1000) + " seconds."));
  if (job.whole_bytes == 0) CH_TRY(decodes(source));

  ProbeEvent out;
  out.container = source.container();
  out.duration_ms = std::llround(timeline.seconds * 1000);
  out.video = video_facts(source, shown, timeline);
  if (const AVStream* audio = source.audio()) {
    out.audio = audio_facts(*audio, scanned.audio_end - std::max(0.0, zero));
  }
  return out;
}

}  // namespace cliffhanger::media
