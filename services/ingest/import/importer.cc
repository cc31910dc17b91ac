#include "services/ingest/import/importer.h"

#include "libs/obs/names.h"
#include "libs/sql/heartbeat.h"
#include "services/ingest/domain/limits.h"
#include "services/ingest/store/pg_library.h"
#include "services/ingest/store/pg_turns.h"
#include "services/ingest/verify/rejection.h"

namespace cliffhanger::ingest {
namespace {

// The house is at fault, not the server: waited out without counting.
bool is_environment(const Error& why) {
  if (why.reason.starts_with("IMPORT_")) return false;
  return why.code == Code::kUnavailable || why.reason.starts_with("OBJECT_STORE_") ||
         why.reason == "DATABASE_TIMEOUT";
}

// Another worker has it.
bool is_fenced(const Error& why) {
  return why.reason == "LEASE_LOST" || why.reason == "STALE_EPOCH" || why.reason == "WRONG_OFFSET";
}

// Trying again may help.
bool may_pass(const Error& why) {
  return why.code == Code::kUnavailable || why.code == Code::kInternal;
}

Error given_up(const std::string& why) {
  return internal("IMPORT_FAILED", "The file could not be fetched: " + why);
}

}  // namespace

// A task, if there is one. What its workers died of as often as they may is rejected in the same transaction.
Result<std::optional<sql::Task>> Importer::lease() {
  return deps_.pool.transact([&](sql::Tx& tx) -> Result<std::optional<sql::Task>> {
    CH_ASSIGN(auto leased, sql::lease_task(tx, {kImportTask}, deps_.worker, kImportLease));
    PgLibrary library(tx, deps_.clock, deps_.random);
    for (const auto& dead : leased.died) {
      CH_ASSIGN(Upload upload, library.find(dead.tenant, UploadId(dead.subject), true));
      if (upload.state != State::kReceiving) continue;
      CH_TRY(
          reject_upload(tx, library, deps_.outbox, deps_.random, std::move(upload), given_up(dead.message)));
    }
    return std::move(leased.task);
  });
}

Result<bool> Importer::step(const std::stop_token& stop) {
  CH_ASSIGN(const auto leased, lease());
  if (!leased) return false;
  const sql::Task& task = *leased;
  std::stop_source work;
  const std::stop_callback stopping(stop, [&work] { work.request_stop(); });
  Run run{std::chrono::steady_clock::now()};
  const auto done = [&] {
    const sql::Heartbeat heartbeat(kImportBeat, [&] { return beat(task, run); }, work);
    return perform(task, work.get_token());
  }();
  if (done) return true;
  if (run.yields) deps_.log.info("import gives way", {{"upload", UploadId(task.subject).text()}});
  return settle(task, done.error(), stop.stop_requested());
}

// An upload that takes no more bytes ends the work on it as a lost lease does.
Result<void> Importer::beat(const sql::Task& task, Run& run) {
  return deps_.pool.transact([&](sql::Tx& tx) -> Result<void> {
    CH_TRY(sql::extend_lease(tx, task, kImportLease));
    CH_ASSIGN(const Upload upload,
              PgLibrary(tx, deps_.clock, deps_.random).find(task.tenant, UploadId(task.subject), false));
    if (upload.state != State::kReceiving) return fail(aborted("LEASE_LOST", "The upload has ended."));
    CH_ASSIGN(run.yields, yields(tx, task, upload, run));
    // Its worker stops, and gives it back.
    if (run.yields) return fail(aborted("LEASE_LOST", "Another creator waits."));
    return {};
  });
}

// While others wait, no creator keeps more of the places than they have: one with two more than a creator who waits gives one of them up, and
// one with one more once an import had its turn. What began is gone on with where the server lets it; where it doesn't, a turn would be
// lost, so that only the first rule counts.
Result<bool> Importer::yields(sql::Tx& tx, const sql::Task& task, const Upload& upload, const Run& run) const {
  const auto ran = std::chrono::steady_clock::now() - run.begun;
  if (ran < deps_.yield) return false;
  CH_ASSIGN(const auto lead, lead_over_waiting(tx, task, deps_.yield));
  if (lead != 1 || ran < deps_.turn) return lead > 1;
  CH_ASSIGN(const ImportJob job, PgLibrary(tx, deps_.clock, deps_.random).find_import(upload));
  return !job.validator.empty();
}

Result<Imports::Turn> Importer::turn_of(const sql::Task& task) {
  return deps_.pool.transact([&](sql::Tx& tx) {
    PgLibrary library(tx, deps_.clock, deps_.random);
    return Imports(library, deps_.clock, deps_.random, deps_.policy, {})
        .find(task.tenant, UploadId(task.subject));
  });
}

Result<void> Importer::perform(const sql::Task& task, const std::stop_token& stop) {
  CH_ASSIGN(Imports::Turn turn, turn_of(task));
  if (turn.upload.state != State::kReceiving) return finish(task, turn.upload);
  auto done = attempt(task, turn, stop);
  if (!done && done.error().reason == "IMPORT_CHANGED") {
    turn.job.validator.clear();
    done = attempt(task, turn, stop);
  }
  return done;
}

// Once over the network. Whatever it ends with, the upload may be complete by then.
Result<void> Importer::attempt(const sql::Task& task, const Imports::Turn& turn,
                               const std::stop_token& stop) {
  const auto left =
      std::chrono::duration_cast<std::chrono::steady_clock::duration>(turn.job.deadline - deps_.clock.now());
  const bool resume = !turn.job.validator.empty();
  const Wanted wanted{turn.job.url, resume ? turn.upload.offset : 0, turn.job.validator,
                      std::chrono::steady_clock::now() + left};
  Transfer transfer({deps_.pool, deps_.blobs, deps_.clock, deps_.random, deps_.policy}, task, turn);
  auto done = fetch(wanted, deps_.rules, transfer, stop);
  if (done) {
    done = transfer.end();
  } else if (may_pass(done.error()) || done.error().reason == "IMPORT_STOPPED") {
    const auto kept = transfer.flush();
    if (!kept) done = kept;
  }
  transfer.clean(stop);
  deps_.metrics.counter(obs::names::kImportBytes, "Bytes that imports committed")
      .add(static_cast<double>(transfer.bytes()));
  if (transfer.upload().state == State::kReceiving) return done;
  return finish(task, transfer.upload());
}

// No more bytes come. One that was given up meanwhile leaves nothing, also if its files were removed before
// the last of them was written.
Result<void> Importer::finish(const sql::Task& task, const Upload& upload) {
  if (upload.state == State::kTerminated || upload.state == State::kRejected)
    CH_TRY(deps_.blobs.remove_all(part_prefix(upload)));
  CH_TRY(deps_.pool.transact([&](sql::Tx& tx) { return sql::complete_task(tx, task); }));
  if (upload.state == State::kVerifying) deps_.wake_verifier();
  count_end(std::string(to_text(upload.state)));
  return {};
}

Result<bool> Importer::settle(const sql::Task& task, const Error& why, bool stopping) {
  CH_ASSIGN(const Imports::Turn turn, turn_of(task));
  if (turn.upload.state != State::kReceiving) {
    const auto finished = finish(task, turn.upload);
    if (!finished && finished.error().reason != "LEASE_LOST") return fail(finished.error());
    return true;
  }
  const bool house = is_environment(why);
  if (stopping || house || is_fenced(why) || why.reason == "IMPORT_STOPPED") {
    const auto delay = house && !stopping ? std::chrono::milliseconds(kImportEnvironmentDelay)
                                          : std::chrono::milliseconds(0);
    CH_TRY(deps_.pool.transact([&](sql::Tx& tx) { return sql::release_task(tx, task, delay); }));
    return house && !stopping ? Result<bool>(fail(why)) : true;
  }
  const auto what = why.metadata.find("what");
  deps_.log.info("import ended early", {{"upload", turn.upload.id.text()},
                                        {"reason", why.reason},
                                        {"detail", why.message},
                                        {"what", what == why.metadata.end() ? "" : what->second}});
  const auto done = may_pass(why) ? put_off(task, why) : reject(task, why);
  if (!done && done.error().reason != "LEASE_LOST") return fail(done.error());
  return true;
}

// Until the next attempt, if there is to be one.
Result<void> Importer::put_off(const sql::Task& task, const Error& why) {
  const auto delay = deps_.pool.transact([&](sql::Tx& tx) -> Result<std::optional<Duration>> {
    CH_TRY(sql::extend_lease(tx, task, kImportLease));
    PgLibrary library(tx, deps_.clock, deps_.random);
    Imports imports(library, deps_.clock, deps_.random, deps_.policy, {});
    CH_ASSIGN(const Imports::Turn turn, imports.find(task.tenant, UploadId(task.subject), true));
    CH_ASSIGN(const auto next, imports.failed(turn, why));
    if (next)
      CH_TRY(sql::release_task(tx, task, std::chrono::duration_cast<std::chrono::milliseconds>(*next)));
    return next;
  });
  if (!delay) return fail(delay.error());
  return *delay ? Result<void>() : reject(task, why);
}

Result<void> Importer::reject(const sql::Task& task, const Error& why) {
  CH_TRY(deps_.pool.transact([&](sql::Tx& tx) -> Result<void> {
    CH_TRY(sql::complete_task(tx, task));
    PgLibrary library(tx, deps_.clock, deps_.random);
    CH_ASSIGN(Upload upload, library.find(task.tenant, UploadId(task.subject), true));
    if (upload.state != State::kReceiving) return {};
    return reject_upload(tx, library, deps_.outbox, deps_.random, std::move(upload), why);
  }));
  count_end(why.reason);
  return {};
}

void Importer::count_end(const std::string& result) const {
  deps_.metrics.counter(obs::names::kImportsEnded, "Imports that ended", {{"result", result}}).add();
}

}  // namespace cliffhanger::ingest
