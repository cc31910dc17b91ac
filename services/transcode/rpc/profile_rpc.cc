#include "services/transcode/rpc/profile_rpc.h"

namespace cliffhanger::transcode {
namespace {

std::optional<Loudness> loudness_of(pb::Loudness loudness) {
  switch (loudness) {
    case pb::LOUDNESS_EPISODE:
      return Loudness::kEpisode;
    case pb::LOUDNESS_SERIES:
      return Loudness::kSeries;
    default:
      return std::nullopt;
  }
}

pb::SeriesProfileState state_of(const SeriesProfile& profile) {
  if (profile.rows.empty()) return pb::SERIES_PROFILE_STATE_WAITING;
  return profile.settled ? pb::SERIES_PROFILE_STATE_SETTLED : pb::SERIES_PROFILE_STATE_OPEN;
}

void put(const SeriesProfile& profile, const std::vector<Plan>& earlier, pb::SeriesProfile& out) {
  out.set_series_id(profile.series.text());
  out.set_version(profile.version);
  out.set_state(state_of(profile));
  for (const Row& row : profile.rows) {
    auto& rung = *out.add_rungs();
    rung.set_name(rung_name(row));
    rung.set_short_side(row.short_side);
    rung.set_maxrate_kbps(row.maxrate_kbps);
    const media::Rung begins{.name = rung_name(row), .crf = row.crf, .maxrate_kbps = row.maxrate_kbps};
    rung.set_start_crf(learnt_crf(earlier, begins).value_or(row.crf));
    rung.set_dropped(!row.kept);
  }
  out.set_audio_kbps(profile.audio_kbps);
  out.set_loudness(profile.loudness == Loudness::kSeries ? pb::LOUDNESS_SERIES : pb::LOUDNESS_EPISODE);
  if (profile.gain_db) out.set_gain_db(*profile.gain_db);
  set_time(out.mutable_create_time(), profile.created);
}

}  // namespace

Result<pb::GetSeriesProfileResponse> get_series_profile(Revisions& revisions, const Call&,
                                                        const pb::GetSeriesProfileRequest& in) {
  CH_ASSIGN(const auto series, SeriesId::parse(in.series_id()));
  CH_ASSIGN(const auto profile, revisions.profile_of(series, std::nullopt));
  pb::GetSeriesProfileResponse out;
  if (!profile) {
    out.mutable_profile()->set_series_id(series.text());
    out.mutable_profile()->set_state(pb::SERIES_PROFILE_STATE_NONE);
    return out;
  }
  CH_ASSIGN(const auto earlier, revisions.plans_of_series(series, kLearnFrom));
  put(*profile, earlier, *out.mutable_profile());
  return out;
}

Result<pb::RenewSeriesProfileResponse> renew_series_profile(Revisions& revisions, const Clock& clock,
                                                            const Call&,
                                                            const pb::RenewSeriesProfileRequest& in) {
  CH_ASSIGN(const auto series, SeriesId::parse(in.series_id()));
  CH_ASSIGN(const auto current, revisions.lock_profile(series, std::nullopt));
  const SeriesProfile next = renewed(series, current, loudness_of(in.loudness()), clock.now());
  CH_TRY(revisions.save_profile(next));
  pb::RenewSeriesProfileResponse out;
  put(next, {}, *out.mutable_profile());
  return out;
}

}  // namespace cliffhanger::transcode
