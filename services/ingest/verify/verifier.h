#pragma once
// What happens after the last byte: parts become one source object, its digest and container are checked, and the house is told; and
// before it, in head.cc: the beginning of a large file is looked at while the rest arrives. Every step can be done again after a death
// at any point: the source has the upload's id, and the row, the event and the end of the task commit together under the task's lease.
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
    std::int64_t head_bytes = 0;  // of the beginning that is looked at
  };
  explicit Verifier(Deps deps) : deps_(std::move(deps)) {}

  // Does one task of these kinds if there is one; whether there was. `stop` ends a probe that runs.
  Result<bool> step(std::stop_token stop, const std::vector<std::string>& kinds = whole_files());
  // What comes after the last byte, and what comes before it: loops of their own, so that neither waits for the other.
  static const std::vector<std::string>& whole_files();
  static const std::vector<std::string>& heads();

 private:
  struct Source {
    std::string key, sha256, head_sha256;
  };
  struct Head {
    std::int64_t bytes;
    std::string sha256;
  };
  Result<void> perform(const sql::Task& task, std::stop_token stop);
  Result<void> look_at_head(const sql::Task& task, const std::stop_token& stop);
  Result<void> tell_head(const sql::Task& task, const Head& head, const std::string& probe_json);
  Result<void> tell_head_gone(sql::Tx& tx, const Upload& upload);
  Result<void> end_head(const sql::Task& task, const Upload& upload);
  Result<Upload> upload_of(const sql::Task& task);
  Result<void> verify(const sql::Task& task, std::stop_token stop);
  Result<void> remove_parts(const sql::Task& task);
  Result<blob::Opened> compose(const Upload& upload, const std::string& key, const std::stop_token& stop);
  // What the probe of a video found, or of a dub.
  using Found = std::variant<media::ProbeEvent, media::SoundEvent>;
  Result<Found> probe(const Upload& upload, const blob::Opened& source, const std::stop_token& stop);
  Result<void> accept(const sql::Task& task, const Source& source, const Found& found);
  Result<void> tell(sql::Tx& tx, const Upload& upload, const Source& source, const Found& found);
  Result<std::optional<sql::Task>> lease(const std::vector<std::string>& kinds);
  Result<void> reject(const sql::Task& task, const Error& why);
  Result<void> reject_in(sql::Tx& tx, const Tenant& tenant, UploadId id, const Error& why);
  Result<void> settle_failure(const sql::Task& task, const Error& why);
  Deps deps_;
};

}  // namespace cliffhanger::ingest
