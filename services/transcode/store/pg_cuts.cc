// Cuts: revisions out of parts of finished films.
#include <map>

#include "services/transcode/domain/dubs.h"
#include "services/transcode/domain/reuse.h"
#include "services/transcode/store/cut_queries.h"
#include "services/transcode/store/dubs_queries.h"
#include "services/transcode/store/pg_revisions.h"
#include "services/transcode/store/pieces.h"

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

Result<std::set<EpisodeId>> PgRevisions::taken_down(const std::set<EpisodeId>& films) {
  if (films.empty()) return std::set<EpisodeId>();
  std::vector<std::string> ids;
  for (const EpisodeId film : films) ids.push_back(film.text());
  CH_TRY(tx_.run(queries::kHoldFilms, call_.caller.tenant, ids));
  CH_ASSIGN(const auto rows, tx_.run(queries::kTakenDown, call_.caller.tenant, ids));
  std::set<EpisodeId> out;
  for (std::size_t i = 0; i < rows.size(); ++i) out.insert(rows[i].id<EpisodeId>(0));
  return out;
}

Result<std::set<EpisodeId>> PgRevisions::taken_down_in(RevisionId cut) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kTakenDownIn, call_.caller.tenant, cut));
  std::set<EpisodeId> out;
  for (std::size_t i = 0; i < rows.size(); ++i) out.insert(rows[i].id<EpisodeId>(0));
  return out;
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

Result<std::vector<FilmDub>> PgRevisions::dubs(RevisionId revision) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kFilmDubs, call_.caller.tenant, revision));
  std::vector<FilmDub> out;
  for (std::size_t i = 0; i < rows.size(); ++i)
    out.push_back({rows[i].text(0), dub_track(rows[i].id<SourceId>(1))});
  return out;
}

Result<std::map<std::string, std::string>> PgRevisions::dub_labels(RevisionId cut) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kDubLabels, call_.caller.tenant, cut));
  std::map<std::string, std::string> out;
  for (std::size_t i = 0; i < rows.size(); ++i) out[rows[i].text(0)] = rows[i].text(1);
  return out;
}

Result<bool> PgRevisions::lacks_pieces(RevisionId cut) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kLacks, call_.caller.tenant, cut));
  return rows[0].flag(0);
}

Result<std::vector<Piece>> PgRevisions::dub_pieces(RevisionId revision, const FilmDub& dub) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kDubPieces, call_.caller.tenant, revision, dub.track));
  CH_ASSIGN(const Assembly pieces, assembly_from(rows));
  return pieces.in_order();
}

Result<void> PgRevisions::take(RevisionId cut, std::size_t index, RevisionId film,
                               const std::vector<PieceName>& names, const std::vector<FilmDub>& dubs) {
  std::map<std::string, std::string> theirs;
  for (const FilmDub& dub : dubs) theirs[sound_track(dub.language)] = dub.track;
  std::vector<std::string> of, tracks, ordinals;
  for (const PieceName& name : names) {
    const auto dub = theirs.find(name.track);
    of.push_back(dub == theirs.end() ? name.track : dub->second);
    tracks.push_back(in_cut(index, name).track);
    ordinals.push_back(std::to_string(name.index));
  }
  CH_TRY(tx_.run(queries::kTake, call_.caller.tenant, cut, film, of, tracks, ordinals));
  return {};
}

}  // namespace cliffhanger::transcode
