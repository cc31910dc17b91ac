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
  return work.revision.is_cut() ? dress_cut(work) : until_current([&] { return dress_once(work); });
}

// The film, if it is ready and its files are kept: the sweeper takes those that nobody needs any more.
Result<std::optional<Revision>> Ledger::kept(const Work& work) {
  using Film = std::optional<Revision>;
  return transact(work.call, [&](PgRevisions& revisions, sql::Tx& tx) -> Result<Film> {
    CH_ASSIGN(Revision film, revisions.lock(work.revision.id));
    CH_ASSIGN(const bool kept, PgCaptions(tx, work.call, deps_.clock, deps_.random).is_kept(film.id));
    return kept ? Film(std::move(film)) : Film();
  });
}

Result<void> Ledger::dress_once(const Work& work) {
  const auto nothing_to_do = [&] {
    return deps_.pool.transact([&](sql::Tx& tx) { return sql::complete_task(tx, work.task); });
  };
  CH_ASSIGN(const auto film, kept(work));
  if (!film) return nothing_to_do();
  auto index = FinishedIndex::open(deps_.blobs, *film, deps_.clock.now());
  // Taken back meanwhile.
  if (!index && index.error().reason == "OBJECT_NOT_FOUND") return nothing_to_do();
  if (!index) return fail(std::move(index).error());
  CH_ASSIGN(const Protection protection, protection_of(*index));
  CH_ASSIGN(const Additions added, transact(work.call, [&](PgRevisions&, sql::Tx& tx) {
              PgCaptions captions(tx, work.call, deps_.clock, deps_.random);
              PgDubs dubs(tx, work.call, deps_.outbox, deps_.clock, deps_.random);
              return read_additions(captions, dubs, *film, protection.method);
            }));
  CH_TRY(put_in(*index, protection, added));
  if (index->has_changed()) {
    CH_TRY(deps_.inspect(deps_.blobs, index->presentation()).map([](const auto&) {}));
    for (const Burning& one : added.burned) CH_TRY(inspect_burned(*index, one.language));
  }
  return transact(work.call, [&](PgRevisions& revisions, sql::Tx& tx) -> Result<void> {
    CH_ASSIGN(Revision revision, revisions.lock(work.revision.id));
    CH_TRY(sql::complete_task(tx, work.task));
    PgCaptions captions(tx, work.call, deps_.clock, deps_.random);
    PgDubs dubs(tx, work.call, deps_.outbox, deps_.clock, deps_.random);
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

Result<void> Ledger::fail_subject(PgRevisions& revisions, sql::Tx& tx, const Call& call, const Subject& of,
                                  const Error& why) {
  if (of.kind == to_text(Kind::kDub)) {
    PgDubs shelf(tx, call, deps_.outbox, deps_.clock, deps_.random);
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
