// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/io/source.h"

extern "C" {
#include <libavutil/display.h>
#include <libavutil/dovi_meta.h>
#include <libavutil/opt.h>
}
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>
#include <string_view>
#include <vector>

#include "libs/media/limits.h"

namespace cliffhanger::media {
namespace {

constexpr int kBuffer = 256 * 1024;
constexpr std::size_t kDetect = 256 * 1024;
constexpr const char* kDemuxers = "mov,matroska,mpegts,avi";
constexpr const char* kSoundDemuxers = "mov,matroska,mpegts,avi,mp3,wav,flac,ogg,aac";
// What people have and we don't take.
constexpr const char* kOtherContainers =
    "flv,asf,ogg,mpeg,rm,mxf,gxf,dv,ivf,aiff,amr,ac3,eac3,caf,w64,wv,ape,au";
constexpr const char* kDecoders =
    "h264,hevc,vp8,vp9,libvpx,libvpx-vp9,libdav1d,av1,mpeg4,mpeg2video,mjpeg,prores,"
    "aac,mp3,mp3float,opus,libopus,vorbis,ac3,eac3,flac,alac,"
    "pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_f32le,pcm_u8";

bool on_list(const char* list, std::string_view name) {
  const std::string whole = std::string(",") + list + ",";
  return whole.find("," + std::string(name) + ",") != std::string::npos;
}

// The first of the demuxer's names, as our events call the container: "mov", "matroska", "mpegts", "avi".
std::string short_name(const AVInputFormat* format) {
  const std::string_view all = format->name;
  return std::string(all.substr(0, all.find(',')));
}

const AVCodec* usable_decoder(const AVCodecParameters* codec) {
  const AVCodec* decoder = avcodec_find_decoder(codec->codec_id);
  return decoder && on_list(kDecoders, decoder->name) ? decoder : nullptr;
}

const char* demuxers(Wanted wanted) {
  return wanted == Wanted::kSound ? kSoundDemuxers : kDemuxers;
}

Error not_media(Wanted wanted) {
  return refuse("MEDIA_NOT_VIDEO", wanted == Wanted::kSound ? "This file is neither sound nor a video."
                                                            : "This file is not a video.");
}

// Where an ID3 tag ends that stands before the sound: its cover may be larger than what detection reads.
std::int64_t behind_tag(int fd) {
  std::array<unsigned char, 10> head{};
  if (pread(fd, head.data(), head.size(), 0) != static_cast<ssize_t>(head.size()) ||
      std::memcmp(head.data(), "ID3", 3) != 0)
    return 0;
  std::int64_t size = 0;
  for (std::size_t i = 6; i < 10; ++i) size = size << 7 | (head[i] & 0x7F);
  return size + static_cast<std::int64_t>(head.size());
}

int deny_open(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) {
  return AVERROR(EACCES);
}

}  // namespace

struct Source::Input {
  int fd = -1;
  std::int64_t size = 0;  // of the whole
  std::int64_t held = 0;  // bytes that are there
  std::int64_t at = 0;
  bool ran_out = false;  // something wanted bytes that are still to come

  static int read(void* self, std::uint8_t* to, int most) {
    auto& in = *static_cast<Input*>(self);
    if (in.at >= in.held && in.at < in.size) {
      in.ran_out = true;
      return AVERROR_EOF;
    }
    ssize_t got;
    do {
      got = pread(in.fd, to, static_cast<std::size_t>(most), in.at);
    } while (got < 0 && errno == EINTR);
    if (got < 0) return AVERROR(errno);
    if (got == 0) return AVERROR_EOF;
    in.at += got;
    return static_cast<int>(got);
  }
  static std::int64_t seek(void* self, std::int64_t offset, int whence) {
    auto& in = *static_cast<Input*>(self);
    if (whence & AVSEEK_SIZE) return in.size;
    whence &= ~AVSEEK_FORCE;
    const std::int64_t base = whence == SEEK_CUR ? in.at : whence == SEEK_END ? in.size : 0;
    if (offset + base < 0) return AVERROR(EINVAL);
    return in.at = base + offset;
  }
};

int Orientation::degrees() const {
  if (transpose) return flip_y ? 270 : 90;
  return flip_x && flip_y ? 180 : 0;
}

bool Source::ran_out() const {
  return input_->ran_out;
}

Result<void> Source::all_there() const {
  if (!ran_out()) return {};
  return fail(
      precondition("MEDIA_HEAD_INCOMPLETE", "The part of the file that has arrived does not suffice."));
}

Result<Source> Source::open(int fd, Wanted wanted, std::int64_t whole_bytes) {
  struct stat info{};
  if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))
    return fail(internal("MEDIA_INTERNAL", "The source is not an open file."));
  if (whole_bytes > 0 && info.st_size > whole_bytes)
    return fail(internal("MEDIA_JOB_INVALID", "The source is longer than its whole."));
  Source source;
  source.wanted_ = wanted;
  source.size_ = whole_bytes > 0 ? whole_bytes : info.st_size;
  source.input_ = std::make_shared<Input>();
  source.input_->fd = fd;
  source.input_->size = source.size_;
  source.input_->held = info.st_size;
  if (info.st_size == 0) return fail(refuse("MEDIA_EMPTY", "The file is empty."));
  CH_TRY(source.detect());
  const auto opened = source.open_container();
  CH_TRY(source.all_there());
  CH_TRY(opened);
  CH_TRY(wanted == Wanted::kSound ? source.choose_sound() : source.choose_streams());
  return source;
}

// By content alone, before any demuxer runs: the name of an upload means nothing.
Result<void> Source::detect() {
  std::vector<std::uint8_t> head(std::min<std::size_t>(kDetect, static_cast<std::size_t>(size_)));
  input_->ran_out = static_cast<std::size_t>(input_->held) < head.size();
  CH_TRY(all_there());
  std::int64_t from = wanted_ == Wanted::kSound ? behind_tag(input_->fd) : 0;
  if (from >= size_) from = 0;
  const ssize_t got = pread(input_->fd, head.data(), head.size(), from);
  if (got <= 0) return fail(internal("MEDIA_INTERNAL", "The source can't be read."));
  head.resize(static_cast<std::size_t>(got) + AVPROBE_PADDING_SIZE, 0);
  AVProbeData data{};
  data.filename = "";
  data.buf = head.data();
  data.buf_size = static_cast<int>(got);
  int score = 0;
  const AVInputFormat* format = av_probe_input_format3(&data, 1, &score);
  if (!format || score <= AVPROBE_SCORE_RETRY) return fail(not_media(wanted_));
  container_ = short_name(format);
  if (on_list(demuxers(wanted_), container_)) return {};
  if (wanted_ == Wanted::kSound && on_list(kOtherContainers, container_))
    return fail(
        refuse("MEDIA_UNSUPPORTED", "Sound must be an M4A, MP3, WAV, FLAC, Ogg, AAC, WebM or MOV file."));
  if (on_list(kOtherContainers, container_))
    return fail(
        refuse("MEDIA_UNSUPPORTED", "Videos must be MP4, MOV, WebM, Matroska, MPEG-TS or AVI files."));
  return fail(not_media(wanted_));
}

Result<void> Source::open_container() {
  auto* buffer = static_cast<std::uint8_t*>(av_malloc(kBuffer));
  if (!buffer) throw std::bad_alloc();
  io_.reset(avio_alloc_context(buffer, kBuffer, 0, input_.get(), &Input::read, nullptr, &Input::seek));
  AVFormatContext* format = avformat_alloc_context();
  if (!io_ || !format) throw std::bad_alloc();
  format->pb = io_.get();
  format->io_open = &deny_open;
  format->flags |= AVFMT_FLAG_CUSTOM_IO;
  AVDictionary* options = nullptr;
  av_dict_set(&options, "format_whitelist", demuxers(wanted_), 0);
  av_dict_set(&options, "codec_whitelist", kDecoders, 0);
  av_dict_set(&options, "protocol_whitelist", "none", 0);
  const int bad = avformat_open_input(&format, "", av_find_input_format(container_.c_str()), &options);
  av_dict_free(&options);
  if (bad == AVERROR(ENOMEM)) return fail(av_failed("open", bad));
  if (bad < 0)
    return fail(refuse("MEDIA_TRUNCATED", "The video file is incomplete or damaged: it can't be opened."));
  format_.reset(format);
  const int unknown = avformat_find_stream_info(format, nullptr);
  if (unknown == AVERROR(ENOMEM)) return fail(av_failed("examine", unknown));
  return {};
}

Result<void> Source::choose_streams() {
  if (format_->nb_streams == 0)
    return fail(refuse("MEDIA_TRUNCATED", "The video file is incomplete or damaged: it holds nothing."));
  const int video = av_find_best_stream(format_.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  if (video < 0 || (format_->streams[video]->disposition & AV_DISPOSITION_ATTACHED_PIC))
    return fail(refuse("MEDIA_NO_VIDEO", "The file has no picture, only sound or text."));
  video_ = format_->streams[video];
  if (!usable_decoder(video_->codecpar)) {
    const std::string codec = avcodec_get_name(video_->codecpar->codec_id);
    return fail(
        refuse("MEDIA_UNSUPPORTED", "Videos coded as " + codec + " are not supported; H.264 always works."));
  }
  // Its base layer is in colours of its own, which only its metadata turn into a picture.
  const auto* vision = reinterpret_cast<const AVDOVIDecoderConfigurationRecord*>(
      av_stream_get_side_data(video_, AV_PKT_DATA_DOVI_CONF, nullptr));
  if (vision && vision->dv_profile == 5)
    return fail(refuse("MEDIA_UNSUPPORTED",
                       "Dolby Vision profile 5 is not supported; export the video as HDR10, HLG or SDR."));
  CH_TRY(choose_audio());
  for (unsigned i = 0; i < format_->nb_streams; ++i)
    if (format_->streams[i] != video_ && format_->streams[i] != audio_)
      format_->streams[i]->discard = AVDISCARD_ALL;
  return {};
}

// Any picture only says where the timeline starts; a cover is none.
Result<void> Source::choose_sound() {
  const int video = av_find_best_stream(format_.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  if (video >= 0 && !(format_->streams[video]->disposition & AV_DISPOSITION_ATTACHED_PIC))
    video_ = format_->streams[video];
  CH_TRY(choose_audio());
  if (audio_) return {};
  if (audio_unreadable_)
    return fail(refuse("MEDIA_UNSUPPORTED",
                       "The file's sound is coded in a way that is not supported; AAC always works."));
  return fail(refuse("MEDIA_NO_SOUND", "The file has no sound."));
}

// The best track by libav's opinion, or else the first other one whose decoder opens: a phone's second track
// may be fine where its first is in a format of the maker's own.
Result<void> Source::choose_audio() {
  std::vector<AVStream*> tracks;
  for (unsigned i = 0; i < format_->nb_streams; ++i)
    if (format_->streams[i]->codecpar->codec_type == AVMEDIA_TYPE_AUDIO)
      tracks.push_back(format_->streams[i]);
  const int best =
      av_find_best_stream(format_.get(), AVMEDIA_TYPE_AUDIO, -1, video_ ? video_->index : -1, nullptr, 0);
  const auto first =
      std::find_if(tracks.begin(), tracks.end(), [&](const AVStream* s) { return s->index == best; });
  if (first != tracks.end()) std::rotate(tracks.begin(), first, first + 1);
  constexpr std::size_t kMostTried = 16;
  if (tracks.size() > kMostTried) tracks.resize(kMostTried);
  for (AVStream* track : tracks) {
    if (!usable_decoder(track->codecpar) || track->codecpar->sample_rate <= 0) continue;
    const auto opened = open_decoder(track);
    if (!opened && opened.error().reason == "MEDIA_MEMORY") return fail(opened.error());
    if (!opened) continue;
    audio_ = track;
    return {};
  }
  audio_unreadable_ = !tracks.empty();
  return {};
}

Result<bool> Source::read(const AVStream* stream, AVPacket* packet) {
  at_start_ = false;
  if (stream != video_ || ahead_.empty()) return read_next(stream, packet);
  av_packet_unref(packet);
  av_packet_move_ref(packet, ahead_.front().get());
  ahead_.pop_front();
  return true;
}

Result<bool> Source::read_next(const AVStream* stream, AVPacket* packet) {
  for (;;) {
    av_packet_unref(packet);
    const int got = av_read_frame(format_.get(), packet);
    CH_TRY(all_there());
    if (got == AVERROR_EOF) return false;
    if (got == AVERROR(ENOMEM)) return fail(av_failed("read", got));
    if (got < 0)
      return fail(refuse("MEDIA_TRUNCATED", "The video file is incomplete: some of it is missing."));
    if (packet->stream_index == stream->index) return true;
  }
}

Result<void> Source::seek(const AVStream* stream, std::int64_t pts) {
  if (at_start_ && stream == video_ && pts == AV_NOPTS_VALUE) return {};
  at_start_ = false;
  ahead_.clear();
  int bad = -1;
  if (pts != AV_NOPTS_VALUE) bad = av_seek_frame(format_.get(), stream->index, pts, AVSEEK_FLAG_BACKWARD);
  if (bad < 0) bad = av_seek_frame(format_.get(), stream->index, INT64_MIN / 2, AVSEEK_FLAG_BACKWARD);
  // AVI has nothing before its first picture or sound, and after a seek by bytes it would go on counting.
  if (bad < 0) bad = av_seek_frame(format_.get(), stream->index, 0, AVSEEK_FLAG_ANY);
  if (bad < 0) bad = av_seek_frame(format_.get(), -1, 0, AVSEEK_FLAG_BYTE);
  CH_TRY(all_there());
  if (bad < 0) return fail(av_failed("seek", bad));
  return {};
}

bool Source::numbered() const {
  constexpr AVCodecID kSteady[] = {AV_CODEC_ID_H264, AV_CODEC_ID_MPEG4, AV_CODEC_ID_MJPEG};
  return container_ == "avi" && video_ &&
         std::find(std::begin(kSteady), std::end(kSteady), video_->codecpar->codec_id) != std::end(kSteady);
}

// An AVI file's header says how many pictures there are, those that are left out included. An index without these would number the others
// differently than the file does, so it must reach as far: but for what is left out at the end, which is no more than elsewhere.
bool Source::can_search() const {
  if (!numbered()) return container_ == "mpegts";
  std::int64_t next = 0, step = 1;
  for (int i = 0; i < avformat_index_get_entries_count(video_); ++i) {
    const std::int64_t at = avformat_index_get_entry(video_, i)->timestamp;
    step = std::max(step, at + 1 - next);
    next = at + 1;
  }
  return next > 0 && next <= video_->nb_frames && video_->nb_frames - next < step;
}

void Source::only(const AVStream* stream) {
  video_only_ = stream == video_;
  for (unsigned i = 0; i < format_->nb_streams; ++i)
    format_->streams[i]->discard = format_->streams[i] == stream ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
}

Result<std::int64_t> Source::first_pts() {
  // B-frames may put the first shown picture behind a few others in the file.
  constexpr int kLookAhead = 32;
  const bool keep = container_ == "matroska" && video_only_;
  std::deque<Packet> ahead;
  Packet packet(av_packet_alloc());
  std::int64_t first = AV_NOPTS_VALUE;
  for (int i = 0; i < kLookAhead;) {
    CH_ASSIGN(const bool more, read(video_, packet.get()));
    if (!more) break;
    // As after a seek: from the first keyframe on.
    if (keep && (!ahead.empty() || (packet->flags & AV_PKT_FLAG_KEY))) {
      ahead.emplace_back(av_packet_clone(packet.get()));
      if (!ahead.back()) throw std::bad_alloc();
    }
    const std::int64_t at = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
    if (at == AV_NOPTS_VALUE || (packet->flags & AV_PKT_FLAG_DISCARD)) continue;
    first = first == AV_NOPTS_VALUE ? at : std::min(first, at);
    ++i;
  }
  if (first == AV_NOPTS_VALUE) return fail(refuse("MEDIA_NO_FRAMES", "The video holds no pictures."));
  ahead_ = std::move(ahead);
  at_start_ = !ahead_.empty();
  CH_TRY(seek(video_, AV_NOPTS_VALUE));
  return first;
}

// MP4 and Matroska have a timeline that starts at 0, where silence may come first; in the others the sound
// just begins.
Result<double> Source::zero() {
  if (video_) {
    CH_ASSIGN(const std::int64_t first, first_pts());
    return static_cast<double>(first) * av_q2d(video_->time_base);
  }
  const bool timeline = container_ == "mov" || container_ == "matroska";
  if (timeline || audio_->start_time == AV_NOPTS_VALUE) return 0.0;
  return static_cast<double>(audio_->start_time) * av_q2d(audio_->time_base);
}

Orientation Source::orientation() const {
  std::size_t size = 0;
  const auto* raw = av_stream_get_side_data(video_, AV_PKT_DATA_DISPLAYMATRIX, &size);
  if (!raw || size < 9 * sizeof(std::int32_t)) return {};
  std::array<std::int32_t, 9> m;
  std::memcpy(m.data(), raw, sizeof m);
  // x' = m0·x + m3·y, y' = m1·x + m4·y: whichever axis dominates decides; odd angles snap to the nearest
  // right one.
  const auto size_of = [](std::int32_t v) { return std::abs(static_cast<std::int64_t>(v)); };
  if (size_of(m[0]) + size_of(m[4]) >= size_of(m[1]) + size_of(m[3])) return {false, m[0] < 0, m[4] < 0};
  return {true, m[3] < 0, m[1] < 0};
}

Result<CodecContext> open_decoder(const AVStream* stream,
                                  const std::function<void(AVCodecContext&)>& prepare) {
  const AVCodec* codec = usable_decoder(stream->codecpar);
  if (!codec) return fail(refuse("MEDIA_UNSUPPORTED", "The file is coded in a way that is not supported."));
  CodecContext decoder(avcodec_alloc_context3(codec));
  if (!decoder) throw std::bad_alloc();
  int bad = avcodec_parameters_to_context(decoder.get(), stream->codecpar);
  decoder->thread_count = 1;
  decoder->pkt_timebase = stream->time_base;
  decoder->max_pixels = limits::kMaxPixels;
  if (prepare) prepare(*decoder);
  if (bad >= 0) bad = avcodec_open2(decoder.get(), codec, nullptr);
  if (bad < 0) return fail(av_failed("decoder", bad));
  return decoder;
}

}  // namespace cliffhanger::media
