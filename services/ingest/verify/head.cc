// The beginning of a large file, while the rest arrives. Nothing that goes wrong here is told to anybody but
// the log: then work starts with the whole.
#include <algorithm>

#include "cliffhanger/ingest/v1/events.pb.h"
#include "services/ingest/domain/limits.h"
#include "services/ingest/store/pg_library.h"
#include "services/ingest/verify/call.h"
#include "services/ingest/verify/parts.h"
#include "services/ingest/verify/verifier.h"

namespace cliffhanger::ingest {

const std::vector<std::string>& Verifier::heads() {
  static const std::vector<std::string> kKinds = {kHeadTask};
  return kKinds;
}

Result<void> Verifier::look_at_head(const sql::Task& task, const std::stop_token& stop) {
  CH_ASSIGN(const Upload upload, upload_of(task));
  if (upload.state != State::kReceiving) return end_head(task, upload);
  // An import that began again after its beginning was told: that one stays.
  if (upload.head_bytes > 0) return deps_.pool.transact([&](sql::Tx& tx) { return sql::complete_task(tx, task); });
  CH_ASSIGN(const auto parts, deps_.pool.transact([&](sql::Tx& tx) {
    return PgLibrary(tx, deps_.clock, deps_.random).parts(upload);
  }));
  const std::int64_t bytes = std::min(head_of(upload, deps_.head_bytes), upload.offset);
  const std::string key = head_key(upload);
  const auto copied = copy_parts(deps_.blobs, parts, key, bytes, stop);
  // The upload ended meanwhile.
  if (!copied && copied.error().reason == "OBJECT_NOT_FOUND") return end_head(task, upload);
  CH_TRY(copied);
  const auto object = deps_.blobs.open(key);
  if (!object && object.error().reason == "OBJECT_NOT_FOUND") return end_head(task, upload);
  if (!object) return fail(object.error());
  media::RunOptions options;
  options.deadline = kProbeDeadline;
  options.cancel = stop;
  options.nice = kHeadYields;
  media::ProbeJob job;
  job.whole_bytes = upload.length;
  const auto probe = deps_.media.probe(object->fd(), job, options);
  if (probe) {
    CH_ASSIGN(const Digests digests, digests_of(*object, 0, stop));
    return tell_head(task, {bytes, digests.sha256}, media::to_json(media::Event(*probe)));
  }
  if (stop.stop_requested() || probe.error().reason == "MEDIA_SPAWN") return fail(probe.error());
  deps_.log.info("no early start", {{"upload", upload.id.text()}, {"reason", probe.error().reason}});
  return end_head(task, upload);
}

// Under the lock of the upload, so that whoever ends it later knows that this was told.
Result<void> Verifier::tell_head(const sql::Task& task, const Head& head, const std::string& probe_json) {
  CH_ASSIGN(const Upload found, deps_.pool.transact([&](sql::Tx& tx) -> Result<Upload> {
    PgLibrary library(tx, deps_.clock, deps_.random);
    CH_ASSIGN(Upload upload, library.find(task.tenant, UploadId(task.subject), true));
    if (upload.state != State::kReceiving) return upload;
    CH_TRY(sql::complete_task(tx, task));
    upload.head_bytes = head.bytes;
    CH_TRY(library.save(upload));
    v1::SourceHeadArrived event;
    event.set_source_id(SourceId(upload.id.uuid()).text());
    event.set_upload_id(upload.id.text());
    event.set_episode_id(upload.episode.text());
    event.set_owner_id(upload.owner.text());
    if (upload.series) event.set_series_id(upload.series->text());
    event.set_object_key(head_key(upload));
    event.set_head_bytes(upload.head_bytes);
    event.set_head_sha256(head.sha256);
    event.set_length(upload.length);
    event.set_probe_json(probe_json);
    CH_TRY(deps_.outbox.emit(tx, call_in(task.tenant, deps_.random), upload.id.uuid(), 1, event));
    return upload;
  }));
  if (found.state == State::kReceiving) return {};
  return end_head(task, found);
}

// Nobody will read it: what removes the parts may have been here before.
Result<void> Verifier::end_head(const sql::Task& task, const Upload& upload) {
  CH_TRY(deps_.blobs.remove(head_key(upload)));
  return deps_.pool.transact([&](sql::Tx& tx) { return sql::complete_task(tx, task); });
}

Result<void> Verifier::tell_head_gone(sql::Tx& tx, const Upload& upload) {
  if (upload.head_bytes == 0) return {};
  v1::SourceHeadGone event;
  event.set_source_id(SourceId(upload.id.uuid()).text());
  event.set_upload_id(upload.id.text());
  return deps_.outbox.emit(tx, call_in(upload.tenant, deps_.random), upload.id.uuid(),
                           last_version(upload) + 1, event);
}

}  // namespace cliffhanger::ingest
