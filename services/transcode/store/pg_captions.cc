#include "services/transcode/store/pg_captions.h"

#include "services/transcode/store/burn_queries.h"
#include "services/transcode/store/captions_queries.h"
#include "services/transcode/store/tasks.h"

namespace cliffhanger::transcode {
namespace {

constexpr int kMostRevisions = 10;  // of an episode that are ready and may be watched
constexpr int kMostCuts = 200;      // that show an episode; older ones keep the text they have

const char* text_of(CaptionsState state) {
  return state == CaptionsState::kDraft ? "draft" : "public";
}

const char* text_of(CaptionsKind kind) {
  return kind == CaptionsKind::kCaptions ? "captions" : "subtitles";
}

BurnedState burned_state(const std::string& text) {
  if (text == "absent") return BurnedState::kAbsent;
  if (text == "ready") return BurnedState::kReady;
  return text == "failed" ? BurnedState::kFailed : BurnedState::kProcessing;
}

CaptionsRecord record_from(EpisodeId episode, const sql::Rows::Row& row, bool with_text) {
  CaptionsRecord out;
  out.episode = episode;
  out.language = row.text(0);
  out.state = row.text(1) == "draft" ? CaptionsState::kDraft : CaptionsState::kPublic;
  out.kind = row.text(2) == "captions" ? CaptionsKind::kCaptions : CaptionsKind::kSubtitles;
  out.label = row.text(3);
  out.cues = row.number(4);
  out.updated = row.time(5);
  out.failure_reason = row.text(6);
  out.failure_message = row.text(7);
  out.burned = {burned_state(row.text(8)), row.text(9), row.text(10)};
  if (with_text) out.webvtt = row.text(11);
  return out;
}

std::vector<CaptionsRecord> records_from(EpisodeId episode, const sql::Rows& rows, bool with_text) {
  std::vector<CaptionsRecord> out;
  for (std::size_t i = 0; i < rows.size(); ++i) out.push_back(record_from(episode, rows[i], with_text));
  return out;
}

}  // namespace

Result<void> PgCaptions::lock(EpisodeId episode) {
  CH_TRY(tx_.run(queries::kLockCaptions, call_.caller.tenant, episode.text()));
  return {};
}

Result<CaptionedEpisode> PgCaptions::open(EpisodeId episode, const OwnerFilter& owner) {
  CH_TRY(lock(episode));
  return look(episode, owner);
}

Result<CaptionedEpisode> PgCaptions::look(EpisodeId episode, const OwnerFilter& owner) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kCaptionedEpisode, call_.caller.tenant, episode, owner));
  if (rows.empty())
    return fail(not_found("EPISODE_NOT_FOUND",
                          "There is no episode with this id, or nothing was uploaded for it yet."));
  return CaptionedEpisode{episode, rows[0].id<UserId>(0), rows[0].id<RevisionId>(1), rows[0].flag(2),
                          rows[0].number(3)};
}

Result<std::vector<CaptionsRecord>> PgCaptions::list(EpisodeId episode) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kListCaptions, call_.caller.tenant, episode));
  return records_from(episode, rows, false);
}

Result<std::optional<CaptionsRecord>> PgCaptions::find(EpisodeId episode, const std::string& language,
                                                       CaptionsState state) {
  CH_ASSIGN(const auto rows,
            tx_.run(queries::kFindCaptions, call_.caller.tenant, episode, language, text_of(state)));
  if (rows.empty()) return std::nullopt;
  return record_from(episode, rows[0], true);
}

Result<void> PgCaptions::save(const CaptionsRecord& record) {
  CH_TRY(tx_.run(queries::kSaveCaptions, call_.caller.tenant, record.episode, record.language,
                 text_of(record.state), text_of(record.kind), record.label, record.cues, record.webvtt,
                 record.updated));
  return {};
}

Result<bool> PgCaptions::remove(EpisodeId episode, const std::string& language, CaptionsState state) {
  CH_ASSIGN(const auto rows,
            tx_.run(queries::kRemoveCaptions, call_.caller.tenant, episode, language, text_of(state)));
  return !rows.empty();
}

Result<void> PgCaptions::refresh(const CaptionedEpisode& episode) {
  CH_ASSIGN(const auto films,
            tx_.run(queries::kRevisionsToCaption, call_.caller.tenant, episode.id, kMostRevisions));
  CH_ASSIGN(const auto cuts, tx_.run(queries::kCutsToCaption, call_.caller.tenant, episode.id, kMostCuts));
  for (const sql::Rows* rows : {&films, &cuts}) {
    for (std::size_t i = 0; i < rows->size(); ++i)
      CH_TRY(add_run(tx_, call_.caller.tenant, (*rows)[i].id<RevisionId>(0), episode.owner, captions_run(),
                     clock_, random_));
  }
  return {};
}

Result<bool> PgCaptions::wish_burned(EpisodeId episode, const std::string& language) {
  CH_ASSIGN(const auto wished, tx_.run(queries::kWish, call_.caller.tenant, episode, language));
  CH_ASSIGN(const auto again, tx_.run(queries::kForgetFailure, call_.caller.tenant, episode, language));
  return wished.affected() + again.affected() > 0;
}

Result<bool> PgCaptions::unwish_burned(EpisodeId episode, const std::string& language) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kUnwish, call_.caller.tenant, episode, language));
  return !rows.empty();
}

Result<std::vector<std::string>> PgCaptions::burned_languages(EpisodeId episode) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kWishes, call_.caller.tenant, episode));
  std::vector<std::string> out;
  for (std::size_t i = 0; i < rows.size(); ++i) out.push_back(rows[i].text(0));
  return out;
}

Result<std::optional<bool>> PgCaptions::burned_manifest(RevisionId revision, const std::string& language) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kIsServed, call_.caller.tenant, revision, language));
  if (rows.empty()) return std::nullopt;
  return rows[0].flag(0);
}

Result<void> PgCaptions::ask_for_draft(const CaptionedEpisode& episode) {
  const Run run = speech_run();
  CH_ASSIGN(const auto asked,
            tx_.run(queries::kIsAsked, call_.caller.tenant, episode.revision, to_text(run.kind)));
  if (!asked.empty()) return {};
  return add_run(tx_, call_.caller.tenant, episode.revision, episode.owner, run, clock_, random_);
}

Result<std::vector<CaptionsRecord>> PgCaptions::published(EpisodeId episode) {
  CH_TRY(lock(episode));
  CH_ASSIGN(const auto rows, tx_.run(queries::kPublicCaptions, call_.caller.tenant, episode));
  return records_from(episode, rows, true);
}

Result<std::map<EpisodeId, Time>> PgCaptions::replaced(RevisionId cut) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kReplacedFilms, call_.caller.tenant, cut));
  std::map<EpisodeId, Time> out;
  for (std::size_t i = 0; i < rows.size(); ++i) out[rows[i].id<EpisodeId>(0)] = rows[i].time(1);
  return out;
}

Result<void> PgCaptions::ask_again(const Revision& revision) {
  CH_ASSIGN(const auto waits, tx_.run(queries::kIsAwaited, call_.caller.tenant, revision.id));
  if (!waits.empty()) return {};
  return add_run(tx_, call_.caller.tenant, revision.id, revision.source.owner, captions_run(), clock_,
                 random_);
}

Result<bool> PgCaptions::is_kept(RevisionId revision) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kIsKept, call_.caller.tenant, revision));
  return !rows.empty();
}

Result<void> PgCaptions::note(RevisionId revision, const std::optional<Error>& why) {
  CH_TRY(tx_.run(queries::kNoteCaptions, call_.caller.tenant, revision, why ? why->reason : std::string(),
                 why ? why->message : std::string()));
  return {};
}

Result<void> PgCaptions::forget(EpisodeId episode) {
  CH_TRY(lock(episode));
  CH_TRY(tx_.run(queries::kForgetCaptions, call_.caller.tenant, episode));
  CH_TRY(tx_.run(queries::kForgetWishes, call_.caller.tenant, episode));
  return {};
}

}  // namespace cliffhanger::transcode
