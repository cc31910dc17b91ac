#pragma once
#include <memory>
#include <vector>

#include "libs/blob/blob.h"
#include "libs/core/clock.h"
#include "libs/sql/sql.h"
#include "libs/sql/work_queue.h"
#include "services/ingest/domain/imports.h"
#include "services/ingest/import/fetch.h"

namespace cliffhanger::ingest {

// What comes of one answer goes into the object store, part by part, and each part is committed once it is
// durable, as those of other uploads are. One thread.
class Transfer final : public FetchSink {
 public:
  // All outlive it.
  struct Deps {
    sql::Pool& pool;
    blob::Store& blobs;
    const Clock& clock;
    Random& random;
    Policy policy;
  };
  // Under the lease of `task`; `upload` as it was found.
  Transfer(const Deps& deps, const sql::Task& task, Imports::Turn turn);
  ~Transfer() override;

  // Takes the right to append. Fails with IMPORT_NOT_A_FILE (a page), IMPORT_UNBOUNDED (nobody says where the
  // file ends, and no digest would tell), IMPORT_CHANGED (a part of another file), UPLOAD_EMPTY,
  // UPLOAD_TOO_LARGE and, fenced, LEASE_LOST.
  Result<void> head(const FetchHead& head) override;
  // Fails with UPLOAD_TOO_LARGE beyond what is allowed, IMPORT_LONGER beyond what was said, and with what the
  // store and the commit fail with.
  Result<void> body(std::string_view bytes) override;
  // The answer came to its end. Fails with IMPORT_BROKEN_OFF if the file has more bytes, or may have.
  Result<void> end();
  // What arrived so far counts, whatever comes next.
  Result<void> flush();
  // Removes the parts of which head() found that they don't count any more, until `stop`. What stays is
  // removed with the upload.
  void clean(const std::stop_token& stop);

  const Upload& upload() const { return upload_; }  // as of the last commit
  std::int64_t bytes() const { return bytes_; }     // that were committed by it

 private:
  struct Part;
  Result<void> check(const FetchHead& head) const;
  Result<void> take(std::string_view bytes);
  template <class Use>
  auto with(Use use);

  const Deps deps_;
  const sql::Task& task_;
  Upload upload_;
  const std::string validator_;
  std::unique_ptr<Part> part_;  // that is being written
  std::vector<ingest::Part> dropped_;
  bool ends_ = false;  // as in FetchHead
  std::int64_t bytes_ = 0;
};

}  // namespace cliffhanger::ingest
