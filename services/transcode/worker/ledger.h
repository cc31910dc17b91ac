#pragma once
// What a worker writes down: leases, pieces, progress and ends, each in one transaction that the lease's
// epoch fences.
#include <chrono>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>

#include "libs/blob/blob.h"
#include "libs/bus/outbox.h"
#include "libs/captions/captions.h"
#include "libs/sql/sql.h"
#include "libs/sql/work_queue.h"
#include "services/transcode/domain/burn.h"
#include "services/transcode/domain/dubs.h"
#include "services/transcode/store/pg_dubs.h"
#include "services/transcode/store/pg_revisions.h"
#include "services/transcode/worker/encryptor.h"
#include "services/transcode/worker/inspection.h"

namespace cliffhanger::transcode {

class FinishedIndex;
struct Additions;

// Safe from many threads.
class Ledger {
 public:
  struct Deps {
    sql::Pool& pool;
    blob::Store& blobs;
    bus::Outbox& outbox;
    const Clock& clock;
    Random& random;
    const Encryptor* encryptor = nullptr;  // null: finished revisions stay clear
    // Judges what is about to be published; tests whose objects are made up put another in its place.
    std::function<Result<std::vector<std::string>>(blob::Store&, const Presentation&)> inspect =
        transcode::inspect;
  };
  Ledger(Deps deps, std::chrono::milliseconds lease) : deps_(deps), lease_(lease) {}

  // What a leased task is about.
  struct Work {
    sql::Task task;
    Run run;
    Revision revision;
    std::set<PieceName> present;
    Call call;  // in the name of the worker, in the trace of the revision
  };
  // The next task. Revisions whose task died of a lease that ran out fail here. A task whose record can't be
  // read dies, with BAD_RECORD.
  Result<std::optional<Work>> lease(const std::string& worker,
                                    int most_priority = std::numeric_limits<int>::max());
  // Fails with LEASE_LOST.
  Result<void> extend(const sql::Task& task);
  // An object of this key is about to be written; if no commit names it, it is removed some time later. Fails
  // with LEASE_LOST.
  Result<void> note(const Work& work, const std::string& object_key);
  // A piece is durable. Fails with LEASE_LOST.
  Result<void> commit(const Work& work, const Piece& piece);
  // Publishes what can be played by now and tells of progress.
  Result<void> publish(const Work& work);
  // The task is done; the last one of a revision makes it be packaged. Fails with LEASE_LOST.
  Result<void> complete(const Work& work);
  // The analysis is done, and the tail begins with these factors, one a rung; these rungs are too close to
  // others. Fails with LEASE_LOST.
  Result<void> choose(const Work& work, const std::vector<int>& crfs,
                      const std::vector<std::string>& dropped = {});
  // The gain that the sound of the revision needs by itself was measured; none: it is silent. Fails with
  // LEASE_LOST.
  Result<void> hear(const Work& work, std::optional<double> gain_db);
  // Passes the revision through the gate and makes it ready. Pieces that have gone, or whose objects have,
  // are encoded again. Gives the rules it does not meet although it should, as sentences. Fails with GATE_…,
  // LEASE_LOST, and PACKAGE_OUTDATED if captions, dubs or pieces changed meanwhile, again and again.
  Result<std::vector<std::string>> package(const Work& work);
  // Puts what captions and dubs the episode has now into the playlists of the revision, if it is ready, once
  // they have passed the gate. Fails with GATE_…, LEASE_LOST and PACKAGE_OUTDATED; then they are as they
  // were.
  Result<void> captions(const Work& work);
  // A task of kind dub: what of it is to be made. Nothing if there is nothing left to do: the dub was taken
  // away, or the revision was. Fails with DUB_LENGTH, and PACKAGE_OUTDATED if the film changes again and
  // again.
  struct DubWork {
    Dub dub;
    std::string warning;
    Encryption encryption = Encryption::kNone;
    std::set<PieceName> present;
  };
  Result<std::optional<DubWork>> begin_dub(const Work& work);
  // More of its pieces are there: whoever follows it is told.
  Result<void> tell_dub(const Work& work, const DubWork& dub);
  // The dub's clear pieces are there: makes those encrypted ones that the revision needs. Fails with CENC_…,
  // OBJECT_…, LEASE_LOST and what the source of keys fails with.
  Result<void> encrypt_dub(const Work& work, const DubWork& dub);
  // Its pieces are there: a revision that is ready shows it now, another one will. Fails as captions() does.
  Result<void> finish_dub(const Work& work, const DubWork& dub);
  // What was heard of the revision becomes the draft of its episode's captions; nothing heard: none. Fails
  // with LEASE_LOST.
  Result<void> draft(const Work& work, const std::vector<captions::Cue>& cues);
  // What of a burning task is to be encoded next, with the rungs' own initialisation segments that it must go
  // with; nullopt if everything is there or nobody wants it any more. Fails with BURN_TOO_MUCH_TEXT.
  struct BurnWork {
    BurnPart part;
    std::map<std::string, std::string> inits;  // rung → SHA-256
  };
  Result<std::optional<BurnWork>> burn_work(const Work& work);
  // A burning task has encoded its part: a further one does the next, or viewers get the text in the pictures
  // once all parts are there. Fails with GATE_…, BURN_ENCRYPTION, LEASE_LOST and PACKAGE_OUTDATED.
  Result<void> burned(const Work& work);
  // Takes back the provisional playlists of a revision that goes no further. Fails with LEASE_LOST.
  Result<void> withdraw(const Work& work);
  // The source is gone, since its episode is: whatever of the revision is open is cancelled. Fails with
  // LEASE_LOST.
  Result<void> abandon(const Work& work);
  // The attempt failed; the last one, or one that is `final`, fails the revision. Fails with LEASE_LOST.
  Result<void> failed(const Work& work, const Error& why, bool final);
  Result<void> release(const Work& work, std::chrono::milliseconds delay);
  // Since the revision was made.
  Duration age(const Work& work) const { return deps_.clock.now() - work.revision.created; }

 private:
  // Runs `act(PgRevisions&, Tx&)` in a transaction.
  template <class Act>
  auto transact(const Call& call, Act act) {
    return deps_.pool.transact([&](sql::Tx& tx) {
      PgRevisions revisions(tx, call, deps_.outbox, deps_.clock, deps_.random);
      return act(revisions, tx);
    });
  }
  // Whose task is dead.
  struct Subject {
    sql::TaskId task;
    std::string kind;
    RevisionId revision;
  };
  Result<void> fail_subject(PgRevisions& revisions, sql::Tx& tx, const Call& call, const Subject& of,
                            const Error& why);
  // How revisions are encrypted that become ready now.
  Encryption encryption() const {
    return deps_.encryptor == nullptr ? Encryption::kNone : deps_.encryptor->method();
  }
  Call call_for(const Tenant& tenant, const std::string& traceparent);
  Result<void> bury(sql::Tx& tx, const sql::DeadTask& dead);
  Result<void> give_up(const sql::Task& task, const Error& why);
  Result<Work> load(sql::Tx& tx, const sql::Task& task);
  static Result<void> complete_in(PgRevisions& revisions, sql::Tx& tx, const Work& work);
  // Packaging, and what is added later, take long: they read, work on objects without a transaction, and
  // commit only if what they read is still so (worker/packaging.cc, worker/dressing.cc).
  struct Found;
  struct Made;
  Result<std::vector<std::string>> package_once(const Work& work);
  Result<Found> find(const Work& work);
  Result<std::optional<Made>> make(const Work& work, Found& found);
  Result<std::optional<Made>> make_cut(const Work& work, Found& found);
  Result<Made> judge(const FinishedIndex& bare, const Protection& protection, const Additions& all);
  Result<void> commit(const Work& work, const Found& found, Made& made);
  Result<void> settle(sql::Tx& tx, const Call& call, const Revision& film, const Found& found,
                      const Made& made);
  Result<std::set<PieceName>> missing(const Plan& plan, const Assembly& assembly);
  Result<void> heal(const Work& work, const std::set<PieceName>& gone);
  Result<std::optional<Revision>> kept(const Work& work);
  Result<void> dress(const Work& work);
  Result<void> dress_once(const Work& work);
  // worker/cut_words.cc
  struct Said;
  Result<std::optional<Said>> find_said(PgRevisions& revisions, sql::Tx& tx, const Work& work);
  Result<void> dress_cut(const Work& work);
  Result<void> dress_cut_once(const Work& work, bool& written);
  // worker/dubbing.cc
  struct Dubbed;
  Result<std::optional<DubWork>> begin_dub_once(const Work& work);
  Result<std::optional<Dubbed>> find_dubbed(PgRevisions& revisions, sql::Tx& tx, const Work& work);
  Result<std::vector<Piece>> need_dub(PgRevisions& revisions, sql::Tx& tx, const Work& work,
                                      const Revision& revision, DubWork& dub);
  Result<void> mend_dub(const Work& work, const std::vector<Piece>& pieces, DubWork& dub);
  // worker/burning.cc
  struct Drawn;
  Result<void> align_burned(sql::Tx& tx, const Call& call, const Revision& film,
                            const std::vector<Burning>& wanted);
  Result<std::optional<Burning>> wanted_burning(sql::Tx& tx, const Work& work);
  Result<std::optional<Drawn>> find_drawn(const Work& work);
  Result<std::vector<PieceName>> missing(const Drawn& drawn);
  Result<void> mend_burned(const Work& work, const std::vector<PieceName>& gone);
  Result<Assembly> as_served(const Work& work, const Drawn& drawn, const Protection& protection);
  Result<void> burned_once(const Work& work);
  Result<void> inspect_burned(const FinishedIndex& index, const std::string& language);
  Result<void> show_burned(const Work& work, const Drawn& drawn, FinishedIndex& index);
  Deps deps_;
  std::chrono::milliseconds lease_;
};

}  // namespace cliffhanger::transcode
