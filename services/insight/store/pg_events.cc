#include "services/insight/store/pg_events.h"

#include <unordered_set>

#include "services/insight/domain/limits.h"
#include "services/insight/store/queries.h"

namespace cliffhanger::insight {
namespace {

std::string text_of(const Uuid& id) {
  return id.empty() ? std::string() : id.text();
}

// Those whose ids came back. Of two with one id the first is it.
std::vector<const Event*> fresh_of(const std::vector<Event>& events, const sql::Rows& rows) {
  std::vector<const Event*> out;
  out.reserve(rows.size());
  std::unordered_set<std::string> ids;
  const bool all = rows.size() == events.size();
  for (std::size_t i = 0; !all && i < rows.size(); ++i) ids.insert(rows[i].text(0));
  for (const Event& event : events)
    if (all || ids.erase(event.id.text()) > 0) out.push_back(&event);
  return out;
}

}  // namespace

Result<std::vector<const Event*>> PgJournal::record(const UserId& user, Time received, const Device& device,
                                                    const std::vector<Event>& events) {
  using Column = std::vector<std::string>;
  const auto column = [&](auto field) {
    Column out;
    out.reserve(events.size());
    for (const Event& event : events) out.push_back(field(event));
    return out;
  };
  const Column client_times = column([](const Event& e) { return to_rfc3339(e.client_time); });
  const Column ids = column([](const Event& e) { return e.id.text(); });
  const Column kinds = column([](const Event& e) { return std::to_string(e.kind); });
  const Column times = column([](const Event& e) { return to_rfc3339(e.event_time); });
  const Column episodes = column([](const Event& e) { return text_of(e.episode); });
  const Column series = column([](const Event& e) { return text_of(e.series); });
  const Column revisions = column([](const Event& e) { return text_of(e.revision); });
  const Column sessions = column([](const Event& e) { return text_of(e.session); });
  const Column positions = column([](const Event& e) { return std::to_string(e.position_ms); });
  const Column amounts = column([](const Event& e) { return std::to_string(e.amount_ms); });
  const Column bitrates = column([](const Event& e) { return std::to_string(e.bitrate_bps); });
  const Column places = column([](const Event& e) { return std::to_string(e.place); });
  const Column values = column([](const Event& e) { return e.value; });
  CH_ASSIGN(const sql::Rows rows,
            tx_.run(queries::kRecord, tenant_, user, received, client_times, ids, kinds, times, episodes,
                    series, revisions, sessions, positions, amounts, bitrates, places, values, device.region,
                    device.network, device.platform, device.form));
  return fresh_of(events, rows);
}

Result<void> keep_days(sql::Tx& tx, Time now, int retention_days) {
  for (int day = -1; day <= kDaysAhead; ++day) CH_TRY(tx.run(queries::kMakeDay, now, day));
  CH_TRY(tx.run(queries::kDropDays, now, retention_days));
  return {};
}

}  // namespace cliffhanger::insight
