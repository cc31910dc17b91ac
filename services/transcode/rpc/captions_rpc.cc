#include "services/transcode/rpc/captions_rpc.h"

#include "services/transcode/rpc/owner.h"

namespace cliffhanger::transcode {
namespace {

std::optional<captions::Format> format_of(pb::CaptionsFormat format) {
  switch (format) {
    case pb::CAPTIONS_FORMAT_SRT:
      return captions::Format::kSrt;
    case pb::CAPTIONS_FORMAT_WEBVTT:
      return captions::Format::kWebVtt;
    case pb::CAPTIONS_FORMAT_ASS:
      return captions::Format::kAss;
    default:
      return std::nullopt;
  }
}

pb::BurnedState state_of(BurnedState state) {
  switch (state) {
    case BurnedState::kAbsent:
      return pb::BURNED_STATE_ABSENT;
    case BurnedState::kProcessing:
      return pb::BURNED_STATE_PROCESSING;
    case BurnedState::kReady:
      return pb::BURNED_STATE_READY;
    case BurnedState::kFailed:
      return pb::BURNED_STATE_FAILED;
  }
  return pb::BURNED_STATE_UNSPECIFIED;
}

void put(const CaptionsRecord& record, pb::Captions& out) {
  out.set_episode_id(record.episode.text());
  out.set_language(record.language);
  out.set_label(record.label);
  out.set_kind(record.kind == CaptionsKind::kCaptions ? pb::CAPTIONS_KIND_CAPTIONS
                                                      : pb::CAPTIONS_KIND_SUBTITLES);
  out.set_state(record.state == CaptionsState::kDraft ? pb::CAPTIONS_STATE_DRAFT : pb::CAPTIONS_STATE_PUBLIC);
  out.set_cues(static_cast<std::int32_t>(record.cues));
  set_time(out.mutable_update_time(), record.updated);
  out.set_failure_reason(record.failure_reason);
  out.set_failure_message(record.failure_message);
  if (record.state != CaptionsState::kPublic) return;
  out.set_burned_state(state_of(record.burned.state));
  out.set_burned_failure_reason(record.burned.failure_reason);
  out.set_burned_failure_message(record.burned.failure_message);
}

}  // namespace

Result<pb::PutCaptionsResponse> put_captions(Captioning& captioning, const Call& call,
                                             const pb::PutCaptionsRequest& in) {
  CH_ASSIGN(const auto episode, EpisodeId::parse(in.episode_id()));
  const auto kind =
      in.kind() == pb::CAPTIONS_KIND_CAPTIONS ? CaptionsKind::kCaptions : CaptionsKind::kSubtitles;
  CH_ASSIGN(const auto done,
            captioning.put(episode, owner_for(call.caller),
                           {in.language(), in.label(), in.text(), format_of(in.format()), kind}));
  pb::PutCaptionsResponse out;
  put(done.record, *out.mutable_captions());
  for (const captions::Note& note : done.warnings) {
    auto& warning = *out.add_warnings();
    warning.set_line(note.line);
    warning.set_reason(note.reason);
    warning.set_message(note.message);
  }
  return out;
}

Result<pb::ListCaptionsResponse> list_captions(Captioning& captioning, const Call& call,
                                               const pb::ListCaptionsRequest& in) {
  CH_ASSIGN(const auto episode, EpisodeId::parse(in.episode_id()));
  CH_ASSIGN(const auto found, captioning.list(episode, owner_for(call.caller)));
  pb::ListCaptionsResponse out;
  for (const CaptionsRecord& record : found) put(record, *out.add_captions());
  return out;
}

Result<pb::GetCaptionsResponse> get_captions(Captioning& captioning, const Call& call,
                                             const pb::GetCaptionsRequest& in) {
  CH_ASSIGN(const auto episode, EpisodeId::parse(in.episode_id()));
  const auto state = in.draft() ? CaptionsState::kDraft : CaptionsState::kPublic;
  CH_ASSIGN(const auto record, captioning.get(episode, owner_for(call.caller), in.language(), state));
  pb::GetCaptionsResponse out;
  put(record, *out.mutable_captions());
  out.set_webvtt(record.webvtt);
  return out;
}

Result<pb::DeleteCaptionsResponse> delete_captions(Captioning& captioning, const Call& call,
                                                   const pb::DeleteCaptionsRequest& in) {
  CH_ASSIGN(const auto episode, EpisodeId::parse(in.episode_id()));
  CH_TRY(captioning.remove(episode, owner_for(call.caller), in.language(), in.draft()));
  return pb::DeleteCaptionsResponse();
}

Result<pb::DraftCaptionsResponse> draft_captions(Captioning& captioning, const Call& call,
                                                 const pb::DraftCaptionsRequest& in) {
  CH_ASSIGN(const auto episode, EpisodeId::parse(in.episode_id()));
  CH_TRY(captioning.draft(episode, owner_for(call.caller), in.language()));
  return pb::DraftCaptionsResponse();
}

Result<pb::ApproveCaptionsResponse> approve_captions(Captioning& captioning, const Call& call,
                                                     const pb::ApproveCaptionsRequest& in) {
  CH_ASSIGN(const auto episode, EpisodeId::parse(in.episode_id()));
  CH_ASSIGN(const auto record, captioning.approve(episode, owner_for(call.caller), in.language()));
  pb::ApproveCaptionsResponse out;
  put(record, *out.mutable_captions());
  return out;
}

Result<pb::BurnCaptionsResponse> burn_captions(Captioning& captioning, const Call& call,
                                               const pb::BurnCaptionsRequest& in) {
  CH_ASSIGN(const auto episode, EpisodeId::parse(in.episode_id()));
  CH_ASSIGN(const auto record, captioning.burn(episode, owner_for(call.caller), in.language()));
  pb::BurnCaptionsResponse out;
  put(record, *out.mutable_captions());
  return out;
}

Result<pb::UnburnCaptionsResponse> unburn_captions(Captioning& captioning, const Call& call,
                                                   const pb::UnburnCaptionsRequest& in) {
  CH_ASSIGN(const auto episode, EpisodeId::parse(in.episode_id()));
  CH_TRY(captioning.unburn(episode, owner_for(call.caller), in.language()));
  return pb::UnburnCaptionsResponse();
}

Result<pb::GetBurnedPlaylistResponse> get_burned_playlist(Captioning& captioning, const Call&,
                                                          const pb::GetBurnedPlaylistRequest& in) {
  CH_ASSIGN(const auto revision, RevisionId::parse(in.revision_id()));
  pb::GetBurnedPlaylistResponse out;
  CH_ASSIGN(const auto lists, captioning.burned_lists(revision, in.language()));
  out.set_name(lists.playlist);
  out.set_manifest_name(lists.manifest);
  return out;
}

}  // namespace cliffhanger::transcode
