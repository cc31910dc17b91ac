#pragma once
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>

#include "libs/sql/sql.h"
#include "services/recommendation/domain/catalogue.h"

namespace cliffhanger::recommendation {

// All tenants' series in memory, brought up to date from PostgreSQL by refresh(): only what changed since is
// read. Safe from many threads.
class PgCatalogue final : public Catalogues {
 public:
  struct Config {
    Policy policy;
    // How long a catalogue stands although only popularity changed. What else changes is there after the next
    // refresh.
    Duration stale_after = std::chrono::seconds(5);
    // After this everything is read anew, should something have been missed.
    Duration whole_after = std::chrono::minutes(15);
  };
  // Both outlive this.
  PgCatalogue(sql::Pool& pool, const Clock& clock, Config config)
      : pool_(pool), clock_(clock), config_(config) {}

  std::shared_ptr<const Catalogue> of(const Tenant& tenant) const override;
  std::vector<Tenant> tenants() const;
  // Whether anything was read. Fails with what the database fails with; the catalogues stay as they are then.
  Result<bool> refresh();

 private:
  struct Kept {
    std::unordered_map<SeriesId, KnownSeries> series;  // that viewers see
    bool changed = false, warmer = false;
    Time built{};
  };
  using All = std::map<Tenant, Kept>;
  Result<std::size_t> read(const std::string& since, All& into);
  static void take(const sql::Rows::Row& row, All& into);
  void build(const Tenant& tenant, Kept& kept);

  sql::Pool& pool_;
  const Clock& clock_;
  const Config config_;
  std::mutex refreshing_;  // guards the next three
  All kept_;
  std::string upto_ = "0";  // transactions before this one are all in
  Time whole_at_{};
  mutable std::mutex mutex_;
  std::map<Tenant, std::shared_ptr<const Catalogue>> current_;
};

}  // namespace cliffhanger::recommendation
