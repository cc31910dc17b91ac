// SPDX-License-Identifier: GPL-3.0-or-later
// bench_remux FOLDER INPUT…: the CMAF part of packaging alone, for bench/packaging. Each INPUT is an encoded
// MP4 whose groups of pictures fit the grid, the first one with the sound. Into FOLDER go the segments that
// our writer makes of them; on stdout one event a line: `probe` before each input's, then `init` and
// `segment`, as cliffhanger-media says.
#include <fcntl.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "libs/digest/sha256.h"
#include "libs/media/event.h"
#include "libs/media/job.h"
#include "media/cmaf/cmaf.h"
#include "media/io/source.h"

namespace {
using namespace cliffhanger;
using namespace cliffhanger::media;
namespace fs = std::filesystem;

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "remux: %s\n", why.c_str());
  std::exit(1);
}

template <class T>
T must(Result<T> result) {
  if (!result) give_up(result.error().reason + " " + result.error().message);
  return std::move(*result);
}

// The first parameter sets of an avcC box.
VideoTrack track_of(const AVCodecParameters& in, const Grid& grid) {
  VideoTrack track{in.width, in.height, grid.timescale(), grid.frame_ticks(), {}, {}};
  const std::uint8_t* at = in.extradata + 6;
  const auto take = [&at](Bytes& into) {
    const std::size_t size = static_cast<std::size_t>(at[0]) << 8 | at[1];
    into.assign(at + 2, at + 2 + size);
    at += 2 + size;
  };
  if (in.extradata_size < 16) give_up("no parameter sets");
  take(track.sps);
  ++at;  // how many picture parameter sets
  take(track.pps);
  return track;
}

class Remuxer {
 public:
  Remuxer(fs::path folder, std::vector<std::string> inputs)
      : folder_(std::move(folder)), inputs_(std::move(inputs)) {}

  void run() {
    for (const std::string& input : inputs_) picture(input);
    sound(inputs_.front());
  }

 private:
  static Source open_source(const std::string& path) {
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) give_up("can't open " + path);
    return must(Source::open(fd));
  }
  void put(const std::string& name, std::string_view bytes) {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream out(folder_ / name, std::ios::binary);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!out.flush()) give_up("can't write " + name);
  }
  // Writes a file and fills in what an event says of it.
  template <class E>
  void keep(E event, const std::string& file, const Bytes& bytes) {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    event.file = event.rung + "/" + file;
    event.bytes = static_cast<std::int64_t>(bytes.size());
    event.sha256 = sha256_hex(text);
    put(event.file, text);
    say(event);
  }
  static void say(const Event& event) { std::puts(to_json(event).c_str()); }
  // One segment of samples as a fragment for each of `parts`.
  void segment(const std::string& track, std::int64_t index, const Span& span, const std::vector<Span>& parts,
               std::vector<Sample>& samples, std::int64_t ticks, bool video) {
    SegmentEvent piece{track, index, "", 0, "", span.start, span.frames, {}};
    Bytes bytes;
    std::span<const Sample> rest(samples);
    for (const Span& part : parts) {
      if (video && !rest.front().sync) give_up("a group of pictures is off the grid");
      const auto offset = static_cast<std::int64_t>(bytes.size());
      const auto first = append_fragment({++sequence_, part.start * ticks, ticks, video},
                                         rest.first(static_cast<std::size_t>(part.frames)), bytes);
      piece.gops.push_back(
          {offset, first, static_cast<std::int64_t>(bytes.size()) - offset, part.start, part.frames});
      rest = rest.subspan(static_cast<std::size_t>(part.frames));
    }
    samples.clear();
    keep(std::move(piece), std::to_string(index) + ".m4s", bytes);
  }

  void picture(const std::string& path) {
    Source source = open_source(path);
    const AVStream& stream = *source.video();
    source.only(&stream);
    if (frames_ == 0) {
      rate_ = {stream.avg_frame_rate.num, stream.avg_frame_rate.den};
      frames_ = stream.nb_frames;
    }
    const Grid grid = must(Grid::make(rate_, frames_));
    const VideoTrack track = track_of(*stream.codecpar, grid);
    const std::string name = "v" + std::to_string(std::min(track.width, track.height));
    ProbeEvent probe;
    probe.container = "mov";
    probe.video.codec = "h264";
    probe.video.width = track.width;
    probe.video.height = track.height;
    probe.video.rate = rate_;
    probe.video.frames = frames_;
    say(probe);
    keep(InitEvent{name, "", 0, "", video_codecs(track), track.timescale, track.frame_ticks}, "init.mp4",
         video_init(track));
    sequence_ = 0;
    const double ticks = static_cast<double>(stream.time_base.den) * static_cast<double>(rate_.den) /
                         (static_cast<double>(stream.time_base.num) * static_cast<double>(rate_.num));
    const Packet packet(av_packet_alloc());
    std::vector<Sample> samples;
    std::int64_t zero = AV_NOPTS_VALUE, shown = 0, index = 0;
    while (index < grid.segments() && must(source.read(&stream, packet.get()))) {
      if (zero == AV_NOPTS_VALUE) zero = packet->pts;
      const auto place = static_cast<std::int64_t>(static_cast<double>(packet->pts - zero) / ticks + 0.5);
      samples.push_back({{packet->data, packet->data + packet->size},
                         place - shown++,
                         (packet->flags & AV_PKT_FLAG_KEY) != 0,
                         (packet->flags & AV_PKT_FLAG_DISPOSABLE) != 0});
      if (static_cast<std::int64_t>(samples.size()) < grid.segment(index).frames) continue;
      segment(name, index, grid.segment(index), grid.gops(index), samples, grid.frame_ticks(), true);
      ++index;
    }
    if (index < grid.segments()) give_up(path + " is shorter than it says");
  }

  void sound(const std::string& path) {
    Source source = open_source(path);
    const AVStream* stream = source.audio();
    if (stream == nullptr) give_up("no sound in " + path);
    source.only(stream);
    const Grid grid = must(Grid::make(rate_, frames_));
    const AudioGrid audio(grid);
    const AVCodecParameters& coded = *stream->codecpar;
    const std::string name(kAudioRung);
    keep(InitEvent{name, "", 0, "", "mp4a.40.2", AudioGrid::kSampleRate, AudioGrid::kFrameSamples},
         "init.mp4",
         audio_init(
             {{coded.extradata, coded.extradata + coded.extradata_size}, static_cast<int>(coded.bit_rate)}));
    sequence_ = 0;
    const Packet packet(av_packet_alloc());
    std::vector<Sample> samples;
    for (std::int64_t index = 0; index < grid.segments();) {
      if (!must(source.read(stream, packet.get()))) give_up("the sound is too short");
      samples.push_back({{packet->data, packet->data + packet->size}, 0, true, false});
      if (static_cast<std::int64_t>(samples.size()) < audio.segment(index).frames) continue;
      segment(name, index, audio.segment(index), audio.gops(index), samples, AudioGrid::kFrameSamples, false);
      ++index;
    }
  }

  const fs::path folder_;
  const std::vector<std::string> inputs_;
  FrameRate rate_;
  std::int64_t frames_ = 0;
  std::uint32_t sequence_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) give_up("usage: bench_remux FOLDER INPUT…");
  Remuxer(argv[1], {argv + 2, argv + argc}).run();
}
