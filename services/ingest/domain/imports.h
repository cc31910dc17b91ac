#pragma once
// What creators may do with imports, and what the workers that fetch them do; each call is one transaction of
// `library`.
#include "services/ingest/domain/import.h"
#include "services/ingest/domain/library.h"

namespace cliffhanger::ingest {

class Imports {
 public:
  Imports(Library& library, const Clock& clock, Random& random, Policy policy, ImportPolicy imports)
      : library_(library), clock_(clock), random_(random), policy_(policy), imports_(imports) {}

  // An upload that a worker fills from `url`; both spellings of it as in ImportJob. The caller must have
  // checked the URL, and that the episode is the creator's. Fails as Uploads::create_upload() and with
  // IMPORTS_OFF, NOT_IMPORTABLE (a partial upload) and TOO_MANY_IMPORTS.
  Result<Upload> create(const Caller& caller, NewUpload wanted, const std::string& url,
                        const std::string& shown_url);

  // For workers, who may see every upload.
  struct Turn {
    Upload upload;
    ImportJob job;
  };
  Result<Turn> find(const Tenant& tenant, UploadId id, bool hold = false);
  // Takes the right to append the bytes from `from` on of a file that has `total` bytes and this validator;
  // fences every earlier writer. From 0 it starts over: the parts that don't count any more are given back,
  // to be removed. Fails as begin_append() and start_over(), and with
  // QUOTA_EXCEEDED.
  struct Begun {
    Upload upload;
    std::vector<Part> dropped;
  };
  Result<Begun> begin(const Tenant& tenant, UploadId id, std::int64_t from, std::optional<std::int64_t> total,
                      const std::string& validator);
  // Fails as Uploads::commit_part().
  Result<Upload> commit_part(const Tenant& tenant, UploadId id, const Part& part);
  // Fails as end_of_file().
  Result<Upload> end(const Tenant& tenant, UploadId id, std::int64_t epoch);
  // As after_failure(), kept.
  Result<std::optional<Duration>> failed(const Turn& turn, const Error& why);

 private:
  Result<void> check_number(const Caller& caller);
  Result<void> settle(const Upload& upload);
  Library& library_;
  const Clock& clock_;
  Random& random_;
  Policy policy_;
  ImportPolicy imports_;
};

}  // namespace cliffhanger::ingest
