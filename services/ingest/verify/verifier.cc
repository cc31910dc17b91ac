#include "services/ingest/verify/verifier.h"

#include <future>

#include "cliffhanger/ingest/v1/events.pb.h"
#include "libs/sql/heartbeat.h"
#include "services/ingest/domain/limits.h"
#include "services/ingest/store/pg_library.h"
#include "services/ingest/verify/call.h"
#include "services/ingest/verify/parts.h"
#include "services/ingest/verify/rejection.h"

namespace cliffhanger::ingest {
namespace {

// The house is at fault, not the file: waited out without counting.
bool is_environment(const Error& why) {
  return why.code == Code::kUnavailable || why.code == Code::kResourceExhausted ||
         why.reason == "MEDIA_SPAWN" || why.reason == "DATABASE_TIMEOUT";
}

Error unverifiable(const std::string& why) {
  return internal("UPLOAD_UNVERIFIABLE", "The file could not be checked: " + why);
}

}  // namespace

const std::vector<std::string>& Verifier::whole_files() {
  static const std::vector<std::string> kKinds = {kVerifyTask, kRemoveTask};
  return kKinds;
}

// A task, if there is one. What its workers died of as often as they may is rejected in the same transaction.
Result<std::optional<sql::Task>> Verifier::lease(const std::vector<std::string>& kinds) {
  return deps_.pool.transact([&](sql::Tx& tx) -> Result<std::optional<sql::Task>> {
    CH_ASSIGN(auto leased, sql::lease_task(tx, kinds, deps_.worker, kVerifyLease));
    for (const auto& dead : leased.died) {
      if (dead.kind == kVerifyTask)
        CH_TRY(reject_in(tx, dead.tenant, UploadId(dead.subject), unverifiable(dead.message)));
    }
    return std::move(leased.task);
  });
}

Result<bool> Verifier::step(std::stop_token stop, const std::vector<std::string>& kinds) {
  CH_ASSIGN(const auto leased, lease(kinds));
  if (!leased) return false;
  const sql::Task& task = *leased;
  std::stop_source work;
  const std::stop_callback stopping(stop, [&work] { work.request_stop(); });
  const auto done = [&] {
    const sql::Heartbeat heartbeat(
        kVerifyLease / 4,
        [&] {
          return deps_.pool.transact([&](sql::Tx& tx) { return sql::extend_lease(tx, task, kVerifyLease); });
        },
        work);
    return perform(task, work.get_token());
  }();
  if (done || done.error().reason == "LEASE_LOST") return true;
  if (stop.stop_requested() || is_environment(done.error())) {
    const auto delay = stop.stop_requested() ? std::chrono::milliseconds(0) : kEnvironmentDelay;
    CH_TRY(deps_.pool.transact([&](sql::Tx& tx) { return sql::release_task(tx, task, delay); }));
    if (stop.stop_requested()) return true;
  }
  deps_.log.warn("upload task failed", {{"kind", task.kind},
                                        {"upload", UploadId(task.subject).text()},
                                        {"reason", done.error().reason},
                                        {"detail", done.error().message}});
  if (is_environment(done.error())) return fail(done.error());
  CH_TRY(settle_failure(task, done.error()));
  return true;
}

Result<void> Verifier::perform(const sql::Task& task, std::stop_token stop) {
  if (task.kind == kHeadTask) return look_at_head(task, stop);
  if (task.kind == kVerifyTask) return verify(task, std::move(stop));
  return remove_parts(task);
}

Result<Upload> Verifier::upload_of(const sql::Task& task) {
  return deps_.pool.transact([&](sql::Tx& tx) {
    return PgLibrary(tx, deps_.clock, deps_.random).find(task.tenant, UploadId(task.subject), false);
  });
}

Result<void> Verifier::verify(const sql::Task& task, std::stop_token stop) {
  CH_ASSIGN(const Upload upload, upload_of(task));
  // Its episode was deleted; a worker that died at it may have written the source since the removal.
  if (upload.state == State::kTerminated)
    CH_TRY(deps_.blobs.remove(source_key(upload.tenant, SourceId(upload.id.uuid()))));
  if (upload.state != State::kVerifying) {
    return deps_.pool.transact([&](sql::Tx& tx) { return sql::complete_task(tx, task); });
  }
  const std::string key = source_key(upload.tenant, SourceId(upload.id.uuid()));
  CH_ASSIGN(const blob::Opened object, compose(upload, key, stop));
  // The probe mostly decodes, in a process of its own.
  auto hashing = std::async(std::launch::async, [&] { return digests_of(object, upload.head_bytes, stop); });
  const auto found = probe(upload, object, stop);
  CH_ASSIGN(const Digests digests, hashing.get());
  const Source source{key, digests.sha256, upload.head_bytes > 0 ? digests.head_sha256 : ""};
  if (!upload.sha256.empty() && upload.sha256 != source.sha256) {
    return reject(task, invalid("DIGEST_MISMATCH",
                                "The file that arrived is not the one that was sent; upload it again."));
  }
  if (!found && media::is_refusal(found.error())) return reject(task, found.error());
  if (!found) return fail(found.error());
  return accept(task, source, *found);
}

Result<Verifier::Found> Verifier::probe(const Upload& upload, const blob::Opened& source,
                                          const std::stop_token& stop) {
  media::RunOptions options;
  options.deadline = kProbeDeadline;
  options.cancel = stop;
  if (upload.purpose == Purpose::kDub) {
    CH_ASSIGN(media::SoundEvent sound, deps_.media.probe_sound(source.fd(), {}, options));
    return Found(std::move(sound));
  }
  CH_ASSIGN(media::ProbeEvent video, deps_.media.probe(source.fd(), {}, options));
  return Found(std::move(video));
}

// All parts, as one object.
Result<blob::Opened> Verifier::compose(const Upload& upload, const std::string& key, const std::stop_token& stop) {
  CH_ASSIGN(const auto parts, deps_.pool.transact([&](sql::Tx& tx) {
    return PgLibrary(tx, deps_.clock, deps_.random).parts(upload);
  }));
  CH_TRY(copy_parts(deps_.blobs, parts, key, upload.length, stop));
  return deps_.blobs.open(key);
}

Result<void> Verifier::accept(const sql::Task& task, const Source& source, const Found& found) {
  return deps_.pool.transact([&](sql::Tx& tx) -> Result<void> {
    CH_TRY(sql::complete_task(tx, task));
    PgLibrary library(tx, deps_.clock, deps_.random);
    CH_ASSIGN(Upload upload, library.find(task.tenant, UploadId(task.subject), true));
    // Its episode was deleted meanwhile: the removal that was asked for may have been before the source was written.
    if (upload.state != State::kVerifying) return library.ask_removal(upload);
    upload.state = State::kReady;
    upload.source = SourceId(upload.id.uuid());
    upload.sha256 = source.sha256;
    CH_TRY(library.save(upload));
    CH_TRY(library.forget_parts(upload));
    CH_TRY(library.ask_removal(upload));
    return tell(tx, upload, source, found);
  });
}

Result<void> Verifier::tell(sql::Tx& tx, const Upload& upload, const Source& source, const Found& found) {
  const auto emit = [&](auto& event) {
    event.set_source_id(upload.source->text());
    event.set_upload_id(upload.id.text());
    event.set_episode_id(upload.episode.text());
    event.set_owner_id(upload.owner.text());
    event.set_object_key(source.key);
    event.set_length(upload.length);
    event.set_sha256(source.sha256);
    set_time(event.mutable_verify_time(), deps_.clock.now());
    return deps_.outbox.emit(tx, call_in(upload.tenant, deps_.random), upload.id.uuid(), last_version(upload), event);
  };
  if (const auto* sound = std::get_if<media::SoundEvent>(&found)) {
    v1::DubVerified event;
    event.set_language(upload.language);
    event.set_label(upload.label);
    event.set_duration_ms(sound->audio.duration_ms);
    return emit(event);
  }
  v1::SourceVerified event;
  if (upload.series) event.set_series_id(upload.series->text());
  event.set_probe_json(media::to_json(media::Event(std::get<media::ProbeEvent>(found))));
  event.set_head_bytes(upload.head_bytes);
  event.set_head_sha256(source.head_sha256);
  return emit(event);
}

// The upload can't be used: says why, and ends the task.
Result<void> Verifier::reject(const sql::Task& task, const Error& why) {
  return deps_.pool.transact([&](sql::Tx& tx) -> Result<void> {
    CH_TRY(sql::complete_task(tx, task));
    return reject_in(tx, task.tenant, UploadId(task.subject), why);
  });
}

Result<void> Verifier::reject_in(sql::Tx& tx, const Tenant& tenant, UploadId id, const Error& why) {
  PgLibrary library(tx, deps_.clock, deps_.random);
  CH_ASSIGN(Upload upload, library.find(tenant, id, true));
  if (upload.state == State::kTerminated) return library.ask_removal(upload);
  if (upload.state != State::kVerifying) return {};
  return reject_upload(tx, library, deps_.outbox, deps_.random, std::move(upload), why);
}

// One attempt is gone; after the last one the upload is rejected, in the same transaction.
Result<void> Verifier::settle_failure(const sql::Task& task, const Error& why) {
  return deps_.pool.transact([&](sql::Tx& tx) -> Result<void> {
    CH_ASSIGN(const bool dead, sql::fail_task(tx, task, why, false));
    if (!dead || task.kind != kVerifyTask) return {};
    return reject_in(tx, task.tenant, UploadId(task.subject), unverifiable(why.message));
  });
}

Result<void> Verifier::remove_parts(const sql::Task& task) {
  Upload piece;
  piece.id = UploadId(task.subject);
  piece.tenant = task.tenant;
  CH_TRY(deps_.blobs.remove_all(part_prefix(piece)));
  CH_ASSIGN(const Upload upload, upload_of(task));
  CH_ASSIGN(const auto partials, deps_.pool.transact([&](sql::Tx& tx) {
    return PgLibrary(tx, deps_.clock, deps_.random).partials_of(upload);
  }));
  for (const auto& id : partials) {
    piece.id = id;
    CH_TRY(deps_.blobs.remove_all(part_prefix(piece)));
  }
  if (upload.state != State::kReady)
    CH_TRY(deps_.blobs.remove(source_key(upload.tenant, SourceId(upload.id.uuid()))));
  return deps_.pool.transact([&](sql::Tx& tx) -> Result<void> {
    CH_TRY(sql::complete_task(tx, task));
    return upload.state == State::kReady ? Result<void>() : tell_head_gone(tx, upload);
  });
}

}  // namespace cliffhanger::ingest
