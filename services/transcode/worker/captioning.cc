// Captions that change after a revision became ready: its index is edited beside the old one, judged, and
// takes its place in a short transaction if nothing has changed meanwhile.
#include "services/transcode/store/pg_captions.h"
#include "services/transcode/worker/captions_index.h"
#include "services/transcode/worker/index.h"
#include "services/transcode/worker/ledger.h"

namespace cliffhanger::transcode {
namespace {

constexpr int kMostTries = 5;  // at once; the task's attempts come on top

// What the edit goes by.
struct Before {
  Revision revision;
  bool kept = false;
  std::vector<CaptionsRecord> captions;
};

}  // namespace

Result<void> Ledger::captions(const Work& work) {
  for (int tries = 1;; ++tries) {
    auto done = caption_once(work);
    if (done || done.error().reason != "PACKAGE_OUTDATED" || tries == kMostTries) return done;
  }
}

Result<void> Ledger::caption_once(const Work& work) {
  CH_ASSIGN(const auto found, transact(work.call, [&](PgRevisions& revisions, sql::Tx& tx) -> Result<Before> {
              Before out;
              PgCaptions shelf(tx, work.call, deps_.clock, deps_.random);
              CH_ASSIGN(out.revision, revisions.lock(work.revision.id));
              // The sweeper takes the files of those that nobody needs any more.
              CH_ASSIGN(const bool kept, shelf.is_kept(out.revision.id));
              out.kept = kept && !out.revision.is_cut();
              CH_ASSIGN(out.captions, shelf.published(out.revision.source.episode));
              return out;
            }));
  std::optional<EditedIndex> edited;
  if (found.kept) {
    auto made = edit_captions(deps_.blobs, found.revision, tracks_of(found.captions), deps_.clock.now());
    // Taken back meanwhile.
    if (!made && made.error().reason != "OBJECT_NOT_FOUND") return fail(made.error());
    if (made) edited = std::move(*made);
  }
  if (edited && edited->changed)
    CH_TRY(deps_.inspect(deps_.blobs, edited->presentation).map([](const auto&) {}));
  return transact(work.call, [&](PgRevisions& revisions, sql::Tx& tx) -> Result<void> {
    CH_ASSIGN(Revision revision, revisions.lock(work.revision.id));
    CH_TRY(sql::complete_task(tx, work.task));
    PgCaptions shelf(tx, work.call, deps_.clock, deps_.random);
    CH_ASSIGN(const bool kept, shelf.is_kept(revision.id));
    if (!kept || !edited) return {};
    CH_ASSIGN(const auto captions, shelf.published(revision.source.episode));
    if (captions != found.captions || revision.published != found.revision.published)
      return fail(aborted("PACKAGE_OUTDATED", "Captions changed while they were written."));
    if (edited->changed)
      CH_TRY(deps_.blobs.put(index_key(revision.tenant, revision.id, State::kReady), edited->text));
    revision.published = edited->name;
    CH_TRY(shelf.note(revision.source.episode, std::nullopt));
    return revisions.save(revision);
  });
}

}  // namespace cliffhanger::transcode
