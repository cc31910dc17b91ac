// bench_packager REMUX FOLDER INPUT…: our packaging alone. REMUX (media/bench/remux.cc) is the child that
// makes segments of the inputs, which come best first; of what it says are made, behind the gate, all
// playlists and the DASH manifest.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "services/transcode/domain/gate.h"
#include "services/transcode/domain/profile.h"

namespace {
using namespace cliffhanger;
using transcode::Piece;
namespace fs = std::filesystem;

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "packager: %s\n", why.c_str());
  std::exit(1);
}

// The plan and the pieces that the child's events amount to.
struct Heard {
  transcode::Plan plan;
  std::vector<Piece> pieces;

  void hear(const media::Event& event) {
    if (const auto* probe = std::get_if<media::ProbeEvent>(&event)) {
      const media::VideoFacts& video = probe->video;
      plan.rate = video.rate;
      plan.frames = video.frames;
      plan.rungs.push_back({"v" + std::to_string(std::min(video.width, video.height)), video.width,
                            video.height, 23, 10'000, 10'000});
    } else if (const auto* init = std::get_if<media::InitEvent>(&event)) {
      pieces.push_back(
          {{init->rung, transcode::kInit}, init->sha256, init->bytes, init->sha256, 0, 0, {}, init->codecs});
    } else if (const auto* one = std::get_if<media::SegmentEvent>(&event)) {
      pieces.push_back({{one->rung, one->index},
                        one->sha256,
                        one->bytes,
                        one->sha256,
                        one->start_frame,
                        one->frames,
                        one->gops,
                        ""});
    }
  }
};

Heard listen(const std::string& command) {
  FILE* child = ::popen(command.c_str(), "r");
  if (child == nullptr) give_up("can't start " + command);
  Heard out;
  char* line = nullptr;
  std::size_t room = 0;
  for (ssize_t size; (size = ::getline(&line, &room, child)) > 0;) {
    const auto event = media::parse_event({line, static_cast<std::size_t>(size) - 1});
    if (!event) give_up(event.error().message);
    out.hear(*event);
  }
  std::free(line);
  if (::pclose(child) != 0) give_up("the child failed");
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) give_up("usage: bench_packager REMUX FOLDER INPUT…");
  const fs::path folder = argv[2];
  std::string command;
  for (int i = 1; i < argc; ++i) command += "'" + std::string(argv[i]) + "' ";
  Heard heard = listen(command);
  transcode::Plan& plan = heard.plan;
  if (plan.rungs.empty()) give_up("no inputs");
  plan.default_rung = transcode::default_rung(plan.rungs).name;
  plan.audio_kbps = transcode::kAudioKbps;
  // There is no cover here, which the gate asks for.
  heard.pieces.push_back({{std::string(transcode::kCover), 0}, "none", 1, "", 0, 0, {}, ""});
  const transcode::Assembly assembly(std::move(heard.pieces));
  const auto declared = transcode::variants(plan, assembly);
  if (const auto passed = transcode::pass_gate(plan, assembly, declared); !passed)
    give_up(passed.error().reason + " " + passed.error().message);
  for (const auto& one : transcode::finished(plan, assembly, declared).playlists)
    std::ofstream(folder / one.name, std::ios::binary) << one.text;
}
