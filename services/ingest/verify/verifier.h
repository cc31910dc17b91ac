#pragma once
// What happens after the last byte: parts become one source object, its digest and container are checked, and the house is told. Every
// step can be done again after a death at any point: the source has the upload's id, and the row, the event and the end of the task
// commit together under the task's lease.
#include <stop_token>
#include <variant>

#include "libs/blob/blob.h"
#include "libs/bus/outbox.h"
#include "libs/core/clock.h"
#include "libs/media/runner.h"
#include "libs/obs/log.h"
#include "libs/sql/sql.h"
#include "libs/sql/work_queue.h"
#include "services/ingest/domain/upload.h"

namespace cliffhanger::ingest {

class Verifier {
 public:
  struct Deps {
    sql::Pool& pool;
    blob::Store& blobs;
    bus::Outbox& outbox;
    const media::Runner& media;
    const Clock& clock;
    Random& random;
    obs::Logger log;
    std::string worker;
  };
  explicit Verifier(Deps deps) : deps_(std::move(deps)) {}

  // Does one task if there is one; whether there was. `stop` ends a probe that runs.
  Result<bool> step(std::stop_token stop);

 private:
  struct Source {
    std::string key, sha256;
  };
  Result<void> verify(const sql::Task& task, std::stop_token stop);
  Result<void> remove_parts(const sql::Task& task);
  Result<Source> compose(const Upload& upload, const std::stop_token& stop);
  // What the probe of a video found, or of a dub.
  using Found = std::variant<media::ProbeEvent, media::SoundEvent>;
  Result<Found> probe(const Upload& upload, const Source& source, const std::stop_token& stop);
  Result<void> accept(const sql::Task& task, const Source& source, const Found& found);
  Result<void> tell(sql::Tx& tx, const Upload& upload, const Source& source, const Found& found);
  Result<std::optional<sql::Task>> lease();
  Result<void> reject(const sql::Task& task, const Error& why);
  Result<void> reject_in(sql::Tx& tx, const Tenant& tenant, UploadId id, const Error& why);
  Result<void> settle_failure(const sql::Task& task, const Error& why);
  Deps deps_;
};

}  // namespace cliffhanger::ingest
