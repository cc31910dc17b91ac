#include "services/transcode/worker/collector.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>

#include "services/transcode/store/digest.h"
#include "services/transcode/worker/index.h"

namespace cliffhanger::transcode {
namespace {

constexpr std::size_t kMostCodecs = 64;

Error nonsense(const std::string& what) {
  return internal("MEDIA_PROTOCOL", "The media program said " + what + ".");
}

bool is_sha256(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// RFC 6381, without what would need quoting in a playlist.
bool is_codecs(std::string_view text) {
  return !text.empty() && text.size() <= kMostCodecs &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) || c == '.'; });
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

// The media program calls all sound the same, and rungs by their names.
std::string Collector::track_of(const std::string& rung) const {
  if (work_.run.kind == Kind::kBurn) return burned_track(work_.run.language, work_.run.version, rung);
  return work_.run.kind == Kind::kDub && rung == kAudio ? work_.run.rungs.at(0) : rung;
}

Result<void> Collector::take(const media::Event& event) {
  if (const auto* init = std::get_if<media::InitEvent>(&event)) {
    if (!is_codecs(init->codecs)) return fail(nonsense("a codec's name that is none"));
    Piece piece;
    piece.name = {track_of(init->rung), kInit};
    piece.codecs = init->codecs;
    return keep(std::move(piece), {init->file, init->bytes, init->sha256}, init->rung + "-init.mp4");
  }
  if (const auto* segment = std::get_if<media::SegmentEvent>(&event)) {
    Piece piece;
    piece.name = {track_of(segment->rung), segment->index};
    piece.start_frame = segment->start_frame;
    piece.frames = segment->frames;
    piece.gops = segment->gops;
    return keep(std::move(piece), {segment->file, segment->bytes, segment->sha256},
                segment->rung + "-" + std::to_string(segment->index) + ".m4s");
  }
  if (const auto* sheet = std::get_if<media::PictureEvent>(&event)) {
    for (const PieceName& name : wanted_) {
      if (name.track != kStoryboard || sheet->file != media::sheet_file(name.index)) continue;
      Piece piece;
      piece.name = name;
      return keep(std::move(piece), {sheet->file, sheet->bytes, sheet->sha256}, sheet->file);
    }
    return fail(nonsense("something about a picture nobody asked for"));
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

// The child still runs and may write its file again at any moment, so the object is made of the same bytes as
// the digest, and appears only if that is the claimed one.
Result<void> Collector::store(const Piece& piece, const std::string& path) {
  CH_ASSIGN(const auto writer, deps_.blobs.create(piece.object_key));
  std::int64_t written = 0;
  CH_ASSIGN(const FileDigest is, digest_while(path, [&](std::string_view bytes) -> Result<void> {
              written += static_cast<std::int64_t>(bytes.size());
              if (written > piece.bytes) return fail(nonsense("less than its file holds"));
              return writer->write(bytes);
            }));
  if (is.bytes != piece.bytes || is.sha256 != piece.sha256)
    return fail(nonsense("what its file does not hold"));
  return writer->publish();
}

Result<void> Collector::keep(Piece piece, const Claim& claim, const std::string& expected_file) {
  if (!wanted_.contains(piece.name) || claim.file != expected_file)
    return fail(nonsense("something about a file nobody asked for"));
  if (present_.contains(piece.name)) return {};
  const std::string path = folder_ + "/" + expected_file;
  if (!is_sha256(claim.sha256)) return fail(nonsense("a digest that is none"));
  piece.bytes = claim.bytes;
  piece.sha256 = claim.sha256;
  piece.object_key = piece_key(work_.task.tenant, piece.name, claim.sha256);
  CH_TRY(deps_.ledger.note(work_, piece.object_key));
  CH_TRY(store(piece, path));
  CH_TRY(deps_.ledger.commit(work_, piece));
  ::unlink(path.c_str());
  present_.insert(piece.name);
  return committed_(piece.name);
}

}  // namespace cliffhanger::transcode
