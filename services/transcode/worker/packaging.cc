// The packaging of a revision: what is long (reading, encrypting, judging and writing objects) happens
// between two short transactions. The second one is fenced by the lease and looks whether what the first one
// read is still so.
#include <utility>

#include "services/transcode/domain/appearances.h"
#include "services/transcode/domain/cut_presentation.h"
#include "services/transcode/domain/gate.h"
#include "services/transcode/store/pg_captions.h"
#include "services/transcode/worker/additions.h"
#include "services/transcode/worker/cut_footage.h"
#include "services/transcode/worker/cut_words.h"
#include "services/transcode/worker/ledger.h"
#include "services/transcode/worker/outdated.h"

namespace cliffhanger::transcode {

// What packaging goes by.
struct Ledger::Found {
  Revision revision;
  Assembly pieces{std::vector<Piece>()};
  CutFootage footage;   // of a cut
  CutWords words;       // of a cut
  Additions additions;  // of a film
};

// What is to be served.
struct Ledger::Made {
  FinishedIndex index;
  std::string cover_key;
  std::vector<std::string> concerns;
  Additions shown;               // what of those that were found the gate lets pass
  std::optional<Error> refused;  // why it does not let the others
};

Result<std::vector<std::string>> Ledger::package(const Work& work) {
  return until_current([&] { return package_once(work); });
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
  CH_TRY(commit(work, found, *made));
  return std::move(made->concerns);
}

Result<Ledger::Found> Ledger::find(const Work& work) {
  return transact(work.call, [&](PgRevisions& revisions, sql::Tx& tx) -> Result<Found> {
    Found out;
    CH_ASSIGN(out.revision, revisions.get(work.revision.id, std::nullopt));
    CH_ASSIGN(out.pieces, revisions.pieces(out.revision.id));
    if (out.revision.is_cut()) {
      // Without its row a track would be left out as one that was not taken. A film that lost an object makes
      // it again.
      CH_ASSIGN(const bool lacks, revisions.lacks_pieces(out.revision.id));
      if (lacks && is_open(out.revision.state))
        return fail(
            internal("REUSE_PIECE_MISSING", "A part of a film is not there, or is being made again."));
      CH_ASSIGN(out.footage, read_footage(revisions, out.revision));
      PgCaptions captions(tx, work.call, deps_.clock, deps_.random);
      CH_ASSIGN(out.words, read_words(captions, out.revision));
    } else {
      PgCaptions captions(tx, work.call, deps_.clock, deps_.random);
      PgDubs dubs(tx, work.call, deps_.outbox, deps_.clock, deps_.random);
      CH_ASSIGN(out.additions, read_additions(captions, dubs, out.revision, encryption()));
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
  Assembly shown = found.pieces;
  if (encryption() != Encryption::kNone) {
    auto secret = deps_.encryptor->encrypt(work.call, found.revision, found.pieces);
    // Gone since it was looked for.
    if (!secret && secret.error().reason == "OBJECT_NOT_FOUND") return fail(outdated("Pieces"));
    CH_ASSIGN(shown, std::move(secret));
  }
  const std::vector<Variant> declared = variants(plan, shown);
  CH_TRY(pass_gate(plan, shown, declared));
  CH_ASSIGN(const auto bare, FinishedIndex::make(deps_.blobs, found.revision, finished(plan, shown, declared),
                                                 deps_.clock.now()));
  CH_ASSIGN(Made out, judge(bare, shown.protection(), found.additions));
  out.cover_key = found.pieces.find(kCover, 0)->object_key;
  return std::move(out);
}

// The film with all that is added to it, or with what of that the gate lets pass: neither captions nor a dub
// keep it from its viewers.
Result<Ledger::Made> Ledger::judge(const FinishedIndex& bare, const Protection& protection,
                                   const Additions& all) {
  constexpr std::pair<bool, bool> kWith[] = {{true, true}, {true, false}, {false, true}, {false, false}};
  std::optional<Error> refused;
  Error last;
  for (const auto& [captions, dubs] : kWith) {
    if ((!captions && all.captions.empty()) || (!dubs && all.dubs.empty())) continue;  // it was judged
    Made out{bare, "", {}, {}, refused};
    if (captions) out.shown.captions = all.captions;
    if (dubs) out.shown.dubs = all.dubs;
    auto concerns = put_in(out.index, protection, out.shown).and_then([&] {
      return deps_.inspect(deps_.blobs, out.index.presentation());
    });
    if (concerns) {
      out.concerns = std::move(*concerns);
      return out;
    }
    last = std::move(concerns).error();
    if (!last.reason.starts_with("GATE_")) break;
    if (!refused) refused = last;
  }
  return fail(std::move(last));
}

Result<std::optional<Ledger::Made>> Ledger::make_cut(const Work& work, Found& found) {
  CH_TRY(check_objects(deps_.blobs, found.footage));
  const std::string cover_key = found.footage.cover_key;
  if (encryption() != Encryption::kNone) {
    CH_ASSIGN(found.footage, encrypt(*deps_.encryptor, work.call, found.revision, std::move(found.footage)));
  }
  const auto& stretches = found.footage.stretches;
  CH_ASSIGN(const Presentation whole, cut_presentation(stretches, found.footage.labels));
  CH_ASSIGN(const auto bare, FinishedIndex::make(deps_.blobs, found.revision, whole, deps_.clock.now()));
  Made out{bare, cover_key, {}, {}, {}};
  auto concerns = put_words(out.index, found.revision, stretches, found.words).and_then([&] {
    return deps_.inspect(deps_.blobs, out.index.presentation());
  });
  // As films do, it is shown without captions that the gate refuses.
  if (!concerns && concerns.error().reason.starts_with("GATE_") && !is_silent(found.words)) {
    const std::string why = "Its captions are left out: " + concerns.error().message;
    out.index = bare;
    concerns = deps_.inspect(deps_.blobs, bare.presentation());
    if (concerns) concerns->push_back(why);
  }
  if (!concerns) return fail(std::move(concerns).error());
  out.concerns = std::move(*concerns);
  return std::move(out);
}

Result<void> Ledger::commit(const Work& work, const Found& found, Made& made) {
  return transact(work.call, [&](PgRevisions& revisions, sql::Tx& tx) -> Result<void> {
    // A cut that an operator had made again may have missed the takedown.
    std::set<EpisodeId> films;
    for (const CutStretch& one : found.revision.stretches) films.insert(one.episode);
    CH_ASSIGN(const auto down, revisions.taken_down(films));
    CH_ASSIGN(Revision revision, revisions.lock(work.revision.id));
    CH_TRY(sql::complete_task(tx, work.task));
    if (!is_open(revision.state)) return {};
    if (!down.empty()) return revisions.fail_revision(revision.id, film_taken_down(down));
    CH_ASSIGN(const Assembly pieces, revisions.pieces(revision.id));
    if (!same(pieces, found.pieces)) return fail(outdated("Pieces"));
    if (revision.is_cut()) {
      PgCaptions captions(tx, work.call, deps_.clock, deps_.random);
      CH_ASSIGN(const CutWords now, read_words(captions, revision));
      if (!same(now, found.words)) return fail(outdated("Captions"));
    } else {
      CH_TRY(settle(tx, work.call, revision, found, made));
    }
    revision.state = State::kReady;
    revision.ready = deps_.clock.now();
    revision.percent = 100;
    CH_ASSIGN(revision.published, made.index.save());
    CH_TRY(revisions.tell_ready(revision, made.cover_key));
    CH_TRY(revisions.save(revision));
    return revisions.end_replaced(revision.source.episode);
  });
}

// Captions and dubs are what the film was made with: how it stands with each. Of a locked revision.
Result<void> Ledger::settle(sql::Tx& tx, const Call& call, const Revision& film, const Found& found,
                            const Made& made) {
  PgCaptions captions(tx, call, deps_.clock, deps_.random);
  PgDubs dubs(tx, call, deps_.outbox, deps_.clock, deps_.random);
  CH_ASSIGN(const Additions now, read_additions(captions, dubs, film, encryption()));
  if (!same(now, found.additions)) return fail(outdated("Captions or dubs"));
  const bool unread = made.shown.captions.size() < now.captions.size();
  CH_TRY(captions.note(film.id, unread ? made.refused : std::nullopt));
  CH_TRY(are_heard(dubs, film.id, made.shown.dubs));
  if (made.shown.dubs.size() < now.dubs.size()) {
    CH_ASSIGN(const auto records, dubs.of_revision(film.id));
    for (const DubRecord& one : records)
      CH_TRY(dubs.set(film.id, one.dub.source,
                      {DubState::kFailed, made.refused->reason, made.refused->message, ""}));
  }
  CH_TRY(align_burned(tx, call, film, now.burned));
  return dubs.ask(film.source.episode);
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
