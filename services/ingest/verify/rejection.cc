#include "services/ingest/verify/rejection.h"

#include "cliffhanger/ingest/v1/events.pb.h"
#include "services/ingest/verify/call.h"

namespace cliffhanger::ingest {

Result<void> reject_upload(sql::Tx& tx, Library& library, bus::Outbox& outbox, Random& random, Upload upload,
                           const Error& why) {
  upload.state = State::kRejected;
  upload.failure_reason = why.reason;
  upload.failure_message = why.message;
  CH_TRY(library.save(upload));
  CH_TRY(library.forget_parts(upload));
  if (upload.imported) CH_TRY(library.forget_url(upload));
  CH_TRY(library.ask_removal(upload));
  v1::UploadRejected event;
  event.set_upload_id(upload.id.text());
  event.set_episode_id(upload.episode.text());
  event.set_owner_id(upload.owner.text());
  event.set_reason(why.reason);
  event.set_message(why.message);
  event.set_dub(upload.purpose == Purpose::kDub);
  return outbox.emit(tx, call_in(upload.tenant, random), upload.id.uuid(), last_version(upload), event);
}

}  // namespace cliffhanger::ingest
