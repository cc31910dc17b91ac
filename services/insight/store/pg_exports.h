#pragma once
// What is known of exports, over one PostgreSQL transaction; of all tenants.
#include <unordered_set>

#include "libs/sql/sql.h"
#include "services/insight/domain/exports.h"

namespace cliffhanger::insight {

class PgExports {
 public:
  explicit PgExports(sql::Tx& tx) : tx_(tx) {}

  // Whether this transaction is the one that works on exports, until it ends.
  Result<bool> lead();

  // Closes the windows that have ended by `now`, a bounded number, in order and without gaps; the first is the one that `now` is in. Gives how many.
  Result<int> close(Time now, Duration length);
  // The oldest that is not whole.
  Result<std::optional<ExportWindow>> next();
  // Takes it up: what earlier attempts left is dropped.
  Result<void> begin(const ExportWindow& window, const Uuid& attempt);
  // Its parts are what this attempt has written; the manifests of its day are due. Fails with EXPORT_OVERTAKEN if another attempt
  // has begun.
  Result<void> complete(const ExportWindow& window, const Uuid& attempt);
  // Gives up what was begun: exports are off.
  Result<void> give_up();

  // Notes an object that is about to be written.
  Result<void> note(const ExportPart& part);
  // Says who is in an object that was written, a bounded number at once, before written().
  Result<void> name(const ExportPart& part, const std::vector<std::string>& users);
  // Whether one of them was erased meanwhile; asked when all have been named.
  Result<bool> any_erased(const Tenant& tenant, const std::vector<std::string>& users);
  // An object is whole, as `part` says. `stale`: it holds what may not stay; so it does if somebody in it has refused meanwhile. Fails with
  // EXPORT_OVERTAKEN if it was dropped.
  Result<void> written(const ExportPart& part, bool stale);

  // A part of a whole window that holds what may not stay.
  Result<std::optional<ExportPart>> next_stale();
  // Drops what was begun in its place before.
  Result<void> begin_again(const ExportPart& part);
  // `part` takes the place of `old`; the manifest of its day is due.
  Result<void> replace(const ExportPart& old, const ExportPart& part);
  // Of these, those of whom nothing may stay.
  Result<std::unordered_set<std::string>> erased(const Tenant& tenant, const std::vector<std::string>& users);
  // Of these, those who refuse, and since when: nothing that came in later may stay.
  Result<std::vector<std::pair<std::string, std::string>>> refused(const Tenant& tenant,
                                                                   const std::vector<std::string>& users);

  // Drops the windows that ended before `before`, a bounded number; the newest stays.
  Result<int> expire(Time before);
  // A day whose manifest is due, kept from others until the transaction ends, and what goes into it.
  struct Day {
    Tenant tenant;
    std::string day;
    std::int64_t version = 0;
    std::vector<ExportedWindow> windows;
  };
  Result<std::optional<Day>> next_day();
  // Its manifest is written, or removed if there are no windows.
  Result<void> told(const Day& day);
  // Objects that no manifest names any more.
  Result<std::vector<ExportPart>> dropped(int most);
  Result<void> forget(const ExportPart& part);

  // Whole windows of a tenant that began before `before`, newest first.
  Result<std::vector<ExportedWindow>> list(const Tenant& tenant, std::optional<Time> before, int most);

 private:
  Result<std::vector<ExportedWindow>> windows_of(const sql::Rows& rows, const Tenant& tenant);
  sql::Tx& tx_;
};

// Erased people: the parts that they are in are to be rewritten. Before their rows go, in the same transaction.
Result<void> rewrite_exports_of(sql::Tx& tx, const Tenant& tenant, const std::vector<UserId>& people);
// Whether nothing of the tenant waits to be taken out of objects.
Result<bool> exports_are_clean(sql::Tx& tx, const Tenant& tenant);

// Which of these objects are exports, or are noted.
Result<std::vector<std::string>> claimed_exports(sql::Tx& tx, const std::vector<std::string>& keys);

}  // namespace cliffhanger::insight
