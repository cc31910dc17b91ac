// What is added to a finished revision: the episode's captions and dubs.
#include "services/transcode/domain/dubs_playlist.h"
#include "services/transcode/store/pg_burns.h"
#include "services/transcode/store/pg_captions.h"
#include "services/transcode/store/pg_dubs.h"
#include "services/transcode/worker/captions_index.h"
#include "services/transcode/worker/dubs_index.h"
#include "services/transcode/worker/ledger.h"

namespace cliffhanger::transcode {
namespace {

Result<std::vector<CaptionsTrack>> captions_of(PgCaptions& shelf, EpisodeId episode) {
  CH_ASSIGN(const auto records, shelf.published(episode));
  std::vector<CaptionsTrack> tracks;
  for (const CaptionsRecord& record : records) {
    captions::Reading reading = captions::read(record.webvtt, {captions::Format::kWebVtt, 0});
    // What was stored had been read once; if it can't be again, the film is shown without it.
    if (!reading.faults.empty()) continue;
    tracks.push_back({record.language, record.label, record.kind, std::move(reading.cues)});
  }
  return tracks;
}

// A dub that a revision shows, with its pieces.
struct Shown {
  DubRecord record;
  std::string track;
  Assembly pieces;
};

// The newest dub of each language that the revision has in whole, encrypted as it is.
Result<std::vector<Shown>> dubs_of(PgDubs& shelf, const Revision& revision, Encryption encryption) {
  CH_ASSIGN(auto records, shelf.of_revision(revision.id));
  const std::int64_t segments = grid_of(*revision.plan).segments();
  std::vector<Shown> out;
  for (DubRecord& record : records) {
    if (!out.empty() && out.back().record.dub.language == record.dub.language) continue;
    const std::string track = dub_track(record.dub.source, encryption);
    CH_ASSIGN(Assembly pieces, shelf.pieces(revision.id, track));
    if (pieces.prefix(track) < segments) continue;
    out.push_back({std::move(record), track, std::move(pieces)});
  }
  return out;
}

}  // namespace

Result<void> Ledger::dress(sql::Tx& tx, const Call& call, Revision& revision, bool dubs) {
  PgCaptions captions(tx, call, deps_.clock, deps_.random);
  CH_ASSIGN(const auto tracks, captions_of(captions, revision.source.episode));  // locks dubs too
  CH_ASSIGN(auto index, FinishedIndex::open(deps_.blobs, revision, deps_.clock.now()));
  CH_ASSIGN(const Protection protection, protection_of(index));
  PgDubs shelf(tx, call, deps_.clock, deps_.random);
  std::vector<Shown> shown;
  if (dubs) {
    CH_ASSIGN(shown, dubs_of(shelf, revision, protection.method));
  }
  std::vector<DubMedia> media;
  for (const Shown& one : shown) media.push_back({&one.record.dub, &one.pieces, one.track});
  index.keep(&is_burned);
  CH_TRY(add_captions(index, tracks));
  CH_TRY(add_dubs(index, protection, media));
  if (index.has_changed(kDubsFolder)) CH_TRY(deps_.inspect(deps_.blobs, index.presentation()).map([](const auto&) {}));
  CH_ASSIGN(revision.published, index.save());
  for (Shown& one : shown) {
    one.record.progress.state = DubState::kReady;
    CH_TRY(shelf.set(revision.id, one.record.dub.source, one.record.progress));
  }
  for (const Shown& one : shown) CH_TRY(shelf.drop_replaced(one.record.dub));
  return align_burned(tx, call, revision);
}

// A dub is no reason to keep a film from its viewers: it tries again by itself, and fails alone.
Result<void> Ledger::dress_finished(sql::Tx& tx, const Call& call, Revision& revision) {
  auto done = dress(tx, call, revision);
  if (!done && done.error().reason.starts_with("GATE_")) {
    CH_TRY(dress(tx, call, revision, false));
    PgDubs shelf(tx, call, deps_.clock, deps_.random);
    CH_ASSIGN(const auto records, shelf.of_revision(revision.id));
    for (const DubRecord& one : records)
      CH_TRY(shelf.set(revision.id, one.dub.source,
                       {DubState::kFailed, done.error().reason, done.error().message, ""}));
    return {};
  }
  CH_TRY(done);
  return PgDubs(tx, call, deps_.clock, deps_.random).ask(revision.source.episode);
}

Result<void> Ledger::captions(const Work& work) {
  return transact(work.call, [&](PgRevisions& revisions, sql::Tx& tx) -> Result<void> {
    CH_ASSIGN(Revision revision, revisions.lock(work.revision.id));
    CH_TRY(sql::complete_task(tx, work.task));
    // The sweeper takes the files of those that nobody needs any more.
    CH_ASSIGN(const bool kept,
              PgCaptions(tx, work.call, deps_.clock, deps_.random).is_kept(revision.id));
    if (!kept) return {};
    const auto done = dress(tx, work.call, revision);
    // Taken back meanwhile.
    if (!done && done.error().reason == "OBJECT_NOT_FOUND") return {};
    CH_TRY(done);
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
  return transact(work.call, [&](PgRevisions& revisions, sql::Tx& tx) -> Result<void> {
    CH_ASSIGN(Revision revision, revisions.lock(work.revision.id));
    CH_TRY(sql::complete_task(tx, work.task));
    PgDubs shelf(tx, work.call, deps_.clock, deps_.random);
    CH_TRY(shelf.lock(revision.source.episode));
    CH_TRY(shelf.set(revision.id, dub.dub.source, {DubState::kEncoded, "", "", dub.warning}));
    CH_ASSIGN(const bool kept, PgCaptions(tx, work.call, deps_.clock, deps_.random).is_kept(revision.id));
    if (!kept) return {};
    CH_TRY(dress(tx, work.call, revision));
    return revisions.save(revision);
  });
}

Result<void> Ledger::fail_subject(PgRevisions& revisions, sql::Tx& tx, const Call& call, const Subject& of,
                                  const Error& why) {
  if (of.kind == to_text(Kind::kBurn)) return PgBurns(tx, call.caller.tenant).give_up(of.task, why);
  if (of.kind != to_text(Kind::kDub)) return revisions.fail_revision(of.revision, why);
  PgDubs shelf(tx, call, deps_.clock, deps_.random);
  CH_ASSIGN(const SourceId source, shelf.source_of(of.task.uuid()));
  return shelf.set(of.revision, source, {DubState::kFailed, why.reason, why.message, ""});
}

}  // namespace cliffhanger::transcode
