// What is added to a film once it is ready, or taken away from it: its index is edited beside the one that is
// served, judged, and takes its place in a short transaction if nothing has changed meanwhile.
#include "services/transcode/store/pg_burns.h"
#include "services/transcode/store/pg_captions.h"
#include "services/transcode/store/pg_dubs.h"
#include "services/transcode/worker/additions.h"
#include "services/transcode/worker/dubs_index.h"
#include "services/transcode/worker/ledger.h"
#include "services/transcode/worker/outdated.h"

namespace cliffhanger::transcode {

Result<void> Ledger::captions(const Work& work) {
  return dress(work);
}

Result<void> Ledger::dress(const Work& work) {
  return until_current([&] { return dress_once(work); });
}

// The film, if it is ready and its files are kept: the sweeper takes those that nobody needs any more.
Result<std::optional<Revision>> Ledger::kept_film(const Work& work) {
  using Film = std::optional<Revision>;
  return transact(work.call, [&](PgRevisions& revisions, sql::Tx& tx) -> Result<Film> {
    CH_ASSIGN(Revision film, revisions.lock(work.revision.id));
    CH_ASSIGN(const bool kept, PgCaptions(tx, work.call, deps_.clock, deps_.random).is_kept(film.id));
    return kept && !film.is_cut() ? Film(std::move(film)) : Film();
  });
}

Result<void> Ledger::dress_once(const Work& work) {
  const auto nothing_to_do = [&] {
    return deps_.pool.transact([&](sql::Tx& tx) { return sql::complete_task(tx, work.task); });
  };
  CH_ASSIGN(const auto film, kept_film(work));
  if (!film) return nothing_to_do();
  auto index = FinishedIndex::open(deps_.blobs, *film, deps_.clock.now());
  // Taken back meanwhile.
  if (!index && index.error().reason == "OBJECT_NOT_FOUND") return nothing_to_do();
  if (!index) return fail(std::move(index).error());
  CH_ASSIGN(const Protection protection, protection_of(*index));
  CH_ASSIGN(const Additions added, transact(work.call, [&](PgRevisions&, sql::Tx& tx) {
              PgCaptions captions(tx, work.call, deps_.clock, deps_.random);
              PgDubs dubs(tx, work.call, deps_.clock, deps_.random);
              return read_additions(captions, dubs, *film, protection.method);
            }));
  CH_TRY(put_in(*index, protection, added));
  if (index->has_changed()) CH_TRY(deps_.inspect(deps_.blobs, index->presentation()).map([](const auto&) {}));
  return transact(work.call, [&](PgRevisions& revisions, sql::Tx& tx) -> Result<void> {
    CH_ASSIGN(Revision revision, revisions.lock(work.revision.id));
    CH_TRY(sql::complete_task(tx, work.task));
    PgCaptions captions(tx, work.call, deps_.clock, deps_.random);
    PgDubs dubs(tx, work.call, deps_.clock, deps_.random);
    CH_ASSIGN(const bool kept, captions.is_kept(revision.id));
    if (!kept) return {};
    CH_ASSIGN(const Additions now, read_additions(captions, dubs, revision, protection.method));
    if (!same(now, added)) return fail(outdated("Captions or dubs"));
    CH_ASSIGN(revision.published, index->save());
    CH_TRY(are_heard(dubs, revision.id, added.dubs));
    CH_TRY(captions.note(revision.id, std::nullopt));
    CH_TRY(align_burned(tx, work.call, revision, now.burned));
    return revisions.save(revision);
  });
}

Result<std::optional<Ledger::DubWork>> Ledger::begin_dub(const Work& work) {
  using Todo = std::optional<DubWork>;
  return transact(work.call, [&](PgRevisions& revisions, sql::Tx& tx) -> Result<Todo> {
    CH_ASSIGN(const SourceId source, dub_of(work.run));
    CH_ASSIGN(const Revision revision, revisions.lock(work.revision.id));
    PgCaptions captions(tx, work.call, deps_.clock, deps_.random);
    CH_ASSIGN(const bool kept, captions.is_kept(revision.id));
    if (!kept && !is_open(revision.state)) return Todo();
    PgDubs shelf(tx, work.call, deps_.clock, deps_.random);
    CH_TRY(shelf.lock(revision.source.episode));
    CH_ASSIGN(auto dub, shelf.find(source));
    if (!dub) return Todo();
    DubWork out{std::move(*dub), "", encryption(), {}};
    if (kept) {
      CH_ASSIGN(const auto index, FinishedIndex::open(deps_.blobs, revision, deps_.clock.now()));
      CH_ASSIGN(const Protection protection, protection_of(index));
      out.encryption = protection.method;
    }
    CH_ASSIGN(out.warning, check_length(out.dub.duration_ms, revision.duration_ms));
    auto recipes = dub_recipes(*revision.plan, out.dub);
    CH_TRY(revisions.add_recipes(revision.id, recipes));
    if (out.encryption != Encryption::kNone)
      CH_TRY(revisions.add_recipes(revision.id,
                                   secret_recipes(recipes, source, out.encryption, revision.id.text())));
    CH_TRY(shelf.set(revision.id, source, {}));
    CH_ASSIGN(out.present, revisions.hold(revision.id));
    CH_TRY(mend_dub(revisions, shelf, revision.id, out));
    return Todo(std::move(out));
  });
}

// Pieces whose objects are gone are made again.
Result<void> Ledger::mend_dub(PgRevisions& revisions, PgDubs& shelf, RevisionId revision, DubWork& dub) {
  for (const Encryption encryption : {Encryption::kNone, dub.encryption}) {
    CH_ASSIGN(const Assembly pieces, shelf.pieces(revision, dub_track(dub.dub.source, encryption)));
    for (const Piece& piece : pieces.in_order()) {
      const auto object = deps_.blobs.head(piece.object_key);
      if (!object && object.error().reason != "OBJECT_NOT_FOUND") return fail(object.error());
      if (object && object->bytes == piece.bytes) continue;
      CH_TRY(revisions.forget_piece(revision, piece.name));
      dub.present.erase(piece.name);
    }
    if (dub.encryption == Encryption::kNone) break;
  }
  return {};
}

Result<void> Ledger::encrypt_dub(const Work& work, const DubWork& dub) {
  if (dub.encryption == Encryption::kNone) return {};
  if (deps_.encryptor == nullptr)
    return fail(internal("DUB_ENCRYPTION", "The revision is encrypted, and this worker can't encrypt."));
  const std::string secret = dub_track(dub.dub.source, dub.encryption);
  CH_ASSIGN(const Assembly clear, transact(work.call, [&](PgRevisions&, sql::Tx& tx) {
              return PgDubs(tx, work.call, deps_.clock, deps_.random)
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
              PgDubs shelf(tx, work.call, deps_.clock, deps_.random);
              CH_TRY(shelf.lock(revision.source.episode));
              CH_TRY(shelf.set(revision.id, dub.dub.source, {DubState::kEncoded, "", "", dub.warning}));
              PgCaptions captions(tx, work.call, deps_.clock, deps_.random);
              CH_ASSIGN(const bool is_kept, captions.is_kept(revision.id));
              if (!is_kept) CH_TRY(sql::complete_task(tx, work.task));
              return is_kept;
            }));
  return kept ? dress(work) : Result<void>();
}

Result<void> Ledger::fail_subject(PgRevisions& revisions, sql::Tx& tx, const Call& call, const Subject& of,
                                  const Error& why) {
  if (of.kind == to_text(Kind::kDub)) {
    PgDubs shelf(tx, call, deps_.clock, deps_.random);
    CH_ASSIGN(const SourceId source, shelf.source_of(of.task.uuid()));
    return shelf.set(of.revision, source, {DubState::kFailed, why.reason, why.message, ""});
  }
  if (of.kind == to_text(Kind::kBurn)) return PgBurns(tx, call.caller.tenant).give_up(of.task, why);
  // What viewers get stays as it was; the creator finds the reason beside the captions.
  if (of.kind == to_text(Kind::kCaptions))
    CH_TRY(PgCaptions(tx, call, deps_.clock, deps_.random).note(of.revision, why));
  return revisions.fail_revision(of.revision, why);
}

}  // namespace cliffhanger::transcode
