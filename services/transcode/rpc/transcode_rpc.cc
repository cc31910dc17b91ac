#include "services/transcode/rpc/transcode_rpc.h"

#include <charconv>

#include "libs/core/page.h"
#include "services/transcode/domain/appearances.h"
#include "services/transcode/domain/progress.h"

namespace cliffhanger::transcode {
namespace {

constexpr int kPage = 20, kMostPage = 100;

pb::RevisionState state_of(State state) {
  switch (state) {
    case State::kProcessing:
      return pb::REVISION_STATE_PROCESSING;
    case State::kProvisional:
      return pb::REVISION_STATE_PROVISIONAL;
    case State::kReady:
      return pb::REVISION_STATE_READY;
    case State::kFailed:
      return pb::REVISION_STATE_FAILED;
    case State::kCancelled:
      return pb::REVISION_STATE_CANCELLED;
    case State::kEarly:  // never gets here
      break;
  }
  return pb::REVISION_STATE_UNSPECIFIED;
}

pb::RevisionStage stage_message(Stage stage) {
  switch (stage) {
    case Stage::kQueued:
      return pb::REVISION_STAGE_QUEUED;
    case Stage::kEncoding:
      return pb::REVISION_STAGE_ENCODING;
    case Stage::kPackaging:
      return pb::REVISION_STAGE_PACKAGING;
    case Stage::kReady:
      return pb::REVISION_STAGE_READY;
    case Stage::kFailed:
      return pb::REVISION_STAGE_FAILED;
    case Stage::kCancelled:
      return pb::REVISION_STAGE_CANCELLED;
  }
  return pb::REVISION_STAGE_UNSPECIFIED;
}

void put(const DeadLetter& letter, pb::DeadLetter& out) {
  out.set_task_id(letter.task.text());
  out.set_revision_id(letter.revision.text());
  out.set_kind(letter.kind);
  out.set_attempts(letter.attempts);
  out.set_reason(letter.reason);
  out.set_message(letter.message);
  set_time(out.mutable_time(), letter.ended);
  out.set_episode_id(letter.episode.text());
  out.set_owner_id(letter.owner.text());
}

// Of QueuePriority or QueueLane.
void put(const Waiting& waiting, auto& out) {
  out.set_priority(waiting.priority);
  out.set_waiting(static_cast<std::int32_t>(waiting.waiting));
  out.set_leased(static_cast<std::int32_t>(waiting.leased));
  out.set_oldest_ms(waiting.oldest_ms);
}

// "<microseconds>.<task>".
Result<DeadCursor> dead_cursor(std::string_view position) {
  const auto dot = position.find('.');
  DeadCursor out;
  std::int64_t micros = 0;
  std::from_chars(position.data(), position.data() + std::min(dot, position.size()), micros);
  out.ended = from_micros(micros);
  CH_ASSIGN(out.task, Uuid::parse(dot == position.npos ? std::string_view() : position.substr(dot + 1)));
  return out;
}

}  // namespace

OwnerFilter filter_for(const Caller& caller) {
  if (caller.role == Role::kOperator || (caller.role == Role::kService && caller.user.empty()))
    return std::nullopt;
  return caller.user;
}

void put(const Revision& revision, pb::Revision& out) {
  out.set_revision_id(revision.id.text());
  out.set_episode_id(revision.source.episode.text());
  if (!revision.is_cut()) out.set_source_id(revision.source.id.text());
  out.set_state(state_of(revision.state));
  out.set_segments_done(static_cast<std::int32_t>(revision.segments_done));
  out.set_segments_total(static_cast<std::int32_t>(revision.segments_total));
  out.set_failure_reason(revision.failure_reason);
  out.set_failure_message(revision.failure_message);
  out.set_duration_ms(revision.duration_ms);
  set_time(out.mutable_create_time(), revision.created);
  if (revision.ready) set_time(out.mutable_ready_time(), *revision.ready);
  out.set_stage(stage_message(stage_of(revision)));
  out.set_percent(percent_of(revision));
  if (revision.left_ms) out.set_time_left_ms(*revision.left_ms);
  for (const CutStretch& one : revision.stretches) {
    auto& to = *out.add_stretches();
    to.set_episode_id(one.episode.text());
    to.set_from_ms(one.from_ms);
    to.set_to_ms(one.to_ms);
  }
  if (!revision.taken_down.empty()) {
    const Error why = film_taken_down(revision.taken_down);
    out.set_withheld_reason(why.reason);
    out.set_withheld_message(why.message);
  }
  if (!revision.plan) return;
  for (const auto& rung : all_rungs(*revision.plan)) out.add_rungs(rung.name);
}

Result<pb::ListRevisionsResponse> list_revisions(Desk& desk, const Call& call,
                                                 const pb::ListRevisionsRequest& in) {
  CH_ASSIGN(const auto episode, EpisodeId::parse(in.episode_id()));
  const std::string query = "revisions/" + call.caller.tenant.text() + "/" + in.episode_id();
  CH_ASSIGN(const std::string position, page_position(query, in.page_token()));
  std::optional<RevisionId> after;
  if (!position.empty()) {
    CH_ASSIGN(after, RevisionId::parse(position));
  }
  const int size = page_size(in.page_size(), kPage, kMostPage);
  CH_ASSIGN(auto found, desk.list(episode, filter_for(call.caller), after, size + 1));
  const bool more = found.size() > static_cast<std::size_t>(size);
  if (more) found.pop_back();
  pb::ListRevisionsResponse out;
  for (const Revision& revision : found) put(revision, *out.add_revisions());
  if (more) out.set_next_page_token(page_token(query, found.back().id.text()));
  return out;
}

Result<pb::GetRevisionResponse> get_revision(Desk& desk, const Call& call, const pb::GetRevisionRequest& in) {
  CH_ASSIGN(const auto id, RevisionId::parse(in.revision_id()));
  CH_ASSIGN(const Revision revision, desk.get(id, filter_for(call.caller)));
  pb::GetRevisionResponse out;
  put(revision, *out.mutable_revision());
  return out;
}

Result<pb::CancelRevisionResponse> cancel_revision(Desk& desk, const Call& call,
                                                   const pb::CancelRevisionRequest& in) {
  CH_ASSIGN(const auto id, RevisionId::parse(in.revision_id()));
  CH_ASSIGN(const Revision revision, desk.cancel(id, filter_for(call.caller)));
  pb::CancelRevisionResponse out;
  put(revision, *out.mutable_revision());
  return out;
}

Result<pb::GetQueueResponse> get_queue(Desk& desk, const Call&, const pb::GetQueueRequest& in) {
  CH_ASSIGN(const Queue queue, desk.queue(page_size(in.most_lanes(), kPage, kMostPage)));
  pb::GetQueueResponse out;
  std::int64_t waiting = 0, leased = 0;
  for (const Waiting& one : queue.priorities) {
    put(one, *out.add_priorities());
    waiting += one.waiting;
    leased += one.leased;
  }
  for (const Waiting& one : queue.lanes) {
    out.add_lanes()->set_owner_id(one.owner.text());
    put(one, *out.mutable_lanes(out.lanes_size() - 1));
  }
  out.set_lanes_total(queue.lanes_total);
  out.set_waiting(waiting);
  out.set_leased(leased);
  out.set_dead(queue.dead);
  for (const Failures& one : queue.failures) {
    auto& to = *out.add_failures();
    to.set_reason(one.reason);
    to.set_revisions(one.revisions);
  }
  return out;
}

Result<pb::ListDeadLettersResponse> list_dead_letters(Desk& desk, const Call& call,
                                                      const pb::ListDeadLettersRequest& in) {
  const std::string query = "dead-letters/" + call.caller.tenant.text();
  CH_ASSIGN(const std::string position, page_position(query, in.page_token()));
  std::optional<DeadCursor> after;
  if (!position.empty()) {
    CH_ASSIGN(after, dead_cursor(position));
  }
  const int size = page_size(in.page_size(), kPage, kMostPage);
  CH_ASSIGN(auto found, desk.dead_letters(after, size + 1));
  const bool more = found.size() > static_cast<std::size_t>(size);
  if (more) found.pop_back();
  pb::ListDeadLettersResponse out;
  for (const DeadLetter& letter : found) {
    out.add_dead_letters()->set_tenant(call.caller.tenant.text());
    put(letter, *out.mutable_dead_letters(out.dead_letters_size() - 1));
  }
  if (more) {
    const DeadLetter& last = found.back();
    out.set_next_page_token(
        page_token(query, std::to_string(to_micros(last.ended)) + "." + last.task.text()));
  }
  return out;
}

Result<pb::ReplayDeadLetterResponse> replay_dead_letter(Desk& desk, const Call&,
                                                        const pb::ReplayDeadLetterRequest& in) {
  CH_ASSIGN(const Uuid task, Uuid::parse(in.task_id()));
  CH_TRY(desk.replay(task));
  return pb::ReplayDeadLetterResponse();
}

}  // namespace cliffhanger::transcode
