#include "services/transcode/worker/ledger.h"

#include <algorithm>

#include "services/transcode/store/json.h"
#include "services/transcode/store/pg_captions.h"
#include "services/transcode/worker/index.h"

namespace cliffhanger::transcode {
namespace {

using namespace std::chrono_literals;

// Progress is told at most this often, and in steps of at least this many per cent.
constexpr Duration kTellEvery = 1s;
constexpr int kTellStep = 5;

const std::vector<std::string>& kinds() {
  static const std::vector<std::string> kAll = {"encode",     "early",   "analyse",  "loudness", "audio",  "picture",
                                               "storyboard", "package", "withdraw", "captions", "speech", "dub",   "burn"};
  return kAll;
}

// What is stored makes no sense, and never will.
bool is_broken(const Error& why) {
  return why.reason == "BAD_RECORD" || why.reason == "BAD_TASK" || why.reason == "BAD_STATE" ||
         why.reason == "REVISION_NOT_FOUND";
}

}  // namespace

Call Ledger::call_for(const Tenant& tenant, const std::string& traceparent) {
  Call call;
  call.caller = {tenant, Role::kService, UserId(), "worker", false};
  call.trace = Trace::child_of(traceparent, deps_.random);
  call.method = "cliffhanger.transcode.worker";
  return call;
}

Result<std::optional<Ledger::Work>> Ledger::lease(const std::string& worker, int most_priority) {
  CH_ASSIGN(auto task, deps_.pool.transact([&](sql::Tx& tx) -> Result<std::optional<sql::Task>> {
    CH_ASSIGN(auto leased, sql::lease_task(tx, kinds(), worker, lease_, most_priority));
    for (const sql::DeadTask& dead : leased.died) {
      CH_TRY(bury(tx, dead));
      // Halted with the rest of its revision.
      if (leased.task && leased.task->subject == dead.subject) leased.task.reset();
    }
    return std::move(leased.task);
  }));
  if (!task) return std::nullopt;
  auto loaded = deps_.pool.transact([&](sql::Tx& tx) { return load(tx, *task); });
  if (loaded) return std::optional<Work>(std::move(*loaded));
  // A record that can't be read would be leased for ever, ahead of everyone else's.
  if (is_broken(loaded.error())) CH_TRY(give_up(*task, loaded.error()));
  return fail(loaded.error());
}

Result<void> Ledger::give_up(const sql::Task& task, const Error& why) {
  return deps_.pool.transact([&](sql::Tx& tx) -> Result<void> {
    Call call = call_for(task.tenant, "");
    PgRevisions revisions(tx, call, deps_.outbox, deps_.clock, deps_.random);
    CH_ASSIGN(const std::string trace, revisions.lock_trace(RevisionId(task.subject)));
    call.trace = Trace::child_of(trace, deps_.random);
    CH_TRY(sql::fail_task(tx, task, why, true).map([](bool) {}));
    return fail_subject(revisions, tx, call, {task.id, task.kind, RevisionId(task.subject)}, why);
  });
}

Result<void> Ledger::bury(sql::Tx& tx, const sql::DeadTask& dead) {
  Call call = call_for(dead.tenant, "");
  PgRevisions revisions(tx, call, deps_.outbox, deps_.clock, deps_.random);
  CH_ASSIGN(const std::string trace, revisions.lock_trace(RevisionId(dead.subject)));
  call.trace = Trace::child_of(trace, deps_.random);
  return fail_subject(revisions, tx, call, {dead.id, dead.kind, RevisionId(dead.subject)},
                      internal(dead.reason, dead.message));
}

Result<Ledger::Work> Ledger::load(sql::Tx& tx, const sql::Task& task) {
  Work work;
  work.task = task;
  work.call = call_for(work.task.tenant, "");
  PgRevisions revisions(tx, work.call, deps_.outbox, deps_.clock, deps_.random);
  CH_TRY(revisions.begin(RevisionId(work.task.subject)));
  CH_ASSIGN(work.revision, revisions.find(RevisionId(work.task.subject)));
  CH_ASSIGN(work.present, revisions.present(work.revision.id));
  CH_ASSIGN(const Kind kind, parse_kind(work.task.kind));
  CH_ASSIGN(work.run, run_from_json(kind, work.task.payload));
  work.call.trace = Trace::child_of(work.revision.traceparent, deps_.random);
  return work;
}

Result<void> Ledger::extend(const sql::Task& task) {
  return deps_.pool.transact([&](sql::Tx& tx) { return sql::extend_lease(tx, task, lease_); });
}

Result<void> Ledger::note(const Work& work, const std::string& object_key) {
  return transact(work.call, [&](PgRevisions& revisions, sql::Tx& tx) -> Result<void> {
    CH_TRY(sql::extend_lease(tx, work.task, lease_));
    return revisions.note_object(object_key);
  });
}

Result<void> Ledger::commit(const Work& work, const Piece& piece) {
  return transact(work.call, [&](PgRevisions& revisions, sql::Tx& tx) -> Result<void> {
    CH_TRY(sql::extend_lease(tx, work.task, lease_));
    CH_TRY(revisions.progressed(work.task));
    return revisions.add_piece(work.revision.id, piece);
  });
}

Result<void> Ledger::publish(const Work& work) {
  return transact(work.call, [&](PgRevisions& revisions, sql::Tx&) -> Result<void> {
    CH_ASSIGN(Revision revision, revisions.lock(work.revision.id));
    if (!is_open(revision.state)) return {};
    CH_ASSIGN(const Assembly assembly, revisions.pieces(revision.id));
    const auto playable = provisional(*revision.plan, assembly);
    const bool first = playable && revision.state == State::kProcessing;
    if (playable) {
      revision.state = State::kProvisional;
      CH_ASSIGN(revision.published, write_presentation(deps_.blobs, revision, *playable));
    }
    const auto percent =
        static_cast<int>(assembly.segments() * 99 / std::max<std::int64_t>(1, revision.segments_total));
    const Time now = deps_.clock.now();
    if (first || (percent >= revision.percent + kTellStep && now - revision.told >= kTellEvery)) {
      revision.percent = percent;
      revision.told = now;
      CH_TRY(revisions.tell_progress(revision));
    }
    return revisions.save(revision);
  });
}

Result<void> Ledger::complete_in(PgRevisions& revisions, sql::Tx& tx, const Work& work) {
  // The lock makes of two tasks that end at once one the last.
  CH_ASSIGN(const Revision revision, revisions.lock(work.revision.id));
  CH_TRY(sql::complete_task(tx, work.task));
  CH_ASSIGN(const std::int64_t left, revisions.unfinished(revision.id));
  if (left > 0 || !is_open(revision.state)) return {};
  return revisions.add_task(revision, package_run());
}

Result<void> Ledger::complete(const Work& work) {
  return transact(work.call,
                  [&](PgRevisions& revisions, sql::Tx& tx) { return complete_in(revisions, tx, work); });
}

Result<void> Ledger::choose(const Work& work, const std::vector<int>& crfs, const std::vector<std::string>& dropped) {
  return transact(work.call, [&](PgRevisions& revisions, sql::Tx& tx) -> Result<void> {
    CH_ASSIGN(Revision revision, revisions.lock(work.revision.id));
    if (is_open(revision.state)) {
      Planning planning({revisions, deps_.clock, deps_.random});
      CH_TRY(planning.choose(std::move(revision), crfs, dropped));
    }
    return complete_in(revisions, tx, work);
  });
}

Result<void> Ledger::hear(const Work& work, std::optional<double> gain_db) {
  return transact(work.call, [&](PgRevisions& revisions, sql::Tx& tx) -> Result<void> {
    CH_ASSIGN(Revision revision, revisions.lock(work.revision.id));
    if (is_open(revision.state)) {
      Planning planning({revisions, deps_.clock, deps_.random});
      CH_TRY(planning.hear(std::move(revision), gain_db));
    }
    return complete_in(revisions, tx, work);
  });
}

Result<void> Ledger::withdraw(const Work& work) {
  return transact(work.call, [&](PgRevisions& revisions, sql::Tx& tx) -> Result<void> {
    CH_ASSIGN(Revision revision, revisions.lock(work.revision.id));
    // A replay may have opened it again meanwhile, and even brought it to its end.
    if (revision.state == State::kFailed || revision.state == State::kCancelled) {
      CH_TRY(withdraw_presentation(deps_.blobs, revision));
      revision.published.clear();
      CH_TRY(revisions.save(revision));
    }
    return complete_in(revisions, tx, work);
  });
}

Result<void> Ledger::draft(const Work& work, const std::vector<captions::Cue>& cues) {
  return transact(work.call, [&](PgRevisions& revisions, sql::Tx& tx) -> Result<void> {
    CH_ASSIGN(const Revision revision, revisions.lock(work.revision.id));
    CH_TRY(sql::complete_task(tx, work.task));
    const auto within = captions::within(cues, revision.duration_ms);
    if (revision.state != State::kReady || within.empty()) return {};
    PgCaptions shelf(tx, work.call, deps_.clock, deps_.random);
    CH_TRY(shelf.open(revision.source.episode, std::nullopt).map([](const auto&) {}));
    return shelf.save(draft_of(revision.source.episode, within, deps_.clock.now()));
  });
}

Result<void> Ledger::abandon(const Work& work) {
  return transact(work.call, [&](PgRevisions& revisions, sql::Tx& tx) -> Result<void> {
    CH_ASSIGN(const Revision revision, revisions.lock(work.revision.id));
    CH_TRY(sql::complete_task(tx, work.task));
    if (!is_open(revision.state)) return {};
    return revisions.cancel(revision.id, std::nullopt).map([](const Revision&) {});
  });
}

Result<void> Ledger::failed(const Work& work, const Error& why, bool final) {
  return transact(work.call, [&](PgRevisions& revisions, sql::Tx& tx) -> Result<void> {
    CH_TRY(revisions.lock_trace(work.revision.id).map([](const std::string&) {}));
    CH_ASSIGN(const bool dead, sql::fail_task(tx, work.task, why, final));
    if (!dead) return {};
    return fail_subject(revisions, tx, work.call, {work.task.id, work.task.kind, work.revision.id}, why);
  });
}

Result<void> Ledger::release(const Work& work, std::chrono::milliseconds delay) {
  return transact(work.call,
                  [&](PgRevisions&, sql::Tx& tx) { return sql::release_task(tx, work.task, delay); });
}

}  // namespace cliffhanger::transcode
