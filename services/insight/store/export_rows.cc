#include "services/insight/store/export_rows.h"

#include "services/insight/domain/limits.h"

namespace cliffhanger::insight {
namespace {

// A scan of a window is long; each piece of it is not.
constexpr char kPatience[] = "SET LOCAL statement_timeout = '10min'";

// Times and numbers of our own: nothing in it is of a device. See migrations/V0006: what came in time, and what came too late for its own window.
std::string in_window(const ExportWindow& window) {
  const auto quoted = [](const std::string& text) { return "'" + text + "'"; };
  const auto start = quoted(to_rfc3339(window.start));
  return "received_time >= " + quoted(to_rfc3339(window.start - kStragglers)) +
         " AND received_time < " + quoted(to_rfc3339(window.end)) + " AND tx < " + quoted(window.horizon) +
         "::xid8 AND (received_time >= " + start + " OR tx >= " + quoted(window.before) + "::xid8)";
}

constexpr char kColumns[] =
    "SELECT user_id, to_char(received_time AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), event_id, "
    "to_char(event_time AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), episode_id, series_id, "
    "revision_id, session_id, value, region, kind, place, network, platform, form, position_ms, amount_ms, "
    "bitrate_bps FROM event WHERE ";

ExportedEvent event_of(const sql::Rows::Row& row) {
  ExportedEvent out;
  std::string* const texts[] = {&out.user_id,     &out.received_time, &out.event_id,   &out.event_time, &out.episode_id,
                                &out.series_id,   &out.revision_id,   &out.session_id, &out.value,      &out.region};
  int column = 0;
  for (auto* text : texts) *text = row.text(column++);
  for (int* number : {&out.kind, &out.place, &out.network, &out.platform, &out.form})
    *number = static_cast<int>(row.number(column++));
  for (auto* number : {&out.position_ms, &out.amount_ms, &out.bitrate_bps}) *number = row.number(column++);
  return out;
}

}  // namespace

Result<std::vector<Tenant>> tenants_in(sql::Tx& tx, const ExportWindow& window) {
  CH_TRY(tx.run_text(kPatience));
  CH_ASSIGN(const auto rows, tx.run_text("SELECT DISTINCT tenant FROM event WHERE " + in_window(window) +
                                         " ORDER BY tenant"));
  std::vector<Tenant> out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CH_ASSIGN(auto tenant, Tenant::parse(rows[i].text(0)));
    out.push_back(std::move(tenant));
  }
  return out;
}

Result<void> ExportRows::open(const ExportWindow& window, const Tenant& tenant) {
  CH_TRY(tx_.run_text("DECLARE export_rows NO SCROLL CURSOR FOR " + (kColumns + in_window(window)) +
                      " AND tenant = '" + tenant.text() + "'"));
  return {};
}

Result<std::vector<ExportedEvent>> ExportRows::next() {
  CH_ASSIGN(const auto rows, tx_.run_text("FETCH " + std::to_string(kExportRows) + " FROM export_rows"));
  std::vector<ExportedEvent> out;
  out.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) out.push_back(event_of(rows[i]));
  if (out.empty()) CH_TRY(tx_.run_text("CLOSE export_rows"));
  return out;
}

}  // namespace cliffhanger::insight
