#pragma once
#include "libs/sql/sql.h"
#include "services/ingest/domain/library.h"

namespace cliffhanger::ingest {

// Kinds of work in ingest's queue; the subject is the upload.
inline constexpr char kVerifyTask[] = "verify";
inline constexpr char kRemoveTask[] = "remove-parts";
inline constexpr char kHeadTask[] = "head";
inline constexpr char kImportTask[] = "import";

// What owners who are erased called their files and where those came from, and limits of their own; their uploads are nobody's afterwards,
// and end with their episodes. Always false: there is no more.
Result<bool> forget_owners(sql::Tx& tx, const Tenant& tenant, const std::vector<UserId>& owners);

// Uploads in PostgreSQL, inside one transaction.
class PgLibrary final : public Library {
 public:
  PgLibrary(sql::Tx& tx, const Clock& clock, Random& random) : tx_(tx), clock_(clock), random_(random) {}

  Result<Upload> find(const Tenant& tenant, UploadId id, bool hold) override;
  Result<void> add(const Upload& upload) override;
  Result<void> save(const Upload& upload) override;
  Result<void> add_part(const Upload& upload, const Part& part) override;
  Result<std::vector<Part>> parts(const Upload& upload) override;
  Result<std::optional<Part>> part_at(const Upload& upload, std::int64_t offset) override;
  Result<void> forget_parts(const Upload& upload) override;
  Result<void> move_parts(const Upload& partial, const Upload& whole, std::int64_t offset) override;
  Result<std::vector<UploadId>> partials_of(const Upload& whole) override;
  Result<std::int64_t> receiving(const Tenant& tenant, UserId owner) override;
  Result<std::vector<Upload>> of_episode(const Tenant& tenant, UserId owner, EpisodeId episode,
                                         std::optional<UploadId> before, int most) override;
  Result<std::vector<Upload>> expired(Time now, int most) override;
  Result<void> ask_verification(const Upload& upload) override;
  Result<void> ask_removal(const Upload& upload) override;
  Result<void> ask_head(const Upload& upload) override;
  Result<void> lock_episode(const Tenant& tenant, EpisodeId episode) override;
  Result<bool> episode_gone(const Tenant& tenant, EpisodeId episode) override;
  Result<std::vector<Upload>> forget_episode(const Tenant& tenant, EpisodeId episode) override;
  Result<void> lock_owner(const Tenant& tenant, UserId owner) override;
  Result<std::int64_t> importing(const Tenant& tenant, UserId owner) override;
  Result<void> lock_storage(const Tenant& tenant, UserId owner) override;
  Result<Storage> stored(const Tenant& tenant, UserId owner) override;
  Result<void> set_limit(const Tenant& tenant, UserId owner, std::optional<std::int64_t> bytes) override;
  Result<void> lock_tenant_storage(const Tenant& tenant) override;
  Result<Storage> stored_by_all(const Tenant& tenant) override;
  Result<std::optional<std::int64_t>> tenant_limit(const Tenant& tenant) override;
  Result<void> set_tenant_limit(const Tenant& tenant, std::optional<std::int64_t> bytes) override;
  Result<void> add_import(const Upload& upload, const ImportJob& job) override;
  Result<ImportJob> find_import(const Upload& upload) override;
  Result<void> save_import(const Upload& upload, const ImportJob& job) override;
  Result<void> forget_url(const Upload& upload) override;
  Result<void> ask_import(const Upload& upload) override;

 private:
  Result<void> add_work(const Upload& upload, const char* kind, int attempts);
  sql::Tx& tx_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace cliffhanger::ingest
