#include "services/insight/store/pg_quality.h"

#include <algorithm>
#include <map>

#include "services/insight/domain/limits.h"
#include "services/insight/store/quality_queries.h"

namespace cliffhanger::insight {
namespace {

constexpr int kStartUp = 1, kThroughput = 2;  // measures of quality_histogram

// From the second column on.
QualityCounts counts_of(const sql::Rows::Row& row) {
  QualityCounts out;
  std::int64_t* const fields[] = {&out.plays,    &out.starts,       &out.start_up_score, &out.played_ms,
                                  &out.rated_ms, &out.bits,         &out.stalls,         &out.stalled_ms,
                                  &out.errors,   &out.exits,        &out.switches,       &out.views,
                                  &out.success,  &out.smooth_views, &out.smoothness,     &out.experience};
  int column = 1;
  for (auto* field : fields) *field = row.number(column++);
  return out;
}

std::string text_of(const std::optional<std::int64_t>& number) {
  return number ? std::to_string(*number) : std::string();
}

std::string text_of(bool flag) {
  return flag ? "t" : "f";
}

}  // namespace

Result<std::vector<std::pair<std::string, QualityCounts>>> PgQualityCells::by_value(const QualitySpan& span,
                                                                                    QualityPart part) {
  CH_ASSIGN(const sql::Rows rows,
            tx_.run(queries::kByValue, tenant_, span.minutes, span.from, part.dimension, kMostSlices));
  CH_ASSIGN(const sql::Rows buckets, tx_.run(queries::kDistributionByValue, tenant_, span.minutes, kStartUp,
                                             part.dimension, span.from));
  std::map<std::string, Distribution> start_up;
  for (std::size_t i = 0; i < buckets.size(); ++i)
    start_up[buckets[i].text(0)].add(static_cast<int>(buckets[i].number(1)), buckets[i].number(2));
  std::vector<std::pair<std::string, QualityCounts>> out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    out.emplace_back(rows[i].text(0), counts_of(rows[i]));
    out.back().second.start_up_ms = std::move(start_up[out.back().first]);
  }
  return out;
}

Result<std::vector<std::pair<Time, QualityCounts>>> PgQualityCells::by_time(const QualitySpan& span) {
  CH_ASSIGN(const sql::Rows rows, tx_.run(queries::kByTime, tenant_, span.minutes, span.from));
  CH_ASSIGN(const sql::Rows buckets, tx_.run(queries::kDistributionByTime, tenant_, span.minutes, span.from));
  std::map<Time, Distribution> start_up;
  for (std::size_t i = 0; i < buckets.size(); ++i)
    start_up[buckets[i].time(0)].add(static_cast<int>(buckets[i].number(1)), buckets[i].number(2));
  std::vector<std::pair<Time, QualityCounts>> out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    out.emplace_back(rows[i].time(0), counts_of(rows[i]));
    out.back().second.start_up_ms = std::move(start_up[out.back().first]);
  }
  return out;
}

Result<std::vector<std::pair<std::string, DeliveryCounts>>> PgQualityCells::deliveries(
    const QualitySpan& span, QualityPart part) {
  CH_ASSIGN(const sql::Rows rows,
            tx_.run(queries::kDeliveries, tenant_, span.minutes, span.from, part.dimension, kMostSlices));
  CH_ASSIGN(const sql::Rows buckets, tx_.run(queries::kDistributionByValue, tenant_, span.minutes,
                                             kThroughput, part.dimension, span.from));
  std::map<std::string, Distribution> throughput;
  for (std::size_t i = 0; i < buckets.size(); ++i)
    throughput[buckets[i].text(0)].add(static_cast<int>(buckets[i].number(1)), buckets[i].number(2));
  std::vector<std::pair<std::string, DeliveryCounts>> out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = rows[i];
    const std::string value = row.text(0);
    out.emplace_back(value, DeliveryCounts{row.number(1), row.number(2), row.number(3), row.number(4),
                                           row.number(5), row.number(6), row.number(7), row.number(8),
                                           row.number(9), std::move(throughput[value])});
  }
  return out;
}

Result<bool> fold_quality(sql::Tx& tx, Time now) {
  CH_ASSIGN(const sql::Rows lock, tx.run(queries::kLockFold));
  if (!lock[0].flag(0)) return false;
  CH_ASSIGN(const sql::Rows folded, tx.run(queries::kFold, kFoldedAtOnce, Time(now - kLateEvent), now));
  return folded[0].number(0) > 0;
}

Result<bool> add_deliveries(sql::Tx& tx, Time now, const Uuid& batch, const std::string& edge,
                            const std::vector<Delivery>& deliveries) {
  CH_ASSIGN(const sql::Rows taken, tx.run(queries::kTakeBatch, batch, now));
  if (taken.affected() == 0) return false;
  using Column = std::vector<std::string>;
  const auto column = [&](auto field) {
    Column out;
    out.reserve(deliveries.size());
    for (const Delivery& one : deliveries) out.push_back(field(one));
    return out;
  };
  const Column tenants = column([](const Delivery& d) { return d.tenant.text(); });
  const Column times =
      column([&](const Delivery& d) { return to_rfc3339(std::clamp(d.time, Time(now - kLateEvent), now)); });
  const Column names = column([](const Delivery& d) { return d.name; });
  const Column media = column([](const Delivery& d) { return text_of(d.media); });
  const Column video = column([](const Delivery& d) { return text_of(d.video); });
  const Column starved = column([](const Delivery& d) { return text_of(d.starved); });
  const Column urgent = column([](const Delivery& d) { return text_of(d.urgent); });
  const Column late = column([](const Delivery& d) { return text_of(d.late()); });
  const Column bitrates = column([](const Delivery& d) { return text_of(d.bitrate_kbps); });
  const Column buffers = column([](const Delivery& d) { return text_of(d.buffer_ms); });
  const Column throughputs = column([](const Delivery& d) { return text_of(d.throughput_kbps); });
  CH_TRY(tx.run(queries::kAddDeliveries, edge, tenants, times, names, media, video, starved, urgent, late,
                bitrates, buffers));
  CH_TRY(tx.run(queries::kAddThroughput, edge, tenants, times, names, video, throughputs));
  return true;
}

Result<bool> sweep_quality(sql::Tx& tx, Time now) {
  const std::pair<const sql::Query*, Duration> all[] = {{&queries::kSweepMinutes, kKeepMinutes},
                                                        {&queries::kSweepHours, kKeepHours},
                                                        {&queries::kSweepMinuteDistributions, kKeepMinutes},
                                                        {&queries::kSweepHourDistributions, kKeepHours},
                                                        {&queries::kSweepDeliveryMinutes, kKeepMinutes},
                                                        {&queries::kSweepDeliveryHours, kKeepHours},
                                                        {&queries::kSweepViews, kKeepViews},
                                                        {&queries::kSweepBatches, kKeepBatches}};
  bool more = false;
  for (const auto& [query, age] : all) {
    CH_ASSIGN(const sql::Rows gone, tx.run(*query, Time(now - age), kSweptAtOnce));
    more = more || gone.affected() == static_cast<std::size_t>(kSweptAtOnce);
  }
  return more;
}

Result<std::vector<Tenant>> quality_tenants(sql::Tx& tx, const QualitySpan& span) {
  CH_ASSIGN(const sql::Rows rows, tx.run(queries::kQualityTenants, span.from));
  std::vector<Tenant> out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CH_ASSIGN(auto tenant, Tenant::parse(rows[i].text(0)));
    out.push_back(std::move(tenant));
  }
  return out;
}

}  // namespace cliffhanger::insight
