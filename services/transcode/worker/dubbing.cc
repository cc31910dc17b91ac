// The tasks of dubs: what of one is to be made for a revision, its encrypted pieces, and its end. As in
// packaging, objects are looked at between short transactions.
#include "services/transcode/store/pg_captions.h"
#include "services/transcode/store/pg_dubs.h"
#include "services/transcode/worker/dubs_index.h"
#include "services/transcode/worker/ledger.h"
#include "services/transcode/worker/outdated.h"

namespace cliffhanger::transcode {

// What a dub's task finds.
struct Ledger::Dubbed {
  Revision revision;
  bool kept = false;  // it is ready and its files are there; else it is open
  Dub dub;
};

Result<std::optional<Ledger::DubWork>> Ledger::begin_dub(const Work& work) {
  return until_current([&] { return begin_dub_once(work); });
}

Result<std::optional<Ledger::DubWork>> Ledger::begin_dub_once(const Work& work) {
  using Todo = std::optional<DubWork>;
  CH_ASSIGN(const auto found, transact(work.call, [&](PgRevisions& revisions, sql::Tx& tx) {
              return find_dubbed(revisions, tx, work);
            }));
  if (!found) return Todo();
  DubWork out{found->dub, "", encryption(), {}};
  if (found->kept) {
    const auto index = FinishedIndex::open(deps_.blobs, found->revision, deps_.clock.now());
    if (!index && index.error().reason == "OBJECT_NOT_FOUND") return Todo();  // taken back meanwhile
    if (!index) return fail(index.error());
    CH_ASSIGN(const Protection protection, protection_of(*index));
    out.encryption = protection.method;
  }
  CH_ASSIGN(out.warning, check_length(out.dub.duration_ms, found->revision.duration_ms));
  std::vector<Piece> pieces;
  CH_TRY(transact(work.call, [&](PgRevisions& revisions, sql::Tx& tx) -> Result<void> {
    CH_ASSIGN(const auto now, find_dubbed(revisions, tx, work));
    if (!now || now->kept != found->kept) return fail(outdated("The dub or its film"));
    CH_ASSIGN(pieces, need_dub(revisions, tx, work, now->revision, out));
    return {};
  }));
  CH_TRY(mend_dub(work, pieces, out));
  return Todo(std::move(out));
}

// The revision, locked, and the dub; nothing if either is of no use any more.
Result<std::optional<Ledger::Dubbed>> Ledger::find_dubbed(PgRevisions& revisions, sql::Tx& tx,
                                                          const Work& work) {
  using Found = std::optional<Dubbed>;
  CH_ASSIGN(const SourceId source, dub_of(work.run));
  Dubbed out;
  CH_ASSIGN(out.revision, revisions.lock(work.revision.id));
  CH_ASSIGN(out.kept, PgCaptions(tx, work.call, deps_.clock, deps_.random).is_kept(out.revision.id));
  if (!out.kept && !is_open(out.revision.state)) return Found();
  PgDubs shelf(tx, work.call, deps_.outbox, deps_.clock, deps_.random);
  CH_TRY(shelf.lock(out.revision.source.episode));
  CH_ASSIGN(auto dub, shelf.find(source));
  if (!dub) return Found();
  out.dub = std::move(*dub);
  return Found(std::move(out));
}

// The revision needs the dub's pieces from now on; `dub` learns which of them are there. Gives those.
Result<std::vector<Piece>> Ledger::need_dub(PgRevisions& revisions, sql::Tx& tx, const Work& work,
                                            const Revision& revision, DubWork& dub) {
  const SourceId source = dub.dub.source;
  const auto recipes = dub_recipes(*revision.plan, dub.dub);
  CH_TRY(revisions.add_recipes(revision.id, recipes));
  std::vector<std::string> tracks = {dub_track(source)};
  if (dub.encryption != Encryption::kNone) {
    CH_TRY(revisions.add_recipes(revision.id,
                                 secret_recipes(recipes, source, dub.encryption, revision.id.text())));
    tracks.push_back(dub_track(source, dub.encryption));
  }
  PgDubs shelf(tx, work.call, deps_.outbox, deps_.clock, deps_.random);
  CH_TRY(shelf.set(revision.id, source, {}));
  CH_ASSIGN(dub.present, revisions.hold(revision.id));
  std::vector<Piece> out;
  for (const std::string& track : tracks) {
    CH_ASSIGN(const Assembly pieces, shelf.pieces(revision.id, track));
    for (Piece& piece : pieces.in_order()) out.push_back(std::move(piece));
  }
  return out;
}

// Pieces whose objects are gone are made again.
Result<void> Ledger::mend_dub(const Work& work, const std::vector<Piece>& pieces, DubWork& dub) {
  std::vector<PieceName> gone;
  for (const Piece& piece : pieces) {
    const auto object = deps_.blobs.head(piece.object_key);
    if (!object && object.error().reason != "OBJECT_NOT_FOUND") return fail(object.error());
    if (!object || object->bytes != piece.bytes) gone.push_back(piece.name);
  }
  if (gone.empty()) return {};
  return transact(work.call, [&](PgRevisions& revisions, sql::Tx&) -> Result<void> {
    CH_TRY(revisions.lock(work.revision.id).map([](const auto&) {}));
    for (const PieceName& name : gone) {
      CH_TRY(revisions.forget_piece(work.revision.id, name));
      dub.present.erase(name);
    }
    return {};
  });
}

Result<void> Ledger::tell_dub(const Work& work, const DubWork& dub) {
  return transact(work.call, [&](PgRevisions&, sql::Tx& tx) {
    return PgDubs(tx, work.call, deps_.outbox, deps_.clock, deps_.random).tell(work.revision.id, dub.dub);
  });
}

Result<void> Ledger::encrypt_dub(const Work& work, const DubWork& dub) {
  if (dub.encryption == Encryption::kNone) return {};
  if (deps_.encryptor == nullptr)
    return fail(internal("DUB_ENCRYPTION", "The revision is encrypted, and this worker can't encrypt."));
  const std::string secret = dub_track(dub.dub.source, dub.encryption);
  CH_ASSIGN(const Assembly clear, transact(work.call, [&](PgRevisions&, sql::Tx& tx) {
              return PgDubs(tx, work.call, deps_.outbox, deps_.clock, deps_.random)
                  .pieces(work.revision.id, dub_track(dub.dub.source));
            }));
  CH_ASSIGN(const Assembly made, deps_.encryptor->encrypt(work.call, work.revision, clear, dub.encryption));
  for (Piece piece : made.in_order()) {
    piece.name.track = secret;
    if (!dub.present.contains(piece.name)) CH_TRY(commit(work, piece));
  }
  return {};
}

Result<void> Ledger::finish_dub(const Work& work, const DubWork& dub) {
  CH_ASSIGN(const bool kept, transact(work.call, [&](PgRevisions& revisions, sql::Tx& tx) -> Result<bool> {
              CH_ASSIGN(const Revision revision, revisions.lock(work.revision.id));
              CH_TRY(sql::extend_lease(tx, work.task, lease_));
              PgDubs shelf(tx, work.call, deps_.outbox, deps_.clock, deps_.random);
              CH_TRY(shelf.lock(revision.source.episode));
              CH_TRY(shelf.set(revision.id, dub.dub.source, {DubState::kEncoded, "", "", dub.warning}));
              PgCaptions captions(tx, work.call, deps_.clock, deps_.random);
              CH_ASSIGN(const bool is_kept, captions.is_kept(revision.id));
              if (!is_kept) CH_TRY(sql::complete_task(tx, work.task));
              return is_kept;
            }));
  return kept ? dress(work) : Result<void>();
}

}  // namespace cliffhanger::transcode
