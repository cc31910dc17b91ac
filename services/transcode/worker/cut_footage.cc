#include "services/transcode/worker/cut_footage.h"

#include <charconv>
#include <map>

#include "services/transcode/domain/cut_presentation.h"

namespace cliffhanger::transcode {
namespace {

Error bad_cut() {
  return internal("BAD_RECORD", "The record of a cut can't be read.");
}

// "3/v540" is the track v540 of film 3.
Result<std::pair<std::size_t, std::string>> split(const std::string& track) {
  const auto slash = track.find('/');
  std::size_t film = 0;
  if (slash == std::string::npos ||
      std::from_chars(track.data(), track.data() + slash, film).ptr != track.data() + slash)
    return fail(bad_cut());
  return std::pair(film, track.substr(slash + 1));
}

}  // namespace

Result<CutFootage> read_footage(PgRevisions& revisions, const Revision& cut) {
  CutFootage out;
  std::map<RevisionId, std::size_t> films;
  std::vector<std::size_t> of;
  for (const CutStretch& one : cut.stretches) {
    const auto [known, fresh] = films.emplace(one.revision, films.size());
    of.push_back(known->second);
    if (!fresh) continue;
    CH_ASSIGN(Revision film, revisions.get(one.revision, std::nullopt));
    if (!film.plan) return fail(bad_cut());
    out.plans.push_back(std::move(*film.plan));
  }
  CH_ASSIGN(const Assembly all, revisions.pieces(cut.id));
  std::vector<std::vector<Piece>> pieces(films.size());
  for (Piece& piece : all.in_order()) {
    CH_ASSIGN(auto place, split(piece.name.track));
    if (place.first >= pieces.size()) return fail(bad_cut());
    piece.name.track = std::move(place.second);
    if (piece.name.track == kCover) out.cover_key = piece.object_key;
    pieces[place.first].push_back(std::move(piece));
  }
  for (auto& one : pieces) out.assemblies.emplace_back(std::move(one));
  CH_ASSIGN(out.labels, revisions.dub_labels(cut.id));
  for (std::size_t i = 0; i < of.size(); ++i)
    out.stretches.push_back({&out.plans[of[i]], &out.assemblies[of[i]], film_folder(of[i]),
                             cut.stretches[i].from_ms, cut.stretches[i].to_ms});
  return out;
}

Result<void> check_objects(blob::Store& blobs, const CutFootage& footage) {
  for (const Assembly& assembly : footage.assemblies) {
    for (const Piece& piece : assembly.in_order()) {
      const auto object = blobs.head(piece.object_key);
      if (!object && object.error().reason != "OBJECT_NOT_FOUND") return fail(object.error());
      if (!object || object->bytes != piece.bytes)
        return fail(
            internal("GATE_PIECE_MISSING", "A part of a film is not there any more: " + piece.name.track +
                                               " " + std::to_string(piece.name.index) + "."));
    }
  }
  return {};
}

Result<CutFootage> encrypt(const Encryptor& encryptor, const Call& call, const Revision& cut,
                           CutFootage clear) {
  const std::vector<std::string> tracks = common_tracks(clear.stretches);
  std::deque<Assembly> made;
  for (std::size_t i = 0; i < clear.stretches.size(); ++i) {
    Stretch& stretch = clear.stretches[i];
    std::vector<Encryptor::Wanted> wanted;
    for (const std::string& track : tracks) {
      CH_ASSIGN(const auto parts, parts_of(stretch, track));
      wanted.push_back({*stretch.assembly->find(track, kInit), 0});
      for (const Part& part : parts) wanted.push_back({trimmed(part), part.offset});
    }
    for (std::int64_t sheet = 0; sheet < stretch.plan->storyboard.sheets(); ++sheet) {
      if (const Piece* piece = stretch.assembly->find(kStoryboard, sheet)) wanted.push_back({*piece, 0});
    }
    CH_ASSIGN(Assembly secret, encryptor.encrypt(call, cut, wanted, encryptor.method()));
    made.push_back(std::move(secret));
    stretch.folder = film_folder(i);
  }
  for (std::size_t i = 0; i < made.size(); ++i) clear.stretches[i].assembly = &made[i];
  clear.assemblies = std::move(made);
  return clear;
}

}  // namespace cliffhanger::transcode
