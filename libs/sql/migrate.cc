#include "libs/sql/migrate.h"

#include <algorithm>
#include <pqxx/pqxx>
#include <vector>

#include "libs/core/id.h"

namespace cliffhanger::embedded {
extern const Files sql_migrations;
}

namespace cliffhanger::sql {
namespace {

std::string fingerprint(std::string_view text) { return Uuid::from_name(text).text(); }

std::vector<embedded::File> in_order(embedded::Files files) {
  std::vector<embedded::File> sorted(files.begin(), files.end());
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return sorted;
}

void prepare_schema(pqxx::connection& link, const std::string& schema) {
  pqxx::work tx(link);
  tx.exec("SELECT pg_advisory_xact_lock(hashtext('cliffhanger migrate'))");
  tx.exec("CREATE SCHEMA IF NOT EXISTS " + tx.quote_name(schema));
  tx.exec("SET search_path TO " + tx.quote_name(schema) + ", public");
  tx.exec("CREATE TABLE IF NOT EXISTS migration (name text PRIMARY KEY, fingerprint text NOT NULL, "
          "applied_at timestamptz NOT NULL DEFAULT now())");
  tx.commit();
}

// Whether it was applied now. Fails if it was applied before with another text.
Result<bool> apply(pqxx::connection& link, const std::string& schema, const embedded::File& file) {
  pqxx::work tx(link);
  tx.exec("SELECT pg_advisory_xact_lock(hashtext('cliffhanger migrate " + tx.esc(schema) + "'))");
  const auto known =
      tx.exec_params("SELECT fingerprint FROM migration WHERE name = $1", std::string(file.name));
  if (!known.empty()) {
    if (known[0][0].as<std::string>() == fingerprint(file.contents)) return false;
    return fail(precondition("MIGRATION_CHANGED", "Migration " + schema + "/" + std::string(file.name) +
                                                      " was applied with another text; add a new one instead."));
  }
  tx.exec(std::string(file.contents));
  tx.exec_params("INSERT INTO migration (name, fingerprint) VALUES ($1, $2)", std::string(file.name),
                 fingerprint(file.contents));
  tx.commit();
  return true;
}

}  // namespace

Result<int> migrate(const std::string& url, const std::string& schema, embedded::Files files) {
  std::string at = "connect";
  try {
    pqxx::connection link(url);
    prepare_schema(link, schema);
    int applied = 0;
    for (const auto& set : {in_order(embedded::sql_migrations), in_order(files)}) {
      for (const auto& file : set) {
        at = file.name;
        CH_ASSIGN(const bool now, apply(link, schema, file));
        applied += now ? 1 : 0;
      }
    }
    return applied;
  } catch (const std::exception& why) {
    return fail(internal("MIGRATION_FAILED", "Migration " + schema + "/" + at + " failed: " + why.what()));
  }
}

}  // namespace cliffhanger::sql
