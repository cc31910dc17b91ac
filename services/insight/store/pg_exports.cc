#include "services/insight/store/pg_exports.h"

#include "libs/blob/place.h"
#include "services/insight/domain/limits.h"
#include "services/insight/store/export_queries.h"

namespace cliffhanger::insight {
namespace {

Error overtaken() {
  return aborted("EXPORT_OVERTAKEN", "Another process has taken up this export.");
}

Result<ExportPart> part_of(const sql::Rows::Row& row) {
  CH_ASSIGN(auto tenant, Tenant::parse(row.text(1)));
  return ExportPart{row.uuid(0),
                    std::move(tenant),
                    row.time(2),
                    static_cast<int>(row.number(3)),
                    row.uuid(4),
                    static_cast<int>(row.number(5)),
                    row.number(6),
                    row.number(7)};
}

std::vector<std::string> texts_of(const sql::Rows& rows) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < rows.size(); ++i) out.push_back(rows[i].text(0));
  return out;
}

}  // namespace

Result<bool> PgExports::lead() {
  return tx_.run(queries::kExportLead).map([](const sql::Rows& rows) { return rows[0].flag(0); });
}

Result<int> PgExports::close(Time now, Duration length) {
  CH_ASSIGN(const auto last, tx_.run(queries::kExportLast));
  if (last.empty()) {
    const Time begin = window_start(now, length);
    CH_TRY(tx_.run(queries::kExportOrigin, Time(begin - length), begin));
    return 0;
  }
  int closed = 0;
  for (Time start = last[0].time(0); closed < kClosedAtOnce; ++closed) {
    const Time end = window_start(start, length) + length;
    if (end + kCloseAfter > now) break;
    CH_TRY(tx_.run(queries::kExportClose, start, end));
    start = end;
  }
  return closed;
}

Result<std::optional<ExportWindow>> PgExports::next() {
  CH_ASSIGN(const auto rows, tx_.run(queries::kExportNext));
  if (rows.empty()) return std::nullopt;
  return ExportWindow{rows[0].time(0), rows[0].time(1), rows[0].text(2), rows[0].text(3)};
}

Result<void> PgExports::begin(const ExportWindow& window, const Uuid& attempt) {
  CH_ASSIGN(const auto ours, tx_.run(queries::kExportBegin, window.start, attempt));
  if (ours.affected() == 0) return fail(overtaken());
  CH_TRY(tx_.run(queries::kExportDropAttempts, window.start));
  return {};
}

Result<void> PgExports::complete(const ExportWindow& window, const Uuid& attempt) {
  CH_ASSIGN(const auto ours, tx_.run(queries::kExportComplete, window.start, attempt));
  if (ours.affected() == 0) return fail(overtaken());
  CH_TRY(tx_.run(queries::kExportReady, window.start, attempt));
  CH_TRY(tx_.run(queries::kExportDays, window.start));
  CH_TRY(tx_.run(queries::kExportDayDue, window.start));
  return {};
}

Result<void> PgExports::give_up() {
  CH_TRY(tx_.run(queries::kExportGiveUp));
  return {};
}

Result<void> PgExports::note(const ExportPart& part) {
  CH_TRY(tx_.run(queries::kExportNote, part.id, part.tenant, part.window, part.number, part.attempt,
                 part.rewritten));
  return {};
}

Result<void> PgExports::name(const ExportPart& part, const std::vector<std::string>& users) {
  CH_TRY(tx_.run(queries::kExportName, part.id, part.tenant, users));
  return {};
}

Result<bool> PgExports::any_erased(const Tenant& tenant, const std::vector<std::string>& users) {
  return erased(tenant, users).map([](const auto& found) { return !found.empty(); });
}

Result<void> PgExports::written(const ExportPart& part, bool stale) {
  CH_TRY(tx_.run(queries::kExportPeople));
  CH_ASSIGN(const auto ours, tx_.run(queries::kExportWritten, part.id, part.lines, part.bytes, stale));
  if (ours.affected() == 0) return fail(overtaken());
  return {};
}

Result<std::optional<ExportPart>> PgExports::next_stale() {
  CH_ASSIGN(const auto rows, tx_.run(queries::kExportStale));
  if (rows.empty()) return std::nullopt;
  CH_ASSIGN(auto part, part_of(rows[0]));
  return part;
}

Result<void> PgExports::begin_again(const ExportPart& part) {
  CH_TRY(tx_.run(queries::kExportBeginAgain, part.window, part.tenant, part.number));
  return {};
}

Result<void> PgExports::replace(const ExportPart& old, const ExportPart& part) {
  CH_ASSIGN(const auto retired, tx_.run(queries::kExportRetire, old.id));
  CH_ASSIGN(const auto promoted, tx_.run(queries::kExportPromote, part.id));
  if (retired.affected() == 0 || promoted.affected() == 0) return fail(overtaken());
  CH_TRY(tx_.run(queries::kExportDayDue, part.window));
  return {};
}

Result<std::unordered_set<std::string>> PgExports::erased(const Tenant& tenant,
                                                          const std::vector<std::string>& users) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kExportErased, tenant, users));
  std::unordered_set<std::string> out;
  for (auto& user : texts_of(rows)) out.insert(std::move(user));
  return out;
}

Result<std::vector<std::pair<std::string, std::string>>> PgExports::refused(
    const Tenant& tenant, const std::vector<std::string>& users) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kExportRefused, tenant, users));
  std::vector<std::pair<std::string, std::string>> out;
  for (std::size_t i = 0; i < rows.size(); ++i) out.emplace_back(rows[i].text(0), rows[i].text(1));
  return out;
}

Result<int> PgExports::expire(Time before) {
  CH_ASSIGN(const auto gone, tx_.run(queries::kExportExpired, before));
  for (std::size_t i = 0; i < gone.size(); ++i) {
    CH_TRY(tx_.run(queries::kExportDropAttempts, gone[i].time(0)));
    CH_TRY(tx_.run(queries::kExportDayDue, gone[i].time(0)));
  }
  return static_cast<int>(gone.size());
}

Result<std::vector<ExportedWindow>> PgExports::windows_of(const sql::Rows& rows, const Tenant& tenant) {
  std::vector<ExportedWindow> out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = rows[i];
    if (out.empty() || out.back().start != row.time(0)) out.push_back({row.time(0), row.time(1), {}});
    if (row.is_null(2)) continue;
    out.back().parts.push_back({row.uuid(2), tenant, row.time(0), static_cast<int>(row.number(3)), Uuid(),
                                static_cast<int>(row.number(4)), row.number(5), row.number(6)});
  }
  return out;
}

Result<std::optional<PgExports::Day>> PgExports::next_day() {
  CH_ASSIGN(const auto rows, tx_.run(queries::kExportNextDay));
  if (rows.empty()) return std::nullopt;
  CH_ASSIGN(auto tenant, Tenant::parse(rows[0].text(0)));
  Day out{std::move(tenant), rows[0].text(1), rows[0].number(2), {}};
  CH_ASSIGN(const auto windows, tx_.run(queries::kExportOfDay, out.tenant, out.day));
  CH_ASSIGN(out.windows, windows_of(windows, out.tenant));
  return out;
}

Result<void> PgExports::told(const Day& day) {
  if (day.windows.empty()) {
    CH_TRY(tx_.run(queries::kExportForgetDay, day.tenant, day.day));
  } else {
    CH_TRY(tx_.run(queries::kExportTold, day.tenant, day.day, day.version));
  }
  return {};
}

Result<std::vector<ExportPart>> PgExports::dropped(int most) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kExportDropped, most));
  std::vector<ExportPart> out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CH_ASSIGN(auto part, part_of(rows[i]));
    out.push_back(std::move(part));
  }
  return out;
}

Result<void> PgExports::forget(const ExportPart& part) {
  CH_TRY(tx_.run(queries::kExportForget, part.id));
  return {};
}

Result<std::vector<ExportedWindow>> PgExports::list(const Tenant& tenant, std::optional<Time> before,
                                                    int most) {
  const std::string until = before ? to_rfc3339(*before) : "infinity";
  CH_ASSIGN(const auto rows, tx_.run(queries::kExportList, tenant, until, most));
  return windows_of(rows, tenant);
}

Result<void> rewrite_exports_of(sql::Tx& tx, const Tenant& tenant, const std::vector<UserId>& people) {
  std::vector<std::string> ids;
  for (const auto& id : people) ids.push_back(id.text());
  CH_TRY(tx.run(queries::kExportOfPeople, tenant, ids));
  return {};
}

Result<bool> exports_are_clean(sql::Tx& tx, const Tenant& tenant) {
  return tx.run(queries::kExportUnclean, tenant).map([](const sql::Rows& rows) { return !rows[0].flag(0); });
}

Result<std::vector<std::string>> claimed_exports(sql::Tx& tx, const std::vector<std::string>& keys) {
  std::vector<std::string> parts, part_tenants, ids, manifests, tenants, days;
  for (const auto& key : keys) {
    const auto place = blob::place_of(key);
    if (!place || place->kind != blob::Kind::kExport) continue;
    if (place->id.empty()) {
      manifests.push_back(key);
      tenants.push_back(place->tenant.text());
      days.push_back(place->day);
    } else {
      parts.push_back(key);
      part_tenants.push_back(place->tenant.text());
      ids.push_back(place->id.text());
    }
  }
  CH_ASSIGN(const auto claimed, tx.run(queries::kExportClaim, parts, part_tenants, ids));
  CH_ASSIGN(const auto claimed_days, tx.run(queries::kExportClaimDays, manifests, tenants, days));
  auto out = texts_of(claimed);
  for (auto& key : texts_of(claimed_days)) out.push_back(std::move(key));
  return out;
}

}  // namespace cliffhanger::insight
