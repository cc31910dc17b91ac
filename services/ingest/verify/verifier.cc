#include "services/ingest/verify/verifier.h"

#include <openssl/evp.h>

#include "cliffhanger/ingest/v1/events.pb.h"
#include "libs/core/encoding.h"
#include "services/ingest/domain/limits.h"
#include "services/ingest/store/pg_library.h"

namespace cliffhanger::ingest {
namespace {

// SHA-256 of what is given to it piece by piece.
class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) { EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr); }
  void add(std::string_view bytes) { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }
  std::string hex() {
    unsigned char digest[32];
    EVP_DigestFinal_ex(context_.get(), digest, nullptr);
    return hex_encode({reinterpret_cast<char*>(digest), sizeof digest});
  }

 private:
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
};

// The call in whose name the queue's work is done.
Call call_of(const sql::Task& task, Random& random) {
  Call call;
  call.caller = {task.tenant, Role::kService, UserId(), "ingest", false};
  call.trace = Trace::start(random);
  call.method = task.kind;
  return call;
}

}  // namespace

Result<bool> Verifier::step(std::stop_token stop) {
  CH_ASSIGN(const auto leased, deps_.pool.transact([&](sql::Tx& tx) -> Result<sql::Leased> {
    return sql::lease_task(tx, {kVerifyTask, kRemoveTask}, deps_.worker, kVerifyLease);
  }));
  for (const auto& dead : leased.died) {  // its workers died with it as often as they may
    sql::Task task;
    task.id = dead.id;
    CH_TRY(deps_.pool.transact([&](sql::Tx& tx) -> Result<void> {
      static constexpr sql::Query kTenant{"work_tenant", "SELECT tenant FROM work WHERE task_id = $1"};
      CH_ASSIGN(const auto rows, tx.run(kTenant, dead.id));
      if (rows.empty()) return {};
      CH_ASSIGN(task.tenant, Tenant::parse(rows[0].text(0)));
      return {};
    }));
    task.subject = dead.subject;
    if (dead.kind == kVerifyTask) CH_TRY(reject(task, internal("UPLOAD_UNVERIFIABLE", "The file could not be checked.")));
  }
  if (!leased.task) return !leased.died.empty();
  const auto& task = *leased.task;
  const auto done = task.kind == kVerifyTask ? verify(task, stop) : remove_parts(task);
  if (!done && done.error().reason != "LEASE_LOST" && !stop.stop_requested()) {
    deps_.log.warn("upload task failed", {{"kind", task.kind}, {"upload", UploadId(task.subject).text()},
                                          {"reason", done.error().reason}, {"detail", done.error().message}});
    CH_TRY(settle_failure(task, done.error()));
  }
  return true;
}

Result<void> Verifier::verify(const sql::Task& task, std::stop_token stop) {
  CH_ASSIGN(const Upload upload, deps_.pool.transact([&](sql::Tx& tx) {
    return PgLibrary(tx, deps_.clock, deps_.random).find(task.tenant, UploadId(task.subject), false);
  }));
  if (upload.state != State::kVerifying) {
    return deps_.pool.transact([&](sql::Tx& tx) { return sql::complete_task(tx, task); });
  }
  CH_ASSIGN(const Source source, compose(task, upload));
  if (!upload.sha256.empty() && upload.sha256 != source.sha256) {
    return reject(task, invalid("DIGEST_MISMATCH", "The file that arrived is not the one that was sent; upload it again."));
  }
  CH_ASSIGN(const auto object, deps_.blobs.open(source.key));
  media::RunOptions options;
  options.deadline = kProbeDeadline;
  options.cancel = stop;
  const auto probe = deps_.media.probe(object.fd(), {}, options);
  if (!probe && media::is_refusal(probe.error())) return reject(task, probe.error());
  if (!probe) return fail(probe.error());
  return accept(task, source, media::to_json(media::Event(*probe)));
}

Result<Verifier::Source> Verifier::compose(const sql::Task& task, const Upload& upload) {
  CH_ASSIGN(const auto parts, deps_.pool.transact([&](sql::Tx& tx) {
    return PgLibrary(tx, deps_.clock, deps_.random).parts(upload);
  }));
  Source source{source_key(upload.tenant, SourceId(upload.id.uuid())), {}};
  CH_ASSIGN(auto writer, deps_.blobs.create(source.key));
  Sha256 whole;
  std::int64_t at = 0;
  auto extend_at = std::chrono::steady_clock::now() + kVerifyLease / 4;
  for (const auto& part : parts) {
    CH_ASSIGN(const auto object, deps_.blobs.open(part.object_key));
    if (part.offset != at || object.size() != part.length) {
      return fail(Error{Code::kDataLoss, "PART_DAMAGED", "A part is not what was acknowledged.", {}, {}, {}});
    }
    for (std::int64_t from = 0; from < part.length; from += kCopyPiece) {
      CH_ASSIGN(const std::string piece, object.read(from, kCopyPiece));
      whole.add(piece);
      CH_TRY(writer->write(piece));
    }
    at += part.length;
    if (std::chrono::steady_clock::now() < extend_at) continue;
    CH_TRY(deps_.pool.transact([&](sql::Tx& tx) { return sql::extend_lease(tx, task, kVerifyLease); }));
    extend_at = std::chrono::steady_clock::now() + kVerifyLease / 4;
  }
  if (at != upload.length) {
    return fail(Error{Code::kDataLoss, "PART_MISSING", "Parts are missing.", {}, {}, {}});
  }
  CH_TRY(writer->publish());
  source.sha256 = whole.hex();
  return source;
}

Result<void> Verifier::accept(const sql::Task& task, const Source& source, const std::string& probe_json) {
  return deps_.pool.transact([&](sql::Tx& tx) -> Result<void> {
    CH_TRY(sql::complete_task(tx, task));
    PgLibrary library(tx, deps_.clock, deps_.random);
    CH_ASSIGN(Upload upload, library.find(task.tenant, UploadId(task.subject), true));
    upload.state = State::kReady;
    upload.source = SourceId(upload.id.uuid());
    upload.sha256 = source.sha256;
    CH_TRY(library.save(upload));
    CH_TRY(library.forget_parts(upload));
    CH_TRY(library.ask_removal(upload));
    v1::SourceVerified event;
    event.set_source_id(upload.source->text());
    event.set_upload_id(upload.id.text());
    event.set_episode_id(upload.episode.text());
    event.set_owner_id(upload.owner.text());
    event.set_object_key(source.key);
    event.set_length(upload.length);
    event.set_sha256(source.sha256);
    event.set_probe_json(probe_json);
    return deps_.outbox.emit(tx, call_of(task, deps_.random), upload.id.uuid(), 1, event);
  });
}

// The upload can't be used: says why, and ends the task if it still runs (a dead one has no lease to end).
Result<void> Verifier::reject(const sql::Task& task, const Error& why) {
  return deps_.pool.transact([&](sql::Tx& tx) -> Result<void> {
    if (task.epoch > 0) CH_TRY(sql::complete_task(tx, task));
    PgLibrary library(tx, deps_.clock, deps_.random);
    CH_ASSIGN(Upload upload, library.find(task.tenant, UploadId(task.subject), true));
    if (upload.state != State::kVerifying) return {};
    upload.state = State::kRejected;
    upload.failure_reason = why.reason;
    upload.failure_message = why.message;
    CH_TRY(library.save(upload));
    CH_TRY(library.forget_parts(upload));
    CH_TRY(library.ask_removal(upload));
    v1::UploadRejected event;
    event.set_upload_id(upload.id.text());
    event.set_episode_id(upload.episode.text());
    event.set_owner_id(upload.owner.text());
    event.set_reason(why.reason);
    event.set_message(why.message);
    return deps_.outbox.emit(tx, call_of(task, deps_.random), upload.id.uuid(), 1, event);
  });
}

Result<void> Verifier::settle_failure(const sql::Task& task, const Error& why) {
  CH_ASSIGN(const bool dead, deps_.pool.transact([&](sql::Tx& tx) { return sql::fail_task(tx, task, why, false); }));
  if (!dead || task.kind != kVerifyTask) return {};
  sql::Task ended = task;
  ended.epoch = 0;
  return reject(ended, internal("UPLOAD_UNVERIFIABLE", "The file could not be checked: " + why.message));
}

Result<void> Verifier::remove_parts(const sql::Task& task) {
  Upload upload;
  upload.id = UploadId(task.subject);
  upload.tenant = task.tenant;
  CH_TRY(deps_.blobs.remove_all(part_prefix(upload)));
  CH_ASSIGN(upload, deps_.pool.transact([&](sql::Tx& tx) {
    return PgLibrary(tx, deps_.clock, deps_.random).find(task.tenant, upload.id, false);
  }));
  if (upload.state != State::kReady) CH_TRY(deps_.blobs.remove(source_key(upload.tenant, SourceId(upload.id.uuid()))));
  return deps_.pool.transact([&](sql::Tx& tx) { return sql::complete_task(tx, task); });
}

}  // namespace cliffhanger::ingest
