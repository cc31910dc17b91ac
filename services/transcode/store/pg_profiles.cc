// Profiles of series, for planning.
#include "services/transcode/store/json.h"
#include "services/transcode/store/pg_revisions.h"
#include "services/transcode/store/profile_queries.h"

namespace cliffhanger::transcode {

Result<std::optional<SeriesProfile>> PgRevisions::lock_profile(SeriesId series,
                                                               std::optional<std::int64_t> version) {
  CH_TRY(tx_.run(queries::kLockSeries, call_.caller.tenant, series.text()));
  return profile_of(series, version);
}

Result<std::optional<SeriesProfile>> PgRevisions::profile_of(SeriesId series,
                                                             std::optional<std::int64_t> version) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kProfile, call_.caller.tenant, series, version));
  if (rows.empty()) return std::nullopt;
  SeriesProfile out;
  out.series = series;
  out.version = rows[0].number(0);
  if (!rows[0].is_null(1)) {
    CH_ASSIGN(out.rows, rows_from_json(rows[0].text(1)));
  }
  out.audio_kbps = static_cast<int>(rows[0].number(2));
  CH_ASSIGN(out.loudness, parse_loudness(rows[0].text(3)));
  if (!rows[0].is_null(4)) out.gain_db = rows[0].real(4);
  out.created = rows[0].time(5);
  out.settled = rows[0].flag(6);
  return out;
}

Result<bool> PgRevisions::is_profile_used(const SeriesProfile& profile) {
  CH_ASSIGN(const auto rows,
            tx_.run(queries::kProfileUsed, call_.caller.tenant, profile.series, profile.version));
  return !rows.empty();
}

Result<void> PgRevisions::save_profile(const SeriesProfile& profile) {
  std::optional<std::string> rows;
  if (!profile.rows.empty()) rows = to_json(profile.rows);
  CH_TRY(tx_.run(queries::kSaveProfile, call_.caller.tenant, profile.series, profile.version, rows,
                 profile.audio_kbps, to_text(profile.loudness), profile.gain_db, profile.created,
                 profile.settled));
  return {};
}

Result<void> PgRevisions::save_gain(const SeriesProfile& profile, double gain_db) {
  CH_TRY(tx_.run(queries::kSaveGain, call_.caller.tenant, profile.series, profile.version, gain_db));
  return {};
}

Result<std::vector<Plan>> PgRevisions::plans_of_series(SeriesId series, int most) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kPlansOfSeries, call_.caller.tenant, series, most));
  std::vector<Plan> out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    // One that can't be read teaches nothing.
    if (auto plan = plan_from_json(rows[i].text(0))) out.push_back(std::move(*plan));
  }
  return out;
}

}  // namespace cliffhanger::transcode
