#pragma once
// Revisions, their pieces and their tasks in PostgreSQL. An object lives as long as one transaction.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libs/bus/outbox.h"
#include "libs/sql/sql.h"
#include "libs/sql/work_queue.h"
#include "services/transcode/domain/assembly.h"
#include "services/transcode/domain/cutting.h"
#include "services/transcode/domain/desk.h"
#include "services/transcode/domain/episodes.h"
#include "services/transcode/domain/planning.h"

namespace cliffhanger::transcode {

class PgRevisions final : public Revisions, public Desk, public Episodes, public Films {
 public:
  // `call` names the tenant, which every statement is bound to, and the trace of what is told. All outlive
  // the object.
  PgRevisions(sql::Tx& tx, const Call& call, bus::Outbox& outbox, const Clock& clock, Random& random)
      : tx_(tx), call_(call), outbox_(outbox), clock_(clock), random_(random) {}

  Result<void> lock_episode(EpisodeId episode) override;
  Result<bool> has_source(SourceId source) override;
  Result<bool> has_newer(EpisodeId episode, Time when) override;
  Result<void> supersede(EpisodeId episode) override;
  Result<void> add(const Revision& revision, const std::vector<Recipe>& recipes) override;
  Result<bool> episode_gone(EpisodeId episode) override;
  Result<std::set<PieceName>> hold(RevisionId revision) override;
  Result<std::vector<Plan>> chosen_plans(const std::string& source_sha256) override;
  Result<std::optional<SeriesProfile>> lock_profile(SeriesId series, std::optional<std::int64_t> version) override;
  Result<bool> is_profile_used(const SeriesProfile& profile) override;
  Result<void> save_profile(const SeriesProfile& profile) override;
  Result<void> save_gain(const SeriesProfile& profile, double gain_db) override;
  Result<std::optional<SeriesProfile>> profile_of(SeriesId series, std::optional<std::int64_t> version) override;
  Result<std::vector<Plan>> plans_of_series(SeriesId series, int most) override;
  Result<void> replan(const Revision& revision, const std::vector<Recipe>& more) override;
  Result<void> add_task(const Revision& revision, const Run& run) override;
  Result<bool> has_early(SourceId source) override;
  Result<void> end_early(SourceId source) override;
  Result<void> adopt(const std::vector<Recipe>& early, const std::vector<Recipe>& recipes) override;
  Result<void> tell_started(const Revision& revision) override;
  Result<void> tell_failed(const Revision& revision) override;

  Result<Revision> get(RevisionId id, const OwnerFilter& owner) override;
  Result<std::vector<Revision>> list(EpisodeId episode, const OwnerFilter& owner,
                                     std::optional<RevisionId> after, int most) override;
  Result<Revision> cancel(RevisionId id, const OwnerFilter& owner) override;
  Result<Queue> queue(int most_lanes) override;
  Result<std::vector<DeadLetter>> dead_letters(const std::optional<DeadCursor>& after, int most) override;
  Result<void> replay(const Uuid& task) override;

  Result<bool> is_being_made(EpisodeId episode) override;
  Result<Revision> film(EpisodeId episode, const OwnerFilter& owner) override;
  Result<std::set<EpisodeId>> taken_down(const std::set<EpisodeId>& films) override;
  Result<Assembly> assembly(RevisionId revision) override;
  Result<std::vector<FilmDub>> dubs(RevisionId revision) override;
  Result<std::vector<Piece>> dub_pieces(RevisionId revision, const FilmDub& dub) override;
  Result<void> take(RevisionId cut, std::size_t index, RevisionId film, const std::vector<PieceName>& names,
                    const std::vector<FilmDub>& dubs) override;

  Result<void> episode_changed(EpisodeId episode, std::int64_t version,
                               std::optional<RevisionId> published) override;
  Result<void> episode_unclear(EpisodeId episode, std::int64_t version) override;
  Result<void> episode_deleted(EpisodeId episode, std::int64_t version) override;
  // Ends the time of ready revisions that have a newer ready one and are not what viewers get. What catalog said
  // nothing of is left alone. To be called whenever either changes.
  Result<void> end_replaced(EpisodeId episode);

  // As get() for anybody, and also of an early one.
  Result<Revision> find(RevisionId id);
  // A worker took a task of it.
  Result<void> begin(RevisionId id);
  // Which of its pieces exist.
  Result<std::set<PieceName>> present(RevisionId revision);
  // Keeps others from changing it until the transaction ends; segments_done is left 0. Fails with
  // REVISION_NOT_FOUND.
  Result<Revision> lock(RevisionId id);
  Result<Assembly> pieces(RevisionId revision);

  // Writes the fields that change: state, version, progress, published, failure, ready. Of a locked revision.
  Result<void> save(const Revision& revision);
  // Each raises the version of a locked revision by one, writes its event, and leaves save() to the caller.
  Result<void> tell_progress(Revision& revision);
  Result<void> tell_ready(Revision& revision, const std::string& cover_key);
  // Locks a revision without reading what may be broken in it. Gives the trace that it continues; "" for one
  // that is not there.
  Result<std::string> lock_trace(RevisionId id);
  // Fails a revision that is locked, if it is open: its other tasks are halted, its provisional playlists
  // withdrawn, and it is told. Needs nothing of the record that may be broken.
  Result<void> fail_revision(RevisionId id, const Error& why);

  // Films in the cut that operators took down.
  Result<std::set<EpisodeId>> taken_down_in(RevisionId cut);
  // Whether something that the cut took of its films is not there.
  Result<bool> lacks_pieces(RevisionId cut);
  // What viewers read of the languages in which films of a cut can be heard.
  Result<std::map<std::string, std::string>> dub_labels(RevisionId cut);

  // An object of this key is about to be written: unless add_piece names it, it is removed some time later.
  Result<void> note_object(const std::string& object_key);
  // The revision needs these pieces too; those that it needs already change nothing.
  Result<void> add_recipes(RevisionId revision, const std::vector<Recipe>& recipes);
  // The piece exists. Its object must be durable; a piece that is known already changes nothing.
  Result<void> add_piece(RevisionId revision, const Piece& piece);
  // Its object is gone.
  Result<void> forget_piece(RevisionId revision, const PieceName& name);
  // Tasks that are not done.
  Result<std::int64_t> unfinished(RevisionId revision);
  // The task got further: its earlier attempts don't count.
  Result<void> progressed(const sql::Task& task);

  // A guest became `to`.
  Result<void> move_owner(UserId from, UserId to);

 private:
  Result<void> add_stretches(const Revision& cut);
  Result<std::vector<CutStretch>> stretches(RevisionId cut);
  Result<Revision> whole(const sql::Rows::Row& row);
  Result<void> end_early_of(const sql::Rows& ended);
  Result<void> withdraw(RevisionId id, UserId owner);
  Result<void> tell_cancelled(Revision& revision);
  Result<Revision> count(Revision revision);
  Result<void> tell(const Revision& revision, const google::protobuf::Message& event);
  Result<std::vector<Revision>> counted(const sql::Rows& rows);
  sql::Tx& tx_;
  const Call& call_;
  bus::Outbox& outbox_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace cliffhanger::transcode
