#include "services/transcode/worker/collector.h"

#include <unistd.h>

#include <algorithm>

#include "services/transcode/store/digest.h"
#include "services/transcode/worker/index.h"

namespace cliffhanger::transcode {
namespace {

constexpr std::size_t kMostCodecs = 64;

Error nonsense(const std::string& what) {
  return internal("MEDIA_PROTOCOL", "The media program said " + what + ".");
}

}  // namespace

Collector::Collector(Deps deps, const Ledger::Work& work, std::string folder, Committed committed)
    : deps_(deps),
      work_(work),
      folder_(std::move(folder)),
      committed_(std::move(committed)),
      present_(work.present) {
  for (PieceName& name : pieces_of(*work.revision.plan, work.run)) wanted_.insert(std::move(name));
}

Result<void> Collector::take(const media::Event& event) {
  if (const auto* init = std::get_if<media::InitEvent>(&event)) {
    if (init->codecs.size() > kMostCodecs) return fail(nonsense("too long a name of a codec"));
    Piece piece;
    piece.name = {init->rung, kInit};
    piece.codecs = init->codecs;
    return keep(std::move(piece), {init->file, init->bytes, init->sha256}, init->rung + "-init.mp4");
  }
  if (const auto* segment = std::get_if<media::SegmentEvent>(&event)) {
    Piece piece;
    piece.name = {segment->rung, segment->index};
    piece.start_frame = segment->start_frame;
    piece.frames = segment->frames;
    piece.gops = segment->gops;
    return keep(std::move(piece), {segment->file, segment->bytes, segment->sha256},
                segment->rung + "-" + std::to_string(segment->index) + ".m4s");
  }
  return {};
}

Result<void> Collector::take_picture(const media::PictureEvent& event) {
  Piece piece;
  piece.name = {std::string(kCover), 0};
  return keep(std::move(piece), {event.file, event.bytes, event.sha256}, "picture.jpg");
}

Result<void> Collector::finish() const {
  const bool all = std::includes(present_.begin(), present_.end(), wanted_.begin(), wanted_.end());
  if (!all) return fail(nonsense("it was done, but has not made everything"));
  return {};
}

Result<void> Collector::keep(Piece piece, const Claim& claim, const std::string& expected_file) {
  if (!wanted_.contains(piece.name) || claim.file != expected_file)
    return fail(nonsense("something about a file nobody asked for"));
  if (present_.contains(piece.name)) return {};
  const std::string path = folder_ + "/" + expected_file;
  CH_ASSIGN(const FileDigest is, digest_of_file(path));
  if (is.bytes != claim.bytes || is.sha256 != claim.sha256)
    return fail(nonsense("what its file does not hold"));
  piece.bytes = is.bytes;
  piece.sha256 = is.sha256;
  piece.object_key = piece_key(work_.task.tenant, piece.name, is.sha256);
  CH_TRY(deps_.blobs.put_file(piece.object_key, path));
  CH_TRY(deps_.ledger.commit(work_, piece));
  ::unlink(path.c_str());
  present_.insert(piece.name);
  return committed_(piece.name);
}

}  // namespace cliffhanger::transcode
