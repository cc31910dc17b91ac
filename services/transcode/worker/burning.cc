// Captions in the pictures (domain/burn.h): which texts a film has, and how one that was encoded gets to
// viewers. As in packaging, what is long happens between two short transactions.
#include <algorithm>

#include "services/transcode/domain/gate.h"
#include "services/transcode/store/pg_burns.h"
#include "services/transcode/store/pg_captions.h"
#include "services/transcode/worker/additions.h"
#include "services/transcode/worker/burned_index.h"
#include "services/transcode/worker/dubs_index.h"
#include "services/transcode/worker/ledger.h"
#include "services/transcode/worker/outdated.h"

namespace cliffhanger::transcode {

// A text of which every piece was encoded.
struct Ledger::Drawn {
  Revision film;
  Burning what;
  Assembly pieces;  // clear, of burned_plan()
};

// Brings the film's texts in line with those that are wanted. It is ready and locked, and so are the
// captions; what viewers get is not touched.
Result<void> Ledger::align_burned(sql::Tx& tx, const Call& call, const Revision& film,
                                  const std::vector<Burning>& wanted) {
  PgBurns burns(tx, call.caller.tenant);
  PgRevisions revisions(tx, call, deps_.outbox, deps_.clock, deps_.random);
  bool any = false;
  for (const Burning& what : wanted) {
    CH_ASSIGN(const bool begins,
              burns.begin(film.id, what, burned_recipes(*film.plan, film.source.sha256, what)));
    if (!begins) continue;
    any = true;
    CH_ASSIGN(const bool asked, burns.is_asked(film.id, what));
    if (!asked) CH_TRY(revisions.add_task(film, burn_run(what.language, what.version)));
  }
  // After all rows: the sweeper locks its one row before the pieces, too.
  if (any) CH_TRY(revisions.hold(film.id).map([](const auto&) {}));
  CH_ASSIGN(const auto rows, burns.of(film.id));
  for (const PgBurns::Row& row : rows) {
    // One that is ready is served until another one of its language is.
    const bool stays = std::any_of(wanted.begin(), wanted.end(), [&](const Burning& what) {
      return what.language == row.language && (what.version == row.version || row.state == "ready");
    });
    if (!stays) CH_TRY(burns.set(film.id, row.language, row.version, "replaced"));
  }
  return {};
}

// What the task is to burn, if that is still wanted; keeps the captions from changing until the transaction
// ends.
Result<std::optional<Burning>> Ledger::wanted_burning(sql::Tx& tx, const Work& work) {
  PgCaptions captions(tx, work.call, deps_.clock, deps_.random);
  const EpisodeId episode = work.revision.source.episode;
  CH_ASSIGN(const auto records, captions.published(episode));
  CH_ASSIGN(auto all, burnings_of(captions, episode, records));
  CH_ASSIGN(const bool kept, captions.is_kept(work.revision.id));
  CH_ASSIGN(const auto state,
            PgBurns(tx, work.task.tenant).state(work.revision.id, work.run.language, work.run.version));
  const auto what = std::find_if(all.begin(), all.end(), [&](const Burning& one) {
    return one.language == work.run.language && one.version == work.run.version;
  });
  // A task of what had failed is one that an operator plays again.
  const bool open = state == "processing" || state == "failed";
  if (!kept || !open || what == all.end()) return std::nullopt;
  return std::move(*what);
}

Result<std::optional<Ledger::BurnWork>> Ledger::burn_work(const Work& work) {
  return transact(work.call, [&](PgRevisions& revisions, sql::Tx& tx) -> Result<std::optional<BurnWork>> {
    CH_ASSIGN(const auto what, wanted_burning(tx, work));
    if (!what) return std::nullopt;
    CH_TRY(PgBurns(tx, work.task.tenant).set(work.revision.id, what->language, what->version, "processing"));
    CH_ASSIGN(const auto present, revisions.present(work.revision.id));
    CH_ASSIGN(auto part, next_part(*work.revision.plan, *what, present));
    if (!part) return std::nullopt;
    BurnWork out{std::move(*part), {}};
    CH_ASSIGN(const Assembly all, revisions.pieces(work.revision.id));
    for (const std::string& rung : out.part.run.rungs) {
      const Piece* init = all.find(rung, kInit);
      if (init == nullptr)
        return fail(internal("GATE_PIECE_MISSING", "There is no initialisation segment of " + rung + "."));
      out.inits[rung] = init->sha256;
    }
    return out;
  });
}

Result<void> Ledger::burned(const Work& work) {
  return until_current([&] { return burned_once(work); });
}

Result<void> Ledger::burned_once(const Work& work) {
  CH_ASSIGN(const auto drawn, find_drawn(work));
  if (!drawn) return {};
  CH_ASSIGN(const auto gone, missing(*drawn));
  if (!gone.empty()) return mend_burned(work, gone);
  const Plan part = burned_plan(*drawn->film.plan);
  CH_TRY(all_there(part, drawn->pieces));
  auto index = FinishedIndex::open(deps_.blobs, drawn->film, deps_.clock.now());
  if (!index && index.error().reason == "OBJECT_NOT_FOUND") return fail(outdated("What is served"));
  if (!index) return fail(std::move(index).error());
  CH_ASSIGN(const Protection protection, protection_of(*index));
  CH_ASSIGN(const Assembly shown, as_served(work, *drawn, protection));
  const std::vector<Variant> declared = variants(part, shown);
  CH_TRY(pass_gate(part, shown, declared));
  const Presentation whole = burned_presentation(part, shown, declared, drawn->what);
  CH_TRY(put_burned(*index, drawn->what.language, whole));
  CH_TRY(share_dubs(*index, drawn->what.language));
  CH_TRY(inspect_burned(*index, drawn->what.language));
  return show_burned(work, *drawn, *index);
}

// The film with captions of the language in its pictures, if the index has it.
Result<void> Ledger::inspect_burned(const FinishedIndex& index, const std::string& language) {
  Presentation whole = index.presentation();
  whole.main = burned_playlist_name(language);
  if (!index.has(whole.main)) return {};
  return deps_.inspect(deps_.blobs, whole).map([](const auto&) {});
}

// Nothing, and the task is done, if there is more to encode, which another task does, or nothing is wanted
// any more.
Result<std::optional<Ledger::Drawn>> Ledger::find_drawn(const Work& work) {
  return transact(work.call, [&](PgRevisions& revisions, sql::Tx& tx) -> Result<std::optional<Drawn>> {
    CH_ASSIGN(Revision film, revisions.lock(work.revision.id));
    CH_ASSIGN(auto what, wanted_burning(tx, work));
    if (!what) {
      CH_TRY(sql::complete_task(tx, work.task));
      return std::nullopt;
    }
    CH_ASSIGN(const auto present, revisions.present(film.id));
    CH_ASSIGN(const auto left, next_part(*film.plan, *what, present));
    if (left) {
      CH_TRY(sql::complete_task(tx, work.task));
      CH_TRY(revisions.add_task(film, burn_run(what->language, what->version)));
      return std::nullopt;
    }
    CH_ASSIGN(const Assembly all, revisions.pieces(film.id));
    Assembly pieces = burned_assembly(*film.plan, all, *what);
    return Drawn{std::move(film), std::move(*what), std::move(pieces)};
  });
}

// Burned pieces whose objects are gone. The rungs' own can't be made again here: fails with
// GATE_PIECE_MISSING.
Result<std::vector<PieceName>> Ledger::missing(const Drawn& drawn) {
  std::set<PieceName> burned;
  for (const Recipe& one : burned_recipes(*drawn.film.plan, drawn.film.source.sha256, drawn.what))
    burned.insert(one.name);
  std::vector<PieceName> out;
  for (const Piece& piece : drawn.pieces.in_order()) {
    const auto object = deps_.blobs.head(piece.object_key);
    if (object && object->bytes == piece.bytes) continue;
    if (!object && object.error().reason != "OBJECT_NOT_FOUND") return fail(object.error());
    PieceName name{burned_track(drawn.what.language, drawn.what.version, piece.name.track), piece.name.index};
    if (!burned.contains(name))
      return fail(
          internal("GATE_PIECE_MISSING", "An object of the revision is gone: " + piece.object_key + "."));
    out.push_back(std::move(name));
  }
  return out;
}

// They are forgotten, and a task encodes them again.
Result<void> Ledger::mend_burned(const Work& work, const std::vector<PieceName>& gone) {
  return transact(work.call, [&](PgRevisions& revisions, sql::Tx& tx) -> Result<void> {
    CH_ASSIGN(const Revision film, revisions.lock(work.revision.id));
    CH_TRY(sql::complete_task(tx, work.task));
    CH_ASSIGN(const auto what, wanted_burning(tx, work));
    if (!what) return {};
    for (const PieceName& name : gone) CH_TRY(revisions.forget_piece(film.id, name));
    return revisions.add_task(film, burn_run(what->language, what->version));
  });
}

// Encrypted as the film is, whatever the deployment does now.
Result<Assembly> Ledger::as_served(const Work& work, const Drawn& drawn, const Protection& protection) {
  if (protection.method == Encryption::kNone) return drawn.pieces;
  if (deps_.encryptor == nullptr)
    return fail(internal("BURN_ENCRYPTION", "The revision is encrypted, and this worker can't encrypt."));
  auto made = deps_.encryptor->encrypt(work.call, drawn.film, drawn.pieces, protection.method);
  // Gone since it was looked for.
  if (!made && made.error().reason == "OBJECT_NOT_FOUND") return fail(outdated("Pieces"));
  return made;
}

Result<void> Ledger::show_burned(const Work& work, const Drawn& drawn, FinishedIndex& index) {
  return transact(work.call, [&](PgRevisions& revisions, sql::Tx& tx) -> Result<void> {
    CH_ASSIGN(Revision film, revisions.lock(work.revision.id));
    CH_TRY(sql::complete_task(tx, work.task));
    CH_ASSIGN(const auto what, wanted_burning(tx, work));
    if (!what) return {};
    CH_ASSIGN(const Assembly all, revisions.pieces(film.id));
    if (!same(burned_assembly(*film.plan, all, *what), drawn.pieces)) return fail(outdated("Pieces"));
    CH_ASSIGN(film.published, index.save());
    PgBurns burns(tx, work.task.tenant);
    CH_ASSIGN(const auto rows, burns.of(film.id));
    for (const PgBurns::Row& row : rows) {
      if (row.language == what->language && row.version != what->version)
        CH_TRY(burns.set(film.id, row.language, row.version, "replaced"));
    }
    CH_TRY(burns.set(film.id, what->language, what->version, "ready",
                     index.has(burned_manifest_name(what->language))));
    return revisions.save(film);
  });
}

}  // namespace cliffhanger::transcode
