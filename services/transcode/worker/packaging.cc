// The packaging of a revision: what is long (reading, encrypting, judging and writing objects) happens
// between two short transactions. The second one is fenced by the lease and looks whether what the first one
// read is still so.
#include <algorithm>

#include "services/transcode/domain/cut_presentation.h"
#include "services/transcode/domain/gate.h"
#include "services/transcode/store/pg_captions.h"
#include "services/transcode/worker/captions_index.h"
#include "services/transcode/worker/cut_footage.h"
#include "services/transcode/worker/index.h"
#include "services/transcode/worker/ledger.h"

namespace cliffhanger::transcode {
namespace {

constexpr int kMostTries = 5;  // at once; the task's attempts come on top

Error outdated() {
  return aborted("PACKAGE_OUTDATED", "Captions or pieces changed while the revision was packaged.");
}

// Whether the same objects are behind the same names.
bool same(const Assembly& a, const Assembly& b) {
  const auto one = a.in_order(), other = b.in_order();
  return std::equal(one.begin(), one.end(), other.begin(), other.end(), [](const Piece& x, const Piece& y) {
    return x.name == y.name && x.object_key == y.object_key && x.bytes == y.bytes;
  });
}

}  // namespace

// What packaging goes by.
struct Ledger::Found {
  Revision revision;
  Assembly pieces{std::vector<Piece>()};
  CutFootage footage;  // of a cut
  std::vector<CaptionsRecord> captions;
};

// What is to be served.
struct Ledger::Made {
  Presentation whole;
  std::string cover_key;
  std::vector<std::string> concerns;
};

Result<std::vector<std::string>> Ledger::package(const Work& work) {
  for (int tries = 1;; ++tries) {
    auto done = package_once(work);
    if (done || done.error().reason != "PACKAGE_OUTDATED" || tries == kMostTries) return done;
  }
}

Result<std::vector<std::string>> Ledger::package_once(const Work& work) {
  using Concerns = std::vector<std::string>;
  CH_ASSIGN(Found found, find(work));
  if (!is_open(found.revision.state)) {
    CH_TRY(deps_.pool.transact([&](sql::Tx& tx) { return sql::complete_task(tx, work.task); }));
    return Concerns{};
  }
  CH_ASSIGN(auto made, found.revision.is_cut() ? make_cut(work, found) : make(work, found));
  if (!made) return Concerns{};  // it is mended first
  CH_TRY(write_playlists(deps_.blobs, found.revision, made->whole));
  CH_TRY(commit(work, found, *made));
  return std::move(made->concerns);
}

Result<Ledger::Found> Ledger::find(const Work& work) {
  return transact(work.call, [&](PgRevisions& revisions, sql::Tx& tx) -> Result<Found> {
    Found out;
    CH_ASSIGN(out.revision, revisions.get(work.revision.id, std::nullopt));
    CH_ASSIGN(out.pieces, revisions.pieces(out.revision.id));
    if (out.revision.is_cut()) {
      CH_ASSIGN(out.footage, read_footage(revisions, out.revision));
    } else {
      PgCaptions shelf(tx, work.call, deps_.clock, deps_.random);
      CH_ASSIGN(out.captions, shelf.published(out.revision.source.episode));
    }
    return out;
  });
}

// Nothing: pieces were missing, and what makes them again was put before.
Result<std::optional<Ledger::Made>> Ledger::make(const Work& work, Found& found) {
  const Plan& plan = *found.revision.plan;
  CH_ASSIGN(const auto gone, missing(plan, found.pieces));
  if (!gone.empty() || !is_chosen(plan) || !is_tuned(plan)) {
    CH_TRY(heal(work, gone));
    return std::nullopt;
  }
  CH_TRY(all_there(plan, found.pieces));
  Made out;
  out.cover_key = found.pieces.find(kCover, 0)->object_key;
  Assembly shown = found.pieces;
  if (deps_.encryptor != nullptr) {
    auto secret = deps_.encryptor->encrypt(work.call, found.revision, found.pieces);
    // Gone since it was looked for.
    if (!secret && secret.error().reason == "OBJECT_NOT_FOUND") return fail(outdated());
    CH_ASSIGN(shown, std::move(secret));
  }
  const std::vector<Variant> declared = variants(plan, shown);
  CH_TRY(pass_gate(plan, shown, declared));
  out.whole = with_captions(finished(plan, shown, declared), grid_of(plan), tracks_of(found.captions));
  CH_ASSIGN(out.concerns, deps_.inspect(deps_.blobs, out.whole));
  return std::move(out);
}

Result<std::optional<Ledger::Made>> Ledger::make_cut(const Work& work, Found& found) {
  CH_TRY(check_objects(deps_.blobs, found.footage));
  Made out;
  out.cover_key = found.footage.cover_key;
  if (deps_.encryptor != nullptr) {
    CH_ASSIGN(found.footage, encrypt(*deps_.encryptor, work.call, found.revision, std::move(found.footage)));
  }
  CH_ASSIGN(out.whole, cut_presentation(found.footage.stretches));
  CH_ASSIGN(out.concerns, deps_.inspect(deps_.blobs, out.whole));
  return std::move(out);
}

Result<void> Ledger::commit(const Work& work, const Found& found, const Made& made) {
  return transact(work.call, [&](PgRevisions& revisions, sql::Tx& tx) -> Result<void> {
    CH_ASSIGN(Revision revision, revisions.lock(work.revision.id));
    CH_TRY(sql::complete_task(tx, work.task));
    if (!is_open(revision.state)) return {};
    CH_ASSIGN(const Assembly pieces, revisions.pieces(revision.id));
    if (!same(pieces, found.pieces)) return fail(outdated());
    if (!revision.is_cut()) {
      PgCaptions shelf(tx, work.call, deps_.clock, deps_.random);
      CH_ASSIGN(const auto captions, shelf.published(revision.source.episode));
      if (captions != found.captions) return fail(outdated());
    }
    revision.state = State::kReady;
    revision.ready = deps_.clock.now();
    revision.percent = 100;
    CH_ASSIGN(revision.published, write_index(deps_.blobs, revision, made.whole));
    CH_TRY(revisions.tell_ready(revision, made.cover_key));
    CH_TRY(revisions.save(revision));
    return revisions.end_replaced(revision.source.episode);
  });
}

// Pieces that are not there, or whose objects are not.
Result<std::set<PieceName>> Ledger::missing(const Plan& plan, const Assembly& assembly) {
  std::set<PieceName> out;
  for (const Run& run : runs(plan)) {
    for (const PieceName& name : pieces_of(plan, run)) {
      const Piece* piece = assembly.find(name.track, name.index);
      // Healing another revision of the same source may have forgotten it.
      if (piece == nullptr) {
        out.insert(name);
        continue;
      }
      const auto object = deps_.blobs.head(piece->object_key);
      if (!object && object.error().reason != "OBJECT_NOT_FOUND") return fail(object.error());
      if (!object || object->bytes != piece->bytes) out.insert(name);
    }
  }
  return out;
}

// The pieces are forgotten and the runs that make them are added again; the last one of them brings the
// packaging.
Result<void> Ledger::heal(const Work& work, const std::set<PieceName>& gone) {
  return transact(work.call, [&](PgRevisions& revisions, sql::Tx& tx) -> Result<void> {
    CH_ASSIGN(const Revision revision, revisions.lock(work.revision.id));
    CH_TRY(sql::complete_task(tx, work.task));
    if (!is_open(revision.state)) return {};
    for (const PieceName& name : gone) CH_TRY(revisions.forget_piece(revision.id, name));
    CH_ASSIGN(const auto present, revisions.present(revision.id));
    for (const Run& run : runs(*revision.plan)) {
      if (is_needed(*revision.plan, run, present)) CH_TRY(revisions.add_task(revision, run));
    }
    return {};
  });
}

}  // namespace cliffhanger::transcode
