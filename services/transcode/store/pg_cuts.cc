// Cuts: revisions out of parts of finished films.
#include "services/transcode/store/cut_queries.h"
#include "services/transcode/store/pg_revisions.h"

namespace cliffhanger::transcode {

Result<void> PgRevisions::add_stretches(const Revision& cut) {
  std::vector<std::string> episodes, films, begins, ends;
  for (const CutStretch& one : cut.stretches) {
    episodes.push_back(one.episode.text());
    films.push_back(one.revision.text());
    begins.push_back(std::to_string(one.from_ms));
    ends.push_back(std::to_string(one.to_ms));
  }
  CH_TRY(tx_.run(queries::kMarkCut, call_.caller.tenant, cut.id));
  CH_TRY(tx_.run(queries::kInsertStretches, call_.caller.tenant, cut.id, episodes, films, begins, ends));
  return {};
}

Result<std::vector<CutStretch>> PgRevisions::stretches(RevisionId cut) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kStretches, call_.caller.tenant, cut));
  std::vector<CutStretch> out;
  for (std::size_t i = 0; i < rows.size(); ++i)
    out.push_back(
        {rows[i].id<EpisodeId>(0), rows[i].id<RevisionId>(1), rows[i].number(2), rows[i].number(3)});
  return out;
}

Result<bool> PgRevisions::is_being_made(EpisodeId episode) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kIsBeingMade, call_.caller.tenant, episode));
  return !rows.empty();
}

Result<Revision> PgRevisions::film(EpisodeId episode, const OwnerFilter& owner) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kFilm, call_.caller.tenant, episode, owner));
  if (rows.empty())
    return fail(not_found("EPISODE_NOT_FOUND", "There is no such episode, or it has no film.")
                    .with("episode_id", episode.text()));
  if (!rows[0].flag(1))
    return fail(precondition("REVISION_NOT_READY", "The episode has no uploaded film that is ready.")
                    .with("episode_id", episode.text()));
  return get(rows[0].id<RevisionId>(0), std::nullopt);
}

Result<Assembly> PgRevisions::assembly(RevisionId revision) {
  return pieces(revision);
}

Result<void> PgRevisions::take(RevisionId cut, std::size_t index, RevisionId film,
                               const std::vector<PieceName>& names) {
  std::vector<std::string> tracks, ordinals;
  for (const PieceName& name : names) {
    tracks.push_back(name.track);
    ordinals.push_back(std::to_string(name.index));
  }
  CH_TRY(tx_.run(queries::kTake, call_.caller.tenant, cut, film, film_folder(index), tracks, ordinals));
  return {};
}

}  // namespace cliffhanger::transcode
