// The ledger's part in captions in the pictures: see domain/burn.h.
#include <algorithm>

#include "services/transcode/domain/gate.h"
#include "services/transcode/store/pg_burns.h"
#include "services/transcode/store/pg_captions.h"
#include "services/transcode/worker/burned_index.h"
#include "services/transcode/worker/dubs_index.h"
#include "services/transcode/worker/ledger.h"

namespace cliffhanger::transcode {
namespace {

std::optional<Burning> burning_of(const std::vector<CaptionsRecord>& records,
                                  const std::vector<std::string>& wishes, const std::string& language) {
  const auto record = std::find_if(records.begin(), records.end(),
                                   [&](const CaptionsRecord& one) { return one.language == language; });
  if (record == records.end() || std::find(wishes.begin(), wishes.end(), language) == wishes.end())
    return std::nullopt;
  captions::Reading reading = captions::read(record->webvtt, {captions::Format::kWebVtt, 0});
  if (!reading.faults.empty()) return std::nullopt;
  return Burning{language, burn_version(record->webvtt), burn_cues(reading.cues)};
}

}  // namespace

// Brings the revision's burned texts in line with what the episode's captions are now. It is ready and
// locked, its finished index is there, and the captions are locked.
Result<void> Ledger::align_burned(sql::Tx& tx, const Call& call, Revision& revision) {
  PgBurns burns(tx, call.caller.tenant);
  PgRevisions revisions(tx, call, deps_.outbox, deps_.clock, deps_.random);
  PgCaptions shelf(tx, call, deps_.clock, deps_.random);
  CH_ASSIGN(const auto records, shelf.published(revision.source.episode));
  CH_ASSIGN(const auto wishes, shelf.burned_languages(revision.source.episode));
  std::map<std::string, std::string> current;  // language → version
  for (const std::string& language : wishes) {
    const auto what = burning_of(records, wishes, language);
    if (!what) continue;
    current[language] = what->version;
    CH_ASSIGN(const bool begins,
              burns.begin(revision.id, *what, burned_recipes(*revision.plan, revision.source.sha256, *what)));
    if (begins) CH_TRY(revisions.add_task(revision, burn_run(language, what->version)));
  }
  CH_ASSIGN(const auto rows, burns.of(revision.id));
  for (const PgBurns::Row& row : rows) {
    const auto wanted = current.find(row.language);
    const bool stays = wanted != current.end() && (wanted->second == row.version || row.state == "ready");
    if (row.state == "replaced" || stays) continue;
    CH_TRY(burns.set(revision.id, row.language, row.version, "replaced"));
    if (row.state != "ready") continue;
    CH_ASSIGN(auto index, FinishedIndex::open(deps_.blobs, revision, deps_.clock.now()));
    CH_ASSIGN(revision.published, write_burned(index, row.language, {}));
  }
  return {};
}

// What the task is to burn, if that is still wanted; keeps the captions from changing until the transaction
// ends.
Result<std::optional<Burning>> Ledger::wanted_burning(sql::Tx& tx, const Work& work) {
  PgCaptions shelf(tx, work.call, deps_.clock, deps_.random);
  CH_ASSIGN(const auto records, shelf.published(work.revision.source.episode));
  CH_ASSIGN(const auto wishes, shelf.burned_languages(work.revision.source.episode));
  CH_ASSIGN(const bool kept, shelf.is_kept(work.revision.id));
  CH_ASSIGN(const auto state,
            PgBurns(tx, work.task.tenant).state(work.revision.id, work.run.language, work.run.version));
  auto what = burning_of(records, wishes, work.run.language);
  const bool wanted = kept && state == "processing" && what && what->version == work.run.version;
  return wanted ? std::move(what) : std::nullopt;
}

Result<std::optional<Ledger::BurnWork>> Ledger::burn_work(const Work& work) {
  return transact(work.call, [&](PgRevisions& revisions, sql::Tx& tx) -> Result<std::optional<BurnWork>> {
    CH_ASSIGN(const auto what, wanted_burning(tx, work));
    if (!what) return std::nullopt;
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

// The pieces as viewers get them; outside the transaction that shows them, as in packaging. Nothing if one is
// not there.
Result<std::optional<Assembly>> Ledger::burned_view(const Work& work) {
  CH_ASSIGN(auto whole,
            transact(work.call, [&](PgRevisions& revisions, sql::Tx& tx) -> Result<std::optional<Assembly>> {
              const Plan& plan = *work.revision.plan;
              CH_ASSIGN(const auto what, wanted_burning(tx, work));
              if (!what) return std::nullopt;
              CH_ASSIGN(const auto present, revisions.present(work.revision.id));
              CH_ASSIGN(const auto left, next_part(plan, *what, present));
              if (left) return std::nullopt;
              CH_ASSIGN(const Assembly all, revisions.pieces(work.revision.id));
              return burned_assembly(plan, all, *what);
            }));
  if (!whole) return whole;
  // As the revision is, whatever the deployment does now.
  CH_ASSIGN(const auto index, FinishedIndex::open(deps_.blobs, work.revision, deps_.clock.now()));
  CH_ASSIGN(const Protection protection, protection_of(index));
  if (protection.method == Encryption::kNone) return whole;
  if (deps_.encryptor == nullptr)
    return fail(internal("BURN_ENCRYPTION", "The revision is encrypted, and this worker can't encrypt."));
  auto made = deps_.encryptor->encrypt(work.call, work.revision, *whole, protection.method);
  if (!made && made.error().reason == "OBJECT_NOT_FOUND") return std::nullopt;
  if (!made) return fail(std::move(made).error());
  return std::move(*made);
}

// Whether objects of burned pieces had gone: they are forgotten, to be encoded again. The rungs' own can't be
// mended here.
Result<bool> Ledger::heal_burned(PgRevisions& revisions, const Revision& revision, const Burning& what) {
  CH_ASSIGN(const Assembly all, revisions.pieces(revision.id));
  bool any = false;
  for (const Piece& piece : burned_assembly(*revision.plan, all, what).in_order()) {
    const auto object = deps_.blobs.head(piece.object_key);
    if (object && object->bytes == piece.bytes) continue;
    if (!object && object.error().reason != "OBJECT_NOT_FOUND") return fail(object.error());
    const std::string track = burned_track(what.language, what.version, piece.name.track);
    if (all.find(track, piece.name.index) == nullptr)
      return fail(
          internal("GATE_PIECE_MISSING", "An object of the revision is gone: " + piece.object_key + "."));
    CH_TRY(revisions.forget_piece(revision.id, {track, piece.name.index}));
    any = true;
  }
  return any;
}

Result<void> Ledger::show_burned(sql::Tx& tx, Revision& revision, const Burning& what,
                                 const Assembly& shown) {
  const Plan part = burned_plan(*revision.plan);
  const std::vector<Variant> declared = variants(part, shown);
  CH_TRY(pass_gate(part, shown, declared));
  const Presentation whole = burned_presentation(part, shown, declared, what);
  CH_TRY(deps_.inspect(deps_.blobs, whole).map([](const auto&) {}));
  CH_ASSIGN(auto index, FinishedIndex::open(deps_.blobs, revision, deps_.clock.now()));
  CH_ASSIGN(revision.published, write_burned(index, what.language, whole));
  PgBurns burns(tx, revision.tenant);
  CH_ASSIGN(const auto rows, burns.of(revision.id));
  for (const PgBurns::Row& row : rows) {
    if (row.language == what.language && row.version != what.version)
      CH_TRY(burns.set(revision.id, row.language, row.version, "replaced"));
  }
  return burns.set(revision.id, what.language, what.version, "ready");
}

Result<void> Ledger::burned(const Work& work) {
  CH_ASSIGN(const auto shown, burned_view(work));
  return transact(work.call, [&](PgRevisions& revisions, sql::Tx& tx) -> Result<void> {
    CH_ASSIGN(Revision revision, revisions.lock(work.revision.id));
    CH_TRY(sql::complete_task(tx, work.task));
    CH_ASSIGN(const auto what, wanted_burning(tx, work));
    if (!what) return {};
    CH_ASSIGN(const auto present, revisions.present(revision.id));
    CH_ASSIGN(const auto left, next_part(*revision.plan, *what, present));
    bool again = left.has_value() || !shown;
    if (!left) {
      CH_ASSIGN(const bool healing, heal_burned(revisions, revision, *what));
      again = again || healing;
    }
    if (again) return revisions.add_task(revision, burn_run(what->language, what->version));
    const auto done = show_burned(tx, revision, *what, *shown);
    if (!done && done.error().reason == "OBJECT_NOT_FOUND") return {};  // the index was taken back meanwhile
    CH_TRY(done);
    return revisions.save(revision);
  });
}

}  // namespace cliffhanger::transcode
